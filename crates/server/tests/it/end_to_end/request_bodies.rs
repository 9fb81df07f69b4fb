//! Limits on request bodies: bytes, time and memory.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::{
    endpoints::Answer,
    raw::Raw,
    support::{Program, Tokens},
};

const JSON: &str = "application/json";

/// Maximum size of the response to a faulty request, in bytes. A hundred faults with their paths take about 30 KiB.
const MOST_ANSWER_BYTES: usize = 128 * 1024;

/// Returns bodies whose faults, or the work to find them, must not grow with the square of the length.
fn costly_bodies() -> Vec<(&'static str, String)> {
    let lists = [r#"{"a":1,"a":2}"#; 40_000].join(",");
    vec![
        (
            "duplicates below a long key",
            format!(r#"{{"{}":[{lists}]}}"#, "k".repeat(400_000)),
        ),
        (
            "numbers below a long key",
            format!(r#"{{"{}":[{}]}}"#, "k".repeat(520_000), ["1"; 260_000].join(",")),
        ),
        (
            "one key over and over",
            format!(r#"{{{}"a":1}}"#, r#""a":1,"#.repeat(170_000)),
        ),
        (
            "many unknown keys",
            format!(
                "{{{}}}",
                (0..60_000)
                    .map(|n| format!(r#""key{n}":1"#))
                    .collect::<Vec<_>>()
                    .join(",")
            ),
        ),
    ]
}

async fn post(program: &Program, path: &str, media_type: &str, token: Option<&str>, body: String) -> Answer {
    let mut request = program.request("POST", path).header("content-type", media_type);
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    Answer::to(request.body(body)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn responses_do_not_grow_faster_than_requests() {
    let program = &Program::serve(&[]).await;
    let administrator = program.administrator().await.access.clone();
    for (what, body) in costly_bodies() {
        for (path, media_type) in [
            ("/api/vehicles", JSON),
            ("/graphql", JSON),
            ("/api/vehicles/import", "application/x-ndjson"),
        ] {
            let started = Instant::now();
            let answer = post(program, path, media_type, Some(&administrator), body.clone()).await;
            assert!(matches!(answer.status, 400 | 422), "{what} at {path}: {answer:?}");
            assert!(
                answer.body.len() < MOST_ANSWER_BYTES,
                "{what} at {path}: {} bytes",
                answer.body.len()
            );
            assert!(
                started.elapsed() < Duration::from_secs(10),
                "{what} at {path}: {:?}",
                started.elapsed()
            );
        }
        for path in [
            "/api/auth/login",
            "/api/auth/refresh",
            "/api/auth/logout",
            "/graphql",
        ] {
            let answer = post(program, path, JSON, None, body.clone()).await;
            assert_eq!(answer.status, 413, "{what} at {path}: {answer:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn at_most_a_hundred_faults_and_their_number_are_reported() {
    let program = &Program::serve(&[]).await;
    let administrator = program.administrator().await.access.clone();
    let unknown: Vec<String> = (0..6_000).map(|n| format!("p{n}=1")).collect();
    let long = format!("{}=1", "q".repeat(5_000));
    let path = format!("/api/vehicles?{long}&{}", unknown.join("&"));
    let request = program.request("GET", &path).bearer_auth(&administrator);
    let answer = Answer::to(request).await;
    check_a_hundred(&answer, 6_001);
    assert_eq!(
        answer.json()["errors"][0]["field"],
        format!("{}…", "q".repeat(100))
    );

    let keys: Vec<String> = (0..5_000).map(|n| format!(r#""key{n}":1"#)).collect();
    let vehicle = format!("{{{}}}", keys.join(","));
    let answer = post(program, "/api/vehicles", JSON, Some(&administrator), vehicle).await;
    check_a_hundred(&answer, 5_004);

    let lines = "{\"name\":1}\n".repeat(1_000);
    let ndjson = "application/x-ndjson";
    let answer = post(
        program,
        "/api/vehicles/import",
        ndjson,
        Some(&administrator),
        lines,
    )
    .await;
    assert_eq!(answer.json()["errors"].as_array().map(Vec::len), Some(100));
    assert!(
        answer.json()["errorCount"].as_u64() >= Some(1_000),
        "{:?}",
        answer.json()["errorCount"]
    );
}

fn check_a_hundred(answer: &Answer, of: u64) {
    assert_eq!(answer.status, 422, "{answer:?}");
    let problem = answer.json();
    assert_eq!(problem["errors"].as_array().map(Vec::len), Some(100));
    assert_eq!(problem["errorCount"], of);
    assert!(
        answer.body.len() < MOST_ANSWER_BYTES,
        "{} bytes",
        answer.body.len()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_answers_while_large_bodies_are_parsed() {
    let program = &Program::serve(&[]).await;
    let administrator = program.administrator().await.access.clone();
    let line = format!("{{\"name\":\"{}\"}}\n", "x".repeat(140));
    let file = line.repeat(99_000);
    let path = "/api/vehicles/import?dryRun=true";
    let sending = post(program, path, "application/x-ndjson", Some(&administrator), file);
    let asking = async {
        let mut slowest = Duration::ZERO;
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(3) {
            let asked = Instant::now();
            assert_eq!(program.get("/health/live").await.0, 200);
            slowest = slowest.max(asked.elapsed());
        }
        slowest
    };
    let (answer, slowest) = tokio::join!(sending, asking);
    assert_eq!(answer.status, 422, "{answer:?}");
    assert!(slowest < Duration::from_secs(1), "{slowest:?}");
}

/// Sends the head of a request that announces a body, but no body.
async fn announce(program: &Program, path: &str, token: Option<&str>, length: &str) -> Raw {
    let mut raw = Raw::connect(program).await;
    let bearer = token.map(|token| format!("Bearer {token}"));
    let mut headers = vec![("content-length", length), ("content-type", JSON)];
    if path.ends_with("/import") {
        headers[1].1 = "text/csv";
    }
    if let Some(bearer) = &bearer {
        headers.push(("authorization", bearer));
    }
    raw.head(&format!("POST {path}"), &headers).await;
    raw
}

#[tokio::test(flavor = "multi_thread")]
async fn permissions_are_checked_before_the_body_is_read() {
    let program = &Program::serve(&[]).await;
    let viewer = program.create_user("viewer", "VIEWER", None).await;
    let (_, group) = program
        .as_administrator(
            "POST",
            "/api/groups",
            Some(serde_json::json!({"name": "Night shift"})),
        )
        .await;
    let group = group["id"].as_str().expect("an id").to_owned();
    let vehicle = program.create("Tugger").await;
    let none: [(String, u16); 8] = [
        ("/api/vehicles/import".to_owned(), 403),
        ("/api/vehicles".to_owned(), 403),
        ("/api/users".to_owned(), 403),
        ("/api/groups".to_owned(), 403),
        ("/api/organizations".to_owned(), 403),
        ("/api/grants".to_owned(), 403),
        // The viewer has no grants, so this vehicle does not exist for them.
        (format!("/api/vehicles/{vehicle}/enable"), 404),
        ("/api/vehicles/import?dryRun=true".to_owned(), 403),
    ];
    for (path, status) in none {
        let mut raw = announce(program, &path, Some(&viewer.access), "900000").await;
        let answer = raw.answer().await;
        assert_eq!(answer.status, status, "{path}: {answer:?}");
    }
    for (path, status) in [
        (format!("/api/vehicles/{vehicle}"), 404),
        (format!("/api/groups/{group}"), 404),
        ("/api/users/0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70".to_owned(), 403),
    ] {
        let method = if path.contains("users") { "PATCH" } else { "PUT" };
        let mut raw = Raw::connect(program).await;
        let bearer = format!("Bearer {}", viewer.access);
        let headers = [
            ("content-length", "900000"),
            ("content-type", JSON),
            ("authorization", &bearer),
        ];
        raw.head(&format!("{method} {path}"), &headers).await;
        let answer = raw.answer().await;
        assert_eq!(answer.status, status, "{method} {path}: {answer:?}");
    }
    // Without a token the body is not read.
    let mut raw = announce(program, "/api/vehicles/import", None, "16000000").await;
    assert_eq!(raw.answer().await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_sends_everything_before_reading_gets_its_response() {
    let program = &Program::serve(&[]).await;
    let viewer = program.create_user("viewer", "VIEWER", None).await;
    for _ in 0..5 {
        let file = "x".repeat(3 << 20);
        let answer = post(
            program,
            "/api/vehicles/import",
            "text/csv",
            Some(&viewer.access),
            file,
        )
        .await;
        assert_eq!(answer.status, 403, "{answer:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_excessive_content_length_is_rejected_before_the_body() {
    let program = &Program::serve(&[]).await;
    let administrator = program.administrator().await.access.clone();
    for (path, token, length) in [
        ("/api/auth/login", None, "8193"),
        ("/api/auth/refresh", None, "8193"),
        ("/api/auth/logout", None, "8193"),
        ("/graphql", None, "8193"),
        ("/api/auth/password", Some(&*administrator), "8193"),
        ("/api/vehicles", Some(&*administrator), "1048577"),
        ("/graphql", Some(&*administrator), "1048577"),
        ("/api/vehicles/import", Some(&*administrator), "16777217"),
    ] {
        let mut raw = announce(program, path, token, length).await;
        let answer = raw.answer().await;
        assert_eq!(answer.status, 413, "{path}: {answer:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_body_is_aborted() {
    let program = &Program::serve(&[]).await;
    let administrator = program.administrator().await.access.clone();
    let paths = [("/api/auth/login", None), ("/graphql", Some(&*administrator))];
    let drops = paths.map(|(path, token)| async move {
        let started = Instant::now();
        let mut raw = announce(program, path, token, "8000").await;
        for _ in 0..8 {
            raw.send(" ").await;
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        let answer = raw.answer().await;
        assert_eq!(answer.status, 408, "{path}: {answer:?}");
        assert!(
            started.elapsed() < Duration::from_secs(20),
            "{path}: {:?}",
            started.elapsed()
        );
        assert!(raw.is_closed_within(Duration::from_secs(10)).await, "{path}");
    });
    futures::future::join_all(drops).await;
}

/// Acts as a client that reads the response only after it has sent everything, as many clients do.
#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_upload_may_be_sent_completely_before_reading() {
    const PARTS: usize = 16;
    let program = &Program::serve(&[]).await;
    let viewer = program.create_user("viewer", "VIEWER", None).await;
    let mut raw = announce(program, "/api/vehicles/import", Some(&viewer.access), "16000000").await;
    for _ in 0..PARTS {
        assert!(
            raw.is_sent(&vec![b'x'; 16_000_000 / PARTS]).await,
            "the server stopped reading"
        );
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    let answer = raw.answer().await;
    assert_eq!(
        (answer.status, answer.header("connection")),
        (403, "close"),
        "{answer:?}"
    );
    // The time to send the rest is limited, and a client that neither sends nor closes is soon disconnected.
    assert!(raw.is_closed_within(Duration::from_secs(15)).await);
}

/// Starts an import of 15 MiB and sends the first 10 MiB.
async fn begin_import(program: &Program, user: &Tokens, address: &str) -> Raw {
    let mut raw = Raw::from(program, address).await;
    let bearer = format!("Bearer {}", user.access);
    let headers = [
        ("content-length", "15728640"),
        ("content-type", "text/csv"),
        ("authorization", &*bearer),
    ];
    raw.head("POST /api/vehicles/import", &headers).await;
    raw.send(vec![b'x'; 10 << 20]).await;
    raw
}

#[tokio::test(flavor = "multi_thread")]
async fn the_total_size_of_bodies_in_flight_is_limited() {
    let limits = [
        ("LIMITS__BODY_BYTES", "20971520"),
        ("LIMITS__BODY_BYTES_PER_CLIENT", "16777216"),
    ];
    let program = &Program::serve(&limits).await;
    let (one, other) = (
        program.create_user("one", "ADMIN", None).await,
        program.create_user("other", "ADMIN", None).await,
    );
    let _first = begin_import(program, &one, "127.0.0.2").await;
    for (user, address, status) in [
        (&one, "127.0.0.3", 429),   // the same user
        (&other, "127.0.0.2", 429), // the same address
    ] {
        let answer = begin_import(program, user, address).await.answer().await;
        assert_eq!(answer.status, status, "{answer:?}");
        assert_eq!(answer.header("retry-after"), "1", "{answer:?}");
    }
    let _second = begin_import(program, &other, "127.0.0.4").await;
    let third = program.create_user("third", "ADMIN", None).await;
    let refused = begin_import(program, &third, "127.0.0.5").await.answer().await;
    assert_eq!(refused.status, 503, "{refused:?}");
    assert_eq!(refused.header("retry-after"), "1", "{refused:?}");
    let problem: Value = serde_json::from_str(&refused.body).expect("a problem");
    assert_eq!(
        problem["detail"],
        "the body was rejected: too many request bytes are in flight; try again later"
    );
    // Small bodies are not affected.
    program.create("Tugger").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_with_expect_continue_is_rejected_before_its_body() {
    let program = &Program::serve(&[]).await;
    let bearer = format!("Bearer {}", program.administrator().await.access);
    let ask = async |path: &str, length: &str, token: Option<&str>| {
        let mut raw = Raw::connect(program).await;
        let mut headers = vec![
            ("content-type", JSON),
            ("content-length", length),
            ("expect", "100-continue"),
        ];
        headers.extend(token.map(|token| ("authorization", token)));
        raw.head(&format!("POST {path}"), &headers).await;
        (raw.answer().await, raw)
    };
    for (path, length, token, status) in [
        ("/api/vehicles", "1048577", Some(&*bearer), 413),
        ("/api/vehicles/import", "16777217", Some(&*bearer), 413),
        ("/api/auth/login", "8193", None, 413),
        ("/graphql", "8193", None, 413),
        ("/api/vehicles", "2", None, 401),
    ] {
        let (answer, mut raw) = ask(path, length, token).await;
        assert_eq!(answer.status, status, "{path} {}", answer.head);
        assert_eq!(answer.header("content-type"), "application/problem+json");
        assert!(!answer.header("x-request-id").is_empty(), "{}", answer.head);
        assert_eq!(answer.header("www-authenticate").is_empty(), status != 401);
        assert!(raw.is_closed_within(Duration::from_secs(10)).await, "{path}");
    }
    let (answer, mut raw) = ask("/api/vehicles", "2", Some(&bearer)).await;
    assert_eq!(answer.status, 100, "{}", answer.head);
    raw.send("{}").await;
    assert_eq!(raw.answer().await.status, 422);
}
