//! Users in a table, and who of them must stay.
//!
//! Whoever locks rows here locks a user first, its sessions after it, and what it was granted last, in the order of the
//! ids. So nobody waits for another one in a circle.

mod administrators;
mod names;
#[cfg(test)]
mod plans;
mod repository;
mod rows;
mod writing;

pub(crate) use names::compare_anew;
pub use repository::PgUserRepository;
pub(crate) use rows::{CredentialsRow, UserRow};
pub(crate) use writing::{lock, set_password};
