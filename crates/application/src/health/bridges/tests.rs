use std::sync::atomic::{AtomicU64, Ordering};

use domain::{VehicleId, vehicle::Vehicle};
use parking_lot::Mutex;
use test_builders::a_vehicle;

use super::*;
use crate::{error::Result, health::tests::RuntimeClock, ports::StoredHeartbeat};

/// Heartbeats that the test chooses; `None` if the store is unavailable.
#[derive(Default)]
struct Stored {
    heartbeats: Mutex<Option<StoredHeartbeats>>,
    /// Time that the store takes to answer.
    delay_ms: AtomicU64,
}

#[async_trait]
impl BridgeHeartbeats for Stored {
    async fn read(&self) -> Result<StoredHeartbeats> {
        let delay_ms = self.delay_ms.load(Ordering::SeqCst);
        if delay_ms > 0 {
            tokio::time::sleep(Duration::from_millis(delay_ms)).await;
        }
        let stored = self.heartbeats.lock().clone();
        stored.ok_or_else(|| Error::unavailable("redis", "connection refused"))
    }
}

struct Rig {
    stored: Arc<Stored>,
    live: Arc<Live>,
    bridges: Bridges,
}

impl Rig {
    fn new() -> Self {
        let clock = Arc::new(RuntimeClock(Instant::now()));
        let live = Live::new(test_builders::live_rules(), clock, None);
        let stored = Arc::new(Stored::default());
        let bridges = Bridges::new(stored.clone(), Arc::clone(&live));
        Self {
            stored,
            live,
            bridges,
        }
    }

    /// Returns the health `pause` later, with these heartbeats: names and contents.
    async fn later(&self, pause: Duration, heartbeats: &[(&str, &str)]) -> Arc<BridgesHealth> {
        let heartbeats = heartbeats.iter().map(|(name, content)| StoredHeartbeat {
            name: name.as_bytes().to_vec(),
            content: Some(content.as_bytes().to_vec()),
            expires_in: Some(Duration::from_secs(15)),
        });
        *self.stored.heartbeats.lock() = Some(StoredHeartbeats {
            heartbeats: heartbeats.collect(),
            is_cut: false,
        });
        tokio::time::advance(pause).await;
        self.bridges.health().await
    }

    async fn health(&self, heartbeats: &[(&str, &str)]) -> Arc<BridgesHealth> {
        self.later(FRESH_FOR, heartbeats).await
    }
}

fn robot(id: VehicleId, status: &str) -> String {
    format!(r#"{{"robots":[{{"vehicleId":"{id}","status":"{status}","since":1}}]}}"#)
}

fn names(bridges: &[Bridge]) -> Vec<(&str, &'static str)> {
    let word = |state: &BridgeState| match state {
        BridgeState::Alive { .. } => "alive",
        BridgeState::Invalid { .. } => "invalid",
        BridgeState::Lost => "lost",
    };
    bridges
        .iter()
        .map(|bridge| (bridge.name.as_str(), word(&bridge.state)))
        .collect()
}

fn vehicles() -> [Vehicle; 2] {
    ["one", "other"].map(|name| a_vehicle().named(name).enabled().build())
}

#[tokio::test(start_paused = true)]
async fn without_bridges_the_status_is_up() {
    let health = Rig::new().health(&[]).await;
    assert_eq!((health.status, health.reason), (Status::Up, None));
    assert!(health.bridges.is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_status_is_that_of_the_worst_bridge() {
    let rig = Rig::new();
    let [vehicle, _] = vehicles();
    let (connected, silent) = (robot(vehicle.id, "connected"), robot(vehicle.id, "silent"));
    let health = rig.health(&[("a", &connected), ("b", r#"{"robots":[]}"#)]).await;
    assert_eq!((health.status, health.reason), (Status::Up, None));
    let health = rig.health(&[("a", &silent), ("b", &connected)]).await;
    let reason = Some("a robot is not connected to its bridge");
    assert_eq!((health.status, health.reason), (Status::Degraded, reason));
    let health = rig.health(&[("a", &silent), ("b", "nonsense")]).await;
    assert_eq!(
        (health.status, health.reason),
        (Status::Degraded, Some("a heartbeat is invalid"))
    );
    assert_eq!(names(&health.bridges), [("a", "alive"), ("b", "invalid")]);
}

#[tokio::test(start_paused = true)]
async fn a_bridge_whose_heartbeat_expired_is_lost_for_an_hour() {
    let rig = Rig::new();
    let sound = r#"{"robots":[]}"#;
    let health = rig.health(&[("a", sound), ("b", sound)]).await;
    let seen = health.bridges[0].since;
    let health = rig.health(&[("b", sound)]).await;
    assert_eq!(names(&health.bridges), [("a", "lost"), ("b", "alive")]);
    assert_eq!(health.bridges[0].since, seen, "the last check that found it");
    assert_eq!(health.reason, Some("a bridge no longer sends heartbeats"));
    let health = rig.later(REMEMBERED_FOR / 2, &[("b", sound)]).await;
    assert_eq!(names(&health.bridges), [("a", "lost"), ("b", "alive")]);
    let health = rig.later(REMEMBERED_FOR / 2, &[("b", sound)]).await;
    assert_eq!(names(&health.bridges), [("b", "alive")]);
    assert_eq!(health.bridges[0].since, seen, "it has been alive all the time");
    assert_eq!(health.status, Status::Up);
}

#[tokio::test(start_paused = true)]
async fn without_the_store_the_status_is_down_and_bridges_are_remembered() {
    let rig = Rig::new();
    rig.health(&[("a", r#"{"robots":[]}"#)]).await;
    *rig.stored.heartbeats.lock() = None;
    tokio::time::advance(FRESH_FOR).await;
    let health = rig.bridges.health().await;
    assert_eq!(health.status, Status::Down);
    assert!(health.error.is_some() && health.bridges.is_empty());
    let health = rig.health(&[]).await;
    assert_eq!(names(&health.bridges), [("a", "lost")]);
}

#[tokio::test(start_paused = true)]
async fn the_number_of_remembered_bridges_is_bounded() {
    let rig = Rig::new();
    for round in 0..5 {
        let all: Vec<_> = (0..MAX_BRIDGES).map(|n| format!("bridge {round} {n}")).collect();
        let all: Vec<_> = all
            .iter()
            .map(|name| (name.as_str(), r#"{"robots":[]}"#))
            .collect();
        let health = rig.health(&all).await;
        assert_eq!(health.bridges.len(), MAX_BRIDGES);
        assert!(health.known.len() <= MAX_BRIDGES);
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_store_is_read_less_often() {
    let rig = Rig::new();
    let outcome = rig.health(&[]).await;
    let check = HeartbeatCheck {
        heartbeats: rig.stored.clone(),
        live: Arc::clone(&rig.live),
    };
    let fresh_for = |ms| check.fresh_for(&outcome, Duration::from_millis(ms));
    assert_eq!(fresh_for(1), FRESH_FOR);
    assert_eq!(fresh_for(100), Duration::from_secs(2));
    assert_eq!(fresh_for(2_000), MAX_FRESH_FOR);
}

#[tokio::test(start_paused = true)]
async fn a_slow_failure_is_forgotten_after_a_second() {
    let rig = Rig::new();
    rig.stored.delay_ms.store(1_900, Ordering::SeqCst);
    assert_eq!(rig.bridges.health().await.status, Status::Down);
    rig.stored.delay_ms.store(0, Ordering::SeqCst);
    let health = rig.later(FRESH_FOR / 2, &[]).await;
    assert_eq!(health.status, Status::Down);
    let health = rig.later(FRESH_FOR / 2, &[]).await;
    assert_eq!((health.status, health.error.is_none()), (Status::Up, true));
}

#[tokio::test(start_paused = true)]
async fn control_characters_of_a_name_are_replaced() {
    let health = Rig::new()
        .health(&[("hall\u{1b}[2J\n1", r#"{"robots":[]}"#)])
        .await;
    assert_eq!(names(&health.bridges), [("hall\u{fffd}[2J\u{fffd}1", "alive")]);
}

#[tokio::test(start_paused = true)]
async fn callers_see_the_robots_within_their_scope() {
    let rig = Rig::new();
    let all = vehicles();
    rig.live.upsert_all(&all);
    let [one, other] = &all;
    let both = format!(
        r#"{{"robots":[{{"vehicleId":"{}","status":"connected","since":1}},
            {{"vehicleId":"{}","status":"connected","since":1}}]}}"#,
        one.id, other.id
    );
    let hidden = robot(other.id, "silent");
    let heartbeats = [("both", &*both), ("invalid", "x"), ("other", &*hidden)];
    let health = rig.health(&heartbeats).await;

    let unrestricted = health.within(&AccessScope::All, &rig.live);
    assert_eq!(unrestricted, health.bridges);
    assert_eq!(unrestricted.len(), 3);
    let seen = health.within(&AccessScope::of_vehicles([one.id]), &rig.live);
    assert_eq!(names(&seen), [("both", "alive")]);
    let BridgeState::Alive { robots } = &seen[0].state else {
        panic!("it is alive");
    };
    let ids: Vec<_> = robots.iter().map(|robot| robot.vehicle_id).collect();
    assert_eq!(ids, [one.id]);
    assert!(health.within(&AccessScope::nothing(), &rig.live).is_empty());
    let unknown = AccessScope::of_vehicles([VehicleId::from_uuid(uuid::Uuid::from_u128(9))]);
    assert!(health.within(&unknown, &rig.live).is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_vehicle_has_the_bridge_whose_heartbeat_lists_it() {
    let rig = Rig::new();
    let [vehicle, other] = vehicles().map(|vehicle| vehicle.id);
    let (connected, silent) = (robot(vehicle, "connected"), robot(vehicle, "silent"));
    let health = rig
        .health(&[("a", &robot(other, "no_data")), ("b", &silent)])
        .await;
    let bridge = health.bridge_of(vehicle).expect("a heartbeat lists it");
    assert_eq!(bridge.status(), VehicleBridgeStatus::Silent);
    let VehicleBridge::Known { name, robot: shown } = bridge else {
        panic!("it is known");
    };
    assert_eq!((&*name, shown.vehicle_id), ("b", vehicle));

    let heartbeats = [("a", &*silent), ("b", &*connected), ("c", "nonsense")];
    let health = rig.health(&heartbeats).await;
    let bridge = health.bridge_of(vehicle).expect("two heartbeats list it");
    assert!(
        matches!(&bridge, VehicleBridge::Known { name, .. } if name == "b"),
        "{bridge:?}"
    );
    assert_eq!(bridge.status(), VehicleBridgeStatus::Connected);
}

#[tokio::test(start_paused = true)]
async fn a_vehicle_without_a_bridge_is_distinguished_from_one_whose_bridge_is_unknown() {
    let rig = Rig::new();
    let [vehicle, other] = vehicles().map(|vehicle| vehicle.id);
    let heartbeat = robot(other, "connected");
    let unknown = |reason| Some(VehicleBridge::Unknown { reason });
    assert_eq!(rig.health(&[("a", &heartbeat)]).await.bridge_of(vehicle), None);
    assert_eq!(
        rig.health(&[]).await.bridge_of(other),
        None,
        "a lost bridge has no robots"
    );
    let health = rig.health(&[("a", &heartbeat), ("b", "nonsense")]).await;
    assert_eq!(health.bridge_of(vehicle), unknown("a heartbeat is invalid"));

    *rig.stored.heartbeats.lock() = Some(StoredHeartbeats {
        heartbeats: Vec::new(),
        is_cut: true,
    });
    tokio::time::advance(FRESH_FOR).await;
    let health = rig.bridges.health().await;
    assert_eq!(health.bridge_of(vehicle), unknown("not all heartbeats were read"));

    *rig.stored.heartbeats.lock() = None;
    tokio::time::advance(FRESH_FOR).await;
    let bridge = rig.bridges.health().await.bridge_of(other);
    assert_eq!(bridge, unknown("the heartbeats cannot be read"));
    let status = bridge.map(|bridge| bridge.status().as_str());
    assert_eq!(status, Some("unknown"));
}
