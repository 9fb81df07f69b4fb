//! The reported health of the server and its parts.

use std::{sync::Arc, time::Duration};

use domain::telemetry::Timestamp;

use crate::{error::Error, live::FeedStatus};

/// Health of the server or of one of its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Fully working.
    Up,
    /// Partly working.
    Degraded,
    /// Not working.
    Down,
}

/// Result of checking a dependency.
#[derive(Debug, Clone)]
pub enum Answer {
    /// The store is part of this process and is always available.
    Embedded,
    /// The dependency answered.
    Given {
        /// Round-trip time.
        latency: Duration,
    },
    /// The dependency answered, but rejects writes.
    ReadOnly {
        /// Round-trip time.
        latency: Duration,
        /// Reason, which may be shown to anyone.
        reason: &'static str,
    },
    /// The dependency did not answer.
    Missing {
        /// Time until the check failed.
        latency: Duration,
        /// Error, whose message may be shown to anyone.
        error: Arc<Error>,
    },
}

impl Answer {
    /// Returns the status. A read-only dependency is degraded.
    #[must_use]
    pub const fn status(&self) -> Status {
        match self {
            Self::Embedded | Self::Given { .. } => Status::Up,
            Self::ReadOnly { .. } => Status::Degraded,
            Self::Missing { .. } => Status::Down,
        }
    }
}

/// Latest result of checking a dependency.
#[derive(Debug, Clone)]
pub struct Checked {
    pub answer: Answer,
    /// Time of the check at which the status last changed, or of the first check; `None` for an embedded store.
    pub since: Option<Timestamp>,
}

impl Checked {
    /// The result for a store in this process.
    pub(super) const EMBEDDED: Self = Self {
        answer: Answer::Embedded,
        since: None,
    };

    #[must_use]
    pub const fn status(&self) -> Status {
        self.answer.status()
    }
}

/// Health of Redis, which serves commands and carries the robots' messages.
#[derive(Debug)]
pub struct RedisHealth {
    /// Result of checking commands.
    pub commands: Checked,
    /// Status of the subscription to the robots' channels.
    pub feed: FeedStatus,
}

impl RedisHealth {
    /// Returns the status. Redis is degraded if it answers but rejects writes, or the subscription is down.
    #[must_use]
    pub const fn status(&self) -> Status {
        match self.commands.status() {
            Status::Up if !self.feed.is_up => Status::Degraded,
            status => status,
        }
    }

    /// Returns the time since which Redis has had this status; `None` for an embedded store.
    #[must_use]
    pub fn since(&self) -> Option<Timestamp> {
        match self.commands.status() {
            Status::Up if !self.feed.is_up => Some(self.feed.since),
            Status::Up => self.commands.since.map(|since| since.max(self.feed.since)),
            Status::Degraded | Status::Down => self.commands.since,
        }
    }
}

/// Overall health of the server.
#[derive(Debug)]
pub struct Health {
    /// The registry.
    pub database: Checked,
    /// The bus and the live keys.
    pub redis: RedisHealth,
}

impl Health {
    /// Returns the status. The server is down only if both dependencies are: without the database, live delivery
    /// continues, and without Redis, vehicles can be managed and their last known state is still shown.
    #[must_use]
    pub const fn status(&self) -> Status {
        match (self.database.status(), self.redis.status()) {
            (Status::Up, Status::Up) => Status::Up,
            (Status::Down, Status::Down) => Status::Down,
            _ => Status::Degraded,
        }
    }
}
