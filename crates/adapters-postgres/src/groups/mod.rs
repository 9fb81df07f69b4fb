//! Groups and their members.
//!
//! Changes of membership lock the group first and vehicles after it, these in the order of their ids. Changes of
//! vehicles lock no group. So there are no deadlocks.

mod members;
mod repository;
mod rows;

pub use repository::PgGroupRepository;
pub(crate) use repository::hold;
pub(crate) use rows::visible_to;
