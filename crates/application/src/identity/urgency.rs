use crate::ports::Rank;

/// Priority of a password in the queue of the hasher: earlier variants first, and within a variant fewer failures
/// first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Urgency {
    /// There was a recent log-in to the account from this place. Also used to replace an outdated hash at log-in, and
    /// for the first administrator.
    Known,
    /// Any other attempt.
    Usual {
        /// Number of recent failures from this place, with any account. For a user's change of their own password, the
        /// number of recent attempts.
        failures: u32,
    },
    /// An administrator sets the password of another user.
    ForAnother,
    /// There are too many attempts on the account from all places together.
    Crowd {
        /// Number of recent failures with this account from this place.
        failures: u32,
    },
}

impl From<Urgency> for Rank {
    fn from(urgency: Urgency) -> Self {
        let (variant, failures) = match urgency {
            Urgency::Known => (0, 0),
            Urgency::Usual { failures } => (1, failures),
            Urgency::ForAnother => (2, 0),
            Urgency::Crowd { failures } => (3, failures),
        };
        // The variant is in the upper half, the number of failures in the lower one.
        Self::new((variant << u32::BITS) | u64::from(failures))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variants_rank_in_order_and_fewer_failures_rank_first() {
        let ranks = [
            Urgency::Known,
            Urgency::Usual { failures: 0 },
            Urgency::Usual { failures: u32::MAX },
            Urgency::ForAnother,
            Urgency::Crowd { failures: 1 },
            Urgency::Crowd { failures: 2 },
        ]
        .map(Rank::from);
        assert!(ranks.is_sorted_by(|one, other| one < other), "{ranks:?}");
        assert_eq!(ranks[0], Rank::FIRST);
    }
}
