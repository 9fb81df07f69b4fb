//! All use cases, built once.

use std::{num::NonZero, sync::Arc, time::Duration};

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::{
    audit::Audit,
    grants::Grants,
    groups::Groups,
    identity::Authenticate,
    live::{Live, LiveRules, workers::Workers},
    live_queries::LiveQueries,
    nodes::Nodes,
    organizations::Organizations,
    ports::{AuthPorts, Ports},
    registry_changes::{Follower, RegistryChanges},
    sessions::{SessionRules, Sessions},
    users::Users,
    vehicles::Vehicles,
};

/// The settings of the use cases.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The rules of the live core.
    pub live: LiveRules,
    /// How often each vehicle's position is streamed at most.
    pub interval: Duration,
    /// How often each vehicle's live keys are written at most.
    pub sync_interval: Duration,
    /// How many messages of one vehicle are taken in a second.
    pub max_messages_per_vehicle: NonZero<u32>,
    /// The rules of sessions.
    pub sessions: SessionRules,
}

/// All use cases, by the thing that they are about. APIs, the command line and tests share one.
pub struct Application {
    /// The vehicles of the registry.
    pub vehicles: Vehicles,
    /// The groups of vehicles.
    pub groups: Groups,
    /// The organisations.
    pub organizations: Organizations,
    /// The users.
    pub users: Users,
    /// What users were granted.
    pub grants: Grants,
    /// Logging in and out.
    pub sessions: Sessions,
    /// The audit log.
    pub audit: Audit,
    /// The current state of vehicles.
    pub live_queries: LiveQueries,
    /// Things of any kind by their ids.
    pub nodes: Nodes,
    /// From an access token to its bearer.
    pub authenticate: Authenticate,
    changes: Arc<RegistryChanges>,
    ports: Ports,
    settings: Settings,
}

impl Application {
    /// The use cases on these ports, with a live core that knows no vehicle yet.
    #[must_use]
    pub fn new(ports: Ports, auth: AuthPorts, settings: Settings) -> Arc<Self> {
        let changes = RegistryChanges::on(&ports, settings.live);
        Self::around(changes, ports, auth, settings)
    }

    /// The same around a live core and identities that are there already.
    #[must_use]
    pub fn around(
        changes: Arc<RegistryChanges>,
        ports: Ports,
        auth: AuthPorts,
        settings: Settings,
    ) -> Arc<Self> {
        let identities = Arc::clone(changes.identities());
        let passwords = settings.sessions.passwords;
        let changed = || Arc::clone(&changes);
        Arc::new(Self {
            vehicles: Vehicles::new(&ports, changed()),
            groups: Groups::new(&ports, changed()),
            organizations: Organizations::new(&ports),
            users: Users::new(&ports, Arc::clone(&auth.hasher), changed(), passwords),
            grants: Grants::new(&ports, changed()),
            sessions: Sessions::new(&ports, &auth, changed(), settings.sessions.clone()),
            audit: Audit::new(&ports),
            live_queries: LiveQueries::new(
                &ports,
                Arc::clone(changes.live()),
                settings.live.freshness,
                settings.interval,
            ),
            nodes: Nodes::new(&ports),
            authenticate: Authenticate::new(auth.tokens, identities, Arc::clone(&ports.clock)),
            changes,
            ports,
            settings,
        })
    }

    /// The live core.
    #[must_use]
    pub fn live(&self) -> &Arc<Live> {
        self.changes.live()
    }

    /// The changes that are in force in it.
    #[must_use]
    pub const fn changes(&self) -> &Arc<RegistryChanges> {
        &self.changes
    }

    /// Runs all workers until `stop`. What is not yet in the live keys then is written before they end.
    pub fn spawn_workers(&self, stop: &CancellationToken) -> JoinSet<()> {
        let (ports, settings) = (self.ports.clone(), &self.settings);
        let mut workers = Workers {
            live: Arc::clone(self.changes.live()),
            bus: ports.bus,
            keys: ports.keys,
            dead_letters: ports.dead_letters,
            repository: Arc::clone(&ports.vehicles),
            sync_interval: settings.sync_interval,
            max_messages_per_vehicle: settings.max_messages_per_vehicle,
        }
        .spawn(stop);
        workers.spawn(Arc::clone(self.changes.identities()).run(stop.clone()));
        let follower = Follower::new(Arc::clone(&self.changes), ports.vehicles, ports.log, ports.events);
        workers.spawn(follower.run(stop.clone()));
        workers
    }
}
