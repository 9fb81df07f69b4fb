//! Sessions and their refresh tokens, in tables.
//!
//! The user is locked first, if at all, and then the session, whose lock covers its tokens. The deletion of old
//! sessions and tokens skips locked rows. This prevents deadlocks.

mod ending;
mod opening;
mod places;
mod repository;
mod rights;
mod rotating;
mod rows;

pub(crate) use ending::delete_all;
pub use repository::PgSessionRepository;
