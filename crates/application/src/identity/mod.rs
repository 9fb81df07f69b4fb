//! Authentication: the user behind an access token, with its current rights.
//!
//! * [`Authenticate`]: finds the [`crate::Actor`] behind an access token.
//! * [`Identities`]: caches the identities behind sessions, and tracks the live sessions. Changes of rights reach them
//!   through the log of the registry, just like changes of vehicles.
//! * [`Urgency`]: the order in which passwords are hashed.

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

/// Returns the calendar time of a clock.
pub(crate) fn calendar(clock: &dyn Clock) -> OffsetDateTime {
    let nanoseconds = i128::from(clock.now().unix_us) * 1_000;
    OffsetDateTime::from_unix_timestamp_nanos(nanoseconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}
