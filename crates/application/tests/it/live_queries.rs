//! A vehicle's present.

use std::{sync::Arc, time::Duration};

use application::{
    Actor, Error, Result,
    identity::RightsWatch,
    live_queries::PositionUpdate,
    ports::{PositionStore, StateStore as _, VehicleRepository},
    telemetry::{Channel, Content},
};
use domain::{
    VehicleId,
    telemetry::{Timestamp, VehicleRuntimeState},
};
use futures::{StreamExt as _, stream::BoxStream};

use crate::stage::{Away, Stage, an_administrator, nobody, somebody_with};

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

#[tokio::test]
async fn a_vehicle_without_a_position_is_there_and_an_unknown_one_is_not() {
    let stage = Stage::new();
    let vehicle = stage.forklift("Lift 1", true).await;
    let queries = &stage.app.live_queries;
    assert_eq!(
        queries
            .position(&an_administrator(), vehicle.id)
            .await
            .expect("it is there"),
        None
    );
    let unknown = queries.position(&an_administrator(), nobody()).await;
    assert!(matches!(unknown, Err(Error::NotFound { .. })));
    let hidden = queries.position(&somebody_with(&[nobody()]), vehicle.id).await;
    assert!(matches!(hidden, Err(Error::NotFound { .. })));
}

#[tokio::test]
async fn what_this_server_heard_counts_before_what_the_store_has() {
    let stage = Stage::new();
    let vehicle = stage.enabled_forklift("Lift 1").await;
    let queries = &stage.app.live_queries;
    stage
        .store
        .set_position(vehicle.id, &stage.position(1.0))
        .await
        .expect("memory is never away");
    let from_store = queries
        .position(&an_administrator(), vehicle.id)
        .await
        .expect("it is there");
    assert_eq!(from_store.map(|position| position.x), Some(1.0));

    assert!(stage.robot_is_at(vehicle.id, 2.0));
    let heard = queries
        .position(&an_administrator(), vehicle.id)
        .await
        .expect("it is there");
    assert_eq!(heard.map(|position| position.x), Some(2.0));
}

#[tokio::test]
async fn what_this_server_heard_can_be_asked_for_while_everything_else_is_away() {
    let stage = Stage::new();
    let (heard, silent) = (
        stage.enabled_forklift("heard").await,
        stage.enabled_forklift("silent").await,
    );
    assert!(stage.robot_is_at(heard.id, 2.0));
    let app = stage.with(|ports| {
        ports.vehicles = Arc::new(Away);
        ports.positions = Arc::new(Away);
    });
    let queries = &app.live_queries;
    let position = queries
        .position(&an_administrator(), heard.id)
        .await
        .expect("it was heard");
    assert_eq!(position.map(|position| position.x), Some(2.0));
    for id in [silent.id, nobody()] {
        let position = queries.position(&an_administrator(), id).await;
        assert!(position.expect_err("nobody can tell").is_unavailable());
    }
}

#[tokio::test]
async fn a_state_is_asked_for_like_a_position() {
    let stage = Stage::new();
    let vehicle = stage.enabled_forklift("Lift 1").await;
    let actor = an_administrator();
    assert_eq!(
        stage
            .app
            .live_queries
            .runtime_state(&actor, vehicle.id)
            .await
            .expect("it is there"),
        None
    );
    assert!(matches!(
        stage.app.live_queries.runtime_state(&actor, nobody()).await,
        Err(Error::NotFound { .. })
    ));

    let state = VehicleRuntimeState::new(0.5, 80.0, Timestamp::EPOCH).expect("in range");
    stage
        .store
        .set_state(vehicle.id, &state)
        .await
        .expect("memory is never away");
    assert_eq!(
        stage
            .app
            .live_queries
            .runtime_state(&actor, vehicle.id)
            .await
            .expect("it is there"),
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
            .expect("it is there"),
        Some(state)
    );
}

async fn next(updates: &mut BoxStream<'static, PositionUpdate>) -> (VehicleId, f64) {
    let update = tokio::time::timeout(Duration::from_secs(10), updates.next()).await;
    let update = update.expect("something comes").expect("the server is up");
    (update.vehicle_id, update.position.x)
}

#[tokio::test]
async fn a_stream_begins_with_what_is_known_and_goes_on_with_what_changes() {
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
async fn a_stream_of_one_vehicle_has_no_other() {
    let stage = Stage::new();
    let (one, two) = (
        stage.enabled_forklift("one").await,
        stage.enabled_forklift("two").await,
    );
    let mut updates = stage
        .watch(&an_administrator(), Some(two.id))
        .await
        .expect("it is there");
    assert!(stage.robot_is_at(one.id, 1.0));
    assert!(stage.robot_is_at(two.id, 2.0));
    assert_eq!(next(&mut updates).await, (two.id, 2.0));
}

#[tokio::test]
async fn a_stream_of_all_is_of_all_that_exist_for_the_caller() {
    let stage = Stage::new();
    let (mine, other) = (
        stage.enabled_forklift("mine").await,
        stage.enabled_forklift("other").await,
    );
    let actor = somebody_with(&[mine.id]);
    let mut updates = stage.watch(&actor, None).await.expect("all can be watched");
    assert!(stage.robot_is_at(other.id, 1.0));
    assert!(stage.robot_is_at(mine.id, 2.0));
    assert_eq!(next(&mut updates).await, (mine.id, 2.0));
    let hidden = stage.watch(&actor, Some(other.id)).await.err();
    assert!(matches!(hidden, Some(Error::NotFound { .. })));
}

#[tokio::test]
async fn an_unknown_vehicle_cannot_be_watched_but_one_that_another_server_registered_can() {
    let stage = Stage::new();
    let unknown = stage.watch(&an_administrator(), Some(nobody())).await.err();
    assert!(matches!(unknown, Some(Error::NotFound { .. })));
    let elsewhere = stage.forklift("elsewhere", false).await;
    assert!(stage.watch(&an_administrator(), Some(elsewhere.id)).await.is_ok());
}

#[tokio::test]
async fn a_stream_outlives_disabling_and_shows_nothing_that_came_before() {
    let stage = Stage::new();
    let vehicle = stage.enabled_forklift("Lift 1").await;
    let mut updates = stage
        .watch(&an_administrator(), Some(vehicle.id))
        .await
        .expect("it is there");
    assert!(stage.robot_is_at(vehicle.id, 1.0));
    stage.live.upsert(
        &stage
            .repository
            .disable(&an_administrator(), vehicle.id, None)
            .await
            .expect("it is there"),
    );
    assert!(!stage.robot_is_at(vehicle.id, 2.0));
    stage.live.upsert(
        &stage
            .repository
            .enable(&an_administrator(), vehicle.id, None)
            .await
            .expect("it is there"),
    );
    assert!(stage.robot_is_at(vehicle.id, 3.0));
    assert_eq!(next(&mut updates).await, (vehicle.id, 3.0));
}

#[tokio::test]
async fn a_slow_reader_gets_the_newest_of_each_vehicle() {
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
