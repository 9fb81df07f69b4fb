//! Connections that change from HTTP to another protocol: sockets.
//!
//! The dispatcher of the HTTP library keeps a read and a write buffer for as long as a connection is open. It copies
//! every frame into the write buffer, which grows with the largest snapshot and then keeps up to 128 KiB. An idle
//! socket needs neither buffer. Here, the client's bytes are read into a buffer on the stack, and all but short frames
//! are written from the memory that all sockets share.

mod incoming;
mod outgoing;
#[cfg(test)]
mod tests;

use std::{
    collections::VecDeque,
    future::poll_fn,
    task::{Poll, ready},
};

use actix_codec::{Encoder as _, Framed, FramedParts};
use actix_http::{ConnectionType, Payload, Request, Response, body::BoxBody, h1};
use actix_service::Service;
use actix_web::{
    body::MessageBody as _,
    http::{Method, StatusCode, header},
};
use bytes::Bytes;
use tokio::{io::AsyncWriteExt as _, select, time::timeout};

use self::{
    incoming::{Incoming, SharedStream, poll_read},
    outgoing::Outgoing,
};
use super::{client_stream::ClientStream, connections::BODY_REST};

/// Serves a request for another protocol, until the connection ends: with that protocol if `app` accepts the request,
/// and otherwise with a last response.
pub fn serve_upgraded<S>(
    app: S,
    request: Request,
    connection: Framed<ClientStream, h1::Codec>,
) -> impl Future<Output = ()>
where
    S: Service<Request, Response = Response<BoxBody>>,
    S::Error: Into<Response<BoxBody>>,
{
    // Boxed, because the codec and the request are only needed up to the response, and sockets live much longer.
    let response = Box::pin(respond(app, request, connection));
    async {
        let Some(mut outgoing) = response.await else {
            return;
        };
        let shared = outgoing.shared.clone();
        let written = select! {
            written = poll_fn(|cx| outgoing.poll_write(cx)) => written,
            () = shared.is_given_up(), if outgoing.is_socket => return,
        };
        if let Some(stream) = outgoing.shared.take()
            && written.is_ok()
        {
            Box::pin(close(stream)).await;
        }
    }
}

/// Obtains the response of `app`, and encodes its head. Returns `None` if the head cannot be encoded.
async fn respond<S>(
    app: S,
    mut request: Request,
    connection: Framed<ClientStream, h1::Codec>,
) -> Option<Outgoing>
where
    S: Service<Request, Response = Response<BoxBody>>,
    S::Error: Into<Response<BoxBody>>,
{
    let FramedParts {
        io,
        mut codec,
        read_buf,
        write_buf: mut head,
        ..
    } = connection.into_parts();
    let is_head_request = request.method() == Method::HEAD;
    // A request with a body is not a handshake, and its payload ends where its own header fields say.
    let length = request.head().headers().get(header::CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.trim().parse().ok());
    let left = length.filter(|length| *length > 0);
    let shared = SharedStream::new(io);
    *request.payload() = Payload::Stream {
        payload: Box::pin(Incoming {
            // Copied, so that these few bytes do not keep the whole buffer alive.
            early: (!read_buf.is_empty()).then(|| Bytes::copy_from_slice(&read_buf)),
            left,
            shared: shared.clone(),
        }),
    };
    drop(read_buf);
    let response = app.call(request).await.unwrap_or_else(Into::into);
    let (mut response, body) = response.into_parts();
    let is_socket = response.status() == StatusCode::SWITCHING_PROTOCOLS;
    if !is_socket {
        // The client's next bytes may already belong to the other protocol.
        response.head_mut().set_connection_type(ConnectionType::Close);
    } else if let Some(stream) = &shared.0.borrow().stream {
        stream.allow_slow_reading();
    }
    // The body is sent unchanged: the library does not use chunked encoding for the response to an upgrade request.
    let encoded = codec.encode(h1::Message::Item((response, body.size())), &mut head);
    if let Err(error) = encoded {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "could not encode the head of a response"
        );
        return None;
    }
    Some(Outgoing {
        shared,
        unsent: VecDeque::from([head.freeze()]),
        body: (!is_head_request).then_some(body),
        has_begun: false,
        is_socket,
    })
}

/// Shuts down the write half, waits until the client shuts down its own, and discards the bytes that arrive in the
/// meantime: closing a connection with unread bytes resets it, and the client may lose the last response.
/// `ClientConnections` may end the stream earlier.
async fn close(mut stream: ClientStream) {
    // Fails if the client has reset the connection.
    let _ = stream.shutdown().await;
    let ended = poll_fn(|cx| {
        // Does not block the thread: the stream pauses after each part that is discarded.
        while !ready!(poll_read(&mut stream, cx, <[u8]>::is_empty)).unwrap_or(true) {}
        Poll::Ready(())
    });
    // After the timeout, the remaining bytes are ignored.
    let _ = timeout(BODY_REST, ended).await;
}
