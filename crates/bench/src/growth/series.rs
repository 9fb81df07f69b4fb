//! Series of loads in which only the number of vehicles or of sockets grows.

use crate::workload::{Interest, Workload};

/// Loads that differ in the number of vehicles or of sockets.
#[derive(Debug, Clone)]
pub(super) struct LoadSeries {
    pub name: &'static str,
    pub loads: Vec<Workload>,
}

/// Numbers of vehicles, with their updates per second. With 10,000 vehicles at 10 Hz, the server and the load tool
/// would need more than the two cores on which this is usually measured.
const VEHICLES: [(u32, f64); 3] = [(100, 10.0), (1_000, 10.0), (10_000, 1.0)];
/// Number of sockets while vehicles are added.
const FEW_SOCKETS: u32 = 10;

const SOCKETS: [u32; 4] = [10, 100, 1_000, 5_000];
/// Number of vehicles while sockets are added.
const FEW_VEHICLES: u32 = 100;
/// Updates per second and vehicle while sockets are added: 5,000 sockets receive a million updates per second.
const SLOW_HZ: f64 = 2.0;

impl LoadSeries {
    /// Returns all series, each without filters and with them.
    pub(super) fn all() -> [Self; 4] {
        [
            Self::of_vehicles("vehicles", Interest::All),
            Self::of_vehicles("vehicles, filtered", Interest::AreaEach),
            Self::of_sockets("sockets", Interest::All),
            Self::of_sockets("sockets, filtered", Interest::AreaEach),
        ]
    }

    fn of_vehicles(name: &'static str, interest: Interest) -> Self {
        let loads = VEHICLES.map(|(vehicles, rate_hz)| Workload {
            name,
            vehicles,
            rate_hz,
            clients: FEW_SOCKETS,
            interest,
            array: 1,
        });
        Self {
            name,
            loads: loads.to_vec(),
        }
    }

    fn of_sockets(name: &'static str, interest: Interest) -> Self {
        let loads = SOCKETS.map(|clients| Workload {
            name,
            vehicles: FEW_VEHICLES,
            rate_hz: SLOW_HZ,
            clients,
            interest,
            array: 1,
        });
        Self {
            name,
            loads: loads.to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_vehicles_or_sockets_never_receive_less() {
        for LoadSeries { name, loads } in LoadSeries::all() {
            let offered: Vec<_> = loads.iter().map(Workload::offered_per_s).collect();
            assert!(offered.is_sorted(), "{name}: {offered:?}");
        }
    }

    #[test]
    fn filters_let_a_tenth_pass() {
        let [vehicles, filtered_vehicles, sockets, filtered_sockets] = LoadSeries::all();
        for (all, some) in [(vehicles, filtered_vehicles), (sockets, filtered_sockets)] {
            for (all, some) in all.loads.iter().zip(&some.loads) {
                let ratio = all.offered_per_s() / some.offered_per_s();
                assert!((ratio - 10.0).abs() < 1e-9, "{}", some.title());
            }
        }
    }
}
