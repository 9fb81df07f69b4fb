//! Grants, in a table.
//!
//! Granting locks the user first, and then the target. Withdrawing locks the grants last, in the order of their ids.
//! This prevents deadlocks.

mod granting;
#[cfg(test)]
mod plans;
mod repository;
mod rows;
mod withdrawing;

pub use repository::PgGrantRepository;
pub(crate) use rows::Row as GrantRow;
pub(crate) use withdrawing::{holds_foreign, withdraw_all, withdraw_all_of, withdraw_all_on_vehicles};
