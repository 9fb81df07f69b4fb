//! Sessions and their refresh tokens, in tables.
//!
//! The user is locked first, if at all, then the session, and its tokens only while the session is locked. This
//! prevents deadlocks, and the lock on a session's row covers the whole session.

mod ending;
mod opening;
mod places;
mod repository;
mod rights;
mod rotating;
mod rows;

pub(crate) use ending::delete_all;
pub use repository::PgSessionRepository;
