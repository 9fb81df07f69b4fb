//! Rules for usernames and passwords, and the lifetime of sessions.

use std::time::Duration;

use rstest::rstest;
use serde_json::{Value, json};

use super::{
    support::{ADMINISTRATOR, Plant, Program},
    visitor::Visitor,
};

/// Creates a user through REST and GraphQL. Returns the status and the field of the first fault for each.
async fn make(program: &Program, username: &str, password: &str) -> [(u16, Value); 2] {
    let body = json!({"username": username, "password": password, "role": "VIEWER"});
    let (status, answer) = program.as_administrator("POST", "/api/users", Some(body)).await;
    let rest = (status, answer["errors"][0]["field"].clone());
    let create = "mutation($username: String!, $password: String!) {
        createUser(input: {username: $username, password: $password, role: VIEWER}) { id } }";
    let answer = program
        .graphql(create, json!({"username": username, "password": password}))
        .await;
    let extensions = &answer["errors"][0]["extensions"];
    let status = match extensions["code"].as_str() {
        None => 201,
        Some("BAD_USER_INPUT") => 422,
        Some("CONFLICT") => 409,
        Some(other) => panic!("{other}: {answer}"),
    };
    let field = match status {
        409 => extensions["field"].clone(),
        _ => extensions["fields"][0]["field"].clone(),
    };
    [rest, (status, field)]
}

#[tokio::test(flavor = "multi_thread")]
async fn weak_passwords_are_rejected_at_every_endpoint() {
    let program = Program::serve(&[]).await;
    let user = program.create_user("ana", "VIEWER", None).await;
    for weak in [
        "password",
        "password1234",
        "eleven-char",
        "            ",
        "\0\0\0\0\0\0\0\0\0\0\0\0",
        "aaaaaaaaaaaaaaaa",
        &"long".repeat(33),
    ] {
        for (status, field) in make(&program, "ben", weak).await {
            assert_eq!((status, field), (422, json!("password")), "{weak:?}");
        }
        let path = format!("/api/users/{}", user.user);
        let body = json!({"password": weak});
        let (status, answer) = program.as_administrator("PATCH", &path, Some(body)).await;
        assert_eq!(
            (status, &answer["errors"][0]["field"]),
            (422, &json!("password")),
            "{weak:?}"
        );
        let body = json!({"currentPassword": ADMINISTRATOR.1, "newPassword": weak});
        let (status, answer) = program
            .rest("POST", "/api/auth/password", Some(&user.access), Some(body))
            .await;
        assert_eq!(
            (status, &answer["errors"][0]["field"]),
            (422, &json!("newPassword")),
            "{weak:?}"
        );
    }
    // Passwords are normalized, so other spellings in Unicode are equal.
    let made = make(&program, "cleo", "cafe\u{301} au lait").await;
    assert_eq!(made[0].0, 201);
    program.log_in("cleo", "caf\u{e9} au lait").await;
    program.log_in("cleo", "cafe\u{301}\u{a0}au\u{3000}lait").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_minimum_length_of_passwords_is_configurable() {
    let program = Program::serve(&[("AUTH__PASSWORD_MIN_LENGTH", "15")]).await;
    let [(status, _), _] = make(&program, "ana", "fourteen-chars").await;
    assert_eq!(status, 422);
    let [(status, _), _] = make(&program, "ana", "fifteen--chars.").await;
    assert_eq!(status, 201);
}

#[rstest]
#[case::memory(false)]
#[case::postgres(true)]
#[tokio::test(flavor = "multi_thread")]
async fn deceptive_usernames_are_rejected(#[case] is_stored: bool) {
    let (plant, alone);
    let program = if is_stored {
        plant = Plant::start().await;
        &plant.program
    } else {
        alone = Program::serve(&[]).await;
        &alone
    };
    program.create_user("paypal", "VIEWER", None).await;
    for (name, expected) in [
        ("an\u{200b}a", 422),
        ("an\u{202e}a", 422),
        ("\u{430}nn\u{430}b", 422),
        ("command-line", 422),
        ("SYSTEM", 422),
        ("anonymous", 422),
        ("\u{440}\u{430}\u{443}\u{440}\u{430}\u{4cf}", 409),
        ("paypa1", 409),
        ("ｐａｙｐａｌ", 409),
        ("PayPal", 409),
    ] {
        for (status, field) in make(program, name, ADMINISTRATOR.1).await {
            assert_eq!((status, field), (expected, json!("username")), "{name:?}");
        }
    }
    // Full-width letters are mapped to ordinary ones, at log-in as well.
    program.create_user("ｄａｎａ", "VIEWER", None).await;
    program.log_in("DANA", ADMINISTRATOR.1).await;
    // Invisible characters are rejected in other names as well.
    for path in ["/api/organizations", "/api/groups"] {
        let body = json!({"name": "Night\u{202e}shift"});
        let (status, answer) = program.as_administrator("POST", path, Some(body)).await;
        assert_eq!(
            (status, &answer["errors"][0]["field"]),
            (422, &json!("name")),
            "{path}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_usernames_are_not_recorded_in_clear() {
    let plant = Plant::start().await;
    let typed = "my-secret-password-1";
    let visitor = Visitor::at("127.0.0.9");
    for _ in 0..2 {
        assert_eq!(
            visitor
                .log_in(&plant.program, typed, ADMINISTRATOR.1)
                .await
                .status,
            401
        );
    }
    assert_eq!(
        visitor.log_in(&plant.program, "another one", "x").await.status,
        401
    );
    let (_, log) = plant
        .program
        .as_administrator("GET", "/api/audit?action=auth.loginFailed", None)
        .await;
    assert!(!log.to_string().contains(typed), "{log}");
    let names: Vec<&str> = (0..3)
        .map(|number| log["items"][number]["actorName"].as_str().expect("a name"))
        .collect();
    assert!(
        names
            .iter()
            .all(|name| name.starts_with("unknown:") && name.len() == 40),
        "{names:?}"
    );
    assert_eq!(names[1], names[2], "the same name has the same mark");
    assert_ne!(names[0], names[1]);
    assert!(!plant.program.log().contains(typed));
}

#[rstest]
#[case::memory(false)]
#[case::postgres(true)]
#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_regardless_of_refreshes(#[case] is_stored: bool) {
    let short = [("AUTH__ACCESS_TTL_S", "3"), ("AUTH__SESSION_TTL_S", "4")];
    let (plant, alone);
    let program = if is_stored {
        plant = Plant::with(&short).await;
        &plant.program
    } else {
        alone = Program::serve(&short).await;
        &alone
    };
    let log_in = json!({"username": ADMINISTRATOR.0, "password": ADMINISTRATOR.1});
    let (_, first) = program.rest("POST", "/api/auth/login", None, Some(log_in)).await;
    assert_eq!(first["expiresIn"], 3);
    tokio::time::sleep(Duration::from_secs(2)).await;
    let refresh = json!({"refreshToken": first["refreshToken"]});
    let (status, second) = program
        .rest("POST", "/api/auth/refresh", None, Some(refresh))
        .await;
    assert_eq!(status, 200, "{second}");
    // Tokens don't outlive their session, which has less than 3 s left.
    assert!(second["expiresIn"].as_i64().expect("a number") < 3, "{second}");
    let token = second["accessToken"].as_str().expect("a token");
    let mut socket = program.connect_as(token).await;
    assert_eq!(socket.closed().await.0, 4401);
    // Expiry has a resolution of one second, and one second of leeway.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let refresh = json!({"refreshToken": second["refreshToken"]});
    let (status, _) = program
        .rest("POST", "/api/auth/refresh", None, Some(refresh))
        .await;
    assert_eq!(status, 401);
    let (status, _) = program.rest("GET", "/api/auth/me", Some(token), None).await;
    assert_eq!(status, 401);
}

#[rstest]
#[case::memory(false)]
#[case::postgres(true)]
#[tokio::test(flavor = "multi_thread")]
async fn access_tokens_are_valid_for_at_least_a_second(#[case] is_stored: bool) {
    let short = [("AUTH__ACCESS_TTL_S", "3"), ("AUTH__SESSION_TTL_S", "3")];
    let (plant, alone);
    let program = if is_stored {
        plant = Plant::with(&short).await;
        &plant.program
    } else {
        alone = Program::serve(&short).await;
        &alone
    };
    let log_in = json!({"username": ADMINISTRATOR.0, "password": ADMINISTRATOR.1});
    let (_, mut tokens) = program.rest("POST", "/api/auth/login", None, Some(log_in)).await;
    // Refresh repeatedly, into the last second of the session.
    let began = std::time::Instant::now();
    loop {
        assert!(tokens["expiresIn"].as_i64() >= Some(1), "{tokens}");
        let refresh = json!({"refreshToken": tokens["refreshToken"]});
        let (status, answer) = program
            .rest("POST", "/api/auth/refresh", None, Some(refresh))
            .await;
        if status == 401 {
            break;
        }
        assert_eq!(status, 200, "{answer}");
        assert!(
            began.elapsed() < Duration::from_secs(10),
            "the session never ends"
        );
        tokens = answer;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
