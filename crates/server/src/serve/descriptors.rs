//! File descriptors: how many there are, what they are kept for, and how many connections that leaves room for.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::config::Config;

/// What the process has open for itself: listeners, pollers, the log, what probes and new connections need.
const OWN: u64 = 64;

/// Descriptors of each thread that serves requests.
const PER_WORKER: u64 = 8;

/// As many as are asked for where the system sets no limit.
const ENOUGH: u64 = 1 << 20;

/// The descriptors of this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Descriptors {
    /// How many the process may have.
    limit: u64,
    /// How many are kept for stores and the process itself.
    reserved: u64,
}

impl Descriptors {
    /// Raises the soft limit as far as this process may, and shares it out. Most systems start services with 1,024
    /// of half a million that are allowed, for the sake of programs that use `select`.
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
                Err(error) => tracing::warn!(%error, limit, "the limit of open files can't be raised"),
            }
        }
        let shared = Self::shared_out(limit, reserve(config));
        shared.warn_if_short(config);
        shared
    }

    fn shared_out(limit: u64, reserve: u64) -> Self {
        // However few there are, half of them are for connections.
        let reserved = reserve.min(limit / 2);
        Self { limit, reserved }
    }

    /// How many connections of clients there is room for.
    pub(super) fn for_connections(self) -> usize {
        usize::try_from(self.limit - self.reserved).unwrap_or(usize::MAX)
    }

    /// How many more may be accepted before others have made room for them.
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
                "the limit of open files is below what FLEETWATCH_WS__MAX_CONNECTIONS ({}), \
                 FLEETWATCH_HTTP__MAX_CONNECTIONS_PER_IP ({}), FLEETWATCH_DATABASE__POOL_SIZE ({}) and \
                 FLEETWATCH_REDIS__POOL_SIZE ({}) need together: raise it (ulimit -n, LimitNOFILE=), or lower these",
                config.ws.max_connections,
                config.http.max_connections_per_ip,
                config.database.pool_size,
                config.redis.pool_size,
            );
        }
    }
}

/// What stores and the process itself may need.
fn reserve(config: &Config) -> u64 {
    // A pool of Redis connections is one for each node of a cluster; three are usual.
    let stores = config.database.pool_size + 3 * config.redis.pool_size;
    OWN + PER_WORKER * config.http.workers as u64 + stores as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stores_and_connections_share_what_there_is() {
        let usual = Descriptors::shared_out(1024, 114);
        assert_eq!((usual.for_connections(), usual.in_passing()), (910, 57));
        let few = Descriptors::shared_out(64, 114);
        assert_eq!((few.for_connections(), few.in_passing()), (32, 16));
    }
}
