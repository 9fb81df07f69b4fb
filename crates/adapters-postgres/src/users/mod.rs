//! Users, in a table.
//!
//! The user is locked first, then the sessions, and the grants last, in the order of their ids. This prevents
//! deadlocks.

mod administrators;
mod names;
#[cfg(test)]
mod plans;
mod repository;
mod rows;
mod writing;

pub(crate) use names::recompare;
pub use repository::PgUserRepository;
pub(crate) use rows::{CredentialsRow, UserRow};
pub(crate) use writing::{lock, set_password};
