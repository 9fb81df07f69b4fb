//! Sessions and their refresh tokens, in tables.
//!
//! Whoever locks rows here locks the user first, if at all, then the session, and its tokens only behind that: so nobody
//! waits for another one in a circle, and who has the session's row has all of it.

mod ending;
mod opening;
mod places;
mod repository;
mod rights;
mod rotating;
mod rows;

pub(crate) use ending::delete_all;
pub use repository::PgSessionRepository;
