//! The synchronisation of the registry, the live table and the live keys.

use std::{sync::Arc, time::Duration};

use application::{
    Application, Error, Result,
    ports::{
        Clock as _, LeaseHolder, Leases, LiveKeys as _, MismatchPlace, PositionStore as _, Roll, SyncMismatch,
    },
    telemetry::{Channel, Content},
};
use async_trait::async_trait;
use domain::{
    VehicleId,
    telemetry::VehiclePosition,
    vehicle::{MismatchKind, Vehicle},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    identity::auth_ports,
    stage::{Stage, an_administrator, receive, settings, start_and_stop, unknown_id, until},
};

impl Stage {
    /// Creates another server on the same stores, with its own live core.
    fn another_server(&self) -> Arc<Application> {
        Application::new(self.ports.clone(), auth_ports(), settings())
    }

    /// Returns the mismatches that were announced so far.
    async fn announced(&self) -> Vec<SyncMismatch> {
        let page = self.ports.mismatches.read_after(&MismatchPlace::default()).await;
        page.expect("the memory log is always available").mismatches
    }

    async fn is_listed(&self, roll: Roll, id: VehicleId) -> bool {
        let members = self.store.members_among(roll, &[id]).await;
        !members.expect("the memory store is always available").is_empty()
    }
}

#[tokio::test]
async fn lost_keys_are_repaired_and_announced_once_by_two_servers() {
    let stage = Stage::new();
    let id = stage.enabled_forklift("Lift 1").await.id;
    assert!(stage.robot_is_at(id, 1.0));
    let (one, two) = (&stage.app, stage.another_server());
    for server in [one, &two] {
        start_and_stop(server).await;
        let report = server.synchronization.sync_vehicle_position(id).await;
        let report = report.expect("the stores are available");
        assert_eq!((report.compared, report.repaired), (1, 0));
    }
    assert_eq!(stage.announced().await, []);

    stage
        .store
        .forget(&[id])
        .await
        .expect("the memory store is always available");
    let (first, second) = futures::join!(
        one.synchronization.sync_vehicle_position(id),
        two.synchronization.sync_vehicle_position(id),
    );
    let repaired = [first, second].map(|report| report.expect("the stores are available").repaired);
    assert_eq!(repaired.iter().sum::<usize>(), 2, "{repaired:?}");
    let mut announced = stage.announced().await;
    announced.sort_by_key(|mismatch| mismatch.kind);
    let kinds: Vec<_> = announced.iter().map(|mismatch| mismatch.kind).collect();
    assert_eq!(kinds, [MismatchKind::LostKeys, MismatchKind::Unlisted]);
    assert!(announced.iter().all(|mismatch| mismatch.vehicle_id == Some(id)));
    assert!(announced[0].detail.contains("position: missing"), "{announced:?}");
    assert!(stage.is_listed(Roll::Active, id).await && stage.is_listed(Roll::Map, id).await);
    let read = stage
        .store
        .read(&[id])
        .await
        .expect("the memory store is always available");
    assert_eq!(read[0].position.as_ref().map(|position| position.x), Some(1.0));

    // Every server knows the mismatches that any of them has announced.
    for server in [one, &two] {
        server
            .synchronization
            .sync_all_enabled_vehicles()
            .await
            .expect("the stores are available");
        let status = server.mapping.get_mapping_status(&an_administrator(), id).await;
        let mapping = status.expect("it exists").expect("it is enabled").mapping;
        let last = mapping.last_mismatch.expect("it was announced");
        assert!(kinds.contains(&last.kind));
    }
}

#[tokio::test(start_paused = true)]
async fn servers_with_different_positions_of_the_same_time_agree_on_one() {
    let stage = Stage::new();
    let id = stage.enabled_forklift("Lift 1").await.id;
    let (one, two) = (&stage.app, stage.another_server());
    let servers = [one, &two];
    for server in servers {
        start_and_stop(server).await;
    }
    let place = stage.position(1.0);
    for (server, x) in [(one, 1.0), (&two, 2.0)] {
        let content = Content::Position {
            position: VehiclePosition { x, ..place.clone() },
            speed: None,
        };
        assert!(receive(
            server.live(),
            stage.clock.now(),
            id,
            Channel::Position,
            content
        ));
        start_and_stop(server).await;
    }
    let mut repaired = Vec::new();
    for _ in 0..4 {
        for server in servers {
            let report = server.synchronization.sync_vehicle_position(id).await;
            repaired.push(report.expect("the stores are available").repaired);
            tokio::time::advance(Duration::from_secs(4)).await;
        }
    }
    for server in servers {
        let [Some(state)] = &server.live().current_states(&[id])[..] else {
            panic!("a known vehicle");
        };
        assert_eq!(state.position.as_ref().map(|position| position.x), Some(2.0));
    }
    let kept = stage.store.get_position(id).await;
    let kept = kept.expect("the memory store is always available");
    assert_eq!(kept.map(|position| position.x), Some(2.0));
    // Each server replaces the position of the other at most once.
    assert!(repaired.iter().sum::<usize>() <= 2, "{repaired:?}");
}

/// A store of leases that is unavailable.
#[derive(Debug)]
struct NoLeases;

#[async_trait]
impl Leases for NoLeases {
    async fn acquire(&self, _: &LeaseHolder, _: &[String], _: Duration) -> Result<Vec<bool>> {
        Err(Error::unavailable("redis", "it is stopped"))
    }

    async fn release(&self, _: &LeaseHolder, _: &str) -> Result<()> {
        Err(Error::unavailable("redis", "it is stopped"))
    }
}

#[tokio::test]
async fn the_keys_of_an_unregistered_vehicle_are_deleted_even_if_that_cannot_be_announced() {
    let stage = Stage::new();
    let registered = stage.enabled_forklift("Lift 1").await;
    start_and_stop(&stage.app).await;
    let unregistered = Vehicle {
        id: unknown_id(),
        ..registered.clone()
    };
    stage.live.upsert(&unregistered);
    for id in [registered.id, unregistered.id] {
        stage
            .store
            .set_position(id, &stage.position(1.0))
            .await
            .expect("the memory store is always available");
    }
    let app = stage.with(|ports| ports.leases = Arc::new(NoLeases));
    // The lack of leases may prevent other repairs.
    let _ = app.synchronization.sync_all_enabled_vehicles().await;
    assert_eq!(stage.live.stats().vehicles, 1);
    let left = stage.store.read(&[registered.id, unregistered.id]).await;
    let left: Vec<_> = left
        .expect("the memory store is always available")
        .into_iter()
        .map(|record| record.vehicle_id)
        .collect();
    assert_eq!(left, [registered.id]);
}

#[tokio::test]
async fn a_foreign_member_is_removed_once_by_two_servers() {
    let stage = Stage::new();
    let id = stage.enabled_forklift("Lift 1").await.id;
    let (one, two) = (&stage.app, stage.another_server());
    for server in [one, &two] {
        start_and_stop(server).await;
    }
    stage
        .store
        .activate(&[unknown_id()])
        .await
        .expect("the memory store is always available");
    let mut repaired = 0;
    for round in 1..=2 {
        for server in [one, &two] {
            let report = server.synchronization.sync_all_enabled_vehicles().await;
            repaired += report.expect("the stores are available").repaired;
        }
        let is_left = stage.is_listed(Roll::Active, unknown_id()).await;
        assert_eq!(is_left, round == 1, "it must be found twice");
    }
    assert_eq!(repaired, 1);
    let [mismatch] = &stage.announced().await[..] else {
        panic!("one mismatch is announced");
    };
    assert_eq!(mismatch.kind, MismatchKind::ForeignMember);
    assert_eq!(mismatch.vehicle_id, Some(unknown_id()));
    assert!(stage.is_listed(Roll::Active, id).await);
}

#[tokio::test]
async fn more_than_a_thousand_foreign_members_are_removed_and_the_vehicles_among_them_stay() {
    let stage = Stage::new();
    let mut vehicles = Vec::new();
    for n in 1..=3 {
        vehicles.push(stage.enabled_forklift(&format!("Lift {n}")).await.id);
    }
    start_and_stop(&stage.app).await;
    let foreign: Vec<_> = (1..=1_200)
        .map(|n| VehicleId::from_uuid(Uuid::from_u128(n)))
        .collect();
    stage
        .store
        .activate(&foreign)
        .await
        .expect("the memory store is always available");
    for expected in [0, foreign.len(), 0] {
        let report = stage.app.synchronization.sync_all_enabled_vehicles().await;
        assert_eq!(report.expect("the stores are available").repaired, expected);
    }
    let all = [vehicles.clone(), foreign].concat();
    let left = stage.store.members_among(Roll::Active, &all).await;
    let left = left.expect("the memory store is always available");
    assert_eq!(left.len(), vehicles.len());
    assert!(vehicles.iter().all(|id| left.contains(id)));
}

#[tokio::test]
async fn vehicles_that_were_never_mapped_are_no_mismatch() {
    let stage = Stage::new();
    let id = stage.enabled_forklift("Lift 1").await.id;
    start_and_stop(&stage.app).await;
    for _ in 0..3 {
        let report = stage.app.synchronization.sync_all_enabled_vehicles().await;
        assert_eq!(report.expect("the stores are available").repaired, 0);
    }
    assert!(stage.is_listed(Roll::Active, id).await);
    assert_eq!(stage.announced().await, []);
}

#[tokio::test]
async fn a_disabled_vehicle_is_unmapped_and_an_unknown_one_is_not_found() {
    let stage = Stage::new();
    let id = stage.forklift("Lift 1", true).await.id;
    stage
        .store
        .activate(&[id])
        .await
        .expect("the memory store is always available");
    let synchronization = &stage.app.synchronization;
    synchronization
        .sync_vehicle_position(id)
        .await
        .expect("it exists");
    assert!(!stage.is_listed(Roll::Active, id).await);
    let unknown = synchronization.sync_vehicle_position(unknown_id()).await;
    assert!(matches!(unknown, Err(Error::NotFound { .. })));
}

#[tokio::test]
async fn a_vehicle_that_only_the_registry_has_is_synchronised() {
    let stage = Stage::new();
    let vehicle = stage.forklift("Lift 1", false).await;
    let synchronization = &stage.app.synchronization;
    synchronization
        .sync_vehicle_position(vehicle.id)
        .await
        .expect("it exists");
    assert!(stage.live.is_visible(&an_administrator().scope, vehicle.id));
}

#[tokio::test]
async fn the_periodic_synchronisation_can_be_stopped_and_started() {
    let stage = Stage::new();
    let id = stage.enabled_forklift("Lift 1").await.id;
    let (stop, synchronization) = (CancellationToken::new(), &stage.app.synchronization);
    let mut workers = stage.app.spawn_workers(&stop);
    until(|| stage.is_listed(Roll::Active, id)).await;

    synchronization.stop_auto_sync();
    // This is longer than the interval below.
    tokio::time::sleep(Duration::from_millis(50)).await;
    stage
        .store
        .deactivate(&[id])
        .await
        .expect("the memory store is always available");
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(!stage.is_listed(Roll::Active, id).await);

    synchronization.start_auto_sync(Duration::from_millis(10));
    until(|| stage.is_listed(Roll::Active, id)).await;
    stop.cancel();
    while workers.join_next().await.is_some() {}
}
