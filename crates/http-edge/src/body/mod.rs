//! Request bodies: how they are read, and how many bytes of them there are at once.
//!
//! * `budget`: bytes in flight, by address, by user and altogether.
//! * `reader`: one body, with its limit of bytes and its minimum rate.
//! * `parsing`: where a body is parsed: a large one not on a thread that serves requests.

mod budget;
mod parsing;
mod reader;

use std::time::Duration;

use actix_web::http::StatusCode;

pub use budget::BodyLimits;
pub use reader::Body;

pub(crate) use budget::BodyBudget;
pub(crate) use parsing::Parsers;
pub(crate) use reader::read;

/// When to try again after a refusal for lack of room.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Why a body is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BodyFault {
    /// It has more bytes than are allowed.
    #[error("must have at most {0} bytes")]
    TooLarge(usize),
    /// The connection ended, or the transfer coding was wrong, before all of it was there.
    #[error("must arrive whole")]
    Incomplete,
    /// It comes too slowly.
    #[error("must arrive faster: within 10 seconds, and one second more for each 16 KiB")]
    TooSlow,
    /// The client has too many bytes of bodies under way.
    #[error("must wait: too many bytes of this client are under way")]
    ClientIsFull,
    /// The server has too many bytes of bodies under way, or too many to parse.
    #[error("must wait: too many bytes are under way")]
    ServerIsFull,
}

impl BodyFault {
    /// The status of the answer.
    #[must_use]
    pub const fn status(self) -> StatusCode {
        match self {
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Incomplete => StatusCode::BAD_REQUEST,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::ClientIsFull => StatusCode::TOO_MANY_REQUESTS,
            Self::ServerIsFull => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// When to try again, if that may help.
    #[must_use]
    pub const fn retry_after(self) -> Option<Duration> {
        match self {
            Self::ClientIsFull | Self::ServerIsFull => Some(RETRY_AFTER),
            _ => None,
        }
    }
}
