//! Reading and parsing of request bodies, within limits on their total size.
//!
//! * `budget`: bytes in flight, by address, by user and altogether.
//! * `reader`: reads one body within limits on its size and rate.
//! * `parsing`: parses bodies, large ones outside the threads that serve requests.

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

/// Suggested pause if too many bytes are in flight.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Reasons to refuse a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BodyFault {
    /// The body exceeds the given number of bytes.
    #[error("must be at most {0} bytes long")]
    TooLarge(usize),
    /// The connection ended early, or the transfer coding was invalid.
    #[error("is incomplete")]
    Incomplete,
    /// The body arrived too slowly.
    #[error("arrived too slowly: the limit is 10 seconds, plus one second for each 16 KiB")]
    TooSlow,
    /// The bodies in flight have reached the client's limit.
    #[error("was rejected: too many request bytes from this client are in flight; try again later")]
    ClientIsFull,
    /// The bodies in flight have reached the server's limit, or too many are waiting to be parsed.
    #[error("was rejected: too many request bytes are in flight; try again later")]
    ServerIsFull,
}

impl BodyFault {
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

    /// Returns the pause before another attempt; `None` if waiting does not help.
    #[must_use]
    pub const fn retry_after(self) -> Option<Duration> {
        match self {
            Self::ClientIsFull | Self::ServerIsFull => Some(RETRY_AFTER),
            _ => None,
        }
    }
}
