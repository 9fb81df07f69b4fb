//! The check that messages from robots reach subscribers.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use domain::telemetry::Timestamp;
use tokio::time::{Instant, timeout};

use super::{shared_check::Check, status::Status};
use crate::{
    error::{Error, Result},
    live::{Canaries, FeedStatus, Live},
    ports::TelemetryBus,
};

/// Number of times that canaries are sent before they are considered lost. A single one may be lost if a subscription
/// is being renewed at that moment, or if messages arrive faster than they are read.
const ATTEMPTS: u32 = 2;

/// Time within which the canaries of one attempt must arrive.
const PATIENCE: Duration = Duration::from_millis(500);

/// Health of the delivery of messages from the bus to subscribers.
#[derive(Debug, Clone)]
pub struct DeliveryHealth {
    pub status: Status,
    /// Reason why the delivery is not up, which may be shown to anyone.
    pub reason: Option<&'static str>,
    /// Time of the check at which the status last changed, or of the first check.
    pub since: Timestamp,
    /// Time from sending the last canaries until all of them had arrived; `None` if some did not.
    pub latency: Option<Duration>,
    /// Number of routes by which canaries were sent; 0 if they could not be sent.
    pub routes: u16,
    /// Number of routes by which canaries arrived.
    pub arrived: u16,
    /// Status of the subscription to the robots' channels.
    pub feed: FeedStatus,
}

/// Sends canaries through the bus, and waits for them as a subscriber of the live core.
pub(super) struct Delivery {
    bus: Arc<dyn TelemetryBus>,
    live: Arc<Live>,
    sent: AtomicU64,
}

/// Outcome of one attempt.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Flight {
    routes: u16,
    arrived: u16,
    /// Time until all had arrived.
    latency: Option<Duration>,
}

impl Delivery {
    pub(super) fn new(bus: Arc<dyn TelemetryBus>, live: Arc<Live>) -> Self {
        Self {
            bus,
            live,
            sent: AtomicU64::new(0),
        }
    }

    /// Sends canaries up to [`ATTEMPTS`] times, and returns the outcome of the best attempt.
    async fn try_to_deliver(&self) -> Flight {
        // Subscribe first, so that no canary is missed.
        let canaries = self.live.follow_canaries();
        let mut best = Flight::default();
        for _ in 0..ATTEMPTS {
            let flight = self.deliver(&canaries).await;
            if flight.latency.is_some() {
                return flight;
            }
            if flight.arrived >= best.arrived {
                best = flight;
            }
        }
        best
    }

    async fn deliver(&self, canaries: &Canaries) -> Flight {
        let number = self.sent.fetch_add(1, Ordering::Relaxed);
        let began = Instant::now();
        let mut routes = 0;
        let mut arrived = BTreeSet::new();
        let all_arrived = timeout(PATIENCE, async {
            routes = self.release(number).await?;
            while arrived.len() < usize::from(routes) {
                let of_this_attempt = canaries
                    .take()
                    .await
                    .into_iter()
                    .filter(|canary| canary.number == number && canary.route < routes);
                arrived.extend(of_this_attempt.map(|canary| canary.route));
            }
            Ok::<(), Error>(())
        })
        .await;
        let latency = matches!(all_arrived, Ok(Ok(()))).then(|| began.elapsed());
        Flight {
            routes,
            arrived: u16::try_from(arrived.len()).unwrap_or(u16::MAX),
            // Without a route, nothing is proved.
            latency: latency.filter(|_| routes > 0),
        }
    }

    async fn release(&self, number: u64) -> Result<u16> {
        self.bus.release_canaries(number).await.inspect_err(|error| {
            tracing::debug!(error = error.chain(), "canaries cannot be sent");
        })
    }
}

#[async_trait]
impl Check for Delivery {
    type Outcome = DeliveryHealth;

    async fn run(&self, before: Option<DeliveryHealth>) -> DeliveryHealth {
        let Flight {
            routes,
            arrived,
            latency,
        } = self.try_to_deliver().await;
        let feed = self.live.stats().feed;
        let (status, reason) = judge(routes, arrived, feed.is_up);
        let was = before.as_ref().map_or(Status::Up, |before| before.status);
        if was != status {
            log_change(status, reason);
        }
        let unchanged = before.filter(|before| before.status == status);
        DeliveryHealth {
            status,
            reason,
            since: unchanged.map_or_else(|| self.live.now().wall(), |before| before.since),
            latency,
            routes,
            arrived,
            feed,
        }
    }
}

/// Returns the status and, unless it is up, the reason. It is never up if a canary is missing, or if the server is not
/// subscribed to one of the robots' channels.
const fn judge(routes: u16, arrived: u16, is_feed_up: bool) -> (Status, Option<&'static str>) {
    match (arrived, is_feed_up) {
        (0, _) if routes == 0 => (Status::Down, Some("a canary cannot be sent through Redis")),
        (0, false) => (
            Status::Down,
            Some("the server is not subscribed to the robots' channels"),
        ),
        (0, true) => (Status::Down, Some("a canary sent through Redis did not arrive")),
        (_, false) => (
            Status::Degraded,
            Some("the server is not subscribed to some of the robots' channels"),
        ),
        (_, true) if arrived < routes => (
            Status::Degraded,
            Some("canaries only arrive from some of the Redis servers"),
        ),
        (_, true) => (Status::Up, None),
    }
}

fn log_change(status: Status, reason: Option<&'static str>) {
    match (reason, status) {
        (None, _) => tracing::info!("messages from robots reach subscribers again"),
        (Some(reason), Status::Down) => {
            tracing::warn!(?status, reason, "messages from robots do not reach subscribers");
        }
        (Some(reason), _) => {
            tracing::warn!(?status, reason, "not all messages from robots reach subscribers");
        }
    }
}

#[cfg(test)]
mod tests;
