//! A circuit breaker for the database, with its own probe.
//!
//! When a caller waits long, the probe tries to make another connection. If that fails, or if the caller cannot connect
//! in the first place, all callers fail at once while the probe repeats the attempt until it succeeds. Calls therefore
//! wait for a slow server but not for an unavailable one, and no request is needed to notice that the server is back.
//!
//! However many callers wait for a slow server, the probe makes at most one connection to it per [`PATIENCE`].

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

/// Time without an answer after which a caller starts the probe. Once the probe has found the database reachable, the
/// database is assumed to remain so for the same time.
const PATIENCE: Duration = Duration::from_millis(500);

/// Interval at which a caller that still has no answer starts the probe again. It is shorter than the timeout of an
/// ordinary operation.
const LONG_PATIENCE: Duration = Duration::from_secs(3);

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
    /// Time at which the probe last found the database reachable.
    found_at: Option<Instant>,
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

    /// Awaits an exchange with the database. Fails once the database is found to be unavailable.
    pub(crate) async fn while_available<T>(&self, exchange: impl Future<Output = Result<T>>) -> Result<T> {
        let mut state = self.known.state.subscribe();
        let mut exchange = std::pin::pin!(exchange);
        let mut patience = PATIENCE;
        loop {
            // Every branch may be dropped: the exchange is pinned outside, and the other branches can be restarted.
            tokio::select! {
                biased;
                _ = state.wait_for(|state| state.is_away) => {
                    // Without a probe the breaker would stay open. The probe may have ended with the runtime that it
                    // was spawned on, or may have been about to end when the breaker opened.
                    self.probe();
                    return Err(Error::unavailable(DATABASE, Away));
                }
                outcome = &mut exchange => return outcome,
                () = sleep(patience) => {
                    self.probe_for_waiting();
                    // Unless the breaker opens now, the server is only slow.
                    patience = LONG_PATIENCE;
                }
            }
        }
    }

    /// Opens the breaker: all callers fail until the database is reachable again.
    pub(crate) fn lose(&self, reason: &dyn fmt::Display) {
        self.known.lose(reason);
        self.probe();
    }

    /// Starts the probe because a caller has waited for [`PATIENCE`] or longer.
    pub(crate) fn probe_for_waiting(&self) {
        let found_at = self.known.state.borrow().found_at;
        // If the probe found the database reachable while the caller waited, another attempt would reveal nothing new.
        if found_at.is_none_or(|found_at| found_at.elapsed() >= PATIENCE) {
            self.probe();
        }
    }

    /// Starts the probe, unless it is running.
    fn probe(&self) {
        let mut probe = self.probe.lock();
        if probe.as_ref().is_none_or(AbortOnDropHandle::is_finished) {
            *probe = Some(AbortOnDropHandle::new(tokio::spawn(until_reachable(Arc::clone(
                &self.known,
            )))));
        }
    }

    /// Returns `true` if a connection made at the given time can still be used.
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
            found_at: None,
        };
        if !self.state.send_replace(lost).is_away {
            tracing::warn!(%reason, database = %self.url, "the database is unavailable");
        }
    }

    fn find(&self) {
        self.state.send_if_modified(|state| {
            // `lost_at` stays: connections from before the loss remain untrusted.
            state.found_at = Some(Instant::now());
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use futures::future::join_all;
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpListener,
    };

    use super::*;

    /// Starts a server that refuses all connections but is reachable. Returns its availability, and a counter of the
    /// connections.
    async fn refusing_server() -> (Availability, Arc<AtomicU32>) {
        const FIELDS: &[u8] = b"SFATAL\0C53300\0Mtoo many connections\0\0";
        let length = u32::try_from(FIELDS.len() + 4).expect("a short message");
        let refusal = [&b"E"[..], &length.to_be_bytes(), FIELDS].concat();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let connections = Arc::new(AtomicU32::new(0));
        let counter = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                counter.fetch_add(1, Ordering::SeqCst);
                let length = client.read_u32().await.expect("a startup message");
                let mut rest = vec![0; length as usize - 4];
                client.read_exact(&mut rest).await.expect("the rest of it");
                client.write_all(&refusal).await.expect("a waiting client");
            }
        });
        let url = format!("postgres://user@{address}/fleet?sslmode=disable");
        (Availability::of(url.parse().expect("a URL")), connections)
    }

    async fn wait_for(availability: &Availability, answer_after: Duration) {
        let exchange = async {
            sleep(answer_after).await;
            Ok::<_, Error>(())
        };
        let outcome = availability.while_available(exchange).await;
        outcome.expect("the database is reachable");
    }

    #[tokio::test]
    async fn many_waiting_callers_start_few_probes() {
        let (availability, connections) = refusing_server().await;
        let began = Instant::now();
        let callers = (0..100).map(|number| {
            let availability = &availability;
            async move {
                sleep(Duration::from_millis(number * 10)).await;
                wait_for(availability, 2 * PATIENCE).await;
            }
        });
        join_all(callers).await;
        let made = u128::from(connections.load(Ordering::SeqCst));
        let limit = began.elapsed().as_millis() / PATIENCE.as_millis();
        assert!((1..=limit).contains(&made), "{made} of {limit}");
    }

    #[tokio::test]
    async fn a_long_operation_starts_few_probes() {
        let (availability, connections) = refusing_server().await;
        wait_for(&availability, 5 * PATIENCE).await;
        assert_eq!(connections.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn a_lost_connection_starts_the_probe_at_once() {
        let (availability, connections) = refusing_server().await;
        let mut state = availability.known.state.subscribe();
        let losses = async {
            for _ in 0..20 {
                availability.lose(&"connection reset");
                let found = state.wait_for(|state| !state.is_away).await;
                drop(found.expect("the sender exists"));
            }
        };
        timeout(10 * PATIENCE, losses)
            .await
            .expect("the probe should not wait for its interval");
        assert_eq!(connections.load(Ordering::SeqCst), 20);
    }
}
