//! Comparison of the keys with their expected content.

use super::*;

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
