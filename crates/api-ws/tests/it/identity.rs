//! Authentication of sockets, and the effect of changed rights on open ones.

use std::time::Duration;

use application::{
    Actor,
    ports::{GrantRepository, SessionRepository as _, UserRepository},
};
use domain::{GrantTarget, GrantTerms, OrganizationId, Role, UserChanges};
use http_edge::websocket::SocketRules;
use rstest::rstest;
use serde_json::json;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::support::{Client, TestGateway, limits, options, socket_rules};

fn check_status(outcome: Result<Client, Error>, expected: u16) {
    match outcome.err() {
        Some(Error::Http(response)) => assert_eq!(response.status().as_u16(), expected),
        other => panic!("expected HTTP {expected}, got {other:?}"),
    }
}

#[rstest]
#[case::no_token(&[])]
#[case::another_scheme(&[("Authorization", "Basic YTpi")])]
#[case::an_invalid_token(&[("Authorization", "Bearer nonsense")])]
#[case::an_invalid_token_among_subprotocols(&[("Sec-WebSocket-Protocol", "fleetwatch.v1.json, bearer.nonsense")])]
#[tokio::test(flavor = "multi_thread")]
async fn a_socket_without_a_valid_token_is_refused(#[case] headers: &[(&'static str, &str)]) {
    let gateway = TestGateway::start(options()).await;
    check_status(gateway.try_connect(headers).await, 401);
    assert_eq!(gateway.live.stats().subscribers, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_may_present_its_token_among_the_subprotocols() {
    let gateway = TestGateway::start(options()).await;
    let offer = format!("fleetwatch.v1.json, bearer.{}", gateway.administrator.token);
    let client = gateway.try_connect(&[("Sec-WebSocket-Protocol", &offer)]).await;
    let welcome = client.expect("the handshake succeeds").next_json().await;
    assert_eq!(
        welcome["user"]["username"],
        gateway.administrator.user.username.as_str()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_sees_only_granted_vehicles() {
    let gateway = TestGateway::start(options()).await;
    let (seen, hidden) = (gateway.vehicle(true), gateway.vehicle_of_others());
    let granted = [GrantTarget::Organization(seen.organization_id)];
    let viewer = gateway.staff.create_user(Role::Viewer, None, &granted).await;
    let mut client = gateway.connect_as(&viewer).await;
    client.subscribe_all().await;
    let unknown = client
        .ask(json!({"type": "subscribeVehicle", "vehicleId": hidden.id.to_string()}))
        .await;
    assert_eq!(unknown["code"], "NOT_FOUND", "{unknown}");
    gateway.send_position(hidden.id, 1.0);
    gateway.send_position(seen.id, 2.0);
    let events = client.next_events().await;
    let is_seen = |event: &serde_json::Value| event["vehicleId"] == seen.id.to_string();
    assert!(!events.is_empty() && events.iter().all(is_seen), "{events:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_socket_follows_changes_of_its_users_grants() {
    let gateway = TestGateway::start(options()).await;
    let vehicle = gateway.vehicle(true);
    gateway.send_position(vehicle.id, 1.0);
    let viewer = gateway.staff.create_user(Role::Viewer, None, &[]).await;
    let mut client = gateway.connect_as(&viewer).await;
    client.subscribe_all().await;

    let by = Actor::command_line();
    let all = GrantTarget::Organization(OrganizationId::DEFAULT);
    let grant = GrantRepository::create(
        &*gateway.registry,
        &by,
        viewer.user.id,
        GrantTerms::to_operate(all),
    )
    .await;
    let grant = grant.expect("the grant is created");
    gateway.staff.identities.rights_changed(viewer.user.id);
    let came = client.next_events().await;
    assert_eq!(came[0]["type"], "positionUpdate", "{came:?}");

    GrantRepository::delete(&*gateway.registry, &by, grant.id)
        .await
        .expect("the grant is deleted");
    gateway.staff.identities.rights_changed(viewer.user.id);
    let left = client.next_events().await;
    assert_eq!(
        left,
        [json!({"type": "vehicleRemoved", "vehicleId": vehicle.id.to_string()})]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_session_closes_its_sockets() {
    let gateway = TestGateway::start(options()).await;
    let viewer = gateway.staff.create_user(Role::Viewer, None, &[]).await;
    let other = gateway.staff.log_in(viewer.user.clone()).await;
    let mut ended = gateway.connect_as(&viewer).await;
    let mut kept = gateway.connect_as(&other).await;
    let by = Actor {
        user_id: viewer.user.id,
        ..Actor::command_line()
    };
    gateway
        .registry
        .end(&by, viewer.session)
        .await
        .expect("the session is ended");
    gateway.staff.identities.rights_changed(viewer.user.id);
    assert_eq!(ended.closed().await, (4401, "the session has ended".to_owned()));
    assert_eq!(kept.ask(json!({"type": "ping"})).await["type"], "pong");
}

#[tokio::test(flavor = "multi_thread")]
async fn disabling_a_user_closes_its_sockets() {
    let gateway = TestGateway::start(options()).await;
    let viewer = gateway.staff.create_user(Role::Viewer, None, &[]).await;
    let mut client = gateway.connect_as(&viewer).await;
    let disable = UserChanges {
        is_enabled: Some(false),
        ..UserChanges::default()
    };
    let by = Actor::command_line();
    let disabled = UserRepository::update(&*gateway.registry, &by, viewer.user.id, disable, None).await;
    disabled.expect("the user is disabled");
    gateway.staff.identities.rights_changed(viewer.user.id);
    assert_eq!(client.closed().await.0, 4401);
    let bearer = viewer.bearer();
    check_status(gateway.try_connect(&[("Authorization", &bearer)]).await, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_token_closes_the_socket_unless_it_was_renewed() {
    let gateway = TestGateway::start(options()).await;
    let mut viewer = gateway.staff.create_user(Role::Viewer, None, &[]).await;
    let staff = &gateway.staff;
    let fresh = std::mem::take(&mut viewer.token);
    viewer.token = staff.token(&viewer.user, viewer.session, Duration::from_secs(2));
    let (mut renewed, mut expired) = (
        gateway.connect_as(&viewer).await,
        gateway.connect_as(&viewer).await,
    );
    let answer = renewed
        .ask(json!({"type": "auth", "id": 7, "token": fresh}))
        .await;
    assert_eq!(
        (&answer["type"], &answer["id"]),
        (&json!("authenticated"), &json!(7))
    );
    assert!(answer["expiresAt"].is_i64(), "{answer}");
    assert_eq!(
        expired.closed().await,
        (4401, "the access token has expired".to_owned())
    );
    assert_eq!(renewed.ask(json!({"type": "ping"})).await["type"], "pong");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_token_does_not_change_the_session() {
    let gateway = TestGateway::start(options()).await;
    let viewer = gateway.staff.create_user(Role::Viewer, None, &[]).await;
    let mut client = gateway.connect_as(&viewer).await;
    for token in [json!("nonsense"), json!(gateway.administrator.token)] {
        let answer = client.ask(json!({"type": "auth", "token": token})).await;
        assert_eq!(answer["code"], "UNAUTHENTICATED", "{answer}");
    }
    let answer = client.ask(json!({"type": "auth"})).await;
    assert_eq!(answer["code"], "BAD_MESSAGE", "{answer}");
    let vehicle = gateway.vehicle(true);
    let unknown = client
        .ask(json!({"type": "subscribeVehicle", "vehicleId": vehicle.id.to_string()}))
        .await;
    assert_eq!(unknown["code"], "NOT_FOUND", "the user is still the viewer");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sockets_of_a_user_are_limited() {
    let gateway = TestGateway::start_with(options(), limits(9, 9, 1)).await;
    let _only = gateway.connect().await;
    check_status(gateway.try_connect_with(&[]).await, 429);
    let other = gateway.staff.create_user(Role::Viewer, None, &[]).await;
    gateway.connect_as(&other).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_messages_closes_the_socket() {
    let few = at_one_message_a_second();
    let gateway = TestGateway::start(few).await;
    let mut client = gateway.connect().await;
    for _ in 0..30 {
        // The server may close the socket before all messages are sent.
        use futures::SinkExt as _;
        if client
            .socket
            .send(Message::text(r#"{"type":"ping"}"#))
            .await
            .is_err()
        {
            break;
        }
    }
    assert_eq!(client.closed().await.0, 4029);
}

fn at_one_message_a_second() -> api_ws::GatewayOptions {
    api_ws::GatewayOptions {
        sockets: SocketRules {
            messages_per_second: std::num::NonZeroU32::MIN,
            ..socket_rules()
        },
        ..options()
    }
}
