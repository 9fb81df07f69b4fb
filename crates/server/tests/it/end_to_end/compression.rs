//! Compression of responses.

use std::io::Read as _;

use serde_json::{Value, json};

use super::{
    endpoints::{Answer, try_open_socket},
    support::{ADMINISTRATOR, Program},
};

fn unpacked(bytes: &[u8]) -> Value {
    let mut text = String::new();
    let mut gzip = flate2::read::GzDecoder::new(bytes);
    gzip.read_to_string(&mut text).expect("gzip");
    serde_json::from_str(&text).expect("JSON")
}

#[tokio::test(flavor = "multi_thread")]
async fn large_responses_are_compressed_for_clients_that_accept_it() {
    let program = &Program::serve(&[]).await;
    for number in 0..20 {
        program.create(&format!("Tugger {number}")).await;
    }
    let token = program.administrator().await.access.clone();
    let query = json!({"query": "{ vehicles { nodes { id name manufacturer status } } }"});
    for (method, path) in [
        ("GET", "/api/vehicles"),
        ("POST", "/graphql"),
        ("GET", "/api/openapi.json"),
    ] {
        let request = |accepted: &str| {
            let mut request = program.request(method, path).bearer_auth(&token);
            if !accepted.is_empty() {
                request = request.header("accept-encoding", accepted);
            }
            if method == "POST" {
                request.json(&query)
            } else {
                request
            }
        };
        let plain = request("").send().await.expect("an answer");
        assert!(
            plain.headers().get("content-encoding").is_none(),
            "{path}: {plain:?}"
        );
        let vary = plain.headers().get_all("vary").iter();
        let varies = vary
            .filter_map(|value| value.to_str().ok())
            .any(|value| value.contains("accept-encoding"));
        assert!(varies, "{path}: {plain:?}");
        let plain = plain.bytes().await.expect("a body");
        for (accepted, encoding) in [("gzip", "gzip"), ("br", "br"), ("gzip;q=0.1, br", "br")] {
            let answer = request(accepted).send().await.expect("an answer");
            assert_eq!(
                answer.headers()["content-encoding"],
                encoding,
                "{path}: {answer:?}"
            );
            let packed = answer.bytes().await.expect("a body");
            assert!(
                packed.len() < plain.len() / 3,
                "{path}: {} of {}",
                packed.len(),
                plain.len()
            );
            if encoding == "gzip" {
                let plain: Value = serde_json::from_slice(&plain).expect("JSON");
                // The cost in GraphQL's extensions differs with each request.
                assert_eq!(unpacked(&packed).get("data"), plain.get("data"), "{path}");
                assert_eq!(unpacked(&packed).get("items"), plain.get("items"), "{path}");
            }
        }
        let answer = request("zstd, identity;q=0").send().await.expect("an answer");
        assert_eq!(
            answer.status(),
            200,
            "an unsupported encoding is no reason to reject the request"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_small_responses_and_sockets_are_never_compressed() {
    let program = &Program::serve(&[]).await;
    let token = program.administrator().await.access.clone();
    let log_in = json!({"username": ADMINISTRATOR.0, "password": ADMINISTRATOR.1});
    let log_in = program.request("POST", "/api/auth/login").json(&log_in);
    let one = program.create("Tugger").await;
    for request in [
        log_in,
        program.request("GET", "/api/auth/me").bearer_auth(&token),
        program
            .request("GET", &format!("/api/vehicles/{one}"))
            .bearer_auth(&token),
        program.request("GET", "/health/live"),
    ] {
        let answer = Answer::to(request.header("accept-encoding", "gzip, br")).await;
        assert_eq!(
            (answer.status, answer.header("content-encoding")),
            (200, ""),
            "{answer:?}"
        );
    }
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", &*bearer), ("accept-encoding", "gzip, br")];
    let mut socket = try_open_socket(program, "/ws", &headers).await.expect("a socket");
    assert_eq!(socket.next_json().await["type"], "welcome");
}
