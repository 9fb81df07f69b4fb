//! Dead letters of a single server, with a maximum number of letters.

use std::collections::VecDeque;

use application::{
    Result,
    ports::{DeadLetterId, DeadLetterPortion, DeadLetters, LETTERS_AT_ONCE, LetterOrder, StoredDeadLetter},
    telemetry::DeadLetter,
};
use async_trait::async_trait;
use parking_lot::Mutex;

/// The newest dead letters of this process.
#[derive(Debug, Default)]
pub struct MemoryDeadLetters {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    /// Letters in ascending order of their ids.
    letters: VecDeque<StoredDeadLetter>,
    last: Option<DeadLetterId>,
}

impl Kept {
    fn push(&mut self, letter: DeadLetter) {
        let ms = u64::try_from(letter.received_at.as_unix_ms()).unwrap_or_default();
        let first_of_its_time = DeadLetterId { ms, number: 0 };
        // Letters may be appended in another order than that of their times, but ids must ascend.
        let next = self.last.and_then(DeadLetterId::after);
        let id = next.map_or(first_of_its_time, |next| next.max(first_of_its_time));
        self.last = Some(id);
        if self.letters.len() == MemoryDeadLetters::CAPACITY {
            self.letters.pop_front();
        }
        self.letters.push_back(StoredDeadLetter { id, letter });
    }

    fn find(&self, id: DeadLetterId) -> Option<usize> {
        self.letters.binary_search_by_key(&id, |stored| stored.id).ok()
    }
}

impl MemoryDeadLetters {
    /// Maximum number of letters; beyond it the oldest are dropped.
    pub const CAPACITY: usize = 10_000;

    /// Returns all letters, the oldest first.
    #[must_use]
    pub fn kept(&self) -> Vec<DeadLetter> {
        let kept = self.kept.lock();
        kept.letters.iter().map(|stored| stored.letter.clone()).collect()
    }
}

#[async_trait]
impl DeadLetters for MemoryDeadLetters {
    async fn append(&self, letters: &[DeadLetter]) -> Result<()> {
        let mut kept = self.kept.lock();
        for letter in letters {
            kept.push(letter.clone());
        }
        Ok(())
    }

    async fn read(&self, order: LetterOrder, behind: Option<DeadLetterId>) -> Result<DeadLetterPortion> {
        let kept = self.kept.lock();
        let letters: Vec<_> = match order {
            LetterOrder::OldestFirst => {
                let is_before = |stored: &StoredDeadLetter| behind.is_some_and(|id| stored.id <= id);
                let start = kept.letters.partition_point(is_before);
                let rest = kept.letters.range(start..);
                rest.take(LETTERS_AT_ONCE).cloned().collect()
            }
            LetterOrder::NewestFirst => {
                let is_behind = |stored: &StoredDeadLetter| behind.is_none_or(|id| stored.id < id);
                let end = kept.letters.partition_point(is_behind);
                let rest = kept.letters.range(..end).rev();
                rest.take(LETTERS_AT_ONCE).cloned().collect()
            }
        };
        let next = letters.last().filter(|_| letters.len() == LETTERS_AT_ONCE);
        Ok(DeadLetterPortion {
            next: next.map(|stored| stored.id),
            letters,
        })
    }

    async fn find(&self, id: DeadLetterId) -> Result<Option<StoredDeadLetter>> {
        let kept = self.kept.lock();
        Ok(kept.find(id).map(|index| kept.letters[index].clone()))
    }

    async fn remove(&self, ids: &[DeadLetterId]) -> Result<Vec<DeadLetterId>> {
        let mut kept = self.kept.lock();
        let mut removed = Vec::new();
        for &id in ids {
            if let Some(index) = kept.find(id) {
                kept.letters.remove(index);
                removed.push(id);
            }
        }
        Ok(removed)
    }

    async fn count(&self) -> Result<u64> {
        Ok(self.kept.lock().letters.len() as u64)
    }
}
