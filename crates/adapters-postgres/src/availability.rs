//! Whether the database is worth asking: a circuit breaker with a probe of its own.
//!
//! When a connection cannot be had or an answer does not come, callers are refused at once, and a task tries
//! to connect until it can. So nobody's request is the one that finds out how long a dead server takes, and
//! the way is open again within [`PAUSE`] of the server's return.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use tokio::time::{sleep, timeout};
use tokio_util::task::AbortOnDropHandle;

use crate::url::DatabaseUrl;

/// How long a connection may take to be had: from the pool, or made anew.
pub(crate) const CONNECT_WITHIN: Duration = Duration::from_secs(1);

/// Between two tries of the probe.
const PAUSE: Duration = Duration::from_millis(200);

pub(crate) struct Availability {
    url: DatabaseUrl,
    is_away: Arc<AtomicBool>,
    /// Connections older than this are not used again: one of them did not answer in time.
    mistrusted_before: Mutex<Option<Instant>>,
    probe: Mutex<Option<AbortOnDropHandle<()>>>,
}

/// Why the database is not asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Away {
    #[error("it was found to be away, and is being tried")]
    Known,
    #[error("no connection within {CONNECT_WITHIN:?}")]
    NoConnection,
    #[error("no answer within {0:?}")]
    NoAnswer(Duration),
}

impl Availability {
    pub(crate) fn of(url: DatabaseUrl) -> Self {
        Self {
            url,
            is_away: Arc::default(),
            mistrusted_before: Mutex::new(None),
            probe: Mutex::new(None),
        }
    }

    /// Lets callers pass unless the database is known to be away.
    pub(crate) fn check(&self) -> Result<(), Away> {
        if !self.is_away.load(Ordering::Acquire) {
            return Ok(());
        }
        // The task may have died with the runtime that it was spawned on.
        self.keep_probing();
        Err(Away::Known)
    }

    /// No connection could be had.
    pub(crate) fn suspect(&self, reason: &dyn std::fmt::Display) {
        if !self.is_away.swap(true, Ordering::AcqRel) {
            tracing::warn!(%reason, database = %self.url, "the database is away");
        }
        self.keep_probing();
    }

    /// A connection did not answer in time: neither it nor any that was there with it is used again.
    pub(crate) fn mistrust_connections(&self) {
        *self.mistrusted_before.lock() = Some(Instant::now());
    }

    /// Whether a connection that was made then may be used.
    pub(crate) fn trusts(&self, made_at: Instant) -> bool {
        self.mistrusted_before
            .lock()
            .is_none_or(|moment| made_at > moment)
    }

    fn keep_probing(&self) {
        let mut probe = self.probe.lock();
        if probe.as_ref().is_none_or(AbortOnDropHandle::is_finished) {
            let task = tokio::spawn(until_it_answers(self.url.clone(), Arc::clone(&self.is_away)));
            *probe = Some(AbortOnDropHandle::new(task));
        }
    }
}

async fn until_it_answers(url: DatabaseUrl, is_away: Arc<AtomicBool>) {
    // Connecting is a question that the server itself has to answer, so it proves that it does.
    while !matches!(timeout(CONNECT_WITHIN, url.dial()).await, Ok(Ok(_))) {
        sleep(PAUSE).await;
    }
    is_away.store(false, Ordering::Release);
    tracing::info!(database = %url, "the database is back");
}
