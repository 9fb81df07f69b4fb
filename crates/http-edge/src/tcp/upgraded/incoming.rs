//! The stream of a connection that two tasks share, and the client's bytes as a payload.

use std::{
    cell::RefCell,
    future::poll_fn,
    io,
    mem::MaybeUninit,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker, ready},
    time::Duration,
};

use actix_http::error::PayloadError;
use bytes::Bytes;
use futures::Stream;
use tokio::{
    io::{AsyncRead as _, ReadBuf},
    time::sleep,
};

use crate::tcp::client_stream::ClientStream;

/// Time for which the last frames of a socket are written after it was closed.
pub(super) const LAST_FRAMES: Duration = Duration::from_secs(5);

/// Maximum number of bytes that are read at once.
const READ_BYTES: usize = 8 * 1024;

/// The stream of a connection. One task reads from it and another writes to it, both on the same thread.
#[derive(Clone)]
pub(super) struct SharedStream(pub(super) Rc<RefCell<Shared>>);

pub(super) struct Shared {
    /// `None` once the connection is no longer used for the other protocol.
    pub(super) stream: Option<ClientStream>,
    /// Task that waits for bytes from the client.
    reader: Option<Waker>,
    /// Whether the request's payload was dropped.
    is_unread: bool,
    /// Task that waits for `is_unread`.
    unread: Option<Waker>,
}

impl SharedStream {
    pub(super) fn new(stream: ClientStream) -> Self {
        Self(Rc::new(RefCell::new(Shared {
            stream: Some(stream),
            reader: None,
            is_unread: false,
            unread: None,
        })))
    }

    /// Resolves some time after the payload was dropped. The socket has then been closed, and a client that still has
    /// not taken the last frames is not reading.
    pub(super) async fn is_given_up(&self) {
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
    /// Returns [`PayloadError::Incomplete`] if the connection has ended, because its end does not complete a message.
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
    pub(super) fn take(&self) -> Option<ClientStream> {
        let mut shared = self.0.borrow_mut();
        if let Some(reader) = shared.reader.take() {
            reader.wake();
        }
        shared.stream.take()
    }
}

/// The client's bytes, as the payload of the request.
pub(super) struct Incoming {
    /// Bytes that arrived together with the request.
    pub(super) early: Option<Bytes>,
    /// Number of bytes up to the end of the request's body; `None` if the bytes are those of a socket, or there is none.
    pub(super) left: Option<u64>,
    pub(super) shared: SharedStream,
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
pub(super) fn poll_read<T>(
    stream: &mut ClientStream,
    cx: &mut Context<'_>,
    pass_on: impl FnOnce(&[u8]) -> T,
) -> Poll<io::Result<T>> {
    let mut space = [const { MaybeUninit::uninit() }; READ_BYTES];
    let mut buffer = ReadBuf::uninit(&mut space);
    ready!(Pin::new(stream).poll_read(cx, &mut buffer))?;
    Poll::Ready(Ok(pass_on(buffer.filled())))
}
