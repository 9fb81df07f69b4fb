//! The stream of a connection, as the HTTP library reads and writes it.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use socket2::SockRef;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Sleep, sleep},
};

use super::{connection::Connection, connections::Admitted, refusal};

/// Maximum number of 16 KiB parts that are discarded before a connection is closed, which limits them to 1 MiB.
const MOST_PARTS_DISCARDED: usize = 64;

/// Pause after each part that is read only to be discarded. Without it, a client that sends quickly would keep a worker
/// thread busy. With parts of 32 KiB, 16 MiB take about five seconds.
const DROP_PAUSE: Duration = Duration::from_millis(10);

/// A client's TCP stream, whose reads report its end once the server closes the connection. Dropping it removes the
/// connection from the list.
#[derive(Debug)]
pub struct ClientStream {
    stream: TcpStream,
    admitted: Admitted,
    /// Whether the final response has been written.
    is_answered: bool,
    /// Delay before the next part is read and discarded.
    drop_pause: Option<Pin<Box<Sleep>>>,
}

impl ClientStream {
    pub(super) fn new(stream: TcpStream, admitted: Admitted) -> Self {
        Self {
            stream,
            admitted,
            is_answered: false,
            drop_pause: None,
        }
    }

    /// Returns a handle through which requests on this connection update its state.
    #[must_use]
    pub fn tracker(&self) -> Tracker {
        Tracker(Arc::clone(self.connection()))
    }

    fn connection(&self) -> &Arc<Connection> {
        self.admitted.connection()
    }

    /// Removes the kernel's time limit for undelivered data. It does not measure progress: the kernel also closes the
    /// connection of a client that reads steadily but slowly. WebSocket connections have their own limit
    /// (`WS__SEND_TIMEOUT_MS`).
    pub(super) fn allow_slow_reading(&self) {
        if let Err(error) = SockRef::from(&self.stream).set_tcp_user_timeout(None) {
            tracing::debug!(
                error = &error as &dyn std::error::Error,
                "could not remove the time limit of a connection"
            );
        }
    }

    /// Reads and discards the bytes that have arrived: closing a connection with unread bytes resets it, and the client
    /// may lose the last response.
    fn discard_unread(&self) {
        let mut part = [0; 16 * 1024];
        for _ in 0..MOST_PARTS_DISCARDED {
            if !matches!(self.stream.try_read(&mut part), Ok(1..)) {
                break;
            }
        }
    }
}

/// A handle on a connection for its requests.
#[derive(Debug, Clone)]
pub struct Tracker(pub(crate) Arc<Connection>);

impl AsyncRead for ClientStream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        // Register the waker before the check: otherwise, an ending that is set between the two steps would wake no
        // task.
        this.connection().wake_at_end(cx.waker());
        if let Some(ending) = this.connection().ending() {
            if let Some(status) = ending.status().filter(|_| !this.is_answered) {
                this.is_answered = true;
                // The response fits into the send buffer; if it does not, the client is not reading anyway.
                let _ = this.stream.try_write(&refusal::answer(status));
            }
            return Poll::Ready(Ok(()));
        }
        if let Some(pause) = &mut this.drop_pause {
            ready!(pause.as_mut().poll(cx));
            this.drop_pause = None;
        }
        let before = buffer.filled().len();
        let read = Pin::new(&mut this.stream).poll_read(cx, buffer);
        if buffer.filled().len() > before {
            this.connection().received(&buffer.filled()[before..]);
            if this.connection().drops_the_rest() {
                this.drop_pause = Some(Box::pin(sleep(DROP_PAUSE)));
            }
        }
        read
    }
}

impl AsyncWrite for ClientStream {
    /// Writes bytes of a response. Error responses that the library generates itself, for heads that it cannot parse,
    /// have no body and no request id. They are replaced by the server's own.
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if refusal::announces_end(bytes) {
            self.connection().answered_for_the_last_time();
        }
        let Some(own) = refusal::in_place_of(bytes) else {
            return Pin::new(&mut self.stream).poll_write(cx, bytes);
        };
        // Report the length of the library's response, because the library is not aware of the replacement. A partial
        // write is ignored: it requires a send buffer full of responses that the client has not read.
        let written = Pin::new(&mut self.stream).poll_write(cx, &own);
        written.map_ok(|_| bytes.len())
    }

    /// Writes the parts of a response. Error responses that the library generates itself have one part, so several
    /// parts are not checked for them.
    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match parts {
            [only] => self.poll_write(cx, only),
            _ => {
                if parts.first().is_some_and(|head| refusal::announces_end(head)) {
                    self.connection().answered_for_the_last_time();
                }
                Pin::new(&mut self.stream).poll_write_vectored(cx, parts)
            }
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.discard_unread();
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
