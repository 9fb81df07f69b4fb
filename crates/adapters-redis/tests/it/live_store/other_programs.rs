//! Keys that other programs have written: parsed, left out, kept or replaced.

use super::*;

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
        "without a quaternion, the heading is used"
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
async fn a_roll_of_another_type_has_no_members() {
    let server = RedisServer::start();
    let store = redis_at(&server.url()).live_store();
    let mut connection = server.connection().await;
    store.write(&[a_record()]).await.expect("Redis is up");
    let () = connection.set("vehicles:active", "mine").await.expect("a text");
    let positions = store.get_all_active_positions().await;
    assert!(positions.expect("Redis is up").is_empty());
    store.deactivate(&[id()]).await.expect("Redis is up");
    let on_map = geo_index_of(&mut connection).await;
    assert!(on_map.is_empty(), "the other key is changed: {on_map:?}");

    let () = connection.del("vehicles:positions").await.expect("Redis is up");
    let () = connection
        .set("vehicles:positions", "mine too")
        .await
        .expect("a text");
    let members = [RollMember(ID.as_bytes().to_vec())];
    for roll in [Roll::Active, Roll::Map] {
        let removed = store.strike(roll, &members).await;
        assert_eq!(removed.expect("Redis is up"), [], "{roll:?}");
    }
    store.forget(&[id()]).await.expect("Redis is up");
    for part in ["position", "state", "last_update"] {
        let is_there: bool = connection.exists(key(part)).await.expect("an answer");
        assert!(!is_there, "{part}");
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
