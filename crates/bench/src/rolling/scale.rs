//! Size of a run.

use std::time::Duration;

use crate::workload::{WORKLOADS, Workload};

/// Load balancer program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    HaProxy,
    Nginx,
}

impl Kind {
    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::HaProxy => "HAProxy",
            Self::Nginx => "nginx",
        }
    }

    /// Returns `true` if a request that writes may fail because it has reached a server that was just shutting down.
    /// nginx does not check the health of servers, and repeats only requests with an idempotent method.
    pub(super) const fn may_fail_writes(self) -> bool {
        matches!(self, Self::Nginx)
    }
}

/// A load balancer, and the number of servers behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scenario {
    pub(super) kind: Kind,
    pub(super) servers: usize,
}

/// Size of a run.
#[derive(Debug, Clone)]
pub(crate) struct Scale {
    /// The vehicles, and the clients subscribed to all vehicles.
    pub(super) workload: Workload,
    /// Number of further clients, each subscribed to one vehicle.
    pub(super) followers: u32,
    pub(super) scenarios: &'static [Scenario],
    /// Value of `HTTP__DRAIN_MS` on the servers.
    pub(super) drain: Duration,
    /// Time between the readiness of a restarted server and the next restart.
    pub(super) settle: Duration,
    /// Maximum time for a reconnection, after the time that the server asked the client to wait.
    pub(super) grace: Duration,
}

impl Scale {
    /// The load W1 with 900 further clients, 1,000 in total.
    pub(crate) const FULL: Self = Self {
        workload: WORKLOADS[0],
        followers: 900,
        scenarios: &[
            Scenario {
                kind: Kind::HaProxy,
                servers: 2,
            },
            Scenario {
                kind: Kind::HaProxy,
                servers: 4,
            },
            Scenario {
                kind: Kind::Nginx,
                servers: 2,
            },
            Scenario {
                kind: Kind::Nginx,
                servers: 4,
            },
        ],
        drain: Duration::from_secs(5),
        settle: Duration::from_secs(3),
        grace: Duration::from_secs(2),
    };

    /// A small load, for builds without optimization: about a minute.
    pub(crate) const SHORT: Self = Self {
        workload: Workload {
            name: "small",
            vehicles: 20,
            clients: 5,
            ..WORKLOADS[0]
        },
        followers: 45,
        scenarios: &[
            Scenario {
                kind: Kind::HaProxy,
                servers: 2,
            },
            Scenario {
                kind: Kind::Nginx,
                servers: 2,
            },
        ],
        drain: Duration::from_secs(4),
        settle: Duration::from_secs(3),
        grace: Duration::from_secs(5),
    };

    pub(super) const fn clients(&self) -> u32 {
        self.workload.clients + self.followers
    }

    /// Returns the number of the vehicle to which a client subscribes; `None` for all vehicles.
    pub(super) const fn vehicle_of(&self, client: u32) -> Option<u32> {
        if client < self.workload.clients {
            None
        } else {
            Some(client % self.workload.vehicles)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_vehicles_have_followers() {
        for scale in [Scale::FULL, Scale::SHORT] {
            let mut followers = vec![0; scale.workload.vehicles as usize];
            let vehicles = (0..scale.clients()).filter_map(|client| scale.vehicle_of(client));
            for vehicle in vehicles {
                followers[vehicle as usize] += 1;
            }
            assert!(followers.iter().all(|count| *count > 0), "{followers:?}");
        }
        assert_eq!(Scale::FULL.clients(), 1_000);
    }
}
