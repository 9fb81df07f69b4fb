//! Sessions and their refresh tokens, in tables.
//!
//! The user is locked first, if at all, then the session, and its tokens only while the session is locked. So there are
//! no deadlocks, and the lock of a session's row covers all of the session.

mod ending;
mod opening;
mod places;
mod repository;
mod rights;
mod rotating;
mod rows;

pub(crate) use ending::delete_all;
pub use repository::PgSessionRepository;
