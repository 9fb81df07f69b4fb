//! Whether the database is worth asking: a circuit breaker with a probe of its own.
//!
//! Who waits for long has a new connection tried beside it; when that fails too, or a connection cannot be had
//! in the first place, everybody is refused at once, and a task tries to connect until it can. So a server that
//! only takes its time is waited for, one that is gone is not, and nobody's request has to find out when it is
//! back.

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
    url::{DatabaseUrl, is_no_way},
};

/// How long a connection may take to be had: from the pool, or made anew.
pub(crate) const CONNECT_WITHIN: Duration = Duration::from_secs(1);

/// How long nobody wonders why there is no answer yet.
const PATIENCE: Duration = Duration::from_millis(500);

/// Between two tries of the probe.
const PAUSE: Duration = Duration::from_millis(200);

/// Why the database is not asked.
#[derive(Debug, thiserror::Error)]
#[error("the database was found to be away, and is being tried")]
struct Away;

/// What is known of the database, and the task that finds out.
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
    /// Connections that were there then may be open on our side only.
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

    /// Awaits an exchange with the database for as long as that is there.
    pub(crate) async fn while_there<T>(&self, exchange: impl Future<Output = Result<T>>) -> Result<T> {
        let mut state = self.known.state.subscribe();
        let mut exchange = std::pin::pin!(exchange);
        loop {
            // Every branch may be dropped: the exchange is pinned outside, the others are asked anew.
            tokio::select! {
                biased;
                _ = state.wait_for(|state| state.is_away) => {
                    // The task may have died with the runtime that it was spawned on.
                    self.probe();
                    return Err(Error::unavailable(DATABASE, Away));
                }
                outcome = &mut exchange => return outcome,
                () = sleep(PATIENCE) => self.probe(),
            }
        }
    }

    /// There is no way to the database: nobody waits for it until it is found again.
    pub(crate) fn lose(&self, reason: &dyn fmt::Display) {
        self.known.lose(reason);
        self.probe();
    }

    /// Finds out whether the database answers, unless that is being found out.
    pub(crate) fn probe(&self) {
        let mut probe = self.probe.lock();
        if probe.as_ref().is_none_or(AbortOnDropHandle::is_finished) {
            *probe = Some(AbortOnDropHandle::new(tokio::spawn(until_it_answers(
                Arc::clone(&self.known),
            ))));
        }
    }

    /// Whether a connection that was made then may be used.
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
            tracing::warn!(%reason, database = %self.url, "the database is away");
        }
    }

    fn find(&self) {
        self.state.send_if_modified(|state| {
            let was_away = std::mem::take(&mut state.is_away);
            if was_away {
                tracing::info!(database = %self.url, "the database is back");
            }
            was_away
        });
    }
}

async fn until_it_answers(known: Arc<Knowledge>) {
    loop {
        match timeout(CONNECT_WITHIN, known.url.dial()).await {
            // A server that says no is there; who asks it hears that in good time.
            Ok(Err(error)) if is_no_way(&error) => known.lose(&error),
            Ok(_) => return known.find(),
            Err(elapsed) => known.lose(&elapsed),
        }
        sleep(PAUSE).await;
    }
}
