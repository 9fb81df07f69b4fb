//! `/graphql/ws`: all operations over one socket, subscriptions among them, by the protocol
//! `graphql-transport-ws` (<https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>).
//!
//! * `handshake`: who may come in.
//! * `frame_guard`: refuses a frame by its header, before it fills the memory.
//! * `socket`: one connection; what it reads, what it writes, and its end.
//! * `message`: what clients and server say.
//! * `protocol`: the state of a connection.
//! * `operation`: one operation, from its document to its end.
//! * `close`: the reasons to end.

mod close;
mod frame_guard;
mod handshake;
mod message;
mod operation;
mod protocol;
mod socket;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use observability::http::RequestId;

use crate::api::GraphqlApi;

/// The subprotocol that is spoken.
const SUBPROTOCOL: &str = "graphql-transport-ws";

/// Upgrades a request to a socket.
pub(crate) async fn open(
    request: HttpRequest,
    body: web::Payload,
    id: RequestId,
    api: web::Data<GraphqlApi>,
) -> Result<HttpResponse, actix_web::Error> {
    if !handshake::is_origin_allowed(request.headers(), &api.options.allowed_origins) {
        return Ok(HttpResponse::new(StatusCode::FORBIDDEN));
    }
    let Ok(place) = std::sync::Arc::clone(&api.places).try_acquire_owned() else {
        return Ok(HttpResponse::ServiceUnavailable()
            .insert_header((header::RETRY_AFTER, "1"))
            .finish());
    };
    let max_bytes = api.options.sockets.max_message_bytes;
    let body = frame_guard::guarded(&request, body, max_bytes).await?;
    let (response, session, messages) = actix_ws::handle_with_protocols(&request, body, &[SUBPROTOCOL])?;
    let messages = messages
        .max_frame_size(max_bytes)
        .aggregate_continuations()
        .max_continuation_size(max_bytes);
    let is_understood = response.headers().contains_key(header::SEC_WEBSOCKET_PROTOCOL);
    let api = api.get_ref().clone();
    // The task ends with the connection, for which the server waits when it goes down.
    actix_web::rt::spawn(async move {
        socket::serve(&api, session, messages, id.as_str(), is_understood).await;
        drop(place);
    });
    Ok(response)
}
