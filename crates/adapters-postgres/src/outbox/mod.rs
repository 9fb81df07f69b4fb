//! The log of the registry in a table: each change writes a row in its own transaction; numbers come later.

mod log;
mod writing;

pub use log::PgEventLog;
pub(crate) use writing::{note, note_rights};
