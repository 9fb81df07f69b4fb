//! Loads for measurements.

use std::time::Duration;

/// Subscriptions of the clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Interest {
    /// Every client subscribes to all vehicles.
    All,
    /// Every client subscribes to one vehicle; the clients are spread evenly.
    OneEach,
}

/// A load: vehicles that publish, and clients that subscribe.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Workload {
    /// Name in reports and on the command line.
    pub name: &'static str,
    pub vehicles: u32,
    /// Updates per second and vehicle.
    pub rate_hz: f64,
    /// Number of clients, each with one socket.
    pub clients: u32,
    pub interest: Interest,
}

/// Loads of the report.
pub(crate) const WORKLOADS: [Workload; 4] = [
    Workload {
        name: "W1",
        vehicles: 100,
        rate_hz: 10.0,
        clients: 100,
        interest: Interest::All,
    },
    Workload {
        name: "W2",
        vehicles: 100,
        rate_hz: 10.0,
        clients: 1_000,
        interest: Interest::OneEach,
    },
    Workload {
        name: "W3",
        vehicles: 100,
        rate_hz: 10.0,
        clients: 1_000,
        interest: Interest::All,
    },
    Workload {
        name: "W4",
        vehicles: 1_000,
        rate_hz: 1.0,
        clients: 10,
        interest: Interest::All,
    },
];

impl Workload {
    /// Returns the load of that name, in any case.
    #[must_use]
    pub(crate) fn named(name: &str) -> Option<Self> {
        WORKLOADS
            .into_iter()
            .find(|workload| workload.name.eq_ignore_ascii_case(name))
    }

    /// Returns a description of the load.
    #[must_use]
    pub(crate) fn title(&self) -> String {
        let Self {
            vehicles,
            rate_hz,
            clients,
            interest,
            ..
        } = self;
        let what = match interest {
            Interest::All => "all",
            Interest::OneEach => "one vehicle each",
        };
        format!("{vehicles} vehicles × {rate_hz} Hz → {clients} clients of {what}")
    }

    /// Returns the subscription of a client: the number of the first vehicle, and the number of vehicles.
    #[must_use]
    pub(crate) const fn watched_by(&self, client: u32) -> (u32, u32) {
        match self.interest {
            Interest::All => (0, self.vehicles),
            Interest::OneEach => (client % self.vehicles, 1),
        }
    }

    /// Returns the number of updates per second that all clients together should receive.
    #[must_use]
    pub(crate) fn offered_per_s(&self) -> f64 {
        let per_client = match self.interest {
            Interest::All => self.vehicles,
            Interest::OneEach => 1,
        };
        self.rate_hz * f64::from(per_client) * f64::from(self.clients)
    }

    /// Returns the maximum number of updates that a vehicle publishes in this time.
    #[must_use]
    pub(crate) fn updates_per_vehicle(&self, time: Duration) -> u32 {
        (self.rate_hz * time.as_secs_f64()).ceil() as u32 + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_of_one_vehicle_each_are_spread_evenly() {
        let workload = Workload::named("w2").expect("a name of the table");
        let mut watchers = vec![0; workload.vehicles as usize];
        for client in 0..workload.clients {
            let (first, count) = workload.watched_by(client);
            assert_eq!(count, 1);
            watchers[first as usize] += 1;
        }
        assert!(watchers.iter().all(|count| *count == 10));
    }

    #[test]
    fn every_client_should_receive_the_vehicles_that_it_watches() {
        let offered = WORKLOADS.map(|workload| workload.offered_per_s() as u64);
        assert_eq!(offered, [100_000, 10_000, 1_000_000, 10_000]);
    }

    #[test]
    fn names_are_unique() {
        for workload in WORKLOADS {
            assert_eq!(Workload::named(workload.name), Some(workload));
        }
    }
}
