//! Connections that change from HTTP to another protocol: sockets.
//!
//! The dispatcher of the HTTP library keeps a read and a write buffer for as long as a connection is open. It copies
//! every frame into the write buffer, which keeps the size of the largest snapshot. An idle socket needs neither
//! buffer. Here, the client's bytes are read into a buffer on the stack, and all but short frames are written from the
//! memory that all sockets share.

use std::{
    cell::RefCell,
    collections::VecDeque,
    future::poll_fn,
    io::{self, IoSlice},
    mem::MaybeUninit,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker, ready},
    time::Duration,
};

use actix_codec::{Encoder as _, Framed, FramedParts};
use actix_http::{ConnectionType, Payload, Request, Response, body::BoxBody, error::PayloadError, h1};
use actix_service::Service;
use actix_web::{
    body::MessageBody as _,
    http::{Method, StatusCode, header},
};
use bytes::{Buf as _, Bytes};
use futures::Stream;
use tokio::{
    io::{AsyncRead as _, AsyncWrite as _, AsyncWriteExt as _, ReadBuf},
    select,
    time::{sleep, timeout},
};

use super::{client_stream::ClientStream, connections::BODY_REST};

/// Maximum number of bytes that are read at once.
const READ_BYTES: usize = 8 * 1024;

/// Number of bytes from which on frames are written before further ones are collected.
const WRITE_BYTES: usize = 32 * 1024;

/// Maximum size of the parts of a write that are copied into one buffer, in bytes.
const COPIED_BYTES: usize = 1024;

/// Maximum number of parts in one write.
const WRITE_PARTS: usize = 16;

/// Time for which the last frames of a socket are written after it was closed.
const LAST_FRAMES: Duration = Duration::from_secs(5);

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

/// Obtains the response of `app`, and encodes its head. Returns `None` if it can't be encoded.
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
        tracing::error!(%error, "could not encode the head of a response");
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

/// Ends the writing direction, waits until the client ends the other one, and discards the bytes that arrive in the
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

/// The stream of a connection. One task reads it and another one writes to it, both on the same thread.
#[derive(Clone)]
struct SharedStream(Rc<RefCell<Shared>>);

struct Shared {
    /// `None` once the connection is no longer used for the other protocol.
    stream: Option<ClientStream>,
    /// Task that waits for bytes of the client.
    reader: Option<Waker>,
    /// Whether the request's payload was dropped.
    is_unread: bool,
    /// Task that waits for `is_unread`.
    unread: Option<Waker>,
}

impl SharedStream {
    fn new(stream: ClientStream) -> Self {
        Self(Rc::new(RefCell::new(Shared {
            stream: Some(stream),
            reader: None,
            is_unread: false,
            unread: None,
        })))
    }

    /// Resolves some time after the payload was dropped. The socket has then been closed, and a client that still has
    /// not taken the last frames is not reading.
    async fn is_given_up(&self) {
        poll_fn(|cx| {
            let mut shared = self.0.borrow_mut();
            if shared.is_unread {
                return Poll::Ready(());
            }
            match &mut shared.unread {
                Some(waker) => waker.clone_from(cx.waker()),
                empty => *empty = Some(cx.waker().clone()),
            }
            Poll::Pending
        })
        .await;
        // Boxed, because most sockets need no timer for most of their time.
        Box::pin(sleep(LAST_FRAMES)).await;
    }

    /// Reads at least one byte from the client.
    ///
    /// # Errors
    /// Returns [`PayloadError::Incomplete`] if the connection has ended, because a connection does not end a message.
    fn poll_read(&self, cx: &mut Context<'_>) -> Poll<Result<Bytes, PayloadError>> {
        let Shared { stream, reader, .. } = &mut *self.0.borrow_mut();
        let Some(stream) = stream else {
            return Poll::Ready(Err(PayloadError::Incomplete(None)));
        };
        let Poll::Ready(read) = poll_read(stream, cx, Bytes::copy_from_slice) else {
            match reader {
                Some(reader) => reader.clone_from(cx.waker()),
                None => *reader = Some(cx.waker().clone()),
            }
            return Poll::Pending;
        };
        Poll::Ready(match read {
            Ok(bytes) if bytes.is_empty() => Err(PayloadError::Incomplete(None)),
            Ok(bytes) => Ok(bytes),
            Err(error) => Err(PayloadError::Io(error)),
        })
    }

    /// Takes the stream. The request's payload then ends with an error.
    fn take(&self) -> Option<ClientStream> {
        let mut shared = self.0.borrow_mut();
        if let Some(reader) = shared.reader.take() {
            reader.wake();
        }
        shared.stream.take()
    }
}

/// The client's bytes, as the payload of the request.
struct Incoming {
    /// Bytes that arrived together with the request.
    early: Option<Bytes>,
    /// Number of bytes up to the end of the request's body; `None` if the bytes are those of a socket, or there is none.
    left: Option<u64>,
    shared: SharedStream,
}

impl Drop for Incoming {
    fn drop(&mut self) {
        let mut shared = self.shared.0.borrow_mut();
        shared.is_unread = true;
        if let Some(waker) = shared.unread.take() {
            waker.wake();
        }
    }
}

impl Incoming {
    /// Limits bytes to those of the request's body.
    fn limited(&mut self, mut bytes: Bytes) -> Bytes {
        if let Some(left) = &mut self.left {
            bytes.truncate(usize::try_from(*left).unwrap_or(usize::MAX));
            *left -= bytes.len() as u64;
        }
        bytes
    }
}

impl Stream for Incoming {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.left == Some(0) {
            return Poll::Ready(None);
        }
        let bytes = match self.early.take() {
            Some(early) => Ok(early),
            None => ready!(self.shared.poll_read(cx)),
        };
        Poll::Ready(Some(bytes.map(|bytes| self.limited(bytes))))
    }
}

/// Reads some bytes and passes them to `pass_on`; none at the end of the stream.
fn poll_read<T>(
    stream: &mut ClientStream,
    cx: &mut Context<'_>,
    pass_on: impl FnOnce(&[u8]) -> T,
) -> Poll<io::Result<T>> {
    let mut space = [const { MaybeUninit::uninit() }; READ_BYTES];
    let mut buffer = ReadBuf::uninit(&mut space);
    ready!(Pin::new(stream).poll_read(cx, &mut buffer))?;
    Poll::Ready(Ok(pass_on(buffer.filled())))
}

/// A response that is being written.
struct Outgoing {
    shared: SharedStream,
    /// Parts of the response. The first one may have been written in part.
    unsent: VecDeque<Bytes>,
    /// Dropped as soon as it has ended.
    body: Option<BoxBody>,
    has_begun: bool,
    /// Whether the response accepts the other protocol.
    is_socket: bool,
}

impl Outgoing {
    /// Writes the response. The body is polled only after everything before has been written, so that frames for a slow
    /// client wait in its mailbox, where they are merged.
    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut body_waits = false;
        loop {
            // The start of the body joins the head in the first write.
            if self.unsent.is_empty() || !self.has_begun {
                if body_waits {
                    // The body was polled after its last part in this call, and will wake the task.
                    return Poll::Pending;
                }
                body_waits = ready!(self.poll_collect(cx))?;
                self.has_begun = true;
            }
            if self.unsent.is_empty() {
                return Poll::Ready(Ok(()));
            }
            let Some(stream) = &mut self.shared.0.borrow_mut().stream else {
                return Poll::Ready(Ok(()));
            };
            let written = ready!(poll_write_parts(Pin::new(stream), cx, &self.unsent))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            consume(&mut self.unsent, written);
        }
    }

    /// Takes parts from the body for the next write: as many as are available, up to a limit, and none after its end.
    /// Returns `true` if the body will wake the task once it has another part.
    fn poll_collect(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        let mut bytes = 0;
        while bytes < WRITE_BYTES
            && self.unsent.len() < WRITE_PARTS
            && let Some(body) = &mut self.body
        {
            match body.as_pin_mut().poll_next(cx) {
                Poll::Ready(Some(Ok(part))) if part.is_empty() => {}
                Poll::Ready(Some(Ok(part))) => {
                    bytes += part.len();
                    self.unsent.push_back(part);
                }
                Poll::Ready(Some(Err(error))) => {
                    return Poll::Ready(Err(io::Error::other(error.to_string())));
                }
                Poll::Ready(None) => self.body = None,
                Poll::Pending if self.unsent.is_empty() => return Poll::Pending,
                Poll::Pending => return Poll::Ready(Ok(true)),
            }
        }
        Poll::Ready(Ok(false))
    }
}

/// Writes parts of a response with one call. Short ones are copied into one buffer, which is cheaper than a vectored
/// write.
fn poll_write_parts(
    stream: Pin<&mut ClientStream>,
    cx: &mut Context<'_>,
    unsent: &VecDeque<Bytes>,
) -> Poll<io::Result<usize>> {
    let parts = || unsent.iter().take(WRITE_PARTS);
    if parts().map(Bytes::len).sum::<usize>() <= COPIED_BYTES {
        let mut copy = [0; COPIED_BYTES];
        let mut length = 0;
        for part in parts() {
            copy[length..length + part.len()].copy_from_slice(part);
            length += part.len();
        }
        return stream.poll_write(cx, &copy[..length]);
    }
    let mut slices = [IoSlice::new(&[]); WRITE_PARTS];
    for (slice, part) in slices.iter_mut().zip(parts()) {
        *slice = IoSlice::new(part);
    }
    stream.poll_write_vectored(cx, &slices[..parts().count()])
}

/// Removes the first `written` bytes.
fn consume(unsent: &mut VecDeque<Bytes>, mut written: usize) {
    while let Some(part) = unsent.front_mut() {
        if written < part.len() {
            part.advance(written);
            return;
        }
        written -= part.len();
        unsent.pop_front();
    }
}

#[cfg(test)]
mod tests {
    use std::future::ready;

    use actix_http::{body::BodyStream, error::Error};
    use actix_service::IntoService as _;
    use actix_web::body::MessageBody;
    use futures::{StreamExt as _, future::join};
    use tokio::{
        io::AsyncReadExt as _,
        net::{TcpListener, TcpStream},
    };

    use super::*;
    use crate::{ClientConnections, ConnectionRules, TrustedProxies};

    /// Serves one request with `app`, and returns the result of `client`.
    async fn serve<T, F>(app: impl Fn(Request) -> F, client: impl AsyncFnOnce(TcpStream) -> T) -> T
    where
        F: Future<Output = Result<Response<BoxBody>, Error>>,
    {
        serve_request(Request::new(), app, client).await
    }

    async fn serve_request<T, F>(
        request: Request,
        app: impl Fn(Request) -> F,
        client: impl AsyncFnOnce(TcpStream) -> T,
    ) -> T
    where
        F: Future<Output = Result<Response<BoxBody>, Error>>,
    {
        let rules = ConnectionRules {
            all: 1,
            per_address: 1,
            idle: Duration::MAX,
            head: Duration::MAX,
        };
        let all = ClientConnections::new(rules, TrustedProxies::new(Vec::new()));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (there, here) = join(TcpStream::connect(address), listener.accept()).await;
        let (stream, _) = here.expect("a connection");
        let stream = ClientStream::new(stream, all.enter(None).expect("there is room"));
        let connection = Framed::new(stream, h1::Codec::default());
        let served = serve_upgraded(app.into_service(), request, connection);
        join(served, client(there.expect("it listens"))).await.1
    }

    fn response(status: StatusCode, body: impl MessageBody + 'static) -> Response<BoxBody> {
        Response::with_body(status, body).map_into_boxed_body()
    }

    async fn head(stream: &mut TcpStream) -> String {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.expect("a head"));
        }
        String::from_utf8(head).expect("ASCII")
    }

    #[actix_web::test]
    async fn bytes_pass_in_both_directions_in_order() {
        let sent: Vec<u8> = (0..4_000_000u32).map(|number| (number % 251) as u8).collect();
        let echo = |mut request: Request| async move {
            let parts = request.take_payload().take_while(|part| ready(part.is_ok()));
            let mut response = response(StatusCode::SWITCHING_PROTOCOLS, BodyStream::new(parts));
            response.head_mut().set_connection_type(ConnectionType::Upgrade);
            Ok(response)
        };
        let received = serve(echo, async |mut stream: TcpStream| {
            let head = head(&mut stream).await;
            assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
            let (mut reading, mut writing) = stream.split();
            let mut received = Vec::new();
            let write = async {
                writing.write_all(&sent).await.expect("it is open");
                writing.shutdown().await.expect("it is open");
            };
            join(write, reading.read_to_end(&mut received))
                .await
                .1
                .expect("it is open");
            received
        });
        assert!(received.await == sent, "the bytes differ");
    }

    #[actix_web::test]
    async fn a_request_that_is_not_accepted_gets_a_last_response() {
        let refuse = |_| ready(Ok(response(StatusCode::FORBIDDEN, "no")));
        serve(refuse, async |mut stream: TcpStream| {
            let head = head(&mut stream).await;
            assert!(head.starts_with("HTTP/1.1 403 "), "{head}");
            assert!(head.contains("\r\nconnection: close\r\n"), "{head}");
            let mut body = [0; 2];
            stream.read_exact(&mut body).await.expect("a body");
            assert_eq!(&body, b"no");
            assert_eq!(stream.read(&mut body).await.expect("it is open"), 0, "the end");
            stream.write_all(&[0; 100_000]).await.expect("it is read");
            stream.shutdown().await.expect("it is open");
            assert_eq!(stream.read(&mut body).await.expect("it is not reset"), 0);
        })
        .await;
    }

    #[actix_web::test]
    async fn the_body_of_a_request_ends_at_its_length() {
        let echo = |mut request: Request| async move {
            let parts: Vec<_> = request.take_payload().collect().await;
            let parts = parts.into_iter().map(|part| part.expect("no error"));
            Ok(response(StatusCode::OK, parts.collect::<Vec<_>>().concat()))
        };
        let mut request = Request::new();
        let length = header::HeaderValue::from_static("5");
        request.headers_mut().insert(header::CONTENT_LENGTH, length);
        let received = serve_request(request, echo, async |mut stream: TcpStream| {
            stream.write_all(b"he").await.expect("it is open");
            stream.write_all(b"llo and more").await.expect("it is open");
            let mut received = Vec::new();
            stream.read_to_end(&mut received).await.expect("it is open");
            received
        });
        assert!(received.await.ends_with(b"\r\n\r\nhello"));
    }

    #[actix_web::test]
    async fn a_client_that_does_not_take_the_last_frames_is_given_up() {
        tokio::time::pause();
        // The payload is dropped with the request.
        let flood = |_| {
            let frames = futures::stream::repeat_with(|| Ok::<_, Error>(Bytes::from_static(&[0; 10_000])));
            ready(Ok(response(
                StatusCode::SWITCHING_PROTOCOLS,
                BodyStream::new(frames),
            )))
        };
        let began = tokio::time::Instant::now();
        let _open = serve(flood, async |stream: TcpStream| stream).await;
        assert!(began.elapsed() >= LAST_FRAMES);
    }

    #[test]
    fn written_bytes_are_removed() {
        let mut unsent: VecDeque<Bytes> = ["abc", "de", "f"].map(Bytes::from).into();
        consume(&mut unsent, 2);
        assert_eq!(unsent, ["c", "de", "f"]);
        consume(&mut unsent, 3);
        assert_eq!(unsent, ["f"]);
        consume(&mut unsent, 1);
        assert!(unsent.is_empty());
    }
}
