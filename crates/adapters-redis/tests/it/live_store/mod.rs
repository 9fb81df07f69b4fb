//! The keys of vehicles in Redis, as other programs see and change them.

mod differences;
mod format;
mod other_programs;
mod outages;

use std::{collections::HashMap, time::Duration};

use adapters_redis::{KeyStyle, live::metres_of};
use application::ports::{
    BrokenParts, Differences, LiveKeys, LiveRecord, PositionStore, Roll, RollMember, RollPage, Series,
    StateStore,
};
use deadpool_redis::redis::{AsyncCommands, aio::MultiplexedConnection, cmd};
use domain::{
    VehicleId,
    telemetry::{ErrorCode, FrameId, MapId, Rotation, Timestamp, VehiclePosition, VehicleRuntimeState},
    vehicle::VehicleStatus,
};
use test_stores::redis::RedisServer;

use crate::{once_available, redis_at, redis_with};

const ID: &str = "0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70";

async fn geo_index_of(connection: &mut MultiplexedConnection) -> Vec<String> {
    connection
        .zrange("vehicles:positions", 0, -1)
        .await
        .expect("a map")
}

fn key(part: &str) -> String {
    format!("vehicle:{{{ID}}}:{part}")
}

fn texts(pairs: &[(&str, &str)]) -> HashMap<String, String> {
    pairs
        .iter()
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
        .collect()
}

fn id() -> VehicleId {
    ID.parse().expect("an id")
}

fn at(ms: i64) -> Timestamp {
    Timestamp::from_unix_ms(ms).expect("a time")
}

fn position() -> VehiclePosition {
    VehiclePosition {
        x: 1.5,
        y: -2.25,
        z: 0.0,
        rotation: Rotation::from_quaternion(0.0, 0.0, 1.0, 0.0).expect("a rotation"),
        timestamp: at(1_732_333_333_123),
        frame_id: Some(FrameId::new("map").expect("a name")),
        map_id: Some(MapId::new("floor-1").expect("a name")),
    }
}

fn state() -> VehicleRuntimeState {
    VehicleRuntimeState::new(0.4, 87.5, at(1_732_333_333_124))
        .and_then(|state| state.with_current_load(Some(0.0)))
        .expect("a state")
        .with_error_codes([ErrorCode::new("E042").expect("a code")])
        .with_status(Some(VehicleStatus::Moving))
}

fn a_record() -> LiveRecord {
    LiveRecord {
        vehicle_id: id(),
        position: Some(position()),
        state: Some(state()),
        last_update: at(1_732_333_333_124),
        series: Series::default(),
        broken: BrokenParts::default(),
        expires_in: Duration::from_secs(3_600),
    }
}
