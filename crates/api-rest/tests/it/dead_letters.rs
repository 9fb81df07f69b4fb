//! Endpoints of dead letters.

use std::sync::Arc;

use actix_web::{http::Method, test::TestRequest};
use adapters_memory::{clock::SystemClock, dead_letters::MemoryDeadLetters};
use application::{
    Error, Result,
    ports::{
        DeadLetterId, DeadLetterPortion, DeadLetters, LetterOrder, LetterReplay, Ports, StoredDeadLetter,
    },
    telemetry::{Channel, DeadLetter, Reason, Rejection},
};
use async_trait::async_trait;
use domain::telemetry::Timestamp;
use rstest::rstest;
use serde_json::{Value, json};

use crate::{
    endpoints::bus,
    stage::{Answer, Stage, send_to},
};

const VEHICLE: &str = "0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70";

/// Sends a request as the administrator to endpoints with these dead letters.
async fn ask(stage: &Stage, letters: &Arc<dyn DeadLetters>, method: Method, path: &str) -> Answer {
    let ports = Ports {
        dead_letters: Arc::clone(letters),
        ..adapters_memory::ports(
            Arc::new(SystemClock::start()),
            stage.registry.clone(),
            stage.store.clone(),
        )
    };
    let rest = stage.endpoints_to(stage.staff.application(ports, &stage.live));
    let request = TestRequest::with_uri(path)
        .method(method)
        .insert_header(("x-request-id", "test-1"))
        .insert_header(("authorization", stage.administrator().await.bearer()));
    send_to(&rest, request).await
}

/// Returns three letters: two with the reason `jump`, of which the second names a vehicle, and one that is not UTF-8.
async fn three_letters() -> Arc<dyn DeadLetters> {
    let received_at = Timestamp::from_unix_ms(1_732_333_333_123).expect("a time");
    let letter = |reason, payload: &[u8]| {
        let rejection = Rejection::new(reason, "as the test wants it");
        DeadLetter::new(Channel::Position, payload, rejection, received_at)
    };
    let of_vehicle = DeadLetter {
        vehicle_id: Some(VEHICLE.parse().expect("an id")),
        bytes: 5_000,
        ..letter(Reason::Jump, b"{\"x\":1")
    };
    let all = [
        letter(Reason::Jump, b"{}"),
        of_vehicle,
        letter(Reason::InvalidUtf8, b"\xff{}"),
    ];
    let letters = MemoryDeadLetters::new(bus());
    letters.append(&all).await.expect("memory");
    Arc::new(letters)
}

async fn count(letters: &Arc<dyn DeadLetters>) -> usize {
    let all = letters.read(LetterOrder::NewestFirst, None).await;
    all.expect("memory").letters.len()
}

fn ids(page: &Value) -> Vec<&str> {
    let items = page["items"].as_array().expect("a list");
    items.iter().filter_map(|item| item["id"].as_str()).collect()
}

#[actix_web::test]
async fn a_letter_is_listed_and_shown() {
    let (stage, letters) = (Stage::new(), three_letters().await);
    let get = async |path: &str| ask(&stage, &letters, Method::GET, path).await;
    let page = get("/api/dead-letters").await.json();
    assert_eq!(
        ids(&page),
        ["1732333333123-2", "1732333333123-1", "1732333333123-0"]
    );
    assert_eq!(page["totalCount"], 3);
    let expected = json!({
        "id": "1732333333123-1", "receivedAt": "2024-11-23T03:42:13.123Z", "channel": "vehicle:position:update",
        "vehicleId": VEHICLE, "reason": "jump", "detail": "as the test wants it",
        "payload": "{\"x\":1", "bytes": 5_000, "isTruncated": true,
    });
    assert_eq!(page["items"][1], expected);
    assert_eq!(get("/api/dead-letters/1732333333123-1").await.json(), expected);
    let broken = get("/api/dead-letters/1732333333123-2").await.json();
    assert_eq!(
        (&broken["payload"], &broken["vehicleId"], &broken["isTruncated"]),
        (&json!("\u{fffd}{}"), &Value::Null, &json!(false))
    );
    get("/api/dead-letters/1732333333123-3").await.faults(404);
}

#[actix_web::test]
async fn lists_are_filtered_and_continue_behind_their_cursor() {
    let (stage, letters) = (Stage::new(), three_letters().await);
    let get = async |path: &str| ask(&stage, &letters, Method::GET, path).await.json();
    let page = get("/api/dead-letters?reason=jump&first=1").await;
    assert_eq!(ids(&page), ["1732333333123-1"]);
    assert_eq!(
        (&page["totalCount"], &page["pageInfo"]["hasNextPage"]),
        (&json!(2), &json!(true))
    );
    let cursor = page["pageInfo"]["endCursor"].as_str().expect("a cursor");
    let page = get(&format!("/api/dead-letters?reason=jump&first=1&after={cursor}")).await;
    assert_eq!(ids(&page), ["1732333333123-0"]);
    assert_eq!(page["pageInfo"]["hasNextPage"], false);
    let of_vehicle = get(&format!("/api/dead-letters?vehicleId={VEHICLE}")).await;
    assert_eq!(ids(&of_vehicle), ["1732333333123-1"]);
    let of_none = get(&format!("/api/dead-letters?vehicleId={VEHICLE}&reason=not_json")).await;
    assert_eq!((ids(&of_none), &of_none["totalCount"]), (Vec::new(), &json!(0)));
}

#[actix_web::test]
async fn letters_are_dropped_one_by_one_or_by_a_filter() {
    let (stage, letters) = (Stage::new(), three_letters().await);
    let delete = async |path: &str| ask(&stage, &letters, Method::DELETE, path).await;
    let dropped = delete("/api/dead-letters?reason=jump&first=1").await.json();
    assert_eq!(dropped["dropped"], 1);
    let cursor = dropped["endCursor"].as_str().expect("another one follows");
    let dropped = delete(&format!("/api/dead-letters?reason=jump&after={cursor}")).await;
    assert_eq!(dropped.json(), json!({"dropped": 1, "endCursor": null}));
    assert_eq!(delete("/api/dead-letters/1732333333123-2").await.status, 204);
    delete("/api/dead-letters/1732333333123-2").await.faults(404);
    assert_eq!(count(&letters).await, 0);
}

#[actix_web::test]
async fn letters_up_to_one_are_dropped() {
    let (stage, letters) = (Stage::new(), three_letters().await);
    let path = "/api/dead-letters?all=true&until=1732333333123-1";
    let dropped = ask(&stage, &letters, Method::DELETE, path).await;
    assert_eq!(dropped.json(), json!({"dropped": 2, "endCursor": null}));
    assert_eq!(count(&letters).await, 1);
}

#[rstest]
#[case("GET", "?reason=dislike&vehicleId=7&first=0x&x=1", &["reason", "vehicleId", "first", "x"])]
#[case("GET", "?after=nonsense", &["after"])]
#[case("GET", "/1732333333123", &["id"])]
#[case("DELETE", "/latest", &["id"])]
#[case("POST", "/1-2-3/replay", &["id"])]
#[case("DELETE", "", &["all"])]
#[case("GET", "?first=0&after=&reason=nope&foo=1", &["reason", "first", "foo"])]
#[case("GET", "?first=0&after=x&reason=", &["reason", "first", "after"])]
#[case("DELETE", "?reason=&vehicleId=", &["reason", "vehicleId"])]
#[case("DELETE", "?all=true&until=", &["until"])]
#[case("DELETE", "?all=", &["all"])]
#[case("DELETE", "?reason=%ff", &["reason"])]
#[case("DELETE", "?first=0&after=x&until=x&foo=1", &["all", "until", "first", "after", "foo"])]
#[case("DELETE", "?all=false", &["all"])]
#[case("DELETE", "?all=true&reason=jump", &["all"])]
#[case("DELETE", "?all=yes", &["all"])]
#[case("POST", "/replay", &["all"])]
#[case("POST", "/replay?reason=jump&until=now", &["until"])]
#[case("POST", "/replay?reason=jump&first=501", &["first"])]
#[case("POST", "/replay?all=true&until=&first=&after=", &["first", "until"])]
#[case("POST", "/1732333333123-0/replay?x=1", &["x"])]
#[case("DELETE", "/1732333333123-0?all=true", &["all"])]
#[case("GET", "/1732333333123-0?x=1&x=2&y", &["x", "y"])]
#[actix_web::test]
async fn invalid_requests_change_nothing(#[case] method: &str, #[case] path: &str, #[case] fields: &[&str]) {
    let (stage, letters) = (Stage::new(), three_letters().await);
    let method = method.parse().expect("a method");
    let answer = ask(&stage, &letters, method, &format!("/api/dead-letters{path}")).await;
    let faults = answer.faults(422);
    let named: Vec<_> = faults
        .iter()
        .filter_map(|fault| fault.split(' ').next())
        .collect();
    assert_eq!(named, fields, "{faults:?}");
    assert_eq!(count(&letters).await, 3);
}

#[actix_web::test]
async fn without_redis_no_letter_can_be_replayed() {
    let (stage, letters) = (Stage::new(), three_letters().await);
    let post = async |path: &str| ask(&stage, &letters, Method::POST, path).await;
    for (id, expected) in [
        ("1732333333123-0", "without Redis"),
        ("1732333333123-1", "only 6 of the 5000 bytes"),
    ] {
        let faults = post(&format!("/api/dead-letters/{id}/replay")).await.faults(409);
        assert!(faults[0].contains(expected), "{faults:?}");
    }
    let replayed = post("/api/dead-letters/replay?all=true").await;
    assert_eq!(
        replayed.json(),
        json!({"accepted": 0, "rejected": [], "incomplete": 3, "endCursor": null})
    );
}

/// A store that is unreachable.
struct Away;

fn away<T>() -> Result<T> {
    Err(Error::unavailable("redis", "connection refused"))
}

#[async_trait]
impl DeadLetters for Away {
    async fn append(&self, _: &[DeadLetter]) -> Result<()> {
        away()
    }

    async fn read(&self, _: LetterOrder, _: Option<DeadLetterId>) -> Result<DeadLetterPortion> {
        away()
    }

    async fn find(&self, _: &[DeadLetterId]) -> Result<Vec<StoredDeadLetter>> {
        away()
    }

    async fn remove(&self, _: &[DeadLetterId]) -> Result<Vec<DeadLetterId>> {
        away()
    }

    async fn replay(&self, _: &[LetterReplay]) -> Result<Vec<DeadLetterId>> {
        away()
    }
}

#[rstest]
#[case("GET", "")]
#[case("DELETE", "?all=true")]
#[case("POST", "/replay?all=true")]
#[case("GET", "/1-0")]
#[case("DELETE", "/1-0")]
#[case("POST", "/1-0/replay")]
#[actix_web::test]
async fn an_unreachable_store_is_reported(#[case] method: &str, #[case] path: &str) {
    let (stage, letters) = (Stage::new(), Arc::new(Away) as Arc<dyn DeadLetters>);
    let method = method.parse().expect("a method");
    let answer = ask(&stage, &letters, method, &format!("/api/dead-letters{path}")).await;
    answer.faults(503);
    assert_eq!(answer.json()["detail"], "Redis is unavailable");
    assert_eq!(answer.header("retry-after"), "1");
}
