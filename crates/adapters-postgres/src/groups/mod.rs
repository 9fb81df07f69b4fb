//! Groups and their members.
//!
//! Changes of membership lock the group first and then the vehicles, in the order of their ids. Changes of vehicles
//! lock no group. This prevents deadlocks.

mod members;
mod repository;
mod rows;

pub use repository::PgGroupRepository;
pub(crate) use repository::hold;
pub(crate) use rows::visible_to;
