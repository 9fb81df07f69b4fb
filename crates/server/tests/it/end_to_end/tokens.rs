//! Invalid tokens at every endpoint.

use serde_json::json;

use super::{
    endpoints::{
        Answer, check_no_socket, closed_at_once, connection_init, graphql_get_request, graphql_request,
        graphql_socket, graphql_socket_as, try_open_socket,
    },
    forgery::{Forgery, bad_tokens_of},
    support::{Program, Tokens},
};

/// A server, a user who has logged in, and all kinds of invalid tokens.
struct Scene {
    program: Program,
    viewer: Tokens,
    bad: Vec<(&'static str, String)>,
}

impl Scene {
    async fn set() -> Self {
        let program = Program::serve(&[]).await;
        let viewer = program.create_user("viewer", "VIEWER", None).await;
        let mut bad = bad_tokens_of(&viewer.access);
        let gone = program.create_user("gone", "ADMIN", None).await;
        let path = format!("/api/users/{}", gone.user);
        assert_eq!(program.as_administrator("DELETE", &path, None).await.0, 204);
        bad.push(("of a deleted user", gone.access));
        let out = program.create_user("out", "ADMIN", None).await;
        let log_out = program
            .rest("POST", "/api/auth/logout", Some(&out.access), None)
            .await;
        assert_eq!(log_out.0, 204);
        bad.push(("of a session that is over", out.access));
        Self { program, viewer, bad }
    }
}

fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

#[tokio::test(flavor = "multi_thread")]
async fn rest_rejects_invalid_tokens() {
    let Scene { program, bad, .. } = Scene::set().await;
    for (what, token) in &bad {
        for (method, path) in [
            ("GET", "/api/auth/me"),
            ("DELETE", "/api/users/1"),
            ("POST", "/api/auth/logout"),
        ] {
            let request = program.request(method, path).bearer_auth(token);
            let answer = Answer::to(request).await;
            answer.check_unauthenticated_problem(&format!("{what}, {path}"));
            assert!(!answer.body.contains(token.as_str()), "{what}: {answer:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn graphql_rejects_invalid_tokens() {
    let Scene { program, bad, .. } = Scene::set().await;
    // Even public fields need a valid token if one is presented.
    for (what, token) in &bad {
        for query in ["{ me { id } }", "{ vehicles { totalCount } }", "{ __typename }"] {
            let by_post = graphql_request(&program, query).bearer_auth(token);
            let by_get = graphql_get_request(&program, query).bearer_auth(token);
            for request in [by_post, by_get] {
                let answer = Answer::to(request).await;
                assert_eq!(answer.status, 401, "{what}: {answer:?}");
                assert_eq!(
                    answer.header("www-authenticate"),
                    "Bearer realm=\"fleetwatch\"",
                    "{what}"
                );
                let body = answer.json();
                assert_eq!(
                    body["errors"][0]["extensions"]["code"], "UNAUTHENTICATED",
                    "{what}: {body}"
                );
                assert!(
                    body.get("data").is_none_or(serde_json::Value::is_null),
                    "{what}: {body}"
                );
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_socket_is_opened_with_an_invalid_token() {
    let Scene { program, bad, .. } = Scene::set().await;
    for (what, token) in &bad {
        let in_header = ("authorization", &*bearer(token));
        let among_subprotocols = (
            "sec-websocket-protocol",
            &*format!("fleetwatch.v1.json, bearer.{token}"),
        );
        for presented in [in_header, among_subprotocols] {
            let answer = try_open_socket(&program, "/ws", &[presented])
                .await
                .expect_err(what);
            answer.check_unauthenticated_problem(what);
            assert_eq!(answer.header("sec-websocket-accept"), "", "{what}");
        }
    }
    check_no_socket(&program).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_socket_is_opened_without_a_token_or_with_two() {
    let Scene { program, viewer, bad } = Scene::set().await;
    let (good, stale) = (bearer(&viewer.access), bearer(&bad[0].1));
    let (offered, offered_stale) = (
        format!("bearer.{}", viewer.access),
        format!("bearer.{}", bad[0].1),
    );
    let json = ("sec-websocket-protocol", "fleetwatch.v1.json");
    let two = format!("{offered}, {offered_stale}");
    for presented in [
        &[][..],
        &[json],
        &[("authorization", "")],
        &[("authorization", "Bearer")],
        &[("authorization", &*viewer.access)],
        &[("authorization", "Basic YWRtaW46YWRtaW4=")],
        &[("authorization", &*good), ("authorization", &*stale)],
        &[
            ("authorization", "Basic YTpi"),
            ("sec-websocket-protocol", &*offered),
        ],
        &[("sec-websocket-protocol", "bearer.")],
        &[("sec-websocket-protocol", &*two)],
        &[("cookie", &*format!("token={}", viewer.access))],
    ] {
        let answer = try_open_socket(&program, "/ws", presented)
            .await
            .expect_err("it presents no valid token");
        answer.check_unauthenticated_problem(&format!("{presented:?}"));
    }
    let in_the_url = format!("/ws?token={0}&access_token={0}", viewer.access);
    let answer = try_open_socket(&program, &in_the_url, &[])
        .await
        .expect_err("tokens in URLs are not accepted");
    answer.check_unauthenticated_problem("in the URL");
    check_no_socket(&program).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_graphql_socket_is_closed_on_an_invalid_token() {
    let Scene { program, bad, .. } = Scene::set().await;
    for (what, token) in &bad {
        let mut socket = graphql_socket(&program).await;
        socket.send(connection_init(token)).await;
        let (code, reason) = closed_at_once(&mut socket).await;
        assert_eq!(code, 4403, "{what}: {reason}");
        assert!(!reason.contains(token.as_str()), "{what}");
    }
    for payload in [
        json!(null),
        json!({}),
        json!({"authorization": 1}),
        json!({"authorization": "Bearer "}),
    ] {
        let mut socket = graphql_socket(&program).await;
        socket
            .send(json!({"type": "connection_init", "payload": payload}))
            .await;
        assert_eq!(closed_at_once(&mut socket).await.0, 4403, "{payload}");
    }
    let mut socket = graphql_socket(&program).await;
    socket
        .send(json!({"type": "subscribe", "id": "1", "payload": {"query": "{ __typename }"}}))
        .await;
    assert_eq!(closed_at_once(&mut socket).await.0, 4401);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_socket_rejects_invalid_new_tokens() {
    let Scene { program, viewer, bad } = Scene::set().await;
    let mut socket = program.connect_as(&viewer.access).await;
    let another = program.create_user("another", "VIEWER", None).await;
    for (what, token) in bad.iter().chain([&("another's", another.access)]) {
        // Longer tokens exceed the limit on the size of messages.
        if token.len() > 60_000 {
            continue;
        }
        socket
            .send(json!({"type": "auth", "id": 7, "token": token}))
            .await;
        let answer = socket.next_json().await;
        assert_eq!(
            (&answer["type"], &answer["code"], &answer["id"]),
            (&json!("error"), &json!("UNAUTHENTICATED"), &json!(7)),
            "{what}: {answer}"
        );
    }
    socket.send(json!({"type": "ping"})).await;
    assert_eq!(socket.next_json().await["type"], "pong");
}

/// Checks that the unchanged token is accepted, so the other tokens are rejected because of their changes.
#[tokio::test(flavor = "multi_thread")]
async fn the_unchanged_token_is_accepted_at_every_endpoint() {
    let Scene { program, viewer, .. } = Scene::set().await;
    let again = Forgery::of(&viewer.access).signed();
    for token in [&viewer.access, &again] {
        let me = program.rest("GET", "/api/auth/me", Some(token), None).await;
        assert_eq!((me.0, &me.1["id"]), (200, &json!(viewer.user)));
        let me = program.graphql_as(Some(token), "{ me { id } }", json!({})).await;
        assert_eq!(me["data"]["me"]["id"], json!(viewer.user), "{me}");
        program.connect_as(token).await;
        let offer = format!("fleetwatch.v1.json, bearer.{token}");
        let opened = try_open_socket(&program, "/ws", &[("sec-websocket-protocol", &offer)]).await;
        assert_eq!(opened.expect("a socket").next_json().await["type"], "welcome");
        graphql_socket_as(&program, token).await;
    }
}
