//! Groups, and which vehicles are in them.
//!
//! Whoever locks rows here locks the group first and vehicles after it, these in the order of their ids; changes of
//! vehicles lock no group. So nobody waits for another one in a circle.

mod members;
mod repository;
mod rows;

pub use repository::PgGroupRepository;
pub(crate) use repository::hold;
pub(crate) use rows::visible_to;
