//! The endpoint `/graphql/ws`: all kinds of operations over one WebSocket, using the protocol `graphql-transport-ws`
//! (<https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>).
//!
//! * `socket`: I/O of a connection.
//! * `message`: messages from clients and from the server.
//! * `protocol`: state of a connection.
//! * `close`: close frames.

mod close;
mod message;
mod protocol;
mod socket;

use actix_http::ws::HandshakeError;
use actix_web::{
    FromRequest as _, HttpRequest, HttpResponse,
    dev::Payload,
    http::{StatusCode, header},
    web,
};
use application::Error;
use http_edge::{retry_after, websocket::SocketRefusal};
use observability::http::{RequestId, trace_parent};
use serde_json::json;
use tracing::{Instrument as _, Span};

use protocol::Visitor;

use crate::{
    api::GraphqlApi,
    caller,
    problem::{Code, Problem},
};

const SUBPROTOCOL: &str = "graphql-transport-ws";

/// Upgrades a request to a socket.
pub(crate) async fn open(
    request: HttpRequest,
    body: web::Payload,
    id: RequestId,
    api: web::Data<GraphqlApi>,
) -> Result<HttpResponse, actix_web::Error> {
    let rules = &api.options.sockets.rules;
    let admitted = api
        .request_checks
        .admit_anonymous_socket(&request, rules, &api.connections);
    let (origin, permit) = match admitted {
        Ok(admitted) => admitted,
        Err(refused) => return Ok(refuse(&refused, &id)),
    };
    // `actix_ws` only writes here. Its input is empty, because `socket` reads the frames itself to enforce limits.
    let nothing = web::Payload::from_request(&request, &mut Payload::None).await?;
    let (response, session, _) = actix_ws::handle_with_protocols(&request, nothing, &[SUBPROTOCOL])?;
    let is_understood = response.headers().contains_key(header::SEC_WEBSOCKET_PROTOCOL);
    let visitor = Visitor {
        origin,
        user_agent: caller::user_agent(request.headers()),
        trace_parent: trace_parent(request.headers()),
        permit,
    };
    let api = api.get_ref().clone();
    // The log lines of a socket have the same context as those of its handshake.
    let request = Span::current();
    // The task ends with the connection, which the server waits for on shutdown.
    actix_web::rt::spawn(
        async move {
            socket::serve(&api, visitor, session, body, id.as_str(), is_understood).await;
        }
        .instrument(request),
    );
    Ok(response)
}

/// Responds to any method other than GET.
pub(crate) async fn not_allowed() -> HttpResponse {
    let message = "must be GET, for a WebSocket handshake";
    let mut response = HttpResponse::MethodNotAllowed();
    response.insert_header((header::ALLOW, "GET"));
    response.json(json!({"errors": [Problem::bad_field("method", message).to_json()]}))
}

fn refuse(refused: &SocketRefusal, id: &RequestId) -> HttpResponse {
    let (status, code) = match refused {
        SocketRefusal::NotAHandshake(error) => return not_a_handshake(error, id),
        SocketRefusal::HasBody => (StatusCode::BAD_REQUEST, Code::BadUserInput),
        SocketRefusal::ForeignOrigin => (StatusCode::FORBIDDEN, Code::Forbidden),
        SocketRefusal::Denied(_) => (StatusCode::TOO_MANY_REQUESTS, Code::RateLimited),
        SocketRefusal::Crowded(crowded) => (crowded.status(), Code::RateLimited),
    };
    refusal(status, code, &refused.to_string(), id)
}

/// Responds to a request that is not a handshake as defined in section 4.1 of RFC 6455.
fn not_a_handshake(error: &HandshakeError, id: &RequestId) -> HttpResponse {
    let upgrade = |message| {
        let mut response = refusal(StatusCode::UPGRADE_REQUIRED, Code::BadUserInput, message, id);
        let headers = response.headers_mut();
        headers.insert(header::UPGRADE, header::HeaderValue::from_static("websocket"));
        headers.insert(
            header::SEC_WEBSOCKET_VERSION,
            header::HeaderValue::from_static("13"),
        );
        response
    };
    match error {
        HandshakeError::NoWebsocketUpgrade | HandshakeError::NoConnectionUpgrade => {
            upgrade("this endpoint accepts WebSocket connections only")
        }
        HandshakeError::NoVersionHeader | HandshakeError::UnsupportedVersion => {
            upgrade("sec-websocket-version must be 13")
        }
        _ => {
            let message = "sec-websocket-key must be 16 bytes in base64";
            refusal(StatusCode::BAD_REQUEST, Code::BadUserInput, message, id)
        }
    }
}

/// Builds the response that rejects a request before the upgrade, in the error format of this API.
fn refusal(status: StatusCode, code: Code, message: &str, id: &RequestId) -> HttpResponse {
    let mut response = HttpResponse::build(status);
    if matches!(
        status,
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS
    ) {
        response.insert_header((header::RETRY_AFTER, retry_after(Error::RETRY_AFTER)));
    }
    let problem = Problem::new(code, message).with("requestId", id.as_str());
    response.json(json!({"errors": [problem.to_json()]}))
}
