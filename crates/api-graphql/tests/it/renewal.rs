//! Renewal of tokens on an open socket.

use std::time::Duration;

use domain::Role;
use serde_json::{Value, json};
use test_application::staff::Member;

use crate::{socket_client::Client, stage::Stage};

/// Returns the administrator with a token of the given lifetime.
fn with_token_for(stage: &Stage, ttl: Duration) -> Member {
    let Member { user, session, .. } = &stage.administrator;
    Member {
        token: stage.stores.staff.token(user, *session, ttl),
        ..stage.administrator.clone()
    }
}

async fn ping(client: &mut Client, authorization: &str) {
    let payload = json!({"authorization": authorization});
    client
        .send_json(json!({"type": "ping", "payload": payload}))
        .await;
}

#[tokio::test]
async fn a_ping_with_a_new_token_keeps_the_socket_and_its_subscriptions() {
    let stage = Stage::new().await;
    let id = stage.enabled_forklift("Lift 1").await;
    let short = with_token_for(&stage, Duration::from_secs(2));
    let mut client = stage.connect_as(&short).await;
    let watch = "subscription { vehiclePositionUpdated { position { x } } }";
    stage.robot_is_at(&id, 1.0);
    client.subscribe("1", watch, json!({})).await;
    assert_eq!(
        client.next("1").await["vehiclePositionUpdated"]["position"]["x"],
        1.0
    );
    ping(&mut client, &stage.administrator.bearer()).await;
    let pong = client.receive().await;
    assert_eq!(pong["type"], "pong");
    let expires_at = pong["payload"]["expiresAt"].as_i64().expect("a time");
    // The first token has expired by then, so later events depend on the second one.
    let over = tokio::time::Instant::now() + Duration::from_millis(2_500);
    tokio::time::sleep_until(over).await;
    stage.robot_is_at(&id, 2.0);
    assert_eq!(
        client.next("1").await["vehiclePositionUpdated"]["position"]["x"],
        2.0
    );
    let now_ms = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .expect("after 1970")
        .as_millis();
    assert!(u128::try_from(expires_at).expect("after 1970") > now_ms);
}

#[tokio::test]
async fn a_socket_is_closed_when_its_token_expires() {
    let stage = Stage::new().await;
    let short = with_token_for(&stage, Duration::from_secs(1));
    let mut client = stage.connect_as(&short).await;
    client
        .send_json(json!({"type": "ping", "payload": {"n": 1}}))
        .await;
    assert_eq!(client.receive().await, json!({"type": "pong"}));
    assert_eq!(client.close_code().await, Some(4403));
}

#[tokio::test]
async fn an_invalid_token_or_one_of_another_user_closes_the_socket() {
    let stage = Stage::new().await;
    let other = stage.stores.staff.create_user(Role::Admin, None, &[]).await;
    for authorization in [other.bearer().as_str(), "Bearer nonsense", "Basic YTpi", ""] {
        let mut client = stage.connect().await;
        ping(&mut client, authorization).await;
        assert_eq!(client.close_code().await, Some(4403), "{authorization}");
    }
    let mut client = stage.connect().await;
    client
        .send_json(json!({"type": "ping", "payload": {"authorization": 7}}))
        .await;
    assert_eq!(client.close_code().await, Some(4403));
}

#[tokio::test]
async fn a_token_in_a_ping_before_initialisation_is_ignored() {
    let stage = Stage::new().await;
    let mut client = stage.open_graphql().await;
    ping(&mut client, &stage.administrator.bearer()).await;
    assert_eq!(client.receive().await, json!({"type": "pong"}));
    client.subscribe("1", "{ __typename }", Value::Null).await;
    assert_eq!(client.close_code().await, Some(4401));
}

#[tokio::test]
async fn subscriptions_stay_with_their_session_when_the_token_of_another_is_presented() {
    let mut stage = Stage::new().await;
    stage.follow_the_registry().await;
    let id = stage.enabled_forklift("Lift 1").await;
    let staff = &stage.stores.staff;
    let user = stage.administrator.user.clone();
    let (first, second) = (staff.log_in(user.clone()).await, staff.log_in(user).await);
    let mut client = stage.connect_as(&first).await;
    stage.robot_is_at(&id, 1.0);
    let positions = "subscription { vehiclePositionUpdated { position { x } } }";
    client.subscribe("1", positions, json!({})).await;
    client
        .subscribe("2", "subscription { vehicleEvents { __typename } }", json!({}))
        .await;
    client
        .subscribe("3", "subscription { vehicleAdded { name } }", json!({}))
        .await;
    client.next("1").await;
    ping(&mut client, &second.bearer()).await;
    assert_eq!(client.receive().await["type"], "pong");
    stage.robot_is_at(&id, 2.0);
    assert_eq!(
        client.next("1").await["vehiclePositionUpdated"]["position"]["x"],
        2.0
    );
    stage.forklift("Lift 2").await;
    let mut events = [client.receive().await, client.receive().await];
    events.sort_by_key(|message| message["id"].to_string());
    assert_eq!(
        events.each_ref().map(|message| &message["type"]),
        ["next", "next"],
        "{events:?}"
    );
    assert_eq!(events.each_ref().map(|message| &message["id"]), ["2", "3"]);

    // The subscriptions belong to the first session and end with it, but the socket does not.
    let log_out = json!({"query": "mutation { logout }"});
    assert_eq!(stage.post_as(Some(&first), &log_out).await.0, 200);
    let mut ended = Vec::new();
    for _ in 0..3 {
        let message = client.receive().await;
        assert_eq!(message["type"], "complete", "{message}");
        ended.push(message["id"].clone());
    }
    ended.sort_by_key(Value::to_string);
    assert_eq!(ended, ["1", "2", "3"]);
    client.subscribe("4", "{ __typename }", Value::Null).await;
    assert_eq!(client.next("4").await["__typename"], "Query");
}
