//! Secrets must not appear in logs, responses or the audit log.

use deadpool_redis::redis::cmd;
use serde_json::json;
use test_stores::{postgres::TestDatabase, redis::RedisServer};

use super::{
    endpoints::{
        Answer, connection_init, graphql_request, graphql_socket, graphql_socket_as, try_open_socket,
    },
    search::Search,
    support::{ADMINISTRATOR, Program, until_ok},
};

/// A secret to search for. Like those below, it is unique, so any occurrence is a leak.
const WRONG: &str = "wr0ng-Passw0rd-qzx1";
const FIRST: &str = "f1rst-Passw0rd-qzx2";
const SECOND: &str = "sec0nd-Passw0rd-qzx3";
const THIRD: &str = "th1rd-Passw0rd-qzx4";
const OF_METRICS: &str = "token-of-the-metrics-qzx5";
const OF_REDIS: &str = "redis-Passw0rd-qzx7";

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_in_logs_answers_or_the_audit_log() {
    let mut search = Search::default();
    for password in [ADMINISTRATOR.1, WRONG, FIRST, SECOND, THIRD] {
        search.is_secret("a password", password);
    }
    search.is_secret("the token of the metrics", OF_METRICS);
    search.is_secret("the password of Redis", OF_REDIS);
    search.is_secret("a password's hash", "$argon2");
    let key = Program::signing_key()
        .lines()
        .nth(1)
        .expect("base64 between two lines");
    search.is_secret("the signing key", key);

    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("log");
    let variables = [
        ("LOG__LEVEL", "trace,fred=trace,tokio_postgres::query=trace"),
        ("LOG__FILE", file.to_str().expect("a plain path")),
        ("HTTP__METRICS_TOKEN", OF_METRICS),
    ];
    let (database, redis) = (TestDatabase::create().await, RedisServer::start());
    let () = cmd("CONFIG")
        .arg("SET")
        .arg("requirepass")
        .arg(OF_REDIS)
        .query_async(&mut redis.connection().await)
        .await
        .expect("Redis is there");
    let redis_url = redis
        .url()
        .replacen("redis://", &format!("redis://:{OF_REDIS}@"), 1);
    let (database_url, mut all) = (database.url(), variables.to_vec());
    all.extend([("DATABASE__URL", &*database_url), ("REDIS__URL", &*redis_url)]);
    let program = Program::serve(&all).await;
    program.until_fed().await;
    use_all_secrets(&program, &mut search).await;

    // Wait until the log is complete.
    until_ok("the log has everything", || async {
        program.log().contains("the-last-request").then_some(())
    })
    .await;
    let log = program.log();
    for module in ["tokio_postgres", "fred", "application", "observability"] {
        assert!(log.contains(module), "the log is incomplete: nothing of {module}");
    }
    search.can_be_read("the log", log);
    search.can_be_read(
        "the log's file",
        std::fs::read_to_string(&file).expect("the file"),
    );
    search.check();
}

/// Uses every kind of secret once, at every endpoint.
async fn use_all_secrets(program: &Program, search: &mut Search) {
    let administrator = program.administrator().await;
    search.are_secret(&administrator.access, &administrator.refresh);
    let administrator = &administrator.access;
    let log_in = async |password: &str| {
        let guess = json!({"username": "viewer", "password": password});
        Answer::to(program.request("POST", "/api/auth/login").json(&guess)).await
    };
    let mut refusals = Vec::new();

    // Create a user, log in, fail to log in, and refresh the session.
    let body = json!({"username": "viewer", "password": FIRST, "role": "VIEWER"});
    let made = program
        .request("POST", "/api/users")
        .bearer_auth(administrator)
        .json(&body);
    let made = Answer::to(made).await;
    let viewer = made.json()["id"].as_str().expect("an id").to_owned();
    refusals.push(made);
    let (access, refresh) = search.takes_tokens(&log_in(FIRST).await);
    refusals.push(log_in(WRONG).await);
    let spend = json!({"refreshToken": refresh});
    let spend = async || Answer::to(program.request("POST", "/api/auth/refresh").json(&spend)).await;
    let (fresh, _) = search.takes_tokens(&spend().await);

    // Present valid and invalid tokens at every endpoint, in the right and in wrong places.
    for token in [&access, &fresh, &format!("{}x", &fresh[..fresh.len() - 3])] {
        let offer = format!("fleetwatch.v1.json, bearer.{token}");
        if let Err(refusal) = try_open_socket(program, "/ws", &[("sec-websocket-protocol", &offer)]).await {
            refusals.push(refusal);
        }
        let bearer = format!("Bearer {token}");
        if let Ok(mut socket) = try_open_socket(program, "/ws", &[("authorization", &bearer)]).await {
            socket.send(json!({"type": "auth", "token": token})).await;
            socket
                .send(json!({"type": "auth", "token": format!("{token}x")}))
                .await;
            socket
                .send(json!({"type": token, "id": {}, "vehicleId": "x"}))
                .await;
        }
        let mut socket = graphql_socket(program).await;
        socket.send(connection_init(token)).await;
        refusals.push(Answer::to(graphql_request(program, "{ me { username } }").bearer_auth(token)).await);
        for (method, path) in [
            ("GET", "/api/auth/me"),
            ("GET", "/api/vehicles?x=1"),
            ("POST", "/api/users"),
        ] {
            let request = program.request(method, path).bearer_auth(token);
            refusals.push(Answer::to(request.json(&json!({"password": SECOND}))).await);
        }
        refusals.push(Answer::to(program.request("GET", "/metrics").bearer_auth(token)).await);
    }
    refusals.push(Answer::to(program.request("GET", "/metrics").bearer_auth(OF_METRICS)).await);

    // GraphQL errors may quote the document.
    for query in [
        format!("mutation {{ login(username: \"viewer\", password: \"{WRONG}\") {{ accessToken }} }}"),
        format!("mutation {{ login(username: \"viewer\", password: \"{WRONG}\") {{ accessTokn }} }}"),
        format!("mutation {{ login(username: 1, passwort: \"{WRONG}\") {{ accessToken }} }}"),
        format!("mutation {{ refreshToken(refreshToken: \"{refresh}x\") {{ accessToken }} }}"),
    ] {
        refusals.push(Answer::to(graphql_request(program, &query)).await);
    }
    let mut socket = graphql_socket_as(program, &fresh).await;
    let change =
        "mutation($a: String!, $b: String!) { changePassword(currentPassword: $a, newPassword: $b) }";
    let payload = json!({"query": change, "variables": {"a": WRONG, "b": SECOND}});
    socket
        .send(json!({"type": "subscribe", "id": "1", "payload": payload}))
        .await;
    let message = socket.next_json().await;
    search.can_be_read("a message of a socket", message.to_string());

    // Change passwords, successfully and not, and send bodies that are malformed or invalid.
    for (current, new, expected) in [(WRONG, SECOND, 422), (FIRST, "short", 422), (FIRST, SECOND, 204)] {
        let body = json!({"currentPassword": current, "newPassword": new});
        let request = program.request("POST", "/api/auth/password").bearer_auth(&fresh);
        let answer = Answer::to(request.json(&body)).await;
        assert_eq!(answer.status, expected, "{answer:?}");
        refusals.push(answer);
    }
    let path = format!("/api/users/{viewer}");
    for body in [
        json!({"password": THIRD, "role": "NOBODY"}).to_string(),
        json!({"password": [THIRD]}).to_string(),
        format!("{{\"password\": \"{THIRD}\", \"password\": \"{THIRD}\"}}"),
        format!("{{\"password\": \"{THIRD}"),
        format!("{{\"password\": {THIRD}}}"),
        json!({"password": THIRD}).to_string(),
    ] {
        let request = program.request("PATCH", &path).bearer_auth(administrator);
        refusals.push(Answer::to(request.header("content-type", "application/json").body(body)).await);
    }

    // Use a refresh token twice, and create a user that exists.
    refusals.push(spend().await);
    search.takes_tokens(&log_in(THIRD).await);
    let again = program
        .request("POST", "/api/users")
        .bearer_auth(administrator)
        .json(&body);
    refusals.push(Answer::to(again.header("x-request-id", "the-last-request")).await);
    let (_, audit) = program
        .as_administrator("GET", "/api/audit?first=100", None)
        .await;
    assert!(audit["totalCount"].as_u64() >= Some(8), "{audit}");
    search.can_be_read("the audit log", audit.to_string());
    for answer in refusals {
        search.can_be_read(
            format!("an answer {}", answer.status),
            format!("{:?} {}", answer.headers, answer.body),
        );
    }
}
