use std::{num::NonZeroU32, time::Duration};

use crate::ports::Quota;

/// How many times as often as one account may be tried from an address all accounts together may be.
const ACCOUNTS_PER_ADDRESS: u32 = 10;

/// The limits of attempts to log in.
///
/// * One account from one address: so many times in a minute. Further attempts from there are refused, those of the
///   account's owner from elsewhere are not. From a place where the account was logged in to lately the right password
///   opens it all the same, and a wrong one is refused in the same words: others at the owner's address neither lock the
///   owner out nor learn anything.
/// * All accounts from one address: ten times as often.
/// * One account from all addresses together: as often as from one address. Then the answer to a failed attempt is delayed
///   by a second, and no attempt is refused.
///
/// When more attempts come than passwords can be checked, those from places where their account was logged in to lately go
/// first, then all others, and last those whose account is tried too often; among these those with fewer failures. A
/// refused attempt does not count as failed.
///
/// An address is a place as [`crate::place_of`] has it.
#[derive(Debug, Clone, Copy)]
pub struct LogInLimits {
    /// How many times in a minute.
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
