//! A circuit breaker with its own probe.
//!
//! When a caller has been waiting for a while, the probe tries to reach the server. If that fails, or if a caller
//! reports that it cannot connect in the first place, the circuit opens: all callers fail at once, while the probe
//! repeats its attempts. Calls therefore wait for a slow server but not for an unavailable one, and no request is
//! needed to notice that the server is back. While an attempt is running, the circuit is half-open; only the probe
//! passes.
//!
//! However many callers wait for a slow server, the probe makes at most one connection to it per
//! [`BreakerOptions::patience`].

use std::{fmt, future::poll_fn, sync::Arc, time::Duration};

use application::ports::CircuitState;
use backon::{BackoffBuilder as _, ExponentialBuilder};
use parking_lot::Mutex;
use tokio::{
    sync::watch,
    task::coop::consume_budget,
    time::{Instant, sleep},
};
use tokio_util::task::AbortOnDropHandle;
use tower_resilience_circuitbreaker as library;
use tower_service::Service;

use crate::{
    circuits::{Circuits, Entry},
    probe::{Probe, ProbeService},
};

#[cfg(test)]
mod tests;

/// Maximum pause between two attempts of the probe, without jitter.
const MAX_PAUSE: Duration = Duration::from_millis(500);

/// Pauses between the attempts of the probe: 100 ms, then twice as long up to [`MAX_PAUSE`]. Each is lengthened by up
/// to its own length at random, so that the probes of several servers do not arrive together.
const PAUSES: ExponentialBuilder = ExponentialBuilder::new()
    .with_min_delay(Duration::from_millis(100))
    .with_factor(2.0)
    .with_max_delay(MAX_PAUSE)
    .with_jitter()
    .without_max_times();

/// Options of a [`CircuitBreaker`].
#[derive(Debug, Clone)]
pub struct BreakerOptions {
    /// The server, for the log.
    pub server: String,
    /// Time without an answer after which a caller starts the probe. Once the probe has reached the server, the server
    /// is assumed to remain reachable for the same time.
    pub patience: Duration,
    /// Interval at which a caller that still has no answer starts the probe again.
    pub long_patience: Duration,
    /// Timeout of an attempt of the probe.
    pub probe_within: Duration,
}

/// Error of a call while the circuit is not closed. The call was not made, or its outcome was not awaited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the circuit is open: the server is known to be unavailable")]
pub struct CircuitOpen;

/// A circuit breaker in front of one server.
pub struct CircuitBreaker {
    options: BreakerOptions,
    knowledge: Arc<Knowledge>,
    service: ProbeService,
    layer: library::CircuitBreakerLayer,
    handle: library::CircuitBreakerHandle,
    probe: Mutex<Option<AbortOnDropHandle<()>>>,
}

/// Current state of a circuit, as the library reported it.
struct Knowledge {
    dependency: &'static str,
    server: String,
    /// Reason of the last failure.
    reason: Arc<Mutex<String>>,
    entry: Entry,
    state: watch::Sender<State>,
}

#[derive(Debug, Clone, Copy)]
struct State {
    circuit: CircuitState,
    /// Time at which the server, or a connection to it, last failed: connections made before it may be open on this
    /// side only, or have outdated settings.
    lost_at: Option<Instant>,
    /// Time at which the probe last reached the server.
    found_at: Option<Instant>,
}

impl CircuitBreaker {
    /// Creates a closed circuit, which is one of its dependency's circuits until it is dropped.
    #[must_use]
    pub fn new(circuits: &Circuits, options: BreakerOptions, probe: Arc<dyn Probe>) -> Self {
        let reason = Arc::new(Mutex::default());
        let knowledge = Arc::new(Knowledge {
            dependency: circuits.dependency(),
            server: options.server.clone(),
            reason: Arc::clone(&reason),
            entry: circuits.add(),
            state: watch::Sender::new(State {
                circuit: CircuitState::Closed,
                lost_at: None,
                found_at: None,
            }),
        });
        let service = ProbeService {
            probe,
            within: options.probe_within,
            reason,
        };
        let observer = Arc::clone(&knowledge);
        let (layer, handle) = library::CircuitBreakerLayer::builder()
            .name(circuits.dependency())
            // The library sees only the probe, whose first failure is decisive.
            .consecutive_failures(1)
            .permitted_calls_in_half_open(1)
            // The task of the probe makes the pauses.
            .wait_duration_in_open(Duration::ZERO)
            .on_state_transition(move |from, to| observer.change(from, to))
            .build_with_handle()
            .expect("one failure is a valid threshold");
        Self {
            options,
            knowledge,
            service,
            layer,
            handle,
            probe: Mutex::default(),
        }
    }

    /// Awaits a call. Fails at once while the circuit is not closed, and as soon as it opens.
    ///
    /// # Errors
    /// Returns [`CircuitOpen`] if the server is known to be unavailable. The call has then been dropped; it may have
    /// taken effect if it was in flight.
    pub async fn guard<F: Future>(&self, call: F) -> Result<F::Output, CircuitOpen> {
        let mut state = self.knowledge.state.subscribe();
        // Otherwise, the select below would make the call if this task had used up its tokio budget.
        if state.borrow().circuit != CircuitState::Closed {
            // Without a probe, the circuit would stay open. The probe may have stopped with the runtime on which it was
            // spawned, or may have been about to stop when the circuit opened.
            self.start_probe();
            // A caller that repeats its call in a loop must leave time for the probe, which may share its thread.
            consume_budget().await;
            return Err(CircuitOpen);
        }
        let mut call = std::pin::pin!(call);
        let mut patience = self.options.patience;
        loop {
            // Every branch may be dropped: the call is pinned outside, and the other branches can be restarted.
            tokio::select! {
                biased;
                _ = state.wait_for(|state| state.circuit != CircuitState::Closed) => return Err(CircuitOpen),
                output = &mut call => return Ok(output),
                () = sleep(patience) => {
                    self.suspect();
                    // Unless the circuit opens now, the server is only slow.
                    patience = self.options.long_patience;
                }
            }
        }
    }

    /// Opens the circuit, because a caller has found the server to be unreachable.
    pub async fn lose(&self, reason: &(dyn fmt::Display + Sync)) {
        *self.knowledge.reason.lock() = reason.to_string();
        self.handle.force_open().await;
        self.start_probe();
    }

    /// Starts the probe, because a caller doubts that the server is reachable. The circuit opens if the probe fails.
    pub fn suspect(&self) {
        let found_at = self.knowledge.state.borrow().found_at;
        // If the probe reached the server a moment ago, another attempt would reveal nothing new.
        if found_at.is_none_or(|found_at| found_at.elapsed() >= self.options.patience) {
            self.start_probe();
        }
    }

    /// Declares all existing connections unusable, because one of them did not answer in time. The network may have
    /// forgotten the others too, and each of them would cost a caller its time limit. The circuit stays as it is.
    pub fn distrust_connections(&self) {
        self.distrust_connections_older_than(Duration::ZERO);
    }

    /// Declares the connections that are older than `age` unusable, because one of them has a property that a new one
    /// may not have. While new ones have it as well, they are replaced once per `age`. The circuit stays as it is.
    pub fn distrust_connections_older_than(&self, age: Duration) {
        let made_before = Instant::now().checked_sub(age);
        // No caller waits for this.
        self.knowledge.state.send_if_modified(|state| {
            state.lost_at = state.lost_at.max(made_before);
            false
        });
    }

    /// Returns `true` if a connection made at the given time can still be used.
    #[must_use]
    pub fn trusts(&self, made_at: std::time::Instant) -> bool {
        let lost_at = self.knowledge.state.borrow().lost_at;
        lost_at.is_none_or(|lost_at| made_at > lost_at.into_std())
    }

    /// Returns the current state.
    #[must_use]
    pub fn state(&self) -> CircuitState {
        self.knowledge.state.borrow().circuit
    }

    /// Starts the probe, unless it is running.
    fn start_probe(&self) {
        let mut probe = self.probe.lock();
        if probe.as_ref().is_none_or(AbortOnDropHandle::is_finished) {
            let prober = Prober {
                service: self.layer.layer_fn(self.service.clone()),
                knowledge: Arc::clone(&self.knowledge),
            };
            *probe = Some(AbortOnDropHandle::new(tokio::spawn(prober.until_reachable())));
        }
    }
}

impl Knowledge {
    /// Receives a transition from the library.
    fn change(&self, from: library::CircuitState, to: library::CircuitState) {
        let circuit = match to {
            library::CircuitState::Closed => CircuitState::Closed,
            library::CircuitState::HalfOpen => CircuitState::HalfOpen,
            library::CircuitState::Open => CircuitState::Open,
        };
        self.entry.set(circuit);
        self.state.send_modify(|state| {
            state.circuit = circuit;
            match circuit {
                CircuitState::Open => (state.lost_at, state.found_at) = (Some(Instant::now()), None),
                // `lost_at` stays: connections from before the loss remain untrusted.
                CircuitState::Closed => state.found_at = Some(Instant::now()),
                CircuitState::HalfOpen => {}
            }
        });
        let (dependency, server) = (self.dependency, &self.server);
        match (from, to) {
            (library::CircuitState::Closed, library::CircuitState::Open) => {
                let reason = self.reason.lock().clone();
                tracing::warn!(
                    dependency,
                    server,
                    reason,
                    "the circuit has opened: calls fail at once until the server is available again"
                );
            }
            (_, library::CircuitState::Closed) => {
                tracing::info!(
                    dependency,
                    server,
                    "the circuit has closed: the server is available again"
                );
            }
            _ => {}
        }
    }

    fn note_answer(&self) {
        // No caller waits for this.
        self.state.send_if_modified(|state| {
            state.found_at = Some(Instant::now());
            false
        });
    }
}

/// The task of the probe.
struct Prober {
    service: library::CircuitBreaker<ProbeService, library::DefaultClassifier>,
    knowledge: Arc<Knowledge>,
}

impl Prober {
    /// Tries to reach the server until it answers and the circuit is closed.
    async fn until_reachable(mut self) {
        let mut pauses = PAUSES.build();
        loop {
            let answers = self.answers().await;
            // If a caller has reported another loss in the meantime, the library does not count this answer.
            if answers && self.knowledge.state.borrow().circuit == CircuitState::Closed {
                return;
            }
            sleep(pauses.next().unwrap_or(MAX_PAUSE)).await;
        }
    }

    /// Makes one attempt, which the library counts, and which makes an open circuit half-open. Returns `true` if the
    /// server answered.
    async fn answers(&mut self) -> bool {
        let service = &mut self.service;
        let ready = poll_fn(|context| Service::<()>::poll_ready(service, context)).await;
        if ready.is_err() || service.call(()).await.is_err() {
            return false;
        }
        self.knowledge.note_answer();
        true
    }
}
