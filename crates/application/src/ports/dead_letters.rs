use std::{fmt, str::FromStr};

use async_trait::async_trait;

use crate::{
    error::Result,
    telemetry::{DeadLetter, Report},
};

/// Id of a stored dead letter, assigned by the store. Letters that are stored later have greater ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeadLetterId {
    /// Time at which the letter was stored, in Unix milliseconds.
    pub ms: u64,
    /// Number of the letter within the millisecond.
    pub number: u64,
}

impl DeadLetterId {
    /// Returns the next lower id; `None` for the lowest one.
    #[must_use]
    pub const fn before(self) -> Option<Self> {
        match (self.ms, self.number) {
            (0, 0) => None,
            (ms, 0) => Some(Self {
                ms: ms - 1,
                number: u64::MAX,
            }),
            (ms, number) => Some(Self {
                ms,
                number: number - 1,
            }),
        }
    }

    /// Returns the next higher id; `None` for the highest one.
    #[must_use]
    pub const fn after(self) -> Option<Self> {
        match (self.ms, self.number) {
            (u64::MAX, u64::MAX) => None,
            (ms, u64::MAX) => Some(Self {
                ms: ms + 1,
                number: 0,
            }),
            (ms, number) => Some(Self {
                ms,
                number: number + 1,
            }),
        }
    }
}

impl fmt::Display for DeadLetterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.ms, self.number)
    }
}

impl FromStr for DeadLetterId {
    type Err = InvalidDeadLetterId;

    /// Parses the form that [`Display`](fmt::Display) writes: two decimal numbers without a sign.
    fn from_str(text: &str) -> Result<Self, InvalidDeadLetterId> {
        let number = |digits: &str| {
            let is_decimal = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            is_decimal
                .then(|| digits.parse().ok())
                .flatten()
                .ok_or(InvalidDeadLetterId)
        };
        let (ms, rest) = text.split_once('-').ok_or(InvalidDeadLetterId)?;
        Ok(Self {
            ms: number(ms)?,
            number: number(rest)?,
        })
    }
}

/// Error returned for a text that is not a [`DeadLetterId`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be the id of a dead letter such as 1732333333123-0")]
pub struct InvalidDeadLetterId;

/// A dead letter as it is stored.
#[derive(Debug, Clone)]
pub struct StoredDeadLetter {
    /// Id of the letter.
    pub id: DeadLetterId,
    /// The letter.
    pub letter: DeadLetter,
}

/// A stored letter whose message is to be published again.
#[derive(Debug, Clone)]
pub struct LetterReplay {
    /// Id of the letter.
    pub id: DeadLetterId,
    /// The reports of its message.
    pub reports: Vec<Report>,
}

/// Part of the dead letters, in the order in which it was read.
#[derive(Debug, Clone, Default)]
pub struct DeadLetterPortion {
    /// The letters. Entries that are not dead letters, which other programs may have written, are left out.
    pub letters: Vec<StoredDeadLetter>,
    /// Place at which to continue reading; `None` at the end.
    pub next: Option<DeadLetterId>,
}

/// Direction in which dead letters are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LetterOrder {
    /// The oldest letter first.
    OldestFirst,
    /// The newest letter first.
    NewestFirst,
}

/// Maximum number of letters that [`DeadLetters::read`] returns.
pub const LETTERS_AT_ONCE: usize = 250;

/// The store of rejected messages, in which operators can look up why a robot's reports are not accepted.
#[async_trait]
pub trait DeadLetters: Send + Sync {
    /// Appends dead letters. A message that several servers have rejected is stored once, whichever reasons they had,
    /// but two messages with the same content are stored as two letters. The store keeps about 10,000 letters and drops
    /// the oldest ones.
    ///
    /// # Errors
    /// Returns [`crate::Error::Unavailable`] when the store is unreachable; some of the letters may have been stored.
    async fn append(&self, letters: &[DeadLetter]) -> Result<()>;

    /// Reads up to [`LETTERS_AT_ONCE`] letters in the given order, after the id `behind`, or from the beginning if it
    /// is `None`. A reader that continues at the returned place receives each letter that stays in the store exactly
    /// once.
    ///
    /// # Errors
    /// Returns [`crate::Error::Unavailable`] when the store is unreachable.
    async fn read(&self, order: LetterOrder, behind: Option<DeadLetterId>) -> Result<DeadLetterPortion>;

    /// Returns the letters with these ids that exist, in the order of `ids`.
    ///
    /// # Errors
    /// Returns [`crate::Error::Unavailable`] when the store is unreachable.
    async fn find(&self, ids: &[DeadLetterId]) -> Result<Vec<StoredDeadLetter>>;

    /// Removes letters, and returns those that existed. Of several callers that remove or replay the same letter at the
    /// same time, exactly one receives it.
    ///
    /// # Errors
    /// Returns [`crate::Error::Unavailable`] when the store is unreachable; some of the letters may have been removed.
    async fn remove(&self, ids: &[DeadLetterId]) -> Result<Vec<DeadLetterId>>;

    /// Publishes the messages of letters on the bus, removes the letters, and returns those that existed. Publishing
    /// and removing a letter is one step: a letter that no longer exists is not published, and one that cannot be
    /// published remains. Of several callers that remove or replay the same letter at the same time, exactly one
    /// receives it. Messages are published in the given order.
    ///
    /// # Errors
    /// Returns [`crate::Error::Unavailable`] when the store or the bus is unreachable; some of the letters may have
    /// been published and removed.
    async fn replay(&self, letters: &[LetterReplay]) -> Result<Vec<DeadLetterId>>;
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("0-0", Some((0, 0)))]
    #[case("1732333333123-7", Some((1_732_333_333_123, 7)))]
    #[case("18446744073709551615-18446744073709551615", Some((u64::MAX, u64::MAX)))]
    #[case("", None)]
    #[case("1732333333123", None)]
    #[case("1-", None)]
    #[case("-1", None)]
    #[case("+1-0", None)]
    #[case("1-0-0", None)]
    #[case(" 1-0", None)]
    #[case("18446744073709551616-0", None)]
    fn an_id_is_two_decimal_numbers(#[case] text: &str, #[case] expected: Option<(u64, u64)>) {
        let parsed: Option<DeadLetterId> = text.parse().ok();
        assert_eq!(parsed.map(|id| (id.ms, id.number)), expected);
        if let Some(id) = parsed {
            assert_eq!(id.to_string(), text);
        }
    }

    #[test]
    fn ids_are_ordered_by_time_and_then_by_number() {
        let id = |ms, number| DeadLetterId { ms, number };
        for (lower, higher) in [
            (id(0, 0), id(0, 1)),
            (id(0, u64::MAX), id(1, 0)),
            (id(6, 9), id(6, 10)),
        ] {
            assert!(lower < higher);
            assert_eq!(lower.after(), Some(higher));
            assert_eq!(higher.before(), Some(lower));
        }
        assert_eq!(id(0, 0).before(), None);
        assert_eq!(id(u64::MAX, u64::MAX).after(), None);
    }
}
