//! A bus for tests that records what is published, and that can be made unavailable.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use application::{
    Error, Moment,
    ports::{Clock, FeedEvent, TelemetryBus},
    telemetry::{Content, Report},
};
use async_trait::async_trait;
use domain::telemetry::{PlausibilityRules, VehiclePosition};
use futures::stream::{self, BoxStream, StreamExt as _};
use std::sync::Mutex;
use tokio::time::Instant;

/// Returns the plausibility rules for a plant of 20 km by 20 km.
pub(crate) fn plausibility() -> PlausibilityRules {
    PlausibilityRules {
        bounds: "-10000,-10000,-1000,10000,10000,1000".parse().expect("bounds"),
        max_speed_mps: 30.0,
        max_jump_m: 10.0,
        max_ahead_ms: 5_000,
        relocation_samples: 5,
    }
}

/// A bus that records each published batch and its time.
pub(crate) struct Listener {
    began: Instant,
    batches: Mutex<Vec<(Duration, Vec<Report>)>>,
    is_away: AtomicBool,
}

impl Listener {
    pub(crate) fn new() -> Self {
        Self {
            began: Instant::now(),
            batches: Mutex::default(),
            is_away: AtomicBool::new(false),
        }
    }

    /// Makes the bus unavailable, or available again.
    pub(crate) fn set_away(&self, is_away: bool) {
        self.is_away.store(is_away, Ordering::Relaxed);
    }

    /// Returns each published batch, with the time since the bus was created.
    pub(crate) fn calls(&self) -> Vec<(Duration, Vec<Report>)> {
        self.batches.lock().expect("the lock is not poisoned").clone()
    }

    pub(crate) fn reports(&self) -> Vec<Report> {
        self.calls()
            .into_iter()
            .flat_map(|(_, reports)| reports)
            .collect()
    }

    pub(crate) fn positions(&self) -> Vec<VehiclePosition> {
        let position = |report: Report| match report.content {
            Content::Position { position, .. } => Some(position),
            _ => None,
        };
        self.reports().into_iter().filter_map(position).collect()
    }
}

#[async_trait]
impl TelemetryBus for Listener {
    fn subscribe(&self) -> BoxStream<'static, FeedEvent> {
        stream::empty().boxed()
    }

    async fn publish(&self, reports: &[Report]) -> application::Result<()> {
        if self.is_away.load(Ordering::Relaxed) {
            return Err(Error::unavailable("bus", "it went away"));
        }
        self.batches
            .lock()
            .expect("the lock is not poisoned")
            .push((self.began.elapsed(), reports.to_vec()));
        Ok(())
    }

    async fn release_canaries(&self, _number: u64) -> application::Result<u16> {
        Ok(0)
    }
}

/// A clock driven by the runtime's time, which tests can pause. It starts on 1 January 2027.
pub(crate) struct RuntimeClock(Instant);

impl RuntimeClock {
    /// Start of the clock, in Unix milliseconds.
    pub(crate) const BEGINNING_MS: i64 = 1_798_761_600_000;

    /// Starts the clock now.
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }
}

impl Clock for RuntimeClock {
    fn now(&self) -> Moment {
        let beginning = Moment {
            unix_us: Self::BEGINNING_MS.unsigned_abs() * 1_000,
            uptime_us: 0,
        };
        beginning.after(self.0.elapsed())
    }
}

async fn clock() -> RuntimeClock {
    RuntimeClock::start()
}

port_contracts::clock_contract!(clock);
