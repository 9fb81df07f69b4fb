//! The measured costs.

use std::time::Duration;

/// Messages that Redis has delivered to a number of subscribers.
#[derive(Debug, Clone, Copy)]
pub(super) struct FanOut {
    pub(super) subscribers: u32,
    /// Number of published messages.
    pub(super) published: u64,
    pub(super) took: Duration,
    /// CPU time of Redis.
    pub(super) cpu: Duration,
}

impl FanOut {
    fn deliveries(&self) -> f64 {
        self.published as f64 * f64::from(self.subscribers)
    }

    /// Returns the number of deliveries per second.
    pub(super) fn deliveries_per_s(&self) -> f64 {
        self.deliveries() / self.took.as_secs_f64()
    }

    /// Returns the CPU time of Redis for a message to one subscriber, in microseconds.
    pub(super) fn us_per_delivery(&self) -> f64 {
        self.cpu.as_secs_f64() * 1e6 / self.deliveries().max(1.0)
    }
}

/// Costs of a client that connects.
#[derive(Debug, Clone, Copy)]
pub(super) struct Connecting {
    /// CPU time of the server for a handshake and a subscription to one vehicle, in microseconds.
    pub(super) handshake_us: f64,
    /// CPU time of the server for the refresh of a session, in microseconds.
    pub(super) refresh_server_us: f64,
    /// CPU time of PostgreSQL for the refresh of a session, in microseconds.
    pub(super) refresh_database_us: f64,
    /// Median time of a refresh.
    pub(super) refresh_p50: Duration,
}

#[derive(Debug, Clone)]
pub(super) struct Costs {
    /// Deliveries by Redis, in order of the number of subscribers.
    pub(super) fan_outs: Vec<FanOut>,
    /// Time that Redis takes to write the keys of a vehicle once, in microseconds.
    pub(super) key_write: f64,
    pub(super) connecting: Connecting,
}

impl Costs {
    /// Returns the CPU time of Redis for a message to one of many servers, in microseconds.
    pub(super) fn delivery_us(&self) -> f64 {
        self.fan_outs.last().map_or(0.0, FanOut::us_per_delivery)
    }
}

#[cfg(test)]
pub(super) mod samples {
    use super::*;

    /// Returns round numbers as costs, for tests.
    pub(in crate::capacity) fn costs() -> Costs {
        let fan_out = |subscribers| FanOut {
            subscribers,
            published: 100_000,
            took: Duration::from_secs(2),
            cpu: Duration::from_micros(100_000) * subscribers,
        };
        Costs {
            fan_outs: vec![fan_out(1), fan_out(4)],
            key_write: 20.0,
            connecting: Connecting {
                handshake_us: 200.0,
                refresh_server_us: 500.0,
                refresh_database_us: 1_000.0,
                refresh_p50: Duration::from_millis(3),
            },
        }
    }

    #[test]
    fn a_delivery_is_a_message_to_one_subscriber() {
        let costs = costs();
        assert!((costs.delivery_us() - 1.0).abs() < 1e-9);
        assert!((costs.fan_outs[1].deliveries_per_s() - 200_000.0).abs() < 1e-6);
    }
}
