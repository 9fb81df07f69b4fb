//! Queries and streams of the current state of vehicles.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use application::{
    Actor, Error, Result,
    identity::RightsWatch,
    live_queries::PositionUpdate,
    ports::{Clock as _, PositionStore, StateStore as _, VehicleRepository},
    telemetry::{Channel, Content},
};
use domain::{
    VehicleId,
    telemetry::{Timestamp, VehiclePosition, VehicleRuntimeState},
};
use futures::{StreamExt as _, stream::BoxStream};
use test_builders::a_vehicle;

use crate::stage::{Away, FlakyKeys, Stage, an_actor_with, an_administrator, receive, unknown_id, until};

impl Stage {
    async fn watch(
        &self,
        actor: &Actor,
        id: Option<VehicleId>,
    ) -> Result<BoxStream<'static, PositionUpdate>> {
        self.app
            .live_queries
            .stream_positions(actor, &RightsWatch::unchanging(), id)
            .await
    }
}

/// Only the first vehicles in the table have a position, so the end of the walk over it finds none.
#[tokio::test]
async fn a_stream_of_a_large_parked_fleet_begins_with_its_positions() {
    const HAVE_A_POSITION: usize = 10;
    let stage = Stage::new();
    for number in 0..1_200 {
        let vehicle = a_vehicle().named(&format!("Lift {number}")).enabled().build();
        stage.live.upsert(&vehicle);
        if number < HAVE_A_POSITION {
            assert!(stage.robot_is_at(vehicle.id, 1.0));
        }
    }
    let mut positions = stage.watch(&an_administrator(), None).await.expect("a stream");
    for _ in 0..HAVE_A_POSITION {
        let next = tokio::time::timeout(Duration::from_secs(10), positions.next()).await;
        next.expect("a position in time").expect("the stream continues");
    }
}

#[tokio::test]
async fn keys_are_not_written_again_for_each_message_that_arrives_during_a_write() {
    let stage = Stage::new();
    let vehicle = stage.enabled_forklift("Lift 1").await;
    let writes = Arc::new(AtomicUsize::new(0));
    let (live, clock, id) = (Arc::clone(&stage.live), stage.clock, vehicle.id);
    let counted = Arc::clone(&writes);
    let position = stage.position(0.5);
    let keys = FlakyKeys {
        inner: stage.store.clone(),
        is_away: Default::default(),
        hangs: false,
        on_write: Box::new(move || {
            let number = counted.fetch_add(1, Ordering::SeqCst);
            let later = position.timestamp.as_unix_ms() + 1_000 + number as i64;
            let position = VehiclePosition {
                timestamp: Timestamp::from_unix_ms(later).expect("a time"),
                ..position.clone()
            };
            let content = Content::Position {
                position,
                speed: None,
            };
            assert!(receive(&live, clock.now(), id, Channel::Position, content));
        }),
    };
    let _workers = stage.work(Arc::new(keys)).await;
    assert!(stage.robot_is_at(vehicle.id, 0.5));
    until(|| async { writes.load(Ordering::SeqCst) > 0 }).await;
    // A worker that never finished a round would write once per turn.
    for _ in 0..2_000 {
        tokio::task::yield_now().await;
    }
    let writes = writes.load(Ordering::SeqCst);
    assert!(writes < 500, "{writes} writes");
}

#[tokio::test]
async fn a_vehicle_without_a_position_exists_and_an_unknown_one_does_not() {
    let stage = Stage::new();
    let vehicle = stage.forklift("Lift 1", true).await;
    let queries = &stage.app.live_queries;
    assert_eq!(
        queries
            .position(&an_administrator(), vehicle.id)
            .await
            .expect("it exists"),
        None
    );
    let unknown = queries.position(&an_administrator(), unknown_id()).await;
    assert!(matches!(unknown, Err(Error::NotFound { .. })));
    let hidden = queries
        .position(&an_actor_with(&[unknown_id()]), vehicle.id)
        .await;
    assert!(matches!(hidden, Err(Error::NotFound { .. })));
}

#[tokio::test]
async fn received_positions_take_precedence_over_stored_ones() {
    let stage = Stage::new();
    let vehicle = stage.enabled_forklift("Lift 1").await;
    let queries = &stage.app.live_queries;
    stage
        .store
        .set_position(vehicle.id, &stage.position(1.0))
        .await
        .expect("the memory store is always available");
    let from_store = queries
        .position(&an_administrator(), vehicle.id)
        .await
        .expect("it exists");
    assert_eq!(from_store.map(|position| position.x), Some(1.0));

    assert!(stage.robot_is_at(vehicle.id, 2.0));
    let moving = queries
        .position(&an_administrator(), vehicle.id)
        .await
        .expect("it exists");
    assert_eq!(moving.map(|position| position.x), Some(2.0));
}

#[tokio::test]
async fn received_positions_are_available_without_the_stores() {
    let stage = Stage::new();
    let (moving, silent) = (
        stage.enabled_forklift("heard").await,
        stage.enabled_forklift("silent").await,
    );
    assert!(stage.robot_is_at(moving.id, 2.0));
    let app = stage.with(|ports| {
        ports.vehicles = Arc::new(Away);
        ports.positions = Arc::new(Away);
    });
    let queries = &app.live_queries;
    let position = queries
        .position(&an_administrator(), moving.id)
        .await
        .expect("its position was received");
    assert_eq!(position.map(|position| position.x), Some(2.0));
    for id in [silent.id, unknown_id()] {
        let position = queries.position(&an_administrator(), id).await;
        assert!(position.expect_err("the store is unavailable").is_unavailable());
    }
}

#[tokio::test]
async fn a_state_is_queried_like_a_position() {
    let stage = Stage::new();
    let vehicle = stage.enabled_forklift("Lift 1").await;
    let actor = an_administrator();
    assert_eq!(
        stage
            .app
            .live_queries
            .runtime_state(&actor, vehicle.id)
            .await
            .expect("it exists"),
        None
    );
    assert!(matches!(
        stage.app.live_queries.runtime_state(&actor, unknown_id()).await,
        Err(Error::NotFound { .. })
    ));

    let state = VehicleRuntimeState::new(0.5, 80.0, Timestamp::EPOCH).expect("in range");
    stage
        .store
        .set_state(vehicle.id, &state)
        .await
        .expect("the memory store is always available");
    let cleared = stage.app.live_queries.clear_cache(&actor);
    cleared.expect("an administrator may clear it");
    assert_eq!(
        stage
            .app
            .live_queries
            .runtime_state(&actor, vehicle.id)
            .await
            .expect("it exists"),
        Some(state)
    );

    let state = VehicleRuntimeState::new(0.7, 79.0, stage.position(0.0).timestamp).expect("in range");
    assert!(stage.robot_says(vehicle.id, Channel::State, Content::State(state.clone())));
    assert_eq!(
        stage
            .app
            .live_queries
            .runtime_state(&actor, vehicle.id)
            .await
            .expect("it exists"),
        Some(state)
    );
}

async fn next(updates: &mut BoxStream<'static, PositionUpdate>) -> (VehicleId, f64) {
    let update = tokio::time::timeout(Duration::from_secs(10), updates.next()).await;
    let update = update.expect("an update in time").expect("the server is up");
    (update.vehicle_id, update.position.x)
}

#[tokio::test]
async fn a_stream_starts_with_known_positions_and_continues_with_changes() {
    let stage = Stage::new();
    let (one, two) = (
        stage.enabled_forklift("one").await,
        stage.enabled_forklift("two").await,
    );
    assert!(stage.robot_is_at(one.id, 1.0));
    let mut updates = stage
        .watch(&an_administrator(), None)
        .await
        .expect("all can be watched");
    assert_eq!(next(&mut updates).await, (one.id, 1.0));
    assert!(stage.robot_is_at(two.id, 2.0));
    assert_eq!(next(&mut updates).await, (two.id, 2.0));
}

#[tokio::test]
async fn a_stream_of_one_vehicle_contains_no_other() {
    let stage = Stage::new();
    let (one, two) = (
        stage.enabled_forklift("one").await,
        stage.enabled_forklift("two").await,
    );
    let mut updates = stage
        .watch(&an_administrator(), Some(two.id))
        .await
        .expect("it exists");
    assert!(stage.robot_is_at(one.id, 1.0));
    assert!(stage.robot_is_at(two.id, 2.0));
    assert_eq!(next(&mut updates).await, (two.id, 2.0));
}

#[tokio::test]
async fn a_stream_of_all_contains_the_vehicles_in_the_callers_scope() {
    let stage = Stage::new();
    let (mine, other) = (
        stage.enabled_forklift("mine").await,
        stage.enabled_forklift("other").await,
    );
    let actor = an_actor_with(&[mine.id]);
    let mut updates = stage.watch(&actor, None).await.expect("all can be watched");
    assert!(stage.robot_is_at(other.id, 1.0));
    assert!(stage.robot_is_at(mine.id, 2.0));
    assert_eq!(next(&mut updates).await, (mine.id, 2.0));
    let hidden = stage.watch(&actor, Some(other.id)).await.err();
    assert!(matches!(hidden, Some(Error::NotFound { .. })));
}

#[tokio::test]
async fn an_unknown_vehicle_cannot_be_watched_but_one_registered_by_another_server_can() {
    let stage = Stage::new();
    let unknown = stage.watch(&an_administrator(), Some(unknown_id())).await.err();
    assert!(matches!(unknown, Some(Error::NotFound { .. })));
    let elsewhere = stage.forklift("elsewhere", false).await;
    assert!(stage.watch(&an_administrator(), Some(elsewhere.id)).await.is_ok());
}

#[tokio::test]
async fn a_stream_survives_disabling_and_drops_earlier_positions() {
    let stage = Stage::new();
    let vehicle = stage.enabled_forklift("Lift 1").await;
    let mut updates = stage
        .watch(&an_administrator(), Some(vehicle.id))
        .await
        .expect("it exists");
    assert!(stage.robot_is_at(vehicle.id, 1.0));
    stage.live.upsert(
        &stage
            .repository
            .disable(&an_administrator(), vehicle.id, None)
            .await
            .expect("it exists"),
    );
    assert!(!stage.robot_is_at(vehicle.id, 2.0));
    stage.live.upsert(
        &stage
            .repository
            .enable(&an_administrator(), vehicle.id, None)
            .await
            .expect("it exists"),
    );
    assert!(stage.robot_is_at(vehicle.id, 3.0));
    assert_eq!(next(&mut updates).await, (vehicle.id, 3.0));
}

#[tokio::test]
async fn a_slow_reader_gets_the_newest_position_of_each_vehicle() {
    let stage = Stage::new();
    let (one, two) = (
        stage.enabled_forklift("one").await,
        stage.enabled_forklift("two").await,
    );
    let mut updates = stage
        .watch(&an_administrator(), None)
        .await
        .expect("all can be watched");
    assert!(stage.robot_is_at(one.id, 0.0) && stage.robot_is_at(two.id, 0.0));
    assert_eq!(next(&mut updates).await, (one.id, 0.0));
    for x in 1..=1_000 {
        assert!(stage.robot_is_at(one.id, f64::from(x)) && stage.robot_is_at(two.id, -f64::from(x)));
    }
    assert_eq!(next(&mut updates).await, (two.id, -1_000.0));
    assert_eq!(next(&mut updates).await, (one.id, 1_000.0));
    assert!(stage.robot_is_at(one.id, 999.0));
    assert_eq!(next(&mut updates).await, (one.id, 999.0));
}
