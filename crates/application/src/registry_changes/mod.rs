//! Changes to the registry, and how they take effect on this server.
//!
//! * [`RegistryChanges`]: applies changes that this server makes.
//! * [`Follower`]: applies changes that other processes make, which it reads from the log of the registry.

mod follower;

use std::sync::Arc;

use domain::{UserId, vehicle::Vehicle};
use tokio::sync::Notify;

use crate::{
    identity::Identities,
    live::{Live, LiveRules, MessageTraces},
    ports::Ports,
};

pub use follower::Follower;

/// Applies changes that this server has made in the registry to its live core and its identities, and wakes the
/// [`Follower`], which announces them to other servers.
pub struct RegistryChanges {
    live: Arc<Live>,
    identities: Arc<Identities>,
    /// Wakes the [`Follower`].
    log_grew: Notify,
}

impl RegistryChanges {
    /// Applies changes to this live core and these identities.
    #[must_use]
    pub fn new(live: Arc<Live>, identities: Arc<Identities>) -> Arc<Self> {
        Arc::new(Self {
            live,
            identities,
            log_grew: Notify::new(),
        })
    }

    /// Applies changes to a new live core, which contains no vehicles yet, and to new identities, which are read from
    /// these ports.
    #[must_use]
    pub fn on(ports: &Ports, rules: LiveRules) -> Arc<Self> {
        let traces = ports.tracer.clone().map(|tracer| MessageTraces {
            tracer,
            messaging_system: ports.bus.messaging_system(),
        });
        let live = Live::new(rules, Arc::clone(&ports.clock), traces);
        Self::new(live, Identities::new(Arc::clone(&ports.sessions)))
    }

    #[must_use]
    pub const fn live(&self) -> &Arc<Live> {
        &self.live
    }

    #[must_use]
    pub const fn identities(&self) -> &Arc<Identities> {
        &self.identities
    }

    /// Applies a change to a vehicle: its registration, an update, or its deletion.
    pub fn vehicle_changed(&self, vehicle: &Vehicle) {
        self.vehicles_changed(std::slice::from_ref(vehicle));
    }

    /// Applies changes to several vehicles.
    pub fn vehicles_changed(&self, vehicles: &[Vehicle]) {
        // Takes effect on this server before the caller answers. The log later repeats the same versions.
        self.live.upsert_all(vehicles);
        self.log_grew.notify_one();
    }

    /// Applies a change to a vehicle's status by a user. A status that the robot has reported since then takes
    /// precedence.
    pub fn status_changed(&self, vehicle: &Vehicle) {
        self.live.change_status(vehicle);
        self.log_grew.notify_one();
    }

    /// Applies a change to a user's rights, or the end of one of their sessions.
    pub fn rights_changed(&self, user: UserId) {
        self.identities.rights_changed(user);
        self.log_grew.notify_one();
    }
}
