use async_trait::async_trait;

use crate::error::Result;

/// Operations that a reachable dependency serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Capability {
    /// The dependency serves reads and writes.
    ReadWrite,
    /// The dependency serves reads and rejects writes.
    ReadOnly {
        /// Reason, which may be shown to anyone.
        reason: &'static str,
    },
}

/// State of the circuit breaker in front of a dependency, from best to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CircuitState {
    /// Calls are made.
    Closed,
    /// A probe is trying to reach the dependency. All other calls fail at once.
    HalfOpen,
    /// The dependency is known to be unavailable. All calls fail at once.
    Open,
}

impl CircuitState {
    /// Returns the state in health reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::HalfOpen => "half_open",
            Self::Open => "open",
        }
    }
}

/// An external service that the server depends on, such as the database.
#[async_trait]
pub trait Dependency: Send + Sync {
    /// Returns the name of the dependency in errors and logs, such as "database".
    fn name(&self) -> &'static str;

    /// Checks whether the dependency is reachable and accepts writes. The check may write a key of its own, but changes
    /// no other data. Callers apply a timeout, so the future must be safe to drop.
    ///
    /// # Errors
    /// Returns [`crate::Error::Unavailable`] when the dependency does not answer.
    async fn check(&self) -> Result<Capability>;

    /// Returns the state of the circuit breaker; `None` if the dependency has none. For a dependency that consists of
    /// several servers, this is the worst of their states.
    fn circuit(&self) -> Option<CircuitState> {
        None
    }
}
