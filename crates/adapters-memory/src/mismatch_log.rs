//! The log of mismatches of a single server.

use std::collections::VecDeque;

use application::{
    Result,
    ports::{MISMATCHES_AT_ONCE, MismatchLog, MismatchPage, MismatchPlace, SyncMismatch},
};
use async_trait::async_trait;
use parking_lot::RwLock;

/// Maximum number of mismatches that are kept.
const LENGTH: usize = 10_000;

/// Log of mismatches in memory. A place is the number of mismatches before it.
#[derive(Debug, Default)]
pub struct MemoryMismatchLog {
    kept: RwLock<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    mismatches: VecDeque<SyncMismatch>,
    /// Number of mismatches that were dropped.
    dropped: usize,
}

#[async_trait]
impl MismatchLog for MemoryMismatchLog {
    async fn append(&self, mismatches: &[SyncMismatch]) -> Result<()> {
        let mut kept = self.kept.write();
        kept.mismatches.extend(mismatches.iter().cloned());
        let surplus = kept.mismatches.len().saturating_sub(LENGTH);
        kept.mismatches.drain(..surplus);
        kept.dropped += surplus;
        Ok(())
    }

    async fn read_after(&self, place: &MismatchPlace) -> Result<MismatchPage> {
        let kept = self.kept.read();
        let before = place.0.parse::<usize>().unwrap_or(0).max(kept.dropped);
        let page = kept.mismatches.iter().skip(before - kept.dropped);
        let mismatches: Vec<_> = page.take(MISMATCHES_AT_ONCE).cloned().collect();
        let next = match mismatches.len() {
            0 => place.clone(),
            count => MismatchPlace((before + count).to_string()),
        };
        Ok(MismatchPage { mismatches, next })
    }
}
