//! Loads for measurements.

use std::time::Duration;

use crate::protocols::Area;

/// Subscriptions of the clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Interest {
    /// Every client subscribes to all vehicles.
    All,
    /// Every client subscribes to one vehicle; the clients are spread evenly.
    OneEach,
    /// Every client subscribes to all vehicles in its own area, which contains a tenth of them.
    AreaEach,
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
    /// Number of updates in each publication. If it is greater than 1, they are sent as a JSON array.
    pub array: u32,
}

/// Loads of the report whose deliveries are measured.
pub(crate) const WORKLOADS: [Workload; 4] = [
    Workload {
        name: "W1",
        vehicles: 100,
        rate_hz: 10.0,
        clients: 100,
        interest: Interest::All,
        array: 1,
    },
    Workload {
        name: "W2",
        vehicles: 100,
        rate_hz: 10.0,
        clients: 1_000,
        interest: Interest::OneEach,
        array: 1,
    },
    Workload {
        name: "W3",
        vehicles: 100,
        rate_hz: 10.0,
        clients: 1_000,
        interest: Interest::All,
        array: 1,
    },
    Workload {
        name: "W4",
        vehicles: 1_000,
        rate_hz: 1.0,
        clients: 10,
        interest: Interest::All,
        array: 1,
    },
];

/// Loads of the report whose arriving messages are measured. The limit per vehicle is 200 messages per second.
pub(crate) const INGEST: [Workload; 2] = [
    Workload {
        name: "W5",
        vehicles: 2_000,
        rate_hz: 100.0,
        clients: 10,
        interest: Interest::OneEach,
        array: 1,
    },
    Workload {
        name: "W5-arrays",
        vehicles: 5_000,
        rate_hz: 100.0,
        clients: 10,
        interest: Interest::OneEach,
        array: 100,
    },
];

/// Map on which all vehicles move.
pub(crate) const MAP: &str = "floor-1";

/// Returns the y coordinate of a vehicle, in metres. Vehicles only move along x.
#[must_use]
pub(crate) fn y_of(vehicle: u32) -> f64 {
    f64::from(vehicle) + 0.5
}

/// Number of different sets of vehicles that the areas of clients contain.
const SETS: u32 = 10;

/// Number of updates after which a vehicle leaves its areas: it moves by 1 mm along x with each update.
pub(crate) const UPDATES_INSIDE: u32 = 8_000;

/// Right edge of areas, in metres.
const RIGHT_M: f64 = UPDATES_INSIDE as f64 / 1_000.0;

impl Workload {
    /// Returns the load with this name, regardless of case; `None` if there is none.
    #[must_use]
    pub(crate) fn named(name: &str) -> Option<Self> {
        WORKLOADS
            .into_iter()
            .chain(INGEST)
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
            array,
            ..
        } = self;
        let packed = match array {
            1 => String::new(),
            _ => format!(" in arrays of {array}"),
        };
        let what = match interest {
            Interest::All => "all vehicles",
            Interest::OneEach => "one vehicle each",
            Interest::AreaEach => "an area each",
        };
        format!("{vehicles} vehicles × {rate_hz} Hz{packed} → {clients} clients subscribed to {what}")
    }

    /// Returns the subscription of a client: the number of the first vehicle, and the number of vehicles.
    #[must_use]
    pub(crate) const fn watched_by(&self, client: u32) -> (u32, u32) {
        match self.interest {
            Interest::All => (0, self.vehicles),
            Interest::OneEach => (client % self.vehicles, 1),
            Interest::AreaEach => {
                let sets = if self.vehicles < SETS { self.vehicles } else { SETS };
                let count = self.vehicles / sets;
                (client % sets * count, count)
            }
        }
    }

    /// Returns the area to which the subscription of a client is limited; `None` if it is not limited. No two clients
    /// have the same area, even if their areas contain the same vehicles, so each client has a separate room.
    #[must_use]
    pub(crate) fn area_of(&self, client: u32) -> Option<Area> {
        if self.interest != Interest::AreaEach {
            return None;
        }
        let (first, count) = self.watched_by(client);
        let left = -1.0 - f64::from(client) / 1_000.0;
        let [bottom, top] = [first, first + count].map(|vehicle| y_of(vehicle) - 0.5);
        Some(Area {
            map: MAP,
            edges: [left, bottom, RIGHT_M, top],
        })
    }

    /// Returns the number of updates per second that all clients together should receive.
    #[must_use]
    pub(crate) fn offered_per_s(&self) -> f64 {
        let (_, per_client) = self.watched_by(0);
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
    fn an_area_contains_the_vehicles_that_the_client_watches() {
        let workload = Workload {
            interest: Interest::AreaEach,
            ..WORKLOADS[2]
        };
        for client in 0..workload.clients {
            let (first, count) = workload.watched_by(client);
            let [left, bottom, right, top] = workload.area_of(client).unwrap().edges;
            assert!(left < 0.0 && right > 1.0);
            let inside = (0..workload.vehicles).filter(|vehicle| (bottom..=top).contains(&y_of(*vehicle)));
            assert_eq!(
                inside.collect::<Vec<_>>(),
                (first..first + count).collect::<Vec<_>>()
            );
        }
        let areas = [3, 13].map(|client| workload.area_of(client).unwrap());
        assert_ne!(areas[0], areas[1]);
        assert_eq!(workload.watched_by(3), workload.watched_by(13));
        assert_eq!(WORKLOADS[2].area_of(3), None);
    }

    #[test]
    fn every_client_should_receive_the_vehicles_that_it_watches() {
        let offered = WORKLOADS.map(|workload| workload.offered_per_s() as u64);
        assert_eq!(offered, [100_000, 10_000, 1_000_000, 10_000]);
    }

    #[test]
    fn names_are_unique() {
        for workload in WORKLOADS.into_iter().chain(INGEST) {
            assert_eq!(Workload::named(workload.name), Some(workload));
        }
    }
}
