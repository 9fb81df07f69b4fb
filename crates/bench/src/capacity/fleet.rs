//! The arithmetic of a large fleet.

use super::costs::Costs;

/// A fleet, and the settings of its servers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fleet {
    pub(super) vehicles: f64,
    /// Messages per second and vehicle.
    pub(super) rate_hz: f64,
    pub(super) sockets: f64,
    /// Maximum number of sockets per server (`WS__MAX_CONNECTIONS`).
    pub(super) per_server: f64,
    /// Value of `LIVE__SYNC_INTERVAL_MS`, in seconds.
    pub(super) sync_interval_s: f64,
    /// Value of `AUTH__ACCESS_TTL_S`, in seconds.
    pub(super) access_ttl_s: f64,
}

/// Time over which the clients of a stopped server spread their handshakes, in seconds.
const SPREAD_S: f64 = 4.5;

const US_PER_S: f64 = 1e6;

impl Fleet {
    /// 100,000 vehicles and 1,000,000 sockets, with default settings.
    pub(super) const LARGE: Self = Self {
        vehicles: 100_000.0,
        rate_hz: 1.0,
        sockets: 1_000_000.0,
        per_server: 50_000.0,
        sync_interval_s: 1.0,
        access_ttl_s: 900.0,
    };

    /// The same, with settings that reduce the load on the stores.
    pub(super) const SPARING: Self = Self {
        sync_interval_s: 10.0,
        access_ttl_s: 3_600.0,
        ..Self::LARGE
    };

    /// Returns the number of servers.
    pub(super) fn servers(&self) -> f64 {
        (self.sockets / self.per_server).ceil()
    }

    /// Returns the messages per second that Redis delivers to all servers together.
    pub(super) fn deliveries_per_s(&self) -> f64 {
        self.vehicles * self.rate_hz * self.servers()
    }

    /// Returns the number of cores that Redis needs for the deliveries.
    pub(super) fn cores_of_feed(&self, costs: &Costs) -> f64 {
        self.deliveries_per_s() * costs.delivery_us() / US_PER_S
    }

    /// Returns the number of times per second that the keys of a vehicle are written: every server writes the keys of
    /// all vehicles.
    pub(super) fn key_writes_per_s(&self) -> f64 {
        self.vehicles * self.servers() * self.rate_hz.min(1.0 / self.sync_interval_s)
    }

    /// Returns the number of cores that Redis needs for writing the keys.
    pub(super) fn cores_of_keys(&self, costs: &Costs) -> f64 {
        self.key_writes_per_s() * costs.key_write / US_PER_S
    }

    /// Returns the refreshes per second, if each client refreshes its session once per access token.
    pub(super) fn refreshes_per_s(&self) -> f64 {
        self.sockets / self.access_ttl_s
    }

    /// Returns the number of cores that PostgreSQL needs for the refreshes.
    pub(super) fn cores_of_database(&self, costs: &Costs) -> f64 {
        self.refreshes_per_s() * costs.connecting.refresh_database_us / US_PER_S
    }

    /// Returns the number of cores that all servers together need for the refreshes.
    pub(super) fn cores_of_refreshes(&self, costs: &Costs) -> f64 {
        self.refreshes_per_s() * costs.connecting.refresh_server_us / US_PER_S
    }

    /// Returns the handshakes per second after a server has stopped.
    pub(super) fn handshakes_per_s(&self) -> f64 {
        self.per_server / SPREAD_S
    }

    /// Returns the number of cores that the other servers together need for the handshakes.
    pub(super) fn cores_of_handshakes(&self, costs: &Costs) -> f64 {
        self.handshakes_per_s() * costs.connecting.handshake_us / US_PER_S
    }
}

#[cfg(test)]
mod tests {
    use super::{super::costs::samples::costs, *};

    fn check(found: f64, expected: f64) {
        assert!(
            (found - expected).abs() < expected * 1e-9,
            "{found} is not {expected}"
        );
    }

    #[test]
    fn each_server_receives_and_writes_everything() {
        let (costs, fleet) = (costs(), Fleet::LARGE);
        check(fleet.servers(), 20.0);
        check(fleet.deliveries_per_s(), 2_000_000.0);
        check(fleet.cores_of_feed(&costs), 2.0);
        check(fleet.key_writes_per_s(), 2_000_000.0);
        check(fleet.cores_of_keys(&costs), 40.0);
        check(Fleet::SPARING.cores_of_keys(&costs), 4.0);
    }

    #[test]
    fn clients_cost_when_they_connect_and_refresh() {
        let (costs, fleet) = (costs(), Fleet::SPARING);
        check(fleet.refreshes_per_s(), 1_000_000.0 / 3_600.0);
        check(fleet.cores_of_database(&costs), 1_000.0 / 3_600.0);
        check(fleet.cores_of_refreshes(&costs), 500.0 / 3_600.0);
        check(fleet.handshakes_per_s(), 50_000.0 / 4.5);
        check(fleet.cores_of_handshakes(&costs), 10.0 / 4.5);
    }
}
