//! The audit log, an append-only table. The entries of a change are written in the transaction of the change.

mod log;
#[cfg(test)]
mod plans;
mod times;
mod writing;

pub use log::PgAuditLog;
pub(crate) use times::least_id_at;
pub(crate) use writing::write_down;
