//! Turns that servers and commands take to change dead letters.
//!
//! The store already ensures that a letter is replayed or dropped once. Turns also ensure that only the caller that
//! does so writes an audit entry, that letters are published in their order, and that several replays together keep to
//! the pace of one.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::DeadLetterAdministration;
use crate::{Error, error::Result, ports::LeaseHolder};

/// Work that callers do one after the other. Each variant has its own lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Work {
    /// Reading, auditing and removing letters. It takes a few round trips to the stores.
    Change,
    /// A replay of several letters, with the pauses between its changes.
    PacedReplay,
}

impl Work {
    const fn lease(self) -> &'static str {
        match self {
            Self::Change => "deadLetters:change",
            Self::PacedReplay => "deadLetters:replay",
        }
    }
}

/// Duration of the lease of a turn. If its holder stops without releasing it, the next caller waits for up to this
/// time.
const DURATION: Duration = Duration::from_secs(10);

/// Maximum time for which a caller waits for its turn. It is longer than [`DURATION`], so a caller outwaits the lease
/// of a holder that has stopped.
const PATIENCE: Duration = Duration::from_secs(15);

/// Pause after the first failed attempt to get a turn. Each further pause is twice as long, up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_millis(80);

/// Exclusive right to do some work, until the work is finished or the lease expires.
pub(super) struct Turn {
    work: Work,
    holder: LeaseHolder,
}

impl DeadLetterAdministration {
    /// Waits for the turn to do some work.
    pub(super) async fn await_turn(&self, work: Work) -> Result<Turn> {
        let turn = Turn {
            work,
            holder: LeaseHolder::unique(),
        };
        let (began, mut pause) = (Instant::now(), FIRST_PAUSE);
        while !self.has(&turn).await? {
            if began.elapsed() >= PATIENCE {
                return Err(busy());
            }
            sleep(pause).await;
            pause = LONGEST_PAUSE.min(pause * 2);
        }
        Ok(turn)
    }

    /// Renews the lease of a turn that takes a long time.
    pub(super) async fn extend(&self, turn: &Turn) -> Result<()> {
        match self.has(turn).await? {
            true => Ok(()),
            false => Err(busy()),
        }
    }

    pub(super) async fn end(&self, turn: Turn) {
        let released = self.leases.release(&turn.holder, turn.work.lease()).await;
        if let Err(error) = released {
            tracing::warn!(
                error = error.chain(),
                "could not release the lease on the dead letters, which expires by itself"
            );
        }
    }

    /// Changes letters while no other caller does.
    pub(super) async fn in_turn<T>(&self, change: impl Future<Output = Result<T>>) -> Result<T> {
        let turn = self.await_turn(Work::Change).await?;
        let changed = change.await;
        self.end(turn).await;
        changed
    }

    /// Acquires or renews the lease of a turn. Returns `false` if another caller has it.
    async fn has(&self, turn: &Turn) -> Result<bool> {
        let names = [turn.work.lease().to_owned()];
        let acquired = self.leases.acquire(&turn.holder, &names, DURATION).await?;
        Ok(acquired == [true])
    }
}

const fn busy() -> Error {
    Error::RateLimited {
        what: "concurrent changes to dead letters",
        retry_after: Error::RETRY_AFTER,
    }
}
