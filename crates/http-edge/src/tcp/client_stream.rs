//! A connection as the HTTP library reads and writes it.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Sleep, sleep},
};

use super::{connection::Connection, connections::Admitted, refusal};

/// At most 1 MiB, which is what the kernel keeps at most by default.
const MOST_PARTS_DISCARDED: usize = 64;

/// How long nothing is read after each part of what is dropped. A client that sends fast would keep a thread that serves
/// requests busy; with parts of 32 KiB and this pause it gets rid of 16 MiB in some five seconds.
const DROP_PAUSE: Duration = Duration::from_millis(10);

/// A client's TCP stream, which ends when the server closes the connection. Dropping it makes room for another.
#[derive(Debug)]
pub struct ClientStream {
    stream: TcpStream,
    admitted: Admitted,
    /// Whether the client was told why it ends.
    is_told: bool,
    /// When the next part may be read of what is dropped.
    drop_pause: Option<Pin<Box<Sleep>>>,
}

impl ClientStream {
    pub(super) fn new(stream: TcpStream, admitted: Admitted) -> Self {
        Self {
            stream,
            admitted,
            is_told: false,
            drop_pause: None,
        }
    }

    /// What requests on this connection are to know of it.
    #[must_use]
    pub fn tracker(&self) -> Tracker {
        Tracker(Arc::clone(self.connection()))
    }

    fn connection(&self) -> &Arc<Connection> {
        self.admitted.connection()
    }

    /// Takes what has arrived and nobody reads any more: a connection that is closed with bytes unread is reset, and the
    /// last answer may be lost with it.
    fn discard_unread(&self) {
        let mut part = [0; 16 * 1024];
        for _ in 0..MOST_PARTS_DISCARDED {
            if !matches!(self.stream.try_read(&mut part), Ok(1..)) {
                break;
            }
        }
    }
}

/// A connection, as its requests know it.
#[derive(Debug, Clone)]
pub struct Tracker(pub(crate) Arc<Connection>);

impl AsyncRead for ClientStream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        // Registered before it is looked at, so no ending falls between the two.
        this.connection().wake_at_end(cx.waker());
        if let Some(ending) = this.connection().ending() {
            if let Some(status) = ending.status().filter(|_| !this.is_told) {
                this.is_told = true;
                // It fits into the kernel's buffer, or the client takes nothing anyway.
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
            this.connection().heard(&buffer.filled()[before..]);
            if this.connection().drops_the_rest() {
                this.drop_pause = Some(Box::pin(sleep(DROP_PAUSE)));
            }
        }
        read
    }
}

impl AsyncWrite for ClientStream {
    /// Writes what the library has to say. The answers that it makes itself, to heads that it can't read, have no
    /// headers and no body; the server's own take their place.
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if refusal::announces_end(bytes) {
            self.connection().answered_for_the_last_time();
        }
        let Some(own) = refusal::in_place_of(bytes) else {
            return Pin::new(&mut self.stream).poll_write(cx, bytes);
        };
        // A part of it would only be written to a client that has not read earlier answers for long.
        let written = Pin::new(&mut self.stream).poll_write(cx, &own);
        written.map_ok(|_| bytes.len())
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.discard_unread();
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
