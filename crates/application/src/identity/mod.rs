//! Authentication of callers, and their current rights.
//!
//! * [`Authenticate`]: finds the [`crate::Actor`] behind an access token.
//! * [`Identities`]: caches the identities behind sessions, and tracks the live sessions. Like changes to vehicles,
//!   changes to rights by other servers are read from the log of the registry.
//! * [`Urgency`]: priority of a password in the queue of the hasher.

mod authenticate;
mod identities;
mod prepared;
mod rights_watch;
mod urgency;

use time::OffsetDateTime;

use crate::ports::Clock;

pub use authenticate::{Authenticate, Authenticated, LiveSession, SessionChange};
pub use identities::Identities;
pub(crate) use prepared::{check_password, prepared};
pub use rights_watch::{Identity, RightsWatch};
pub use urgency::Urgency;

/// Returns the wall-clock time.
pub(crate) fn calendar(clock: &dyn Clock) -> OffsetDateTime {
    let nanoseconds = i128::from(clock.now().unix_us) * 1_000;
    OffsetDateTime::from_unix_timestamp_nanos(nanoseconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}
