//! The log of the registry in a table: each change inserts a row in its own transaction; rows are numbered later.

mod log;
mod writing;

pub use log::PgEventLog;
pub(crate) use writing::{note, note_rights};
