//! The audit log, an append-only table: each change writes its entries in its own transaction.

mod log;
#[cfg(test)]
mod plans;
mod times;
mod writing;

pub use log::PgAuditLog;
pub(crate) use times::least_id_at;
pub(crate) use writing::write_down;
