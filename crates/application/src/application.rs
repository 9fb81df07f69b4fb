//! All use cases on one set of ports.

use std::{num::NonZero, sync::Arc, time::Duration};

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::{
    audit::Audit,
    dead_letters::DeadLetterAdministration,
    grants::Grants,
    groups::Groups,
    health::Bridges,
    identity::Authenticate,
    live::{Live, LiveRules, workers::Workers},
    live_queries::LiveQueries,
    log_level::LogLevel,
    mapping::VehicleMapping,
    nodes::Nodes,
    observation::Observer,
    organizations::Organizations,
    ports::{AuthPorts, Ports},
    registry_changes::{Follower, RegistryChanges},
    sessions::{SessionRules, Sessions},
    synchronization::{AUTO_SYNC_INTERVAL, Synchronization},
    users::Users,
    vehicles::Vehicles,
};

/// Settings of the use cases and workers.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Rules of the live core.
    pub live: LiveRules,
    /// Default minimum time between two deliveries of a vehicle's position to a subscriber.
    pub interval: Duration,
    /// Minimum time between two writes of a vehicle's live keys.
    pub sync_interval: Duration,
    /// Maximum number of messages per vehicle and second.
    pub max_messages_per_vehicle: NonZero<u32>,
    pub sessions: SessionRules,
}

/// The use cases, grouped by subject. All APIs of a server share one instance.
pub struct Application {
    pub vehicles: Vehicles,
    pub groups: Groups,
    pub organizations: Organizations,
    pub users: Users,
    pub grants: Grants,
    /// Log-ins, log-outs, refreshes and passwords.
    pub sessions: Sessions,
    pub audit: Audit,
    /// Rejected messages from robots.
    pub dead_letters: DeadLetterAdministration,
    /// Current state of vehicles, and subscriptions.
    pub live_queries: LiveQueries,
    /// Bridges that publish messages from robots. All health checks share the heartbeats that were read last.
    pub bridges: Bridges,
    /// Mapping of vehicles to their live keys.
    pub mapping: Arc<VehicleMapping>,
    /// Consistency of the registry, the live table and the live keys.
    pub synchronization: Arc<Synchronization>,
    /// The level of this server's log.
    pub log_level: Arc<LogLevel>,
    /// Entities of any kind by their ids.
    pub nodes: Nodes,
    /// Authentication by access token.
    pub authenticate: Authenticate,
    changes: Arc<RegistryChanges>,
    ports: Ports,
    settings: Settings,
}

impl Application {
    /// Builds the use cases on these ports, with a live core that does not contain any vehicles yet.
    #[must_use]
    pub fn new(ports: Ports, auth: AuthPorts, settings: Settings) -> Arc<Self> {
        let changes = RegistryChanges::on(&ports, settings.live);
        Self::around(changes, ports, auth, settings)
    }

    /// Builds the use cases around an existing live core and identities.
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
        let live = || Arc::clone(changes.live());
        let observer = Observer::new(&ports, live(), settings.live.freshness);
        let bridges = Bridges::new(Arc::clone(&ports.bridges), live());
        let mapping = VehicleMapping::new(&ports, live(), observer.clone(), bridges.clone());
        let mapping = Arc::new(mapping);
        Arc::new(Self {
            vehicles: Vehicles::mapped_by(Arc::clone(&mapping), &ports, changed()),
            groups: Groups::new(&ports, changed()),
            organizations: Organizations::new(&ports),
            users: Users::new(&ports, Arc::clone(&auth.hasher), changed(), passwords),
            grants: Grants::new(&ports, changed()),
            sessions: Sessions::new(&ports, &auth, changed(), settings.sessions.clone()),
            audit: Audit::new(&ports),
            dead_letters: DeadLetterAdministration::new(&ports, live(), settings.max_messages_per_vehicle),
            live_queries: LiveQueries::new(&ports, live(), observer.clone(), settings.interval),
            synchronization: Synchronization::new(&ports, live(), Arc::clone(&mapping), observer),
            bridges,
            mapping,
            log_level: Arc::new(LogLevel::new(&ports)),
            nodes: Nodes::new(&ports),
            authenticate: Authenticate::new(auth.tokens, identities, Arc::clone(&ports.clock)),
            changes,
            ports,
            settings,
        })
    }

    #[must_use]
    pub fn live(&self) -> &Arc<Live> {
        self.changes.live()
    }

    #[must_use]
    pub const fn changes(&self) -> &Arc<RegistryChanges> {
        &self.changes
    }

    /// Spawns the workers, which run until `stop`. Before they stop, they write outstanding changes to the live keys.
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
        self.synchronization.start_auto_sync(AUTO_SYNC_INTERVAL);
        workers.spawn(Arc::clone(&self.synchronization).run(stop.clone()));
        workers.spawn(Arc::clone(&self.log_level).run(stop.clone()));
        workers.spawn(Arc::clone(self.changes.identities()).run(stop.clone()));
        let follower = Follower::new(Arc::clone(&self.changes), ports.vehicles, ports.log, ports.events);
        workers.spawn(follower.run(stop.clone()));
        workers
    }
}
