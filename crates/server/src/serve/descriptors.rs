//! File descriptors: their limit, the number reserved for stores, and the number left for client connections.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::config::Config;

/// Descriptors reserved for the process itself: listeners, pollers, the log, probes and new connections.
const OWN: u64 = 64;

/// Descriptors reserved for each thread that serves requests.
const PER_WORKER: u64 = 8;

/// Limit that is assumed if the system sets none.
const ENOUGH: u64 = 1 << 20;

/// Division of this process's descriptors between client connections and everything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Descriptors {
    /// Maximum number of open descriptors.
    limit: u64,
    /// Descriptors kept for stores and the process itself.
    reserved: u64,
}

impl Descriptors {
    /// Raises the soft limit to the hard limit and divides it. Most systems start services with a soft limit of 1,024
    /// and a hard limit of half a million, for compatibility with programs that use `select`.
    pub(super) fn raise(config: &Config) -> Self {
        let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
        let wanted = maximum.unwrap_or(ENOUGH);
        let mut limit = current.unwrap_or(ENOUGH);
        if limit < wanted {
            let raised = Rlimit {
                current: Some(wanted),
                maximum,
            };
            match setrlimit(Resource::Nofile, raised) {
                Ok(()) => limit = wanted,
                Err(error) => tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    limit,
                    "cannot raise the limit on open files"
                ),
            }
        }
        let shared = Self::shared_out(limit, reserve(config));
        shared.warn_if_short(config);
        shared
    }

    fn shared_out(limit: u64, reserve: u64) -> Self {
        // Even under a very low limit, half of the descriptors are left for connections.
        let reserved = reserve.min(limit / 2);
        Self { limit, reserved }
    }

    /// Returns the maximum number of client connections.
    pub(super) fn for_connections(self) -> usize {
        usize::try_from(self.limit - self.reserved).unwrap_or(usize::MAX)
    }

    /// Returns the number of connections that may be accepted beyond the maximum, until others are closed to make room.
    pub(super) fn in_passing(self) -> usize {
        usize::try_from(self.reserved / 2).unwrap_or(usize::MAX)
    }

    fn warn_if_short(self, config: &Config) {
        let needed =
            reserve(config) + config.ws.max_connections as u64 + config.http.max_connections_per_ip as u64;
        if self.limit < needed {
            tracing::warn!(
                limit = self.limit,
                needed,
                connections = self.for_connections(),
                "the limit on open files is lower than FLEETWATCH_WS__MAX_CONNECTIONS ({}), \
                 FLEETWATCH_HTTP__MAX_CONNECTIONS_PER_IP ({}), FLEETWATCH_DATABASE__POOL_SIZE ({}) and \
                 FLEETWATCH_REDIS__POOL_SIZE ({}) require together: raise the limit (ulimit -n, LimitNOFILE=), \
                 or lower the settings",
                config.ws.max_connections,
                config.http.max_connections_per_ip,
                config.database.pool_size,
                config.redis.pool_size,
            );
        }
    }
}

/// Returns the number of descriptors that the stores and the process itself may need.
fn reserve(config: &Config) -> u64 {
    // With a Redis Cluster there is one pool for each node, usually three.
    let stores = config.database.pool_size + 3 * config.redis.pool_size;
    OWN + PER_WORKER * config.http.workers as u64 + stores as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptors_are_divided_between_stores_and_connections() {
        let usual = Descriptors::shared_out(1024, 114);
        assert_eq!((usual.for_connections(), usual.in_passing()), (910, 57));
        let few = Descriptors::shared_out(64, 114);
        assert_eq!((few.for_connections(), few.in_passing()), (32, 16));
    }
}
