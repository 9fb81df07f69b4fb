//! News about the registry: each change is delivered once, regardless of the server that makes it.

use std::time::Duration;

use application::{
    Error,
    identity::RightsWatch,
    live::NewsLost,
    live_queries::News,
    ports::{EventBus as _, VehicleRepository as _},
    registry::{Happened, RegistryChange, RegistryEvent, Sequence},
    telemetry::{Channel, Content},
};
use domain::{
    AccessScope,
    telemetry::VehicleRuntimeState,
    vehicle::{Vehicle, VehicleChanges, VehicleStatus, Version},
};
use futures::{FutureExt as _, StreamExt as _};
use time::OffsetDateTime;

use crate::stage::{Stage, a_forklift, a_new, an_actor_with, an_administrator, unknown_id, until};

const PATIENCE: Duration = Duration::from_secs(10);

static RIGHTS: RightsWatch = RightsWatch::unchanging();

async fn next<T>(news: &mut News<T>) -> T {
    let next = tokio::time::timeout(PATIENCE, news.next()).await;
    next.expect("news in time")
        .expect("the stream continues")
        .expect("no news was lost")
}

#[tokio::test]
async fn changes_on_this_server_are_delivered_once() {
    let stage = Stage::new();
    let _workers = stage.work(stage.store.clone()).await;
    let actor = an_administrator();
    let mut added = stage.app.live_queries.watch_added(&actor, &RIGHTS);
    for name in ["one", "two"] {
        let vehicle = stage
            .app
            .vehicles
            .create(&actor, a_new(a_forklift(name)))
            .await
            .expect("valid data");
        assert_eq!(next(&mut added).await, vehicle);
    }
}

/// The changes bypass the use cases of this server, like changes by another server.
#[tokio::test]
async fn changes_of_other_servers_are_applied_and_delivered() {
    let stage = Stage::new();
    let _workers = stage.work(stage.store.clone()).await;
    let actor = an_administrator();
    let mut added = stage.app.live_queries.watch_added(&actor, &RIGHTS);
    let vehicle = stage.forklift("Lift 1", false).await;
    assert_eq!(next(&mut added).await.id, vehicle.id);

    let watch = &stage.app.live_queries;
    let mut changes = watch
        .watch_statuses(&actor, &RIGHTS, None)
        .await
        .expect("a stream");
    let mut removals = watch
        .watch_removed(&actor, &RIGHTS, vehicle.id)
        .await
        .expect("it exists");
    let serviced = VehicleChanges::status(VehicleStatus::Maintenance);
    stage
        .repository
        .update(&an_administrator(), vehicle.id, None, serviced)
        .await
        .expect("it exists");
    let (change, _) = next(&mut changes).await;
    assert_eq!(
        (change.vehicle_id, change.old, change.new),
        (vehicle.id, VehicleStatus::Idle, VehicleStatus::Maintenance)
    );
    stage
        .repository
        .delete(&an_administrator(), vehicle.id, None)
        .await
        .expect("it exists");
    assert_eq!(next(&mut removals).await, vehicle.id);
    assert!(removals.next().await.is_none(), "nothing follows a removal");
    assert!(!stage.live.is_visible(&AccessScope::All, vehicle.id));
}

#[tokio::test]
async fn a_deletion_from_before_a_restoration_does_not_end_a_watch() {
    let stage = Stage::new();
    let vehicle = stage.forklift("Lift 1", false).await;
    let deleted = |version| Vehicle {
        version: Version::from_i64(version),
        deleted_at: Some(OffsetDateTime::UNIX_EPOCH),
        ..vehicle.clone()
    };
    let restored = Vehicle {
        version: Version::from_i64(20),
        ..vehicle.clone()
    };
    stage.live.upsert(&restored);
    let mut removals = stage
        .app
        .live_queries
        .watch_removed(&an_administrator(), &RIGHTS, vehicle.id)
        .await
        .expect("it exists");
    let removed = |version| {
        stage.live.follow(&[RegistryEvent {
            sequence: Sequence::new(version as u64),
            at: OffsetDateTime::UNIX_EPOCH,
            happened: Happened::ToVehicle {
                change: RegistryChange::Removed,
                vehicle: Box::new(deleted(version)),
            },
        }]);
    };
    removed(10);
    assert!(
        removals.next().now_or_never().is_none(),
        "the vehicle was restored"
    );
    removed(30);
    assert_eq!(next(&mut removals).await, vehicle.id);
}

#[tokio::test]
async fn an_announcement_triggers_a_read_of_the_log() {
    let stage = Stage::new();
    let _workers = stage.work(stage.store.clone()).await;
    until(|| async { stage.live.stats().feed.is_up }).await;
    let vehicle = stage.forklift("Lift 1", false).await;
    let newest = application::ports::EventLog::position(&*stage.repository)
        .await
        .expect("the memory store is always available");
    stage
        .events
        .announce(newest)
        .await
        .expect("the memory store is always available");
    until(|| async { stage.live.is_visible(&AccessScope::All, vehicle.id) }).await;
}

/// A server that starts while its database is unavailable accepts sockets before it has read the vehicles.
#[tokio::test]
async fn a_watch_from_before_the_registry_was_loaded_ends_with_news_lost() {
    let stage = Stage::new();
    let actor = an_administrator();
    let mut added = stage.app.live_queries.watch_added(&actor, &RIGHTS);
    stage.forklift("Lift 1", false).await;
    let _workers = stage.work(stage.store.clone()).await;
    assert_eq!(added.next().await, Some(Err(NewsLost)));
    assert!(added.next().await.is_none());
}

#[tokio::test]
async fn reported_and_user_made_status_changes_are_delivered() {
    let stage = Stage::new();
    let actor = an_administrator();
    let vehicle = stage.enabled_forklift("Lift 1").await;
    let _workers = stage.work(stage.store.clone()).await;
    let watch = &stage.app.live_queries;
    let mut changes = watch
        .watch_statuses(&actor, &RIGHTS, Some(vehicle.id))
        .await
        .expect("it exists");
    let moving = VehicleRuntimeState::new(0.5, 80.0, stage.position(0.0).timestamp)
        .expect("in range")
        .with_status(Some(VehicleStatus::Moving));
    assert!(stage.robot_says(vehicle.id, Channel::State, Content::State(moving)));
    let (change, _) = next(&mut changes).await;
    assert_eq!(
        (change.old, change.new),
        (VehicleStatus::Idle, VehicleStatus::Moving)
    );
    until(|| async {
        let stored = stage.repository.find_by_id(&AccessScope::All, vehicle.id).await;
        stored.is_ok_and(|found| found.is_some_and(|vehicle| vehicle.status == VehicleStatus::Moving))
    })
    .await;

    stage
        .app
        .vehicles
        .change_status(&actor, vehicle.id, None, VehicleStatus::Stopped)
        .await
        .expect("an allowed transition");
    let (change, _) = next(&mut changes).await;
    assert_eq!(
        (change.old, change.new),
        (VehicleStatus::Moving, VehicleStatus::Stopped)
    );
}

#[tokio::test]
async fn news_outside_the_scope_is_not_delivered() {
    let stage = Stage::new();
    let _workers = stage.work(stage.store.clone()).await;
    let (mine, other) = (
        stage.forklift("mine", true).await,
        stage.forklift("other", true).await,
    );
    let me = an_actor_with(&[mine.id]);
    let watch = &stage.app.live_queries;
    for id in [other.id, unknown_id()] {
        assert!(matches!(
            watch.watch_removed(&me, &RIGHTS, id).await,
            Err(Error::NotFound { .. })
        ));
        assert!(matches!(
            watch.watch_statuses(&me, &RIGHTS, Some(id)).await,
            Err(Error::NotFound { .. })
        ));
    }
    let mut changes = watch.watch_statuses(&me, &RIGHTS, None).await.expect("a stream");
    for id in [other.id, mine.id] {
        let serviced = VehicleChanges::status(VehicleStatus::Maintenance);
        let changed = stage
            .repository
            .update(&an_administrator(), id, None, serviced)
            .await;
        changed.expect("it exists");
    }
    assert_eq!(next(&mut changes).await.0.vehicle_id, mine.id);
}
