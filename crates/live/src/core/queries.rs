//! Queries of the current state. None of them changes the data that subscribers see.

use std::sync::Arc;

use domain::{
    AccessScope, VehicleId,
    telemetry::{VehiclePosition, VehicleRuntimeState},
    vehicle::{SyncStatus, Vehicle},
};

use super::{Core, between_us};
use crate::{current_state::CurrentState, mailbox::FeedStatus, moment::Moment, view::VehicleView};

/// Statistics of the live core at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LiveStats {
    /// Number of vehicles in the registry.
    pub vehicles: usize,
    /// Number of enabled vehicles.
    pub enabled: usize,
    /// Number of subscribers.
    pub subscribers: usize,
    /// Number of rooms: sets of subscribers with the same subscriptions, filters, scope, interval and mode.
    pub rooms: usize,
    /// State of the feed of messages from robots.
    pub feed: FeedStatus,
}

impl Core {
    /// Returns the statistics for health checks and metrics.
    #[must_use]
    pub fn stats(&self) -> LiveStats {
        // Each subscriber to canaries has a room of its own.
        let inner = self.canaries.len();
        LiveStats {
            vehicles: self.table.len(),
            enabled: self.table.enabled_count(),
            subscribers: self.hub.member_count() - inner,
            rooms: self.hub.room_count() - inner,
            feed: self.feed(),
        }
    }

    /// Returns the current state of a vehicle; `None` if the vehicle is unknown.
    #[must_use]
    pub fn present(&self, id: VehicleId, now: Moment) -> Option<CurrentState> {
        let vehicle = self.table.find(id)?;
        let running_us = self.running_us(now);
        let freshness = self.rules.freshness;
        let last_rejection = vehicle.rejections.last(running_us, freshness.disconnected_after);
        Some(CurrentState {
            position: vehicle.track.newest().cloned(),
            state: vehicle.state.clone(),
            status: vehicle.status,
            received_at: vehicle.received_at.map(Moment::wall),
            connection: vehicle.received_at.map(|_| {
                // The timers of a disabled vehicle do not run, so its silence is evaluated here.
                if vehicle.is_enabled || !self.feed.is_up {
                    vehicle.connection
                } else {
                    let silent_since_us = self.feed.silent_since_us(vehicle.heard_us);
                    freshness.judge(between_us(silent_since_us, running_us))
                }
            }),
            keys_written_at: vehicle.keys.written_at().map(Moment::wall),
            sync_status: match last_rejection {
                Some(_) => SyncStatus::Error,
                None => vehicle.keys.status(freshness.stale_after, now),
            },
            last_rejection: last_rejection.cloned(),
        })
    }

    /// Returns the newest position of a vehicle.
    #[must_use]
    pub fn position(&self, id: VehicleId) -> Option<&VehiclePosition> {
        self.table.find(id)?.track.newest()
    }

    /// Returns the newest state of a vehicle.
    #[must_use]
    pub fn state(&self, id: VehicleId) -> Option<&VehicleRuntimeState> {
        self.table.find(id)?.state.as_ref()
    }

    /// Returns `true` if a vehicle exists and is within a scope.
    #[must_use]
    pub fn is_visible(&self, scope: &AccessScope, id: VehicleId) -> bool {
        self.table
            .find(id)
            .is_some_and(|vehicle| vehicle.is_within(scope))
    }

    /// Returns the registry's data of a vehicle, with its current status; `None` if the vehicle is unknown.
    pub fn vehicle(&mut self, id: VehicleId) -> Option<Arc<Vehicle>> {
        let index = self.table.index_of(id)?;
        Some(self.table.at_mut(index).vehicle())
    }

    /// Returns the view of a vehicle; `None` unless the vehicle is enabled and a position or a state of it is known.
    pub fn view(&mut self, id: VehicleId) -> Option<Arc<VehicleView>> {
        let index = self.table.index_of(id)?;
        let vehicle = self.table.at_mut(index);
        vehicle
            .is_enabled
            .then(|| vehicle.view())
            .filter(|view| !view.is_empty())
    }
}
