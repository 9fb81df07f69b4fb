//! What users were granted, in a table.
//!
//! Whoever grants locks the user first and the target after it, both against changes of others. Whoever withdraws locks
//! the grants in the order of their ids, last of all. So nobody waits for another one in a circle.

mod granting;
#[cfg(test)]
mod plans;
mod repository;
mod rows;
mod withdrawing;

pub use repository::PgGrantRepository;
pub(crate) use rows::Row as GrantRow;
pub(crate) use withdrawing::{holds_foreign, withdraw_all, withdraw_all_of, withdraw_all_on_vehicles};
