//! The check of one dependency.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use tokio::time::{Instant, timeout};

use super::{
    shared_check::Check,
    status::{Answer, Checked, Status},
};
use crate::{
    error::Error,
    live::Live,
    ports::{Capability, CircuitState, Dependency},
};

/// Maximum time for a dependency to answer.
const TIMEOUT: Duration = Duration::from_secs(1);

pub(super) struct DependencyCheck {
    dependency: Arc<dyn Dependency>,
    live: Arc<Live>,
    /// Whether the dependency stores the live keys.
    has_live_keys: bool,
}

impl DependencyCheck {
    pub(super) fn new(dependency: Arc<dyn Dependency>, live: Arc<Live>) -> Self {
        Self {
            dependency,
            live,
            has_live_keys: false,
        }
    }

    /// Creates the check of the dependency that stores the live keys. While they cannot be written, it is reported as
    /// read-only even if it accepts other writes.
    pub(super) fn of_live_keys(dependency: Arc<dyn Dependency>, live: Arc<Live>) -> Self {
        Self {
            has_live_keys: true,
            ..Self::new(dependency, live)
        }
    }

    /// Returns the state of the dependency's circuit breaker at this moment.
    pub(super) fn circuit(&self) -> Option<CircuitState> {
        self.dependency.circuit()
    }

    async fn answer(&self) -> Answer {
        let asked_at = Instant::now();
        let answered = timeout(TIMEOUT, self.dependency.check()).await;
        let latency = asked_at.elapsed();
        match answered.unwrap_or_else(|_| Err(Error::no_answer(self.dependency.name(), TIMEOUT))) {
            Ok(Capability::ReadWrite) if self.has_live_keys && self.live.is_failing_to_write_keys() => {
                Answer::ReadOnly {
                    latency,
                    reason: "the live keys cannot be written",
                }
            }
            Ok(Capability::ReadWrite) => Answer::Given { latency },
            Ok(Capability::ReadOnly { reason }) => Answer::ReadOnly { latency, reason },
            Err(error) => Answer::Missing {
                latency,
                error: Arc::new(error),
            },
        }
    }
}

#[async_trait]
impl Check for DependencyCheck {
    type Outcome = Checked;

    async fn run(&self, before: Option<Checked>) -> Checked {
        let answer = self.answer().await;
        let was = before
            .as_ref()
            .map_or(Status::Up, |before| before.answer.status());
        if was != answer.status() {
            log_change(self.dependency.name(), &answer);
        }
        let unchanged = before.filter(|_| was == answer.status());
        let since = unchanged.map_or_else(|| Some(self.live.now().wall()), |before| before.since);
        Checked { answer, since }
    }
}

/// Logs a change of the status. Other answers are not logged, because the endpoints need no token and requests must not
/// fill the log.
fn log_change(dependency: &str, answer: &Answer) {
    match answer {
        Answer::Embedded | Answer::Given { .. } => {
            tracing::info!(dependency, "a dependency is available again")
        }
        Answer::ReadOnly { reason, .. } => tracing::warn!(dependency, reason, "a dependency rejects writes"),
        Answer::Missing { error, .. } => {
            tracing::warn!(dependency, error = error.chain(), "a dependency is unavailable");
        }
    }
}
