//! Rate limits of the APIs.

use std::time::Instant;

use serde_json::{Value, json};

use super::{
    endpoints::{Answer, graphql_request, graphql_socket_as, try_open_socket},
    support::Program,
    visitor::Visitor,
};

/// Number of calls in a burst. One call is refilled per second.
const BURST: u32 = 30;
const FEW: [(&str, &str); 2] = [("LIMITS__API_BURST", "30"), ("LIMITS__API_PER_SECOND", "1")];

/// Calls until a call is rejected, and returns the rejection. `paid` calls have been made since `since`.
async fn until_refused(since: Instant, paid: u32, call: impl AsyncFn() -> Answer) -> Answer {
    let mut left = u32::MAX;
    for number in 1_u32.. {
        let answer = call().await;
        let refilled = since.elapsed().as_secs() as u32 + 1;
        assert!(
            number + paid <= BURST + refilled + 1,
            "the {number}th is still answered: {answer:?}"
        );
        assert_eq!(
            answer.header("ratelimit-policy"),
            "\"api\";q=30;w=30",
            "{answer:?}"
        );
        let remaining = remaining(&answer);
        assert!(remaining <= left.saturating_add(1), "{remaining} after {left}");
        left = remaining;
        if answer.status == 429 {
            assert!(number + paid > BURST, "only {number} were answered");
            answer.check_rate_limited();
            return answer;
        }
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    unreachable!("the loop only ends with a rejection")
}

/// Calls until a call is rejected, with no calls left except those refilled since `since`.
async fn soon_refused(since: Instant, call: impl AsyncFn() -> Answer) -> Answer {
    until_refused(since, BURST, call).await
}

/// Returns the remaining calls in a header such as `RateLimit: "api";r=29;t=1`.
fn remaining(answer: &Answer) -> u32 {
    let text = answer.header("ratelimit");
    let numbers = text
        .strip_prefix("\"api\";r=")
        .and_then(|rest| rest.split_once(";t="));
    let (remaining, full_after) = numbers.unwrap_or_else(|| panic!("{answer:?}"));
    let full_after: u32 = full_after.parse().expect("seconds");
    let remaining: u32 = remaining.parse().expect("a number");
    assert_eq!(full_after, BURST - remaining, "one call is refilled per second");
    remaining
}

#[tokio::test(flavor = "multi_thread")]
async fn a_users_quota_is_shared_by_all_addresses_and_endpoints() {
    let started = Instant::now();
    let program = &Program::serve(&FEW).await;
    let viewer = program.create_user("viewer", "VIEWER", None).await;
    let another = program.create_user("another", "VIEWER", None).await;
    let vehicles = async || {
        let request = program
            .request("GET", "/api/vehicles")
            .bearer_auth(&viewer.access);
        Answer::to(request).await
    };
    let mut socket = graphql_socket_as(program, &viewer.access).await;
    let refused = until_refused(started, 0, vehicles).await;
    assert_eq!(refused.header("content-type"), "application/problem+json");
    assert_eq!(
        refused.json()["detail"],
        "too many requests: try again later",
        "{refused:?}"
    );

    // The quota is shared by all addresses and endpoints.
    let elsewhere = Visitor::at("127.0.0.2");
    let ask = async || {
        let request = elsewhere
            .request(program, "GET", "/api/auth/me")
            .bearer_auth(&viewer.access);
        Answer::to(request).await
    };
    soon_refused(started, ask).await;
    let ask =
        async || Answer::to(graphql_request(program, "{ me { id } }").bearer_auth(&viewer.access)).await;
    assert_eq!(code(&soon_refused(started, ask).await.json()), "RATE_LIMITED");
    let bearer = format!("Bearer {}", viewer.access);
    // The quota of handshakes is ten times as large.
    for number in 0.. {
        if let Err(refusal) = try_open_socket(program, "/ws", &[("authorization", &bearer)]).await {
            refusal.check_rate_limited();
            assert!((10 * BURST..20 * BURST).contains(&number), "{number} handshakes");
            break;
        }
    }
    for id in 0.. {
        let subscribe =
            json!({"type": "subscribe", "id": id.to_string(), "payload": {"query": "{ me { id } }"}});
        socket.send(subscribe).await;
        let message = socket.next_json().await;
        if message["type"] == "error" {
            assert_eq!(
                message["payload"][0]["extensions"]["code"], "RATE_LIMITED",
                "{message}"
            );
            break;
        }
        assert_eq!(socket.next_json().await["type"], "complete");
    }

    // Another user at the same address has a separate quota.
    let me = program
        .rest("GET", "/api/auth/me", Some(&another.access), None)
        .await;
    assert_eq!(me.0, 200, "{}", me.1);
}

#[tokio::test(flavor = "multi_thread")]
async fn unauthenticated_calls_are_limited_per_address() {
    let program = &Program::serve(&FEW).await;
    let (visitor, neighbour) = (Visitor::at("127.0.0.2"), Visitor::at("127.0.0.3"));
    let started = Instant::now();
    let typename = json!({"query": "{ __typename }"});
    let ask = async || Answer::to(visitor.request(program, "POST", "/graphql").json(&typename)).await;
    let refused = until_refused(started, 0, ask).await;
    assert_eq!(code(&refused.json()), "RATE_LIMITED");
    for _ in 0.. {
        let log_in = visitor.log_in(program, "nobody", "nothing").await;
        let forged = visitor
            .request(program, "GET", "/api/vehicles")
            .bearer_auth("forged");
        let forged = Answer::to(forged).await;
        if (log_in.status, forged.status) == (429, 429) {
            break;
        }
    }
    let answer = Answer::to(neighbour.request(program, "GET", "/api/vehicles")).await;
    assert_eq!(
        answer.status, 401,
        "another address has its own quota: {answer:?}"
    );

    // Endpoints for operators have no rate limit.
    for path in [
        "/health",
        "/health/live",
        "/health/ready",
        "/health/websocket",
        "/health/ros2",
        "/metrics",
        "/.well-known/jwks.json",
        "/",
    ] {
        for _ in 0..BURST {
            let answer = Answer::to(visitor.request(program, "GET", path)).await;
            assert_eq!((answer.status, answer.header("ratelimit")), (200, ""), "{path}");
        }
    }
}

fn code(answer: &Value) -> &str {
    answer["errors"][0]["extensions"]["code"]
        .as_str()
        .unwrap_or_default()
}
