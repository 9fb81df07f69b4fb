use std::{num::NonZeroU32, time::Duration};

use crate::ports::Quota;

/// Ratio of an address's quota for all accounts to its quota for a single account.
const ACCOUNTS_PER_ADDRESS: u32 = 10;

/// Limits on attempts to log in.
///
/// * One account from one address: `per_minute`. Further attempts from there are refused, but not attempts by the
///   account's owner from elsewhere. If there was a recent log-in to the account from this place, the correct password
///   still opens a session, and a wrong one is refused with the same message. Other clients at the owner's address can
///   therefore neither lock the owner out nor learn anything.
/// * All accounts from one address: ten times `per_minute`.
/// * One account from all addresses together: `per_minute`. Beyond that, attempts are not refused, but the answer to a
///   failed one is delayed by a second.
///
/// When attempts arrive faster than passwords can be hashed, attempts from places with a recent log-in to the account
/// are served first, then others, and finally those on accounts with too many attempts. Within the last two groups,
/// attempts with fewer failures are served first. A refused attempt does not count as a failure.
///
/// Addresses of the same place share their quotas, see [`crate::place_of`].
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
