//! The format of the keys, and the effects of other programs' writes to them.

use std::{collections::HashMap, time::Duration};

use adapters_redis::{KeyStyle, live::metres_of};
use application::ports::{
    BrokenParts, Differences, LiveKeys, LiveRecord, PositionStore, Roll, RollPage, Series, StateStore,
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

#[tokio::test]
async fn the_keys_have_the_documented_fields() {
    let server = RedisServer::start();
    let mut connection = server.connection().await;
    redis_at(&server.url())
        .live_store()
        .write(&[a_record()])
        .await
        .expect("Redis is up");

    let position: HashMap<String, String> = connection.hgetall(key("position")).await.expect("a hash");
    let expected = [
        ("x", "1.5"),
        ("y", "-2.25"),
        ("z", "0"),
        ("qx", "0"),
        ("qy", "0"),
        ("qz", "1"),
        ("qw", "0"),
        ("heading", "180"),
        ("timestamp", "1732333333123"),
        ("frame_id", "map"),
        ("map_id", "floor-1"),
    ];
    assert_eq!(position, texts(&expected));

    let state: HashMap<String, String> = connection.hgetall(key("state")).await.expect("a hash");
    let expected = [
        ("currentSpeed", "0.4"),
        ("batteryLevel", "87.5"),
        ("currentLoad", "0"),
        ("errorCodes", r#"["E042"]"#),
        ("status", "MOVING"),
        ("lastUpdateTime", "1732333333124"),
    ];
    assert_eq!(state, texts(&expected), "unknown values have no field");

    let last_update: String = connection.get(key("last_update")).await.expect("a text");
    assert_eq!(last_update, "1732333333124");
    for part in ["position", "state", "last_update"] {
        let seconds: i64 = connection.ttl(key(part)).await.expect("a time to live");
        assert!((3_590..=3_600).contains(&seconds), "{part} lives for {seconds} s");
    }
}

#[tokio::test]
async fn plain_keys_have_no_braces() {
    let server = RedisServer::start();
    redis_with(&server.url(), KeyStyle::Plain)
        .live_store()
        .write(&[a_record()])
        .await
        .expect("Redis is up");
    let mut keys: Vec<String> = server.connection().await.keys("vehicle:*").await.expect("keys");
    keys.sort();
    assert_eq!(
        keys,
        ["last_update", "position", "state"].map(|part| format!("vehicle:{ID}:{part}"))
    );
}

#[tokio::test]
async fn the_geo_index_contains_the_positions_of_vehicles() {
    let server = RedisServer::start();
    let mut connection = server.connection().await;
    let store = redis_at(&server.url()).live_store();
    let record = a_record();
    let far = VehicleId::from_uuid(uuid::Uuid::from_u128(7));
    store
        .write(std::slice::from_ref(&record))
        .await
        .expect("Redis is up");
    store
        .set_position(
            far,
            &VehiclePosition {
                x: 301.5,
                y: 397.75,
                ..position()
            },
        )
        .await
        .expect("Redis is up");

    let places: Vec<Option<(f64, f64)>> = cmd("GEOPOS")
        .arg(&["vehicles:positions", ID])
        .query_async(&mut connection)
        .await
        .expect("a place");
    let (longitude, latitude) = places[0].expect("the vehicle is in the geo index");
    let (x, y) = metres_of(longitude, latitude);
    assert!((x - 1.5).abs() <= 0.3 && (y + 2.25).abs() <= 0.15, "{x} {y}");

    let distance: f64 = cmd("GEODIST")
        .arg(&["vehicles:positions", ID, &far.to_string(), "m"])
        .query_async(&mut connection)
        .await
        .expect("a distance");
    assert!((distance - 500.0).abs() < 0.7, "{distance} m");

    let beyond = VehiclePosition {
        y: 1e7,
        timestamp: at(1_732_333_333_200),
        ..position()
    };
    store.set_position(far, &beyond).await.expect("Redis is up");
    assert_eq!(
        geo_index_of(&mut connection).await,
        [ID],
        "a vehicle beyond the globe is not in the geo index"
    );
}

#[tokio::test]
async fn an_inactive_vehicle_is_neither_in_the_set_nor_in_the_geo_index() {
    let server = RedisServer::start();
    let mut connection = server.connection().await;
    let store = redis_at(&server.url()).live_store();
    let record = a_record();
    store.activate(&[record.vehicle_id]).await.expect("Redis is up");
    store
        .write(std::slice::from_ref(&record))
        .await
        .expect("Redis is up");
    let active: Vec<String> = connection.smembers("vehicles:active").await.expect("a set");
    assert_eq!(
        (active, geo_index_of(&mut connection).await),
        (vec![ID.to_owned()], vec![ID.to_owned()])
    );

    store.deactivate(&[record.vehicle_id]).await.expect("Redis is up");
    let active: Vec<String> = connection.smembers("vehicles:active").await.expect("a set");
    assert_eq!((active, geo_index_of(&mut connection).await), (vec![], vec![]));

    store
        .write(std::slice::from_ref(&record))
        .await
        .expect("Redis is up");
    store.forget(&[record.vehicle_id]).await.expect("Redis is up");
    let keys: Vec<String> = connection.keys("*").await.expect("keys");
    assert_eq!(keys, [""; 0]);
}

#[tokio::test]
async fn fields_of_other_programs_are_kept() {
    let server = RedisServer::start();
    let mut connection = server.connection().await;
    let () = connection
        .hset(key("state"), "wheelSlip", "0.1")
        .await
        .expect("a field");
    redis_at(&server.url())
        .live_store()
        .write(&[a_record()])
        .await
        .expect("Redis is up");
    let slip: String = connection
        .hget(key("state"), "wheelSlip")
        .await
        .expect("the field");
    assert_eq!(slip, "0.1");
}

#[tokio::test]
async fn a_hash_written_by_another_program_is_parsed() {
    let server = RedisServer::start();
    let mut connection = server.connection().await;
    let fields = [("x", "1"), ("y", "2.50"), ("z", "-0.0"), ("timestamp", "5")];
    let quaternion = [("qx", "0"), ("qy", "0.0"), ("qz", "0.7071"), ("qw", "+0.7071")];
    let () = connection
        .hset_multiple(key("position"), &[&fields[..], &quaternion].concat())
        .await
        .expect("a hash");
    let store = redis_at(&server.url()).live_store();
    let position = store
        .get_position(id())
        .await
        .expect("Redis is up")
        .expect("a position");
    assert_eq!((position.x, position.y, position.timestamp), (1.0, 2.5, at(5)));
    assert!((position.heading() - 90.0).abs() < 1e-9);

    let () = connection.del(key("position")).await.expect("Redis is up");
    let () = connection
        .hset_multiple(key("position"), &fields)
        .await
        .expect("a hash");
    let () = connection
        .hset(key("position"), "heading", "45")
        .await
        .expect("a field");
    let position = store
        .get_position(id())
        .await
        .expect("Redis is up")
        .expect("a position");
    assert!(
        (position.heading() - 45.0).abs() < 1e-9,
        "without a quaternion the heading is used"
    );
}

#[tokio::test]
async fn a_hash_that_cannot_be_parsed_is_left_out() {
    let server = RedisServer::start();
    let mut connection = server.connection().await;
    let store = redis_at(&server.url()).live_store();
    let other = VehicleId::from_uuid(uuid::Uuid::from_u128(7));
    let broken = [
        ("x", "one"),
        ("x", "inf"),
        ("timestamp", "soon"),
        ("timestamp", "1732333333"),
        ("timestamp", "0"),
        ("qw", "2"),
    ];
    for (field, text) in broken {
        for vehicle in [id(), other] {
            store
                .set_position(vehicle, &position())
                .await
                .expect("Redis is up");
        }
        let () = connection
            .hset(key("position"), field, text)
            .await
            .expect("a field");
        let found = store.get_positions(&[id(), other]).await.expect("Redis is up");
        assert_eq!(found.keys().collect::<Vec<_>>(), [&other], "{field} {text}");
        let records = store.read(&[id()]).await.expect("Redis is up");
        assert!(
            records[0].broken.position && records[0].position.is_none(),
            "{records:?}"
        );

        store.set_position(id(), &position()).await.expect("Redis is up");
        assert!(
            store.get_position(id()).await.expect("Redis is up").is_some(),
            "the next write repairs it: {field}"
        );
    }
}

#[tokio::test]
async fn an_optional_field_with_an_impossible_value_counts_as_absent() {
    let server = RedisServer::start();
    let mut connection = server.connection().await;
    let store = redis_at(&server.url()).live_store();
    store.write(&[a_record()]).await.expect("Redis is up");
    let () = connection
        .hset_multiple(key("position"), &[("map_id", "a\u{1}b"), ("frame_id", "/odom")])
        .await
        .expect("fields");
    let odd = [
        ("currentLoad", "-3"),
        ("temperature", "NaN"),
        ("status", "FLYING"),
        ("errorCodes", r#"["E1",7]"#),
        ("batteryLevel", "104"),
    ];
    let () = connection
        .hset_multiple(key("state"), &odd)
        .await
        .expect("fields");
    let found = store.read(&[id()]).await.expect("Redis is up").remove(0);
    let (position, state) = (found.position.expect("a position"), found.state.expect("a state"));
    assert_eq!(position.map_id, None);
    assert_eq!(
        position.frame_id.map(|frame| frame.to_string()).as_deref(),
        Some("odom")
    );
    assert_eq!(
        (state.current_load(), state.temperature(), state.status),
        (None, None, None)
    );
    assert_eq!(state.error_codes().len(), 1);
    assert_eq!(state.battery_level().get(), 100.0);
}

#[tokio::test]
async fn an_impossible_time_does_not_block_a_write() {
    let server = RedisServer::start();
    let mut connection = server.connection().await;
    let store = redis_at(&server.url()).live_store();
    for text in ["never", "", "1e400", "253402300800000", "-5", "9999999999999"] {
        let () = connection
            .hset(key("state"), "lastUpdateTime", text)
            .await
            .expect("a field");
        let () = connection.set(key("last_update"), text).await.expect("a text");
        store.write(&[a_record()]).await.expect("Redis is up");
        assert_eq!(
            store.get_state(id()).await.expect("Redis is up"),
            Some(state()),
            "{text:?}"
        );
        let last_update: i64 = connection.get(key("last_update")).await.expect("a time");
        assert_eq!(last_update, 1_732_333_333_124, "{text:?}");
    }
}

#[tokio::test]
async fn a_roll_of_another_type_is_removed_and_read_as_empty() {
    let server = RedisServer::start();
    let store = redis_at(&server.url()).live_store();
    let mut connection = server.connection().await;
    for (key, roll) in [
        ("vehicles:active", Roll::Active),
        ("vehicles:positions", Roll::Map),
    ] {
        let () = connection.set(key, "mine").await.expect("a text");
        let page = store.members(roll, 0).await.expect("Redis is up");
        assert_eq!(page, RollPage::default());
        let is_there: bool = connection.exists(key).await.expect("an answer");
        assert!(!is_there, "{key}");
    }
}

#[tokio::test]
async fn damaged_keys_are_found_and_repaired_by_a_write() {
    let server = RedisServer::start();
    let store = redis_at(&server.url()).live_store();
    let mut connection = server.connection().await;
    let records = [a_record()];
    store.write(&records).await.expect("Redis is up");
    let latest = at(1_732_333_335_000);
    let (position, state, last_update) = (key("position"), key("state"), key("last_update"));
    let damages: &[&[&str]] = &[
        &["HSET", &position, "x", "abc"],
        &["HSET", &position, "x", "1e9"],
        &["HSET", &position, "qz", "0"],
        &["HSET", &position, "heading", "7"],
        &["HSET", &position, "map_id", "\u{fffd}"],
        &["HSET", &position, "timestamp", "never"],
        &["HSET", &position, "timestamp", "9999999999999"],
        &["HSET", &position, "series", "9999999999999"],
        &["HDEL", &position, "frame_id"],
        &["HSET", &state, "batteryLevel", "101"],
        &["HSET", &state, "temperature", "21"],
        &["HSET", &state, "errorCodes", "broken"],
        &["HSET", &state, "status", "IDLE"],
        &["SET", &last_update, "1732333333125", "PX", "3600000"],
        &["SET", &last_update, "9e99"],
        &["SET", &position, "of another type"],
        &["PERSIST", &position],
        &["PERSIST", &state],
        &["PERSIST", &last_update],
        &["EXPIRE", &position, "30"],
        &["EXPIRE", &state, "864000"],
        &["ZADD", "vehicles:positions", "1", ID],
        &["GEOADD", "vehicles:positions", "0.001", "0", ID],
        &["ZREM", "vehicles:positions", ID],
        &["SET", "vehicles:positions", "of another type"],
    ];
    for damage in damages {
        let found = store.differing(&records, latest).await.expect("Redis is up");
        assert_eq!(found.outdated, [], "before {damage:?}");
        let mut command = cmd(damage[0]);
        command
            .arg(&damage[1..])
            .exec_async(&mut connection)
            .await
            .expect("Redis accepts the command");
        let found = store.differing(&records, latest).await.expect("Redis is up");
        let outdated: Vec<_> = found.outdated.iter().map(|keys| keys.vehicle_id).collect();
        assert_eq!(outdated, [id()], "after {damage:?}");
        store.write(&records).await.expect("Redis is up");
    }
    let found = store.differing(&records, latest).await.expect("Redis is up");
    assert_eq!(found, Differences::default());
}

#[tokio::test]
async fn differences_are_described_for_operators() {
    let server = RedisServer::start();
    let store = redis_at(&server.url()).live_store();
    let mut connection = server.connection().await;
    let records = [a_record()];
    let (position, state, last_update) = (key("position"), key("state"), key("last_update"));
    let cases: &[(&[&str], &str)] = &[
        (
            &["HSET", &position, "x", "abc"],
            "position: x is abc instead of 1.5",
        ),
        (
            &["HSET", &position, "timestamp", "never"],
            "position: timestamp is missing or invalid",
        ),
        (
            &["HDEL", &position, "frame_id"],
            "position: frame_id is missing instead of map",
        ),
        (&["SET", &position, "text"], "position: not a hash"),
        (&["DEL", &position], "position: missing"),
        (&["PERSIST", &state], "state: does not expire"),
        (&["DEL", &last_update], "last_update: missing"),
        (&["SET", &last_update, "9e99"], "last_update: not a valid time"),
        (
            &["ZREM", "vehicles:positions", ID],
            "vehicles:positions: the vehicle is missing",
        ),
    ];
    for (damage, expected) in cases {
        store.write(&records).await.expect("Redis is up");
        let mut command = cmd(damage[0]);
        command
            .arg(&damage[1..])
            .exec_async(&mut connection)
            .await
            .expect("Redis accepts the command");
        let found = store.differing(&records, at(1_732_333_335_000)).await;
        let found = found.expect("Redis is up").outdated;
        let described: Vec<_> = found[0].differences.iter().map(ToString::to_string).collect();
        assert_eq!(described, [*expected], "after {damage:?}");
    }
}

#[tokio::test]
async fn keys_spelled_differently_by_other_programs_are_not_damaged() {
    let server = RedisServer::start();
    let store = redis_at(&server.url()).live_store();
    let mut connection = server.connection().await;
    let records = [a_record()];
    store.write(&records).await.expect("Redis is up");
    for (part, field, text) in [
        ("position", "x", "1.50"),
        ("position", "heading", "180.0"),
        ("position", "timestamp", "1732333333123.0"),
        ("position", "battery", "a field of another program"),
        ("state", "errorCodes", r#"[ "E042" ]"#),
        // Newer content is kept, regardless of what it is.
        ("position", "timestamp", "1732333333999"),
        ("position", "x", "77"),
    ] {
        let () = connection.hset(key(part), field, text).await.expect("a field");
        let found = store.differing(&records, at(1_732_333_335_000)).await;
        assert_eq!(found.expect("Redis is up").outdated, [], "{part} {field} {text}");
    }
}

#[tokio::test]
async fn rewriting_keys_does_not_extend_their_lifetime() {
    let server = RedisServer::start();
    let store = redis_at(&server.url()).live_store();
    let mut connection = server.connection().await;
    let record = LiveRecord {
        expires_in: Duration::from_millis(5_500),
        ..a_record()
    };
    store.write(&[record]).await.expect("Redis is up");
    for part in ["position", "state", "last_update"] {
        let left: i64 = connection.pttl(key(part)).await.expect("a time to live");
        assert!((1_000..=5_500).contains(&left), "{part}: {left} ms");
    }
}

#[tokio::test]
async fn a_key_of_another_type_counts_as_absent_and_is_replaced() {
    let server = RedisServer::start();
    let mut connection = server.connection().await;
    let () = connection.set(key("position"), "mine").await.expect("a text");
    let () = connection
        .set("vehicles:positions", "mine too")
        .await
        .expect("a text");
    let other = VehicleId::from_uuid(uuid::Uuid::from_u128(7));
    let store = redis_at(&server.url()).live_store();
    store
        .write(&[
            a_record(),
            LiveRecord {
                vehicle_id: other,
                ..a_record()
            },
        ])
        .await
        .expect("Redis is up");
    let found = store.read(&[id(), other]).await.expect("Redis is up");
    assert_eq!(
        found.iter().map(|record| record.vehicle_id).collect::<Vec<_>>(),
        [id(), other]
    );
    assert!(found.iter().all(|record| record.position.is_some()));
    assert_eq!(geo_index_of(&mut connection).await.len(), 2);

    for part in ["state", "last_update"] {
        let () = connection.del(key(part)).await.expect("Redis is up");
        let () = connection.rpush(key(part), "mine").await.expect("a list");
    }
    let () = connection.set("vehicles:active", "mine").await.expect("a text");
    let broken = store.read(&[id()]).await.expect("Redis is up");
    assert!(broken[0].broken.state && !broken[0].broken.position);
    store.write(&[a_record()]).await.expect("Redis is up");
    store.activate(&[id()]).await.expect("Redis is up");
    assert_eq!(store.get_state(id()).await.expect("Redis is up"), Some(state()));
    let last_update: i64 = connection.get(key("last_update")).await.expect("a time");
    assert_eq!(last_update, 1_732_333_333_124);
    let active: Vec<String> = connection.smembers("vehicles:active").await.expect("a set");
    assert_eq!(active, [ID]);
}

#[tokio::test]
async fn writes_succeed_again_after_redis_restarts_empty() {
    let mut server = RedisServer::start();
    let store = redis_at(&server.url()).live_store();
    store.write(&[a_record()]).await.expect("Redis is up");

    server.kill();
    assert!(
        store
            .write(&[a_record()])
            .await
            .is_err_and(|error| error.is_unavailable())
    );
    assert!(
        store
            .get_position(id())
            .await
            .is_err_and(|error| error.is_unavailable())
    );
    assert!(
        store
            .activate(&[id()])
            .await
            .is_err_and(|error| error.is_unavailable())
    );

    server.restart_empty();
    // The script is sent again.
    once_available(async || store.write(&[a_record()]).await).await;
    assert_eq!(store.read(&[id()]).await.expect("Redis is up").len(), 1);
}

#[tokio::test]
async fn a_server_that_does_not_answer_delays_no_call_for_long() {
    let server = RedisServer::start();
    let redis = redis_at(&server.url());
    let store = redis.live_store();
    store.write(&[a_record()]).await.expect("Redis is up");
    server.pause();
    let call = tokio::time::timeout(crate::DEADLINE, store.write(&[a_record()])).await;
    assert!(
        call.expect("an answer")
            .is_err_and(|error| error.is_unavailable())
    );
    let call = tokio::time::timeout(crate::DEADLINE, redis.ping()).await;
    assert!(
        call.expect("an answer")
            .is_err_and(|error| error.is_unavailable())
    );
    server.resume();
    once_available(async || store.write(&[a_record()]).await).await;
}

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
