//! The log of the registry, in a table. A change inserts its rows in its transaction; they are numbered later.

mod log;
mod writing;

pub use log::PgEventLog;
pub(crate) use writing::{note, note_rights};
