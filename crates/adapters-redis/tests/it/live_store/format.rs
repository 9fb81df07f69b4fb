//! Fields, names and lifetimes of the keys.

use super::*;

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
