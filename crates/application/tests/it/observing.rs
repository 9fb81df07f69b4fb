//! Observations of vehicles.

use std::{
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use application::{
    live_queries::{Observation, Subject},
    ports::{LiveKeys, PositionStore as _},
};
use domain::{
    telemetry::{ConnectionStatus, Timestamp, VehiclePosition},
    vehicle::{SyncStatus, Vehicle},
};

use crate::stage::{FlakyKeys, Stage, until};

impl Stage {
    async fn observe(&self, keys: Arc<dyn LiveKeys>, vehicle: &Vehicle) -> Observation {
        let app = self.with(|ports| ports.keys = keys);
        let mut observed = app.live_queries.observe(&[Subject::from(vehicle)]).await;
        observed.remove(&vehicle.id).expect("each is observed")
    }

    fn position_from(&self, x: f64, age: Duration) -> VehiclePosition {
        let now_ms = self.position(x).timestamp.as_unix_ms();
        let age_ms = i64::try_from(age.as_millis()).expect("a small age");
        VehiclePosition {
            timestamp: Timestamp::from_unix_ms(now_ms - age_ms).expect("after 1970"),
            ..self.position(x)
        }
    }
}

#[tokio::test]
async fn received_data_takes_precedence_over_the_keys() {
    let stage = Stage::new();
    let vehicle = stage.enabled_forklift("Lift 1").await;
    assert!(stage.robot_is_at(vehicle.id, 1.0));
    let seen = stage.observe(stage.store.clone(), &vehicle).await;
    assert_eq!(seen.position.map(|position| position.x), Some(1.0));
    assert_eq!(seen.state, None);
    assert_eq!(seen.connection, ConnectionStatus::Connected);
    let mapping = seen.mapping.expect("it is enabled");
    assert_eq!(mapping.redis_key, format!("vehicle:{{{}}}", vehicle.id));
    assert_eq!(
        mapping.sync_status,
        SyncStatus::OutOfSync,
        "no worker writes the keys"
    );

    let _workers = stage.work(stage.store.clone()).await;
    until(|| async {
        let seen = stage.observe(stage.store.clone(), &vehicle).await;
        let mapping = seen.mapping.expect("it is enabled");
        mapping.sync_status == SyncStatus::Synced && mapping.last_sync_time.is_some()
    })
    .await;
}

#[tokio::test]
async fn the_age_of_the_keys_determines_the_connection_without_messages() {
    let stage = Stage::new();
    for (name, age_s, expected) in [
        ("fresh", 1, ConnectionStatus::Connected),
        ("stale", 10, ConnectionStatus::Timeout),
        ("gone", 60, ConnectionStatus::Disconnected),
    ] {
        let vehicle = stage.enabled_forklift(name).await;
        let position = stage.position_from(2.0, Duration::from_secs(age_s));
        let written = stage.store.set_position(vehicle.id, &position).await;
        assert!(written.expect("the memory store is always available"));
        let seen = stage.observe(stage.store.clone(), &vehicle).await;
        assert_eq!(seen.connection, expected, "{name}");
        assert_eq!(seen.position.as_ref(), Some(&position), "{name}");
        let mapping = seen.mapping.expect("it is enabled");
        assert_eq!(mapping.last_sync_time, Some(position.timestamp), "{name}");
        assert_eq!(mapping.sync_status, SyncStatus::Synced, "{name}");
    }
}

#[tokio::test]
async fn a_silent_vehicle_is_disconnected_and_a_disabled_one_has_no_mapping() {
    let stage = Stage::new();
    let silent = stage.enabled_forklift("silent").await;
    let seen = stage.observe(stage.store.clone(), &silent).await;
    assert_eq!(
        (seen.position, seen.connection),
        (None, ConnectionStatus::Disconnected)
    );
    assert_eq!(
        seen.mapping.expect("it is enabled").sync_status,
        SyncStatus::OutOfSync
    );
    let disabled = stage.forklift("disabled", true).await;
    assert_eq!(stage.observe(stage.store.clone(), &disabled).await.mapping, None);
}

#[tokio::test]
async fn unavailable_keys_make_an_observation_incomplete_but_hide_nothing() {
    let stage = Stage::new();
    let away = || {
        Arc::new(FlakyKeys {
            inner: stage.store.clone(),
            is_away: AtomicBool::new(true),
            hangs: false,
            on_write: Box::new(|| {}),
        })
    };
    let moving = stage.enabled_forklift("heard").await;
    assert!(stage.robot_is_at(moving.id, 1.0));
    let seen = stage.observe(away(), &moving).await;
    assert_eq!(seen.position.map(|position| position.x), Some(1.0));
    assert!(seen.is_incomplete, "the keys might have a state");
    assert_eq!(seen.connection, ConnectionStatus::Connected);
    assert_eq!(
        seen.mapping.expect("it is enabled").sync_status,
        SyncStatus::Error
    );
}
