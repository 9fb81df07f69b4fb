use std::{num::NonZeroU32, time::Duration};

use crate::ports::Quota;

/// Factor between the quota of an address, for all accounts together, and the quota of a single account.
const ACCOUNTS_PER_ADDRESS: u32 = 10;

/// Limits of attempts to log in.
///
/// * One account from one address: `per_minute`. Further attempts from there are refused, but not those of the
///   account's owner from elsewhere. From a place with a recent log-in to the account, the correct password still opens
///   a session, and a wrong one is refused with the same message: other clients at the owner's address can neither lock
///   the owner out nor learn anything.
/// * All accounts from one address: ten times as many.
/// * One account from all addresses together: `per_minute`. Beyond that, no attempt is refused, but the answer to a
///   failed one is delayed by a second.
///
/// When attempts arrive faster than passwords can be hashed, those from places with a recent log-in to the account are
/// served first, then others, and finally those on accounts with too many attempts; within the last two groups, those
/// with fewer failures are served first. A refused attempt does not count as a failure.
///
/// Here an address means a place, see [`crate::place_of`].
#[derive(Debug, Clone, Copy)]
pub struct LogInLimits {
    /// Attempts per minute on one account from one address.
    pub per_minute: NonZeroU32,
}

impl LogInLimits {
    pub(super) const fn quota(self) -> Quota {
        Quota {
            burst: self.per_minute,
            period: Duration::from_secs(60),
        }
    }

    pub(super) fn quota_of_an_address(self) -> Quota {
        let burst = self
            .per_minute
            .saturating_mul(const { NonZeroU32::new(ACCOUNTS_PER_ADDRESS).unwrap() });
        Quota {
            burst,
            ..self.quota()
        }
    }
}
