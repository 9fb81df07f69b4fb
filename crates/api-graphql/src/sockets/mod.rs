//! `/graphql/ws`: all operations over one socket, subscriptions among them, by the protocol
//! `graphql-transport-ws` (<https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>).
//!
//! * `frame_guard`: refuses a frame by its header, before it fills the memory.
//! * `socket`: one connection; what it reads, what it writes, and its end.
//! * `message`: what clients and server say.
//! * `protocol`: the state of a connection.
//! * `close`: the reasons to end.

mod close;
mod frame_guard;
mod message;
mod protocol;
mod socket;

use std::{net::IpAddr, sync::Arc};

use actix_http::ws::HandshakeError;
use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use application::Origin;
use gatekeeper::{Crowded, Place};
use observability::http::RequestId;
use serde_json::json;

use crate::{
    api::GraphqlApi,
    caller,
    problem::{Code, Problem},
};

/// The subprotocol that is spoken.
const SUBPROTOCOL: &str = "graphql-transport-ws";

/// Upgrades a request to a socket.
pub(crate) async fn open(
    request: HttpRequest,
    body: web::Payload,
    id: RequestId,
    api: web::Data<GraphqlApi>,
) -> Result<HttpResponse, actix_web::Error> {
    if !gatekeeper::origin::is_allowed(request.headers(), &api.options.allowed_origins) {
        let message = "pages of this origin may not open sockets here";
        return Ok(refusal(StatusCode::FORBIDDEN, Code::Forbidden, message));
    }
    let origin = match api.gatekeeper.receive_unknown_handshake(&request) {
        Ok(origin) => origin,
        Err(error) => {
            return Ok(refusal(
                StatusCode::TOO_MANY_REQUESTS,
                Code::RateLimited,
                &error.to_string(),
            ));
        }
    };
    let address = origin.address.unwrap_or(IpAddr::from([0, 0, 0, 0]));
    let place = match api.connections.enter(address) {
        Ok(place) => place,
        Err(crowded) => {
            let status = match crowded {
                Crowded::Everywhere => StatusCode::SERVICE_UNAVAILABLE,
                Crowded::FromAddress | Crowded::OfUser => StatusCode::TOO_MANY_REQUESTS,
            };
            return Ok(refusal(status, Code::RateLimited, crowded.as_str()));
        }
    };
    if let Err(error) = actix_http::ws::verify_handshake(request.head()) {
        return Ok(not_a_handshake(&error));
    }
    let max_bytes = api.options.sockets.max_message_bytes;
    let body = frame_guard::guarded(&request, body, max_bytes).await?;
    let (response, session, messages) = actix_ws::handle_with_protocols(&request, body, &[SUBPROTOCOL])?;
    let messages = messages
        .max_frame_size(max_bytes)
        .aggregate_continuations()
        .max_continuation_size(max_bytes);
    let is_understood = response.headers().contains_key(header::SEC_WEBSOCKET_PROTOCOL);
    let visitor = Visitor {
        origin,
        user_agent: caller::user_agent(request.headers()),
        place,
    };
    let api = api.get_ref().clone();
    // The task ends with the connection, for which the server waits when it goes down.
    actix_web::rt::spawn(async move {
        socket::serve(&api, visitor, session, messages, id.as_str(), is_understood).await;
    });
    Ok(response)
}

/// Somebody on a socket, before it has said who it is.
struct Visitor {
    origin: Origin,
    user_agent: Option<Arc<str>>,
    place: Place,
}

/// Any method but GET.
pub(crate) async fn not_allowed() -> HttpResponse {
    let message = "must be GET, which opens a WebSocket";
    let mut response = HttpResponse::MethodNotAllowed();
    response.insert_header((header::ALLOW, "GET"));
    response.json(json!({"errors": [Problem::bad_field("method", message).to_json()]}))
}

/// The answer to a request that does not open a WebSocket as RFC 6455, section 4.1 says.
fn not_a_handshake(error: &HandshakeError) -> HttpResponse {
    let upgrade = |message| {
        let mut response = refusal(StatusCode::UPGRADE_REQUIRED, Code::BadUserInput, message);
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
            upgrade("this address speaks WebSocket only")
        }
        HandshakeError::NoVersionHeader | HandshakeError::UnsupportedVersion => {
            upgrade("sec-websocket-version must be 13")
        }
        _ => {
            let message = "sec-websocket-key must be 16 bytes in base64";
            refusal(StatusCode::BAD_REQUEST, Code::BadUserInput, message)
        }
    }
}

/// Why somebody does not come in, in the words of this API.
fn refusal(status: StatusCode, code: Code, message: &str) -> HttpResponse {
    let mut response = HttpResponse::build(status);
    if matches!(
        status,
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS
    ) {
        response.insert_header((header::RETRY_AFTER, "1"));
    }
    response.json(json!({"errors": [Problem::new(code, message).to_json()]}))
}
