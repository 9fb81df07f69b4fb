//! The task that samples the live core for metrics.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use ::live::{ConnectionCounts, TableCursor};
use domain::telemetry::ConnectionStatus;
use metrics::{Gauge, gauge};
use tokio::{sync::mpsc, task::yield_now, time::MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use crate::{live::Live, telemetry::DeadLetter};

/// Interval between two samples.
const INTERVAL: Duration = Duration::from_secs(1);

/// Number of samples over which the longest hold of the lock is determined. They cover a minute, so that no scrape
/// misses a long hold.
const HOLDS_KEPT: usize = 60;

/// One in this many samples also counts all vehicles and subscribers.
const COUNT_ONE_IN: u32 = 10;

/// Maximum number of vehicles or subscribers that are counted under one lock.
const AT_ONCE: usize = 500;

pub(super) async fn run(live: Arc<Live>, letters: mpsc::Sender<DeadLetter>, stop: CancellationToken) {
    let mut gauges = Gauges::new(letters.max_capacity());
    let mut beat = tokio::time::interval(INTERVAL);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut until_count = 0;
    while stop.run_until_cancelled(beat.tick()).await.is_some() {
        gauges.sample(&live, letters.max_capacity() - letters.capacity());
        if until_count == 0 {
            gauges.count(&live).await;
            until_count = COUNT_ONE_IN;
        }
        until_count -= 1;
    }
}

struct Gauges {
    live_keys: Gauge,
    statuses: Gauge,
    dead_letters: Gauge,
    longest_hold: Gauge,
    holds: LongestOfMinute,
    connected: Gauge,
    timeout: Gauge,
    disconnected: Gauge,
    slow_subscribers: Gauge,
}

impl Gauges {
    fn new(max_dead_letters: usize) -> Self {
        let queue = |queue: &'static str| gauge!("fleetwatch_queue_length", "queue" => queue);
        let vehicles =
            |status: ConnectionStatus| gauge!("fleetwatch_vehicles", "connection" => status.as_str());
        gauge!("fleetwatch_queue_capacity", "queue" => "dead_letters").set(max_dead_letters as f64);
        Self {
            live_keys: queue("live_keys"),
            statuses: queue("statuses"),
            dead_letters: queue("dead_letters"),
            longest_hold: gauge!("fleetwatch_live_lock_longest_hold_seconds"),
            holds: LongestOfMinute::default(),
            connected: vehicles(ConnectionStatus::Connected),
            timeout: vehicles(ConnectionStatus::Timeout),
            disconnected: vehicles(ConnectionStatus::Disconnected),
            slow_subscribers: gauge!("fleetwatch_live_slow_subscribers"),
        }
    }

    fn sample(&mut self, live: &Live, dead_letters: usize) {
        let (live_keys, statuses) = live.read(|core, _| (core.unsynced_count(), core.pending_status_count()));
        self.live_keys.set(live_keys as f64);
        self.statuses.set(statuses as f64);
        self.dead_letters.set(dead_letters as f64);
        let longest = self.holds.add(live.take_longest_hold());
        self.longest_hold.set(longest.as_secs_f64());
    }

    /// Counts vehicles and subscribers, up to [`AT_ONCE`] at a time. The lock is released after each portion, so that
    /// other tasks can acquire it.
    async fn count(&self, live: &Live) {
        let mut counts = ConnectionCounts::default();
        let mut from = Some(TableCursor::START);
        while let Some(place) = from {
            from = live.read(|core, _| core.count_connections(place, AT_ONCE, &mut counts));
            yield_now().await;
        }
        self.connected.set(counts.connected as f64);
        self.timeout.set(counts.timeout as f64);
        self.disconnected.set(counts.disconnected as f64);
        let (mut slow, mut from) = (0, Some(0));
        while let Some(place) = from {
            let (some, next) = live.read(|core, _| core.count_slow_subscribers(place, AT_ONCE));
            slow += some;
            from = next;
            yield_now().await;
        }
        self.slow_subscribers.set(slow as f64);
    }
}

/// The longest of the durations that were added last.
#[derive(Debug, Default)]
struct LongestOfMinute {
    last: VecDeque<Duration>,
}

impl LongestOfMinute {
    /// Adds a duration, and returns the longest of the last [`HOLDS_KEPT`] ones.
    fn add(&mut self, duration: Duration) -> Duration {
        if self.last.len() == HOLDS_KEPT {
            self.last.pop_front();
        }
        self.last.push_back(duration);
        self.last.iter().copied().max().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_hold_is_shown_for_a_minute() {
        let mut holds = LongestOfMinute::default();
        let (long, short) = (Duration::from_millis(3), Duration::from_micros(40));
        assert_eq!(holds.add(short), short);
        assert_eq!(holds.add(long), long);
        for _ in 1..HOLDS_KEPT {
            assert_eq!(holds.add(short), long);
        }
        assert_eq!(holds.add(short), short);
    }
}
