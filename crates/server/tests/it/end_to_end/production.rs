//! Endpoints that production closes, security headers, and listening addresses.

use rstest::rstest;
use serde_json::json;

use super::{
    endpoints::{Answer, graphql_request, try_open_socket},
    support::{Plant, Program},
};

const INTROSPECTION: &str = "{ __schema { queryType { name } } }";

async fn get(program: &Program, path: &str) -> Answer {
    Answer::to(program.request("GET", path)).await
}

/// Endpoints for developers, which would also help attackers.
const FOR_DEVELOPERS: [&str; 6] = [
    "/docs",
    "/docs/",
    "/api/openapi.json",
    "/api/asyncapi.json",
    "/graphiql",
    "/metrics",
];

#[rstest]
#[case::development("development")]
#[case::staging("staging")]
#[tokio::test(flavor = "multi_thread")]
async fn endpoints_for_developers_are_open_outside_production(#[case] environment: &str) {
    let program = Program::serve(&[("ENV", environment)]).await;
    for path in FOR_DEVELOPERS {
        assert!(
            matches!(get(&program, path).await.status, 200 | 301..=308),
            "{path}"
        );
    }
    let answer = Answer::to(graphql_request(&program, INTROSPECTION)).await;
    assert_eq!(
        answer.json()["data"]["__schema"]["queryType"]["name"],
        "Query",
        "{answer:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn production_closes_the_endpoints_for_developers() {
    let plant = Plant::with(&[("ENV", "production"), ("HTTP__TRUSTED_PROXIES", "none")]).await;
    let program = &plant.program;
    for path in FOR_DEVELOPERS
        .iter()
        .chain(&["/docs/index.html", "/graphiql/main.js"])
    {
        assert_eq!(get(program, path).await.status, 404, "{path}");
    }
    let administrator = program.administrator().await.access.clone();
    for asked in [
        graphql_request(program, INTROSPECTION),
        graphql_request(program, INTROSPECTION).bearer_auth(&administrator),
        graphql_request(program, "{ __type(name: \"User\") { fields { name } } }")
            .bearer_auth(&administrator),
    ] {
        let answer = Answer::to(asked).await;
        assert_eq!(
            answer.json()["errors"][0]["extensions"]["code"],
            "GRAPHQL_VALIDATION_FAILED",
            "{answer:?}"
        );
        assert!(!answer.body.contains("\"Query\""), "{answer:?}");
    }
    // The error for a misspelt field must not suggest names of the schema.
    let mistaken =
        Answer::to(graphql_request(program, "{ vehicel { nam } }").bearer_auth(&administrator)).await;
    assert_eq!(mistaken.status, 200);
    assert!(!mistaken.body.contains("vehicle"), "{mistaken:?}");
    for path in [
        "/health",
        "/health/live",
        "/health/ready",
        "/health/websocket",
        "/health/ros2",
        "/.well-known/jwks.json",
        "/",
    ] {
        let answer = get(program, path).await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn production_serves_metrics_only_with_their_token() {
    const TOKEN: &str = "0123456789abcdef";
    let plant = Plant::with(&[
        ("ENV", "production"),
        ("HTTP__TRUSTED_PROXIES", "none"),
        ("HTTP__METRICS_TOKEN", TOKEN),
    ])
    .await;
    let program = &plant.program;
    let administrator = program.administrator().await.access.clone();
    for token in [
        None,
        Some("0123456789abcdeg"),
        Some("0123456789abcde"),
        Some(&*administrator),
    ] {
        let mut request = program.request("GET", "/metrics");
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let answer = Answer::to(request).await;
        answer.check_unauthenticated_problem(&format!("{token:?}"));
    }
    let answer = Answer::to(program.request("GET", "/metrics").bearer_auth(TOKEN)).await;
    assert_eq!(answer.status, 200);
    assert!(answer.body.contains("fleetwatch_build_info"), "{answer:?}");
    // The token opens no other endpoint.
    let vehicles = Answer::to(program.request("GET", "/api/vehicles").bearer_auth(TOKEN)).await;
    vehicles.check_unauthenticated_problem("the metrics' token");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_response_has_the_security_headers() {
    let program = &Program::serve(&[("LIMITS__API_BURST", "20"), ("LIMITS__API_PER_SECOND", "1")]).await;
    let mut answers = Vec::new();
    for (method, path) in [
        ("GET", "/"),
        ("GET", "/docs/"),
        ("GET", "/graphiql"),
        ("GET", "/health"),
        ("GET", "/metrics"),
        ("GET", "/.well-known/jwks.json"),
        ("GET", "/api/vehicles"),
        ("GET", "/api/nothing"),
        ("GET", "/nothing"),
        ("PATCH", "/api/vehicles"),
        ("POST", "/api/auth/login"),
        ("POST", "/graphql"),
        ("DELETE", "/graphql"),
        ("GET", "/ws"),
        ("GET", "/graphql/ws"),
        ("OPTIONS", "/api/vehicles"),
        ("HEAD", "/api/vehicles"),
    ] {
        answers.push((
            format!("{method} {path}"),
            Answer::to(program.request(method, path)).await,
        ));
    }
    answers.push((
        "a handshake".to_owned(),
        try_open_socket(program, "/ws", &[]).await.expect_err("no token"),
    ));
    for _ in 0..30 {
        let answer = get(program, "/api/vehicles").await;
        if answer.status == 429 {
            answers.push(("one too many".to_owned(), answer));
            break;
        }
    }
    let statuses: Vec<u16> = answers.iter().map(|(_, answer)| answer.status).collect();
    for status in [200, 401, 404, 405, 415, 426, 429] {
        assert!(statuses.contains(&status), "no {status} among {statuses:?}");
    }
    for (what, answer) in &answers {
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src '"), "{what}: {answer:?}");
        let scripts = policy
            .split(';')
            .filter(|rule| !rule.trim().starts_with("style-src"));
        assert!(
            scripts.into_iter().all(|rule| !rule.contains("unsafe")),
            "{what}: {policy}"
        );
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{what}");
        assert_eq!(answer.header("x-frame-options"), "DENY", "{what}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{what}");
        assert!(!answer.header("permissions-policy").is_empty(), "{what}");
        assert!(!answer.header("x-request-id").is_empty(), "{what}");
        assert_eq!(answer.header("server"), "", "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn responses_with_tokens_must_not_be_stored() {
    let program = &Program::serve(&[]).await;
    let body = json!({"username": "admin", "password": super::support::ADMINISTRATOR.1});
    let answer = Answer::to(program.request("POST", "/api/auth/login").json(&body)).await;
    assert_eq!((answer.status, answer.header("cache-control")), (200, "no-store"));
    assert_eq!(answer.header("set-cookie"), "");
    let query = format!(
        "mutation {{ login(username: \"admin\", password: {}) {{ accessToken }} }}",
        json!(super::support::ADMINISTRATOR.1)
    );
    let answer = Answer::to(graphql_request(program, &query)).await;
    assert_eq!(
        (answer.status, answer.header("cache-control")),
        (200, "no-store"),
        "{answer:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_can_listen_on_all_addresses() {
    let program = Program::serve(&[("HTTP__BIND", "0.0.0.0:0")]).await;
    // Every address of 127.0.0.0/8 is one of this machine's.
    let elsewhere = program.url("/health/live").replacen("127.0.0.1", "127.0.0.2", 1);
    let response = reqwest::get(elsewhere).await.expect("it listens there, too");
    assert_eq!(response.status(), 200);
    let here_only = Program::serve(&[]).await;
    let elsewhere = here_only
        .url("/health/live")
        .replacen("127.0.0.1", "127.0.0.2", 1);
    assert!(
        reqwest::get(elsewhere).await.is_err(),
        "by default it listens on one address only"
    );
}
