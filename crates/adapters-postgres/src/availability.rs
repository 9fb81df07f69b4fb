//! A circuit breaker for the database, with its own probe.
//!
//! When a caller waits long, a new connection is tried concurrently. If that fails too, or no connection can be made in
//! the first place, all callers fail at once while a task tries to connect until it succeeds. Calls therefore wait for
//! a slow server but not for an unavailable one, and no request is needed to find out that the server is back.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use application::{Error, Result};
use parking_lot::Mutex;
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};
use tokio_util::task::AbortOnDropHandle;

use crate::{
    failure::DATABASE,
    url::{DatabaseUrl, is_unreachable},
};

/// Timeout of obtaining a connection, either from the pool or new.
pub(crate) const CONNECT_WITHIN: Duration = Duration::from_secs(1);

/// Time without an answer after which the probe starts.
const PATIENCE: Duration = Duration::from_millis(500);

/// Pause between two attempts of the probe.
const PAUSE: Duration = Duration::from_millis(200);

/// Cause of the error while the breaker is open.
#[derive(Debug, thiserror::Error)]
#[error("the database is unavailable; reconnecting")]
struct Away;

/// State of the breaker, and the task that updates it.
pub(crate) struct Availability {
    known: Arc<Knowledge>,
    probe: Mutex<Option<AbortOnDropHandle<()>>>,
}

struct Knowledge {
    url: DatabaseUrl,
    state: watch::Sender<State>,
}

#[derive(Debug, Clone, Copy, Default)]
struct State {
    is_away: bool,
    /// Time of the last failure: connections made before it may be open on this side only.
    lost_at: Option<Instant>,
}

impl Availability {
    pub(crate) fn of(url: DatabaseUrl) -> Self {
        Self {
            known: Arc::new(Knowledge {
                url,
                state: watch::Sender::default(),
            }),
            probe: Mutex::default(),
        }
    }

    /// Awaits an exchange with the database until the database is found to be unavailable.
    pub(crate) async fn while_available<T>(&self, exchange: impl Future<Output = Result<T>>) -> Result<T> {
        let mut state = self.known.state.subscribe();
        let mut exchange = std::pin::pin!(exchange);
        loop {
            // Every branch may be dropped: the exchange is pinned outside, and the other branches can be restarted.
            tokio::select! {
                biased;
                _ = state.wait_for(|state| state.is_away) => {
                    // The probe may have ended with the runtime that it was spawned on, or may have been about to end
                    // when the breaker opened. The breaker would then stay open.
                    self.probe();
                    return Err(Error::unavailable(DATABASE, Away));
                }
                outcome = &mut exchange => return outcome,
                () = sleep(PATIENCE) => self.probe(),
            }
        }
    }

    /// Opens the breaker: all callers fail until the database is reachable again.
    pub(crate) fn lose(&self, reason: &dyn fmt::Display) {
        self.known.lose(reason);
        self.probe();
    }

    /// Starts the probe, unless it is running.
    pub(crate) fn probe(&self) {
        let mut probe = self.probe.lock();
        if probe.as_ref().is_none_or(AbortOnDropHandle::is_finished) {
            *probe = Some(AbortOnDropHandle::new(tokio::spawn(until_reachable(Arc::clone(
                &self.known,
            )))));
        }
    }

    /// Returns `true` if a connection made at that time can still be used.
    pub(crate) fn trusts(&self, made_at: Instant) -> bool {
        self.known
            .state
            .borrow()
            .lost_at
            .is_none_or(|lost_at| made_at > lost_at)
    }
}

impl Knowledge {
    fn lose(&self, reason: &dyn fmt::Display) {
        let lost = State {
            is_away: true,
            lost_at: Some(Instant::now()),
        };
        if !self.state.send_replace(lost).is_away {
            tracing::warn!(%reason, database = %self.url, "the database is unavailable");
        }
    }

    fn find(&self) {
        self.state.send_if_modified(|state| {
            // `lost_at` stays: connections from before the loss remain untrusted.
            let was_away = std::mem::take(&mut state.is_away);
            if was_away {
                tracing::info!(database = %self.url, "the database is available again");
            }
            was_away
        });
    }
}

/// Tries to connect until the server answers, and reports each outcome to the breaker.
async fn until_reachable(known: Arc<Knowledge>) {
    loop {
        match timeout(CONNECT_WITHIN, known.url.dial()).await {
            // A server that refuses the connection is available; its callers receive the refusal itself.
            Ok(Err(error)) if is_unreachable(&error) => known.lose(&error),
            Ok(_) => return known.find(),
            Err(elapsed) => known.lose(&elapsed),
        }
        sleep(PAUSE).await;
    }
}
