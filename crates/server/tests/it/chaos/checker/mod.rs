//! Judges a history afterwards, without knowing which fault was injected.
//!
//! * `writes`: acknowledged changes are present once, others at most once, and versions ascend.
//! * `sights`: no event goes backwards within a connection, and every watcher ends up with the true state.
//!
//! Versions decide: every change to a vehicle has an `If-Match`, so the changes to a vehicle form a sequence without
//! gaps. The audit log, which is written in the same transaction, decides whether a change with an unknown outcome has
//! taken effect.

mod sights;
#[cfg(test)]
mod tests;
mod writes;

use super::history::{History, Truth};

/// Broken guarantees, one message for each.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Verdict {
    /// Acknowledged changes, and last positions of robots, that are missing.
    pub(super) lost: Vec<String>,
    /// Changes that took effect several times.
    pub(super) doubled: Vec<String>,
    /// Everything else: wrong order, wrong final states, changes that were rejected and took effect.
    pub(super) wrong: Vec<String>,
}

impl Verdict {
    pub(super) fn is_clean(&self) -> bool {
        self.lost.is_empty() && self.doubled.is_empty() && self.wrong.is_empty()
    }
}

/// Judges a history by the state after it, which must be final: no write is in progress, and all positions have
/// arrived.
pub(super) fn judge(history: &History, truth: &Truth) -> Verdict {
    let mut verdict = Verdict::default();
    let effective = writes::effective(history, truth, &mut verdict);
    writes::check_registry(&effective, history, truth, &mut verdict);
    writes::check_order(history, &mut verdict);
    writes::check_reads(history, &mut verdict);
    sights::check_order(history, &mut verdict);
    sights::check_last_positions(history, truth, &mut verdict);
    sights::check_pictures(history, truth, &mut verdict);
    verdict
}
