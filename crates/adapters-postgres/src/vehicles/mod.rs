//! Vehicles, in a table of the common fields and one of the details of each kind.

mod all_or_none;
mod details;
mod pages;
#[cfg(test)]
mod plans;
mod registering;
mod repository;
mod rows;
mod search;
mod selection;
mod several;
mod unreadable;
mod writing;

pub use repository::PgVehicleRepository;
pub(crate) use rows::WholeRow;
pub(crate) use selection::visible_to;
pub(crate) use unreadable::Unreadable;
pub(crate) use writing::{check_deferred, lock, lock_all, plan_checks_once, raise_versions};
