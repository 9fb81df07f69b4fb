//! Who asks for too much, too often.

use std::time::Instant;

use serde_json::{Value, json};

use super::{
    doors::{Answer, asks, graphql_socket_as, knock},
    support::{Client, Program},
    visitor::Visitor,
};

/// How many calls there are at once, and how many come back in a second.
const BURST: u32 = 30;
const FEW: [(&str, &str); 2] = [("LIMITS__API_BURST", "30"), ("LIMITS__API_PER_SECOND", "1")];

/// Calls until it is refused, and gives the refusal. Whoever pays had `paid` calls before, since that time.
async fn until_refused(since: Instant, paid: u32, call: impl AsyncFn() -> Answer) -> Answer {
    let mut left = u32::MAX;
    for number in 1_u32.. {
        let answer = call().await;
        let come_back = since.elapsed().as_secs() as u32 + 1;
        assert!(
            number + paid <= BURST + come_back + 1,
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
    unreachable!("numbers go on")
}

/// The same for who has no calls left but those that come back meanwhile.
async fn soon_refused(call: impl AsyncFn() -> Answer) -> Answer {
    until_refused(Instant::now(), BURST, call).await
}

/// `RateLimit: "api";r=29;t=1`
fn remaining(answer: &Answer) -> u32 {
    let text = answer.header("ratelimit");
    let numbers = text
        .strip_prefix("\"api\";r=")
        .and_then(|rest| rest.split_once(";t="));
    let (remaining, full_after) = numbers.unwrap_or_else(|| panic!("{answer:?}"));
    let full_after: u32 = full_after.parse().expect("seconds");
    let remaining: u32 = remaining.parse().expect("a number");
    assert_eq!(full_after, BURST - remaining, "one comes back in a second");
    remaining
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_has_so_many_calls_from_wherever_by_whatever_door() {
    let started = Instant::now();
    let program = &Program::serve(&FEW).await;
    let viewer = program.hire("viewer", "VIEWER", None).await;
    let another = program.hire("another", "VIEWER", None).await;
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

    // From another address, and by other doors, too.
    let elsewhere = Visitor::at("127.0.0.2");
    let ask = async || {
        let request = elsewhere
            .request(program, "GET", "/api/auth/me")
            .bearer_auth(&viewer.access);
        Answer::to(request).await
    };
    soon_refused(ask).await;
    let ask = async || Answer::to(asks(program, "{ me { id } }").bearer_auth(&viewer.access)).await;
    assert_eq!(code(&soon_refused(ask).await.json()), "RATE_LIMITED");
    let bearer = format!("Bearer {}", viewer.access);
    // Of handshakes there are ten times as many.
    for number in 0.. {
        if let Err(refusal) = knock(program, "/ws", &[("authorization", &bearer)]).await {
            refusal.check_rate_limited();
            assert!((10 * BURST..20 * BURST).contains(&number), "{number} handshakes");
            break;
        }
    }
    for id in 0.. {
        let subscribe =
            json!({"type": "subscribe", "id": id.to_string(), "payload": {"query": "{ me { id } }"}});
        socket.say(subscribe).await;
        let told = socket.next_json().await;
        if told["type"] == "error" {
            assert_eq!(told["payload"][0]["extensions"]["code"], "RATE_LIMITED", "{told}");
            break;
        }
        assert_eq!(socket.next_json().await["type"], "complete");
    }

    // Another user of the same address is not concerned.
    let me = program
        .rest("GET", "/api/auth/me", Some(&another.access), None)
        .await;
    assert_eq!(me.0, 200, "{}", me.1);
}

#[tokio::test(flavor = "multi_thread")]
async fn before_log_in_an_address_has_so_many_calls() {
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
    assert_eq!(answer.status, 401, "another address is not concerned: {answer:?}");

    // Whoever looks after the server always gets an answer, and has no limit told.
    for path in [
        "/health",
        "/health/live",
        "/health/ready",
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

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_that_says_too_much_is_closed() {
    let program = &Program::serve(&[("WS__MAX_MESSAGES_PER_SECOND", "2")]).await;
    let token = program.administrator().await.access.clone();
    let live = program.connect_as(&token).await;
    let graphql = graphql_socket_as(program, &token).await;
    for mut socket in [live, graphql] {
        // Ten seconds' worth at once is borne; half of a second's may come back meanwhile.
        let (code, reason) = told_too_much(&mut socket, 40).await;
        assert_eq!((code, &*reason), (4029, "too many messages"));
    }
}

async fn told_too_much(socket: &mut Client, messages: usize) -> (u16, String) {
    use futures::SinkExt as _;
    use tokio_tungstenite::tungstenite::Message;
    for _ in 0..messages {
        let ping = Message::text(json!({"type": "ping"}).to_string());
        // The server may have had enough before all are said.
        if socket.socket.send(ping).await.is_err() {
            break;
        }
    }
    socket.closed().await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_large_is_refused() {
    let program = &Program::serve(&[]).await;
    let token = program.administrator().await.access.clone();
    let (json, csv) = ("application/json", "text/csv");
    for (path, media_type, most) in [
        ("/api/vehicles", json, 1 << 20),
        ("/api/users", json, 1 << 20),
        ("/graphql", json, 1 << 20),
        ("/api/vehicles/import", csv, 16 << 20),
    ] {
        for is_announced in [true, false] {
            let request = program
                .request("POST", path)
                .header("content-type", media_type)
                .bearer_auth(&token);
            let answer = Answer::to(sized(request, most + 1, is_announced)).await;
            assert_eq!(answer.status, 413, "{path}: {answer:?}");
        }
        // One that is just not too large is looked at.
        let request = program
            .request("POST", path)
            .header("content-type", media_type)
            .bearer_auth(&token);
        let answer = Answer::to(sized(request, most, true)).await;
        assert!(matches!(answer.status, 400 | 422), "{path}: {answer:?}");
    }
    // Who is not known is not listened to.
    let request = program
        .request("POST", "/api/vehicles")
        .header("content-type", json);
    assert_eq!(Answer::to(sized(request, 1 << 10, true)).await.status, 401);
}

/// A body of so many bytes, whose length is told before or not.
fn sized(request: reqwest::RequestBuilder, bytes: usize, is_announced: bool) -> reqwest::RequestBuilder {
    let body = vec![b' '; bytes];
    if is_announced {
        return request.body(body);
    }
    let parts: Vec<_> = body
        .chunks(1 << 16)
        .map(|part| Ok::<_, std::io::Error>(part.to_vec()))
        .collect();
    request.body(reqwest::Body::wrap_stream(futures::stream::iter(parts)))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_too_large_closes_its_socket() {
    let program = &Program::serve(&[("WS__MAX_MESSAGE_BYTES", "1024")]).await;
    let token = program.administrator().await.access.clone();
    let live = program.connect_as(&token).await;
    let graphql = graphql_socket_as(program, &token).await;
    for mut socket in [live, graphql] {
        socket
            .say(json!({"type": "ping", "padding": "x".repeat(1_024)}))
            .await;
        assert_eq!(
            socket.closed().await,
            (1009, "messages have at most 1024 bytes".to_owned())
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn there_are_only_so_many_sockets() {
    let limits = [
        ("WS__MAX_CONNECTIONS_PER_USER", "2"),
        ("WS__MAX_CONNECTIONS_PER_IP", "3"),
    ];
    let program = &Program::serve(&limits).await;
    let viewer = program.hire("viewer", "VIEWER", None).await;
    let others = program.hire("another", "VIEWER", None).await;
    let bearer = |token: &str| format!("Bearer {token}");
    let open = async |token: &str| knock(program, "/ws", &[("authorization", &bearer(token))]).await;
    let _two = [
        open(&viewer.access).await.expect("one"),
        open(&viewer.access).await.expect("two"),
    ];
    open(&viewer.access)
        .await
        .expect_err("its third")
        .check_rate_limited();
    let _third = open(&others.access).await.expect("the address' third");
    open(&others.access)
        .await
        .expect_err("its fourth")
        .check_rate_limited();
}

fn code(answer: &Value) -> &str {
    answer["errors"][0]["extensions"]["code"]
        .as_str()
        .unwrap_or_default()
}
