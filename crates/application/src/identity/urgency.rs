use crate::ports::Rank;

/// The order of passwords that wait to be hashed: that of the variants, and within a variant fewer failures first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Urgency {
    /// The caller is where it has logged in lately, or is about to be let in.
    Known,
    /// Any caller.
    Usual {
        /// How often a log-in from there has failed lately, to whichever account.
        failures: u32,
    },
    /// An administrator, for a user to whom it gives a password.
    ForAnother,
    /// One of a crowd that tries the same account.
    Crowd {
        /// How often a log-in to it from there has failed lately.
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
        Self::new((variant << u32::BITS) | u64::from(failures))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variants_rank_in_their_order_and_fewer_failures_go_first() {
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
