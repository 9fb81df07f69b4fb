//! The environment of the tests: the use cases on stores in memory, and fakes that can be unavailable.

mod away;
mod flaky_keys;

use std::{sync::Arc, time::Duration};

use adapters_memory::{
    clock::SystemClock, event_bus::MemoryEventBus, live_keys::MemoryLiveStore, registry::MemoryRegistry,
};
use application::{
    Actor, Application, Moment, Settings,
    live::{Live, LiveRules},
    ports::{Clock as _, EventBus, EventLog, LiveKeys, Ports, PositionStore as _, VehicleRepository as _},
    telemetry::{Channel, Content, Inbound, Item, Report},
    vehicles::NewVehicle,
};
use domain::{
    AccessScope, OrganizationId, Role, VehicleId,
    telemetry::{FreshnessRules, PlausibilityRules, Rotation, VehiclePosition},
    vehicle::{ForkliftDetails, RawDraft, Vehicle, VehicleDetails, VehicleDraft},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

pub(crate) use self::{away::Away, flaky_keys::FlakyKeys};
use crate::identity::{auth_ports, session_rules};

/// The use cases of a server on stores in memory.
pub(crate) struct Stage {
    pub(crate) repository: Arc<MemoryRegistry>,
    pub(crate) store: Arc<MemoryLiveStore>,
    pub(crate) app: Arc<Application>,
    pub(crate) live: Arc<Live>,
    pub(crate) events: MemoryEventBus,
    pub(crate) ports: Ports,
    pub(crate) clock: SystemClock,
}

impl Stage {
    pub(crate) fn new() -> Self {
        let (clock, events) = (SystemClock::start(), MemoryEventBus::default());
        let repository = Arc::new(MemoryRegistry::new());
        let store = Arc::new(MemoryLiveStore::default());
        let ports = Ports {
            events: Arc::new(events.clone()),
            ..adapters_memory::ports(Arc::new(clock), repository.clone(), store.clone())
        };
        let app = Application::new(ports.clone(), auth_ports(), settings());
        Self {
            repository,
            store,
            live: Arc::clone(app.live()),
            app,
            events,
            ports,
            clock,
        }
    }

    /// Creates use cases with the same live core and identities on changed ports.
    pub(crate) fn with(&self, change: impl FnOnce(&mut Ports)) -> Arc<Application> {
        let mut ports = self.ports.clone();
        change(&mut ports);
        Application::around(Arc::clone(self.app.changes()), ports, auth_ports(), settings())
    }

    /// Registers a forklift as if by another server. If `is_known`, adds it to the live core of this server.
    pub(crate) async fn forklift(&self, name: &str, is_known: bool) -> Vehicle {
        let draft = VehicleDraft::check(a_forklift(name)).expect("valid data");
        let vehicle = self
            .repository
            .create(&Actor::command_line(), OrganizationId::DEFAULT, draft)
            .await
            .expect("it is new");
        if is_known {
            self.live.upsert(&vehicle);
        }
        vehicle
    }

    /// Registers and enables a forklift, and adds it to the live core.
    pub(crate) async fn enabled_forklift(&self, name: &str) -> Vehicle {
        let vehicle = self.forklift(name, true).await;
        let vehicle = self
            .repository
            .enable(&Actor::command_line(), vehicle.id, None)
            .await
            .expect("it exists");
        self.live.upsert(&vehicle);
        vehicle
    }

    /// Builds a position with the current time.
    pub(crate) fn position(&self, x: f64) -> VehiclePosition {
        VehiclePosition {
            x,
            y: 0.0,
            z: 0.0,
            rotation: Rotation::IDENTITY,
            timestamp: self.clock.now().wall(),
            frame_id: None,
            map_id: None,
        }
    }

    /// Receives a position from a robot. Returns `true` if it was accepted.
    pub(crate) fn robot_is_at(&self, id: VehicleId, x: f64) -> bool {
        let content = Content::Position {
            position: self.position(x),
            speed: None,
        };
        self.robot_says(id, Channel::Position, content)
    }

    pub(crate) fn robot_says(&self, vehicle_id: VehicleId, channel: Channel, content: Content) -> bool {
        receive(&self.live, self.clock.now(), vehicle_id, channel, content)
    }

    /// Returns `true` if a vehicle is in the set of active ones. Overwrites its stored position.
    pub(crate) async fn is_active(&self, id: VehicleId) -> bool {
        self.store
            .set_position(id, &self.position(0.0))
            .await
            .expect("the memory store is always available");
        let active = self
            .store
            .get_all_active_positions()
            .await
            .expect("the memory store is always available");
        active.contains_key(&id)
    }

    /// Runs the workers until the guard is dropped. The registry is loaded when this returns.
    pub(crate) async fn work(&self, keys: Arc<dyn LiveKeys>) -> tokio_util::sync::DropGuard {
        self.work_with(keys, self.repository.clone(), Arc::new(self.events.clone()))
            .await
    }

    /// Like [`Stage::work`], with another event log and another bus between servers.
    pub(crate) async fn work_with(
        &self,
        keys: Arc<dyn LiveKeys>,
        log: Arc<dyn EventLog>,
        events: Arc<dyn EventBus>,
    ) -> tokio_util::sync::DropGuard {
        let stop = CancellationToken::new();
        let app = self.with(|ports| {
            ports.keys = keys;
            ports.log = log;
            ports.events = events;
        });
        let mut tasks = app.spawn_workers(&stop);
        tokio::spawn(async move { while tasks.join_next().await.is_some() {} });
        until(|| async { self.live.registry_status().is_loaded() }).await;
        stop.drop_guard()
    }
}

/// Runs the workers of a server until it has loaded the registry, and stops them. They have then written all keys.
pub(crate) async fn start_and_stop(app: &Application) {
    let stop = CancellationToken::new();
    let mut workers = app.spawn_workers(&stop);
    until(|| async { app.live().registry_status().is_loaded() }).await;
    stop.cancel();
    while workers.join_next().await.is_some() {}
}

/// Receives a message from a robot. Returns `true` if it was accepted.
pub(crate) fn receive(
    live: &Live,
    received_at: Moment,
    vehicle_id: VehicleId,
    channel: Channel,
    content: Content,
) -> bool {
    let report = Report {
        vehicle_id,
        content,
        trace_parent: None,
    };
    let items = vec![Item::understood(bytes::Bytes::new(), report)];
    live.receive(vec![Inbound {
        channel,
        received_at,
        items,
    }])
    .is_empty()
}

/// Settings that are similar to the defaults, but with short intervals for streams and live keys.
pub(crate) fn settings() -> Settings {
    let plausibility = PlausibilityRules {
        bounds: "-1000,-1000,-1000,1000,1000,1000".parse().expect("bounds"),
        max_speed_mps: 30.0,
        max_jump_m: 2_000.0,
        max_ahead_ms: 5_000,
        relocation_samples: 5,
    };
    let freshness = FreshnessRules {
        stale_after: Duration::from_secs(5),
        disconnected_after: Duration::from_secs(30),
    };
    Settings {
        live: LiveRules {
            plausibility,
            freshness,
            key_ttl: Duration::from_secs(86_400),
        },
        interval: Duration::ZERO,
        sync_interval: Duration::from_millis(10),
        max_messages_per_vehicle: std::num::NonZero::new(200).expect("not 0"),
        sessions: session_rules(),
    }
}

/// Builds the data of a forklift.
pub(crate) fn a_forklift(name: &str) -> RawDraft {
    RawDraft {
        name: name.to_owned(),
        manufacturer: "Acme".to_owned(),
        model: None,
        specification: (2.0, 1_500.0, 20_000.0),
        details: Ok(VehicleDetails::Forklift(ForkliftDetails::default())),
    }
}

/// Builds a vehicle to register, as given by a caller.
pub(crate) fn a_new(draft: RawDraft) -> NewVehicle {
    NewVehicle {
        organization: None,
        draft: VehicleDraft::check(draft),
    }
}

/// Returns an id that no vehicle has.
pub(crate) fn unknown_id() -> VehicleId {
    VehicleId::from_uuid(Uuid::from_u128(404))
}

pub(crate) fn an_administrator() -> Actor {
    Actor::command_line()
}

pub(crate) fn a(role: Role) -> Actor {
    Actor {
        role,
        ..Actor::command_line()
    }
}

/// Builds an administrator who sees only these vehicles.
pub(crate) fn an_actor_with(vehicles: &[VehicleId]) -> Actor {
    let scope = Arc::new(AccessScope::of_vehicles(vehicles.iter().copied()));
    Actor {
        operable: Arc::clone(&scope),
        scope,
        ..Actor::command_line()
    }
}

/// Waits until a condition holds. Panics if it does not hold within ten seconds.
pub(crate) async fn until<F: Future<Output = bool>>(mut is_so: impl FnMut() -> F) {
    let waiting = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), waiting)
        .await
        .expect("the condition holds in time");
}
