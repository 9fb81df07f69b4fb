//! Limits on idle, slow and malformed HTTP connections.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::{
    endpoints::try_open_socket,
    raw::{Raw, RawAnswer},
    support::Program,
};

/// Limit on file descriptors of the server in these tests.
const FEW_DESCRIPTORS: u32 = 256;

/// A duration longer than the time limit for the head of a request.
const A_HEAD_AND_MORE: Duration = Duration::from_secs(15);

async fn check_health(program: &Program, idle: usize) {
    for path in ["/health/live", "/health"] {
        let asked = Instant::now();
        // Probes use a new connection each time.
        let mut probe = Raw::connect(program).await;
        probe.head(&format!("GET {path}"), &[]).await;
        assert_eq!(
            probe.answer().await.status,
            200,
            "{path} beside {idle} idle connections"
        );
        let took = asked.elapsed();
        assert!(
            took < Duration::from_secs(1),
            "{path} took {took:?} beside {idle} idle connections"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn idle_connections_do_not_block_new_ones() {
    let program = &Program::with_descriptors(FEW_DESCRIPTORS, &[]).await;
    let log = program.log();
    assert!(log.contains("the limit on open files is lower"), "{log}");
    assert!(log.contains("FLEETWATCH_WS__MAX_CONNECTIONS (50000)"), "{log}");
    let mut idle = Vec::new();
    for number in 0..400 {
        let address = format!("127.0.{}.{}", 1 + number / 100, 1 + number % 100);
        idle.push(Raw::from(program, &address).await);
        if number % 50 == 49 {
            check_health(program, idle.len()).await;
        }
    }
    assert!(
        program.metric("fleetwatch_http_connections ").await < f64::from(FEW_DESCRIPTORS),
        "connections fit into the descriptors"
    );
    let shed = "fleetwatch_http_connections_closed_total{reason=\"shed\"}";
    assert!(program.metric(shed).await > 100.0);
    // The oldest connections are closed, the newest still work.
    assert!(idle[0].is_closed_within(Duration::from_secs(5)).await);
    let newest = idle.last_mut().expect("the newest");
    newest.head("GET /health/live", &[]).await;
    assert_eq!(newest.answer().await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_wait_for_a_body_are_shed_too() {
    let program = &Program::with_descriptors(FEW_DESCRIPTORS, &[]).await;
    let mut sending = Vec::new();
    for number in 0..300 {
        let address = format!("127.0.{}.{}", 1 + number / 100, 1 + number % 100);
        let mut raw = Raw::from(program, &address).await;
        let headers = [("content-length", "8000"), ("content-type", "application/json")];
        raw.head("POST /api/auth/login", &headers).await;
        raw.send("{").await;
        sending.push(raw);
    }
    check_health(program, sending.len()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_per_address_are_limited_without_open_sockets() {
    let limits = [
        ("HTTP__MAX_CONNECTIONS_PER_IP", "5"),
        ("HTTP__TRUSTED_PROXIES", "127.0.0.9"),
    ];
    let program = &Program::serve(&limits).await;
    let token = program.administrator().await.access.clone();
    let bearer = format!("Bearer {token}");
    let (_, socket_address) = ("127.0.0.1", "127.0.0.7");
    let mut held = Vec::new();
    for _ in 0..5 {
        held.push(Raw::from(program, socket_address).await);
    }
    let mut sixth = Raw::from(program, socket_address).await;
    let refused = sixth.answer().await;
    assert_eq!(refused.status, 429, "{refused:?}");
    check_own_answer(&refused, "too many connections from this address");
    assert_eq!(refused.header("retry-after"), "1");
    // Trusted proxies have no limit.
    let mut proxied = Vec::new();
    for _ in 0..20 {
        proxied.push(Raw::from(program, "127.0.0.9").await);
    }
    let last = proxied.last_mut().expect("the last");
    last.head("GET /health/live", &[]).await;
    assert_eq!(last.answer().await.status, 200);
    drop(held);
    let mut sockets = Vec::new();
    for _ in 0..12 {
        let socket = try_open_socket(program, "/ws", &[("authorization", &bearer)]).await;
        sockets.push(socket.expect("open sockets have a limit of their own"));
    }
}

/// Checks that a response not created by a handler has the same headers and the same form of body as others.
fn check_own_answer(answer: &RawAnswer, detail: &str) {
    assert_eq!(
        answer.header("content-type"),
        "application/problem+json",
        "{answer:?}"
    );
    assert_eq!(answer.header("connection"), "close", "{answer:?}");
    let policy = answer.header("content-security-policy");
    assert!(policy.starts_with("default-src 'self'"), "{answer:?}");
    assert_eq!(answer.header("x-content-type-options"), "nosniff", "{answer:?}");
    assert_eq!(answer.header("x-frame-options"), "DENY", "{answer:?}");
    assert_eq!(answer.header("referrer-policy"), "no-referrer", "{answer:?}");
    let problem: Value = serde_json::from_str(&answer.body).expect("a problem");
    assert_eq!(problem["status"], answer.status);
    assert_eq!(problem["detail"], detail);
    assert_eq!(problem["requestId"], answer.header("x-request-id"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unfinished_head_is_answered_with_408() {
    let program = &Program::serve(&[]).await;
    let first = async {
        let mut raw = Raw::connect(program).await;
        raw.send("GET / HTTP/1.1\r\nhost: fleet").await;
        raw
    };
    let later = async {
        let mut raw = Raw::connect(program).await;
        raw.head("GET /health/live", &[]).await;
        assert_eq!(raw.answer().await.status, 200);
        raw.send("GET / HTTP/1.1\r\nhost: fleet").await;
        raw
    };
    let (first, later) = tokio::join!(first, later);
    let closing = [first, later].map(|mut raw| async move {
        let started = Instant::now();
        // Sending single bytes does not extend the time limit.
        for _ in 0..5 {
            tokio::time::sleep(Duration::from_secs(1)).await;
            raw.send("x").await;
        }
        let answer = raw.answer().await;
        assert_eq!(answer.status, 408, "{answer:?}");
        check_own_answer(&answer, "the request head did not arrive within 10 seconds");
        assert!(raw.is_closed_within(Duration::from_secs(5)).await);
        assert!(started.elapsed() < A_HEAD_AND_MORE, "{:?}", started.elapsed());
    });
    futures::future::join_all(closing).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_requests_get_complete_responses() {
    let program = &Program::serve(&[]).await;
    let no_http = "the request is not valid HTTP/1.1 (RFC 9112)";
    let long = format!("GET / HTTP/1.1\r\nx: {}\r\n", "x".repeat(140_000));
    for (bytes, status, detail) in [
        ("GET\r\n\r\n", 400, no_http),
        ("\u{1}\u{2}\u{3}\r\n\r\n", 400, no_http),
        (
            "GET / HTTP/1.1\r\nhost: a\r\ncontent-length: x\r\n\r\n",
            400,
            no_http,
        ),
        (&*long, 431, "the request head is too large"),
    ] {
        let mut raw = Raw::connect(program).await;
        raw.send(bytes).await;
        let answer = raw.answer().await;
        assert_eq!(answer.status, status, "{answer:?}");
        check_own_answer(&answer, detail);
    }
}
