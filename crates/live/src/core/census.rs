//! Counts of vehicles and subscribers for metrics. They are taken in steps, so that the lock is never held for long.

use domain::telemetry::ConnectionStatus;

use super::Core;
use crate::{indices::SubscriberId, live_table::TableCursor};

/// Numbers of enabled vehicles by connection status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ConnectionCounts {
    /// Number of vehicles that have sent a message recently.
    pub connected: usize,
    /// Number of vehicles that are stale.
    pub timeout: usize,
    /// Number of vehicles that have been silent for a long time, or were never heard from.
    pub disconnected: usize,
}

impl Core {
    /// Adds the enabled vehicles at up to `limit` places of the table to `counts`, and returns the place at which to
    /// continue; `None` at the end.
    #[must_use]
    pub fn count_connections(
        &self,
        from: TableCursor,
        limit: usize,
        counts: &mut ConnectionCounts,
    ) -> Option<TableCursor> {
        let (vehicles, next) = self.table.some(from, limit);
        for (_, vehicle) in vehicles.filter(|(_, vehicle)| vehicle.is_enabled) {
            match vehicle.connection {
                ConnectionStatus::Connected => counts.connected += 1,
                ConnectionStatus::Timeout => counts.timeout += 1,
                ConnectionStatus::Disconnected => counts.disconnected += 1,
            }
        }
        next
    }

    /// Counts the slow subscribers at up to `limit` places, starting at `from`, which is 0 in the first call. A
    /// subscriber is slow if it had not taken a delivery when the next one arrived. Returns the count and where to
    /// continue; `None` at the end.
    #[must_use]
    pub fn count_slow_subscribers(&self, from: SubscriberId, limit: usize) -> (usize, Option<SubscriberId>) {
        let is_counted = |id: SubscriberId| !self.canaries.contains(&id);
        self.hub.count_slow_members(from, limit, is_counted)
    }

    /// Returns the number of statuses that the registry may not have recorded yet.
    #[must_use]
    pub fn pending_status_count(&self) -> usize {
        self.statuses.len()
    }
}
