//! Valid and invalid WebSocket frames (RFC 6455) at both endpoints.

use rstest::rstest;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use super::support::{PATIENCE, Program};

const TEXT: u8 = 0x1;
const CONTINUATION: u8 = 0x0;
const CLOSE: u8 = 0x8;
const PING: u8 = 0x9;
const PONG: u8 = 0xA;
const FIN: u8 = 0x80;

/// Builds a client's frame, masked with zeros.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match u8::try_from(payload.len()) {
        Ok(length @ 0..126) => frame.push(0x80 | length),
        _ => {
            frame.push(0x80 | 126);
            frame.extend(
                u16::try_from(payload.len())
                    .expect("a short payload")
                    .to_be_bytes(),
            );
        }
    }
    frame.extend([0; 4]);
    frame.extend(payload);
    frame
}

fn unmasked(first: u8, payload: &[u8]) -> Vec<u8> {
    [&[first, u8::try_from(payload.len()).expect("short")], payload].concat()
}

fn close(code: u16, reason: &[u8]) -> Vec<u8> {
    frame(FIN | CLOSE, &[&code.to_be_bytes(), reason].concat())
}

/// A WebSocket connection without a library.
struct Raw(TcpStream);

impl Raw {
    async fn open(program: &Program, path: &str) -> Self {
        let mut stream = TcpStream::connect(&program.address).await.expect("it listens");
        let subprotocol = if path == "/ws" {
            "fleetwatch.v1.json"
        } else {
            "graphql-transport-ws"
        };
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
             Sec-WebSocket-Protocol: {subprotocol}\r\nAuthorization: Bearer {}\r\n\r\n",
            program.address,
            program.administrator().await.access
        );
        stream.write_all(request.as_bytes()).await.expect("it is open");
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.expect("it is open"));
        }
        assert!(
            head.starts_with(b"HTTP/1.1 101"),
            "{}",
            String::from_utf8_lossy(&head)
        );
        Self(stream)
    }

    async fn send(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).await.expect("it is open");
    }

    /// Skips frames up to the close frame and returns its code.
    async fn close_code(&mut self) -> u16 {
        let code = async {
            loop {
                let [first, length] = [self.0.read_u8().await, self.0.read_u8().await]
                    .map(|byte| byte.expect("a close frame comes before the end"));
                let length = match length {
                    126 => usize::from(self.0.read_u16().await.expect("a length")),
                    length => usize::from(length),
                };
                let mut payload = vec![0; length];
                self.0.read_exact(&mut payload).await.expect("a payload");
                if first == FIN | CLOSE {
                    return u16::from_be_bytes([payload[0], payload[1]]);
                }
            }
        };
        tokio::time::timeout(PATIENCE, code)
            .await
            .expect("a close frame in time")
    }
}

#[rstest]
#[case::live("/ws")]
#[case::graphql("/graphql/ws")]
#[tokio::test(flavor = "multi_thread")]
async fn close_frames_and_invalid_frames_are_answered_by_rfc_6455(#[case] path: &str) {
    let program = Program::serve(&[]).await;
    let interrupted = [frame(TEXT, b"{"), frame(FIN | TEXT, b"}")].concat();
    let cut_in_a_character = [frame(TEXT, &[0xC3]), frame(FIN | CONTINUATION, b"(")].concat();
    let too_long: Vec<u8> = [frame(TEXT, &[b'x'; 60_000]), frame(CONTINUATION, &[b'x'; 60_000])].concat();
    let mut cases = vec![
        (frame(FIN | CLOSE, b""), 1000),
        (close(1001, "auf Wiederh\u{f6}ren".as_bytes()), 1001),
        (close(3000, b""), 3000),
        (close(4999, b""), 4999),
        (frame(FIN | CLOSE, b"x"), 1002),
        (close(1000, &[0xFF]), 1007),
        (frame(CLOSE, b""), 1002),
        (frame(FIN | PING, &[b'x'; 126]), 1002),
        (frame(PING, b""), 1002),
        (frame(FIN | 0x40 | TEXT, b"{}"), 1002),
        (frame(FIN | 0x10 | TEXT, b"{}"), 1002),
        (frame(FIN | 0x3, b""), 1002),
        (frame(FIN | 0xB, b""), 1002),
        (unmasked(FIN | TEXT, b"{}"), 1002),
        (frame(FIN | CONTINUATION, b"x"), 1002),
        (interrupted, 1002),
        (frame(FIN | TEXT, &[0xFF]), 1007),
        (cut_in_a_character, 1007),
        (too_long[..60_020].to_vec(), 1009),
    ];
    for forbidden in [0, 999, 1004, 1005, 1006, 1015, 1016, 2000, 2999, 5000, 65_535] {
        cases.push((close(forbidden, b"why"), 1002));
    }
    for (bytes, expected) in cases {
        let mut raw = Raw::open(&program, path).await;
        raw.send(&bytes).await;
        let start = &bytes[..bytes.len().min(12)];
        assert_eq!(raw.close_code().await, expected, "{path}: {start:x?}");
    }
}

#[rstest]
#[case::live("/ws")]
#[case::graphql("/graphql/ws")]
#[tokio::test(flavor = "multi_thread")]
async fn every_frame_counts_towards_the_rate_limit(#[case] path: &str) {
    let program = Program::serve(&[("WS__MAX_MESSAGES_PER_SECOND", "1")]).await;
    let continuations = [frame(TEXT, b"{"), frame(CONTINUATION, b"").repeat(100)].concat();
    let letters = [frame(TEXT, b"{"), frame(CONTINUATION, b" ").repeat(100)].concat();
    for flood in [
        continuations,
        letters,
        frame(FIN | PING, b"").repeat(100),
        frame(FIN | PONG, b"").repeat(100),
    ] {
        let mut raw = Raw::open(&program, path).await;
        raw.send(&flood).await;
        assert_eq!(raw.close_code().await, 4029, "{path}: {:x?}", &flood[..8]);
    }
}

/// Method, path, headers that differ from those of a valid handshake, and expected status.
type Case<'a> = (&'static str, &'static str, &'a [(&'a str, &'a str)], u16);

/// Builds a valid handshake with some headers changed, or removed if their value is empty.
fn handshake(
    program: &Program,
    method: &str,
    path: &str,
    changes: &[(&str, &str)],
) -> reqwest::RequestBuilder {
    let valid = [
        ("connection", "Upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];
    let mut request = program.request(method, path);
    for (name, value) in valid {
        if !changes.iter().any(|(changed, _)| *changed == name) {
            request = request.header(name, value);
        }
    }
    let changes = changes.iter().filter(|(_, value)| !value.is_empty());
    changes.fold(request, |request, (name, value)| request.header(*name, *value))
}

#[tokio::test(flavor = "multi_thread")]
async fn handshakes_are_rejected_before_the_upgrade_with_a_request_id() {
    let program = Program::serve(&[]).await;
    let bearer = format!("Bearer {}", program.administrator().await.access);
    let authorization = ("authorization", bearer.as_str());
    let cases: [Case<'_>; 10] = [
        ("GET", "/ws", &[], 401),
        ("GET", "/ws", &[("authorization", "Bearer nonsense")], 401),
        (
            "GET",
            "/ws",
            &[("sec-websocket-protocol", "fleetwatch.v1.json, bearer.nonsense")],
            401,
        ),
        (
            "GET",
            "/ws",
            &[authorization, ("origin", "https://evil.example")],
            403,
        ),
        (
            "GET",
            "/ws",
            &[authorization, ("sec-websocket-protocol", "fleetwatch.v9.json")],
            400,
        ),
        (
            "GET",
            "/ws",
            &[authorization, ("sec-websocket-version", "8")],
            426,
        ),
        ("GET", "/ws", &[authorization, ("upgrade", "")], 426),
        ("GET", "/graphql/ws", &[("origin", "https://evil.example")], 403),
        ("GET", "/graphql/ws", &[("sec-websocket-version", "8")], 426),
        ("GET", "/graphql/ws", &[("sec-websocket-key", "")], 400),
    ];
    for (method, path, changes, expected) in cases {
        let response = handshake(&program, method, path, changes)
            .send()
            .await
            .expect("it listens");
        assert_eq!(response.status().as_u16(), expected, "{path} {changes:?}");
        let id = response.headers()["x-request-id"]
            .to_str()
            .expect("an id")
            .to_owned();
        let body: serde_json::Value =
            serde_json::from_str(&response.text().await.expect("a body")).expect("JSON");
        let reported = match path {
            "/ws" => &body["requestId"],
            _ => &body["errors"][0]["extensions"]["requestId"],
        };
        assert_eq!(reported, id.as_str(), "{path} {changes:?}: {body}");
    }
}
