//! Dead letters of a single server, with a maximum number of letters.

use std::{collections::VecDeque, sync::Arc};

use application::{
    Result,
    ports::{
        DeadLetterId, DeadLetterPortion, DeadLetters, LETTERS_AT_ONCE, LetterOrder, LetterReplay,
        StoredDeadLetter, TelemetryBus,
    },
    telemetry::DeadLetter,
};
use async_trait::async_trait;
use parking_lot::Mutex;

/// The newest dead letters of this process. Replayed messages are published on its bus.
pub struct MemoryDeadLetters {
    kept: Mutex<Kept>,
    bus: Arc<dyn TelemetryBus>,
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
        // Letters may be appended in an order other than that of their times, but ids must ascend.
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

    fn remove(&mut self, id: DeadLetterId) -> Option<StoredDeadLetter> {
        let index = self.find(id)?;
        self.letters.remove(index)
    }

    /// Puts a letter back into its place, unless there is no longer room for it.
    fn restore(&mut self, stored: StoredDeadLetter) {
        if self.letters.len() < MemoryDeadLetters::CAPACITY {
            let place = self.letters.partition_point(|other| other.id < stored.id);
            self.letters.insert(place, stored);
        }
    }
}

impl MemoryDeadLetters {
    /// Maximum number of letters; beyond it, the oldest are dropped.
    pub const CAPACITY: usize = 10_000;

    /// Creates a store without letters.
    #[must_use]
    pub fn new(bus: Arc<dyn TelemetryBus>) -> Self {
        Self {
            kept: Mutex::default(),
            bus,
        }
    }

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

    async fn find(&self, ids: &[DeadLetterId]) -> Result<Vec<StoredDeadLetter>> {
        let kept = self.kept.lock();
        let found = ids.iter().filter_map(|id| kept.find(*id));
        Ok(found.map(|index| kept.letters[index].clone()).collect())
    }

    async fn remove(&self, ids: &[DeadLetterId]) -> Result<Vec<DeadLetterId>> {
        let mut kept = self.kept.lock();
        let removed = ids.iter().filter_map(|id| kept.remove(*id));
        Ok(removed.map(|stored| stored.id).collect())
    }

    async fn replay(&self, letters: &[LetterReplay]) -> Result<Vec<DeadLetterId>> {
        let mut replayed = Vec::new();
        for letter in letters {
            // Remove the letter first, so that no other caller publishes it: the lock cannot be held while it is
            // published.
            let Some(stored) = self.kept.lock().remove(letter.id) else {
                continue;
            };
            if let Err(error) = self.bus.publish(&letter.reports).await {
                self.kept.lock().restore(stored);
                return Err(error);
            }
            replayed.push(letter.id);
        }
        Ok(replayed)
    }
}
