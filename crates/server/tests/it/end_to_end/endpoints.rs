//! Helpers for requests that may be rejected: whole responses, handshakes, and the plain protocol of `/graphql/ws`.

use reqwest::{RequestBuilder, header::HeaderMap};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{
    Error, Message,
    client::IntoClientRequest as _,
    http::{HeaderName, HeaderValue, Request},
};
use url::Url;

use super::support::{Client, Program};

/// An HTTP response.
#[derive(Debug)]
pub(super) struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    pub(super) async fn to(request: RequestBuilder) -> Self {
        let response = request.send().await.expect("it listens");
        Self {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.text().await.expect("a body"),
        }
    }

    /// Returns a header's value; empty if it is absent.
    pub(super) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().expect("ASCII"))
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// Checks for a 401 with a problem document (RFC 9457) and a bearer challenge (RFC 6750).
    pub(super) fn check_unauthenticated_problem(&self, what: &str) {
        assert_eq!(self.status, 401, "{what}: {self:?}");
        assert_eq!(self.header("content-type"), "application/problem+json", "{what}");
        assert_eq!(
            self.header("www-authenticate"),
            "Bearer realm=\"fleetwatch\"",
            "{what}"
        );
        let problem = self.json();
        assert_eq!(
            (&problem["status"], &problem["title"]),
            (&json!(401), &json!("Unauthorized"))
        );
        assert_eq!(problem["requestId"], self.header("x-request-id"), "{what}");
    }

    /// Checks for a 429 with `Retry-After`.
    pub(super) fn check_rate_limited(&self) {
        assert_eq!(self.status, 429, "{self:?}");
        let pause: u64 = self.header("retry-after").parse().expect("whole seconds");
        assert!(pause >= 1, "{self:?}");
    }
}

/// Builds a request to `POST /graphql`.
pub(super) fn graphql_request(program: &Program, query: &str) -> RequestBuilder {
    let request = reqwest::Client::new().post(program.url("/graphql"));
    request.json(&json!({"query": query}))
}

/// Builds a request to `GET /graphql`.
pub(super) fn graphql_get_request(program: &Program, query: &str) -> RequestBuilder {
    let url = Url::parse_with_params(&program.url("/graphql"), [("query", query)]);
    reqwest::Client::new().get(url.expect("a URL"))
}

/// Tries to open a socket with the given headers. The error is the response that rejects the handshake.
pub(super) async fn try_open_socket(
    program: &Program,
    path: &str,
    headers: &[(&str, &str)],
) -> Result<Client, Answer> {
    match tokio_tungstenite::connect_async(handshake(program, path, headers)).await {
        Ok((socket, _)) => Ok(Client { socket }),
        Err(Error::Http(response)) => {
            let (head, body) = response.into_parts();
            Err(Answer {
                status: head.status.as_u16(),
                headers: head.headers,
                body: String::from_utf8(body.unwrap_or_default()).expect("UTF-8"),
            })
        }
        Err(error) => panic!("neither opened nor rejected: {error}"),
    }
}

/// Checks that no socket of `/ws` is open.
pub(super) async fn check_no_socket(program: &Program) {
    assert_eq!(program.metric("fleetwatch_ws_connections").await, 0.0);
}

fn handshake(program: &Program, path: &str, headers: &[(&str, &str)]) -> Request<()> {
    let url = program.url(path).replacen("http", "ws", 1);
    let mut request = url.into_client_request().expect("a request");
    for (name, value) in headers {
        let name: HeaderName = name.parse().expect("a name");
        let value = HeaderValue::from_str(value).expect("a header's value");
        request.headers_mut().append(name, value);
    }
    request
}

/// Opens a `graphql-transport-ws` socket and sends nothing yet.
pub(super) async fn graphql_socket(program: &Program) -> Client {
    let offer = [("sec-websocket-protocol", "graphql-transport-ws")];
    let opened = try_open_socket(program, "/graphql/ws", &offer).await;
    opened.expect("the handshake needs no token")
}

/// Opens a `graphql-transport-ws` socket and authenticates it.
pub(super) async fn graphql_socket_as(program: &Program, token: &str) -> Client {
    let mut socket = graphql_socket(program).await;
    socket.send(connection_init(token)).await;
    assert_eq!(socket.next_json().await["type"], "connection_ack");
    socket
}

pub(super) fn connection_init(token: &str) -> Value {
    json!({"type": "connection_init", "payload": {"authorization": format!("Bearer {token}")}})
}

/// Returns the code and reason of the close frame, which must be the next frame.
pub(super) async fn closed_at_once(socket: &mut Client) -> (u16, String) {
    match socket.next_message().await {
        Message::Close(Some(close)) => (close.code.into(), close.reason.as_str().to_owned()),
        other => panic!("expected a close frame, got {other:?}"),
    }
}
