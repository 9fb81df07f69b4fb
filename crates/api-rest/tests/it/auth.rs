//! Log-in, token refresh and log-out.

use actix_web::http::Method;
use application::{Actor, ports::UserRepository};
use domain::{Role, UserChanges};
use rstest::rstest;
use serde_json::{Value, json};
use test_application::staff::PASSWORD;

use crate::stage::{Answer, Stage};

async fn log_in(stage: &Stage, username: &str, password: &str) -> Answer {
    let body = json!({"username": username, "password": password});
    let ask = stage.ask(Method::POST, "/api/auth/login").without_token();
    ask.json(&body).send().await
}

async fn refresh(stage: &Stage, token: &Value) -> Answer {
    let ask = stage.ask(Method::POST, "/api/auth/refresh").without_token();
    ask.json(&json!({"refreshToken": token})).send().await
}

/// Sends a request with an access token.
async fn ask_with(stage: &Stage, token: &Value, method: Method, path: &str) -> Answer {
    let mut member = stage.administrator().await.clone();
    token.as_str().expect("a token").clone_into(&mut member.token);
    stage.ask(method, path).by(&member).send().await
}

/// Several users may share a browser.
#[actix_web::test]
async fn responses_must_not_be_cached() {
    let stage = Stage::new();
    for (path, status) in [
        ("/api/auth/me", 200),
        ("/api/vehicles", 200),
        ("/api/audit", 200),
        ("/api/users/7", 422),
    ] {
        let answer = stage.get(path).await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("cache-control")),
            (status, "no-store"),
            "{path}"
        );
        let refused = stage.ask(Method::GET, path).without_token().send().await;
        assert_eq!(
            (refused.status.as_u16(), refused.header("cache-control")),
            (401, "no-store"),
            "{path}"
        );
    }
}

/// Logs out with an access token and a body.
async fn log_out_with(stage: &Stage, token: &str, body: &Value) -> Answer {
    let mut member = stage.administrator().await.clone();
    token.clone_into(&mut member.token);
    let out = stage.ask(Method::POST, "/api/auth/logout").by(&member);
    out.json(body).send().await
}

#[actix_web::test]
async fn a_log_in_returns_tokens() {
    let stage = Stage::new();
    let user = stage.administrator().await.user.clone();
    let answer = log_in(&stage, &user.username.as_str().to_uppercase(), PASSWORD).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("cache-control"), "no-store");
    let tokens = answer.json();
    assert_eq!(
        (&tokens["tokenType"], &tokens["expiresIn"]),
        (&json!("Bearer"), &json!(600))
    );
    let expected = json!({
        "id": user.id.to_string(), "username": user.username.as_str(), "role": "ADMIN",
        "organizationId": null, "isEnabled": true,
        "createdAt": tokens["user"]["createdAt"], "updatedAt": tokens["user"]["updatedAt"],
    });
    assert_eq!(tokens["user"], expected);
    let me = ask_with(&stage, &tokens["accessToken"], Method::GET, "/api/auth/me").await;
    assert_eq!((me.status.as_u16(), me.json()), (200, expected));
}

#[actix_web::test]
async fn every_failed_log_in_gets_the_same_response() {
    let stage = Stage::new();
    let viewer = stage.staff.create_user(Role::Viewer, None, &[]).await;
    let disable = UserChanges {
        is_enabled: Some(false),
        ..UserChanges::default()
    };
    let by = Actor::command_line();
    let disabled = UserRepository::update(&*stage.registry, &by, viewer.user.id, disable, None).await;
    disabled.expect("it is disabled");
    let name = stage.administrator().await.user.username.clone();
    let mut answers = Vec::new();
    for (username, password) in [
        (name.as_str(), "not the one"),
        ("nobody-here", PASSWORD),
        ("no name at all", PASSWORD),
        (viewer.user.username.as_str(), PASSWORD),
    ] {
        let answer = log_in(&stage, username, password).await;
        answer.faults(401);
        assert!(answer.header("www-authenticate").starts_with("Bearer"));
        answers.push(answer.json());
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
}

#[rstest]
#[case(json!({}), &["username must be given", "password must be given"])]
#[case(json!({"username": 7, "password": null, "x": 1}), &["username must be a string", "password must not be null", "x is unknown"])]
#[case(json!([]), &["body must be a JSON object"])]
#[actix_web::test]
async fn every_invalid_field_of_a_log_in_is_named(#[case] body: Value, #[case] expected: &[&str]) {
    let stage = Stage::new();
    let answer = stage
        .ask(Method::POST, "/api/auth/login")
        .without_token()
        .json(&body);
    assert_eq!(answer.send().await.faults(422), expected);
}

#[actix_web::test]
async fn a_refresh_token_works_once_and_its_reuse_ends_the_session() {
    let stage = Stage::new();
    let member = stage.administrator().await.clone();
    let first = json!(member.refresh);
    let next = refresh(&stage, &first).await;
    assert_eq!(next.status, 200, "{}", next.text());
    let next = next.json();
    assert_ne!(next["refreshToken"], first);
    refresh(&stage, &first).await.faults(401);
    refresh(&stage, &next["refreshToken"]).await.faults(401);
    let me = ask_with(&stage, &next["accessToken"], Method::GET, "/api/auth/me").await;
    me.faults(401);
    refresh(&stage, &json!("fwr_nonsense")).await.faults(401);
}

#[actix_web::test]
async fn a_log_out_ends_the_session() {
    let stage = Stage::new();
    let out = stage.ask(Method::POST, "/api/auth/logout").send().await;
    assert_eq!((out.status.as_u16(), out.body.len()), (204, 0), "{}", out.text());
    stage.get("/api/vehicles").await.faults(401);
    let out = stage
        .ask(Method::POST, "/api/auth/logout")
        .without_token()
        .send()
        .await;
    out.faults(401);
}

#[actix_web::test]
async fn a_refresh_token_is_enough_to_log_out() {
    let stage = Stage::new();
    let member = stage.administrator().await.clone();
    let out = stage.ask(Method::POST, "/api/auth/logout").without_token();
    let out = out.json(&json!({"refreshToken": member.refresh})).send().await;
    assert_eq!(out.status, 204, "{}", out.text());
    stage.get("/api/vehicles").await.faults(401);
}

/// Clients send their access token with every request, even after it has expired.
#[actix_web::test]
async fn a_refresh_token_takes_precedence_over_an_access_token() {
    let stage = Stage::new();
    let member = stage.administrator().await.clone();
    let me = async || ask_with(&stage, &json!(member.token), Method::GET, "/api/auth/me").await;
    for (shown, by) in [
        ("of a word", "nonsense"),
        (
            "of another user",
            stage
                .staff
                .create_user(Role::Operator, None, &[])
                .await
                .token
                .as_str(),
        ),
    ] {
        let named = stage.staff.log_in(member.user.clone()).await;
        let out = log_out_with(&stage, by, &json!({"refreshToken": named.refresh})).await;
        assert_eq!(out.status, 204, "{shown}: {}", out.text());
        refresh(&stage, &json!(named.refresh)).await.faults(401);
    }
    for body in [json!({}), json!(null)] {
        let member = stage.staff.log_in(member.user.clone()).await;
        let out = log_out_with(&stage, &member.token, &body).await;
        assert_eq!(out.status, 204, "{body}: {}", out.text());
        refresh(&stage, &json!(member.refresh)).await.faults(401);
    }
    let out = log_out_with(&stage, &member.token, &json!({"refreshToken": 7})).await;
    out.faults(422);
    assert_eq!(me().await.status, 200, "its session was not named");
}

#[actix_web::test]
async fn a_new_password_ends_all_sessions() {
    let stage = Stage::new();
    let member = stage.administrator().await.clone();
    let change = |current: &str, new: &str| {
        let body = json!({"currentPassword": current, "newPassword": new});
        let ask = stage.ask(Method::POST, "/api/auth/password");
        async move { ask.json(&body).send().await }
    };
    assert_eq!(
        change("not the one", "another long one").await.faults(422),
        ["currentPassword must be the current password"]
    );
    assert_eq!(
        change(PASSWORD, "short").await.faults(422),
        ["newPassword must have at least 12 characters"]
    );
    assert_eq!(change(PASSWORD, "another long one").await.status, 204);
    stage.get("/api/auth/me").await.faults(401);
    let name = member.user.username.as_str();
    log_in(&stage, name, PASSWORD).await.faults(401);
    assert_eq!(log_in(&stage, name, "another long one").await.status, 200);
}

#[actix_web::test]
async fn only_the_owner_sees_and_ends_a_session() {
    let stage = Stage::new();
    let member = stage.administrator().await.clone();
    let other = stage.staff.log_in(member.user.clone()).await;
    let stranger = stage.staff.create_user(Role::Viewer, None, &[]).await;
    let listed = stage.get("/api/auth/sessions").await.json();
    let listed: Vec<_> = listed
        .as_array()
        .expect("a list")
        .iter()
        .map(|session| (session["id"].clone(), session["isCurrent"].clone()))
        .collect();
    let expected = [
        (json!(other.session.to_string()), json!(false)),
        (json!(member.session.to_string()), json!(true)),
    ];
    assert_eq!(listed, expected);
    let path = format!("/api/auth/sessions/{}", other.session);
    stage
        .ask(Method::DELETE, &path)
        .by(&stranger)
        .send()
        .await
        .faults(404);
    assert_eq!(stage.delete(&path).await.status, 204);
    stage.delete(&path).await.faults(404);
    let theirs = stage.ask(Method::GET, "/api/auth/me").by(&other).send().await;
    theirs.faults(401);
    assert_eq!(stage.get("/api/auth/me").await.status, 200);
}

#[actix_web::test]
async fn requests_without_a_token_are_rejected_before_their_body_is_read() {
    let stage = Stage::new();
    for (method, path) in [
        (Method::GET, "/api/vehicles"),
        (Method::POST, "/api/vehicles"),
        (Method::GET, "/api/users"),
        (Method::GET, "/api/audit"),
        (Method::GET, "/api/vehicles/nonsense"),
    ] {
        let ask = stage.ask(method, path).without_token();
        ask.body("text/plain", "{").send().await.faults(401);
    }
}

#[actix_web::test]
async fn a_client_without_quota_can_log_out() {
    let stage = Stage::limited(1, 3);
    let member = stage.administrator().await.clone();
    while stage.get("/api/auth/me").await.status != 429 {}
    let out = stage.ask(Method::POST, "/api/auth/logout").by(&member);
    assert_eq!(out.send().await.status, 204);
    // Log-outs are charged to the quota, and to a separate one once it is used up.
    let mut refused = 0;
    for _ in 0..10 {
        let out = stage.ask(Method::POST, "/api/auth/logout").without_token();
        let out = out.json(&json!({"refreshToken": "x"})).send().await;
        refused += u32::from(out.status == 429);
    }
    assert!(refused > 0);
}
