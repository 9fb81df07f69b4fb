//! Changes of the registry, and how they come into force on this server.
//!
//! * [`RegistryChanges`]: takes the changes that this server makes.
//! * [`Follower`]: takes over the changes that others make, from the log of the registry.

mod follower;

use std::sync::Arc;

use domain::{UserId, vehicle::Vehicle};
use tokio::sync::Notify;

use crate::{
    identity::Identities,
    live::{Live, LiveRules},
    ports::Ports,
};

pub use follower::Follower;

/// Puts changes that this server has made in the registry in force on it. The other servers learn of them from the log,
/// which the [`Follower`] reads at once to announce that it has grown.
pub struct RegistryChanges {
    live: Arc<Live>,
    identities: Arc<Identities>,
    /// Wakes the [`Follower`].
    log_grew: Notify,
}

impl RegistryChanges {
    /// Changes that are in force in this live core and for these identities.
    #[must_use]
    pub fn new(live: Arc<Live>, identities: Arc<Identities>) -> Arc<Self> {
        Arc::new(Self {
            live,
            identities,
            log_grew: Notify::new(),
        })
    }

    /// Changes that are in force in a live core that knows no vehicle yet, and for identities that these ports look up.
    #[must_use]
    pub fn on(ports: &Ports, rules: LiveRules) -> Arc<Self> {
        let live = Live::new(rules, Arc::clone(&ports.clock), ports.tracer.clone());
        Self::new(live, Identities::new(Arc::clone(&ports.sessions)))
    }

    /// The live core.
    #[must_use]
    pub const fn live(&self) -> &Arc<Live> {
        &self.live
    }

    /// The identities behind the sessions.
    #[must_use]
    pub const fn identities(&self) -> &Arc<Identities> {
        &self.identities
    }

    /// Puts a change of a vehicle in force: its registration, an update, or its deletion.
    pub fn vehicle_changed(&self, vehicle: &Vehicle) {
        self.vehicles_changed(std::slice::from_ref(vehicle));
    }

    /// Puts changes of several vehicles in force.
    pub fn vehicles_changed(&self, vehicles: &[Vehicle]) {
        self.live.upsert_all(vehicles);
        self.log_grew.notify_one();
    }

    /// Puts a change of a user's rights in force, or the end of one of its sessions.
    pub fn rights_changed(&self, user: UserId) {
        self.identities.rights_changed(user);
        self.log_grew.notify_one();
    }
}
