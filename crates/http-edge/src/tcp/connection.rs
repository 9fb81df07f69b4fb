//! State of one connection.

use std::{
    net::IpAddr,
    sync::atomic::{AtomicU8, Ordering},
    task::Waker,
    time::Duration,
};

use actix_web::http::StatusCode;
use futures::task::AtomicWaker;
use parking_lot::Mutex;
use tokio::time::Instant;

/// A connection, shared by its stream, its requests and the list of all connections.
#[derive(Debug)]
pub(crate) struct Connection {
    state: Mutex<State>,
    ending: AtomicU8,
    waker: AtomicWaker,
}

#[derive(Debug)]
struct State {
    /// Address towards whose limit the connection counts; `None` for trusted proxies and open sockets.
    counts_for: Option<IpAddr>,
    /// Number of requests being served. Two pipelined ones can overlap while the last bytes of a response are written.
    requests: usize,
    /// Number of requests whose bodies are still arriving.
    bodies: usize,
    /// Time of the last change of `requests`, `bodies` or `rest`.
    since: Instant,
    /// Time at which a head began to arrive while no request was being served; for the first head, the time at which
    /// the connection was opened.
    head_began: Option<Instant>,
    /// The kind of bytes to discard once no request is being served; `None` if a head is expected.
    rest: Option<Rest>,
    /// Time at which bytes last arrived while `rest` was set.
    received: Instant,
    /// Whether the last bytes from a socket ended with the client's Close frame.
    client_has_closed: bool,
}

/// Bytes that are read for a while only to be discarded, so that the client can read the last response or frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rest {
    /// The rest of a request body, after a response that announced the end of the connection.
    Body,
    /// Frames on a socket that the server has closed.
    Socket,
}

/// The way in which the server closes a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Close without a response, because no request is pending.
    Quietly,
    /// Close with 408, because the head is incomplete.
    HeadTooSlow,
}

const OPEN: u8 = 0;
const QUIETLY: u8 = 1;
const HEAD_TOO_SLOW: u8 = 2;

/// Rank of a connection for making room: the smallest is closed first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Use {
    /// No request is being served.
    Idle(Instant),
    /// A request is being served, and its body has not arrived completely.
    Receiving(Instant),
}

/// Time limits that apply to a client.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// Time until the next head begins.
    pub(crate) idle: Duration,
    /// Time until a head is complete, counted from its first byte; for the first head, from the opening of the
    /// connection.
    pub(crate) head: Duration,
    /// Time for the rest of a body that the server discards.
    pub(crate) body_rest: Duration,
    /// Time for the client to close a socket that the server has closed.
    pub(crate) socket_rest: Duration,
    /// Maximum time between two arrivals of bytes that are being discarded.
    pub(crate) pause: Duration,
}

impl Connection {
    pub(crate) fn new(counts_for: Option<IpAddr>) -> Self {
        let now = Instant::now();
        Self {
            state: Mutex::new(State {
                counts_for,
                requests: 0,
                bodies: 0,
                since: now,
                // The limit for a head also covers the wait for the first one.
                head_began: Some(now),
                rest: None,
                received: now,
                client_has_closed: false,
            }),
            ending: AtomicU8::new(OPEN),
            waker: AtomicWaker::new(),
        }
    }

    /// Records that bytes have arrived.
    pub(crate) fn received(&self, bytes: &[u8]) {
        let mut state = self.state.lock();
        if state.rest == Some(Rest::Socket) {
            state.client_has_closed = ends_with_close_frame(bytes);
        }
        if state.both_have_closed() {
            // Release the lock before waking the stream, whose task takes it too.
            drop(state);
            self.end(Ending::Quietly);
        } else if state.rest.is_some() {
            state.received = Instant::now();
        } else if state.requests == 0 && state.head_began.is_none() {
            state.head_began = Some(Instant::now());
        }
    }

    /// Records that a response has announced the end of the connection.
    pub(crate) fn answered_for_the_last_time(&self) {
        self.change(|state| state.rest = Some(Rest::Body));
    }

    /// Records that the connection has become a WebSocket. Bytes that arrive after the socket is closed will be
    /// discarded.
    pub(crate) fn becomes_socket(&self) {
        self.change(|state| state.rest = Some(Rest::Socket));
    }

    /// Returns `true` if arriving bytes must be discarded.
    pub(crate) fn drops_the_rest(&self) -> bool {
        let state = self.state.lock();
        state.rest.is_some() && state.requests == 0
    }

    pub(crate) fn request_begins(&self) {
        self.change(|state| state.requests += 1);
    }

    pub(crate) fn request_ends(&self) {
        self.change(|state| state.requests -= 1);
        // The client's Close frame may have arrived while the server's was being written.
        if self.state.lock().both_have_closed() {
            self.end(Ending::Quietly);
        }
    }

    pub(crate) fn body_begins(&self) {
        self.change(|state| state.bodies += 1);
    }

    pub(crate) fn body_ends(&self) {
        self.change(|state| state.bodies -= 1);
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.state.lock();
        change(&mut state);
        state.since = Instant::now();
        state.head_began = None;
    }

    /// Stops counting the connection towards its address; returns that address if it was counted.
    pub(crate) fn count_no_more(&self) -> Option<IpAddr> {
        self.state.lock().counts_for.take()
    }

    /// Returns the connection's rank; `None` if it must not be closed to make room, or is being closed already.
    pub(crate) fn dispensable(&self) -> Option<Use> {
        let state = self.state.lock();
        match (state.requests, state.bodies) {
            _ if self.ending().is_some() => None,
            (0, _) => Some(Use::Idle(state.since)),
            (_, 0) => None,
            _ => Some(Use::Receiving(state.since)),
        }
    }

    /// Returns how to close the connection; `None` unless its client has exceeded a time limit.
    pub(crate) fn overdue(&self, patience: Patience) -> Option<Ending> {
        let state = self.state.lock();
        if state.requests > 0 {
            return None;
        }
        if let Some(rest) = state.rest {
            let limit = match rest {
                Rest::Body => patience.body_rest,
                Rest::Socket => patience.socket_rest,
            };
            let is_silent = state.received.max(state.since).elapsed() >= patience.pause;
            return (is_silent || state.since.elapsed() >= limit).then_some(Ending::Quietly);
        }
        match state.head_began {
            Some(began) if began.elapsed() >= patience.head => Some(Ending::HeadTooSlow),
            _ if state.since.elapsed() >= patience.idle => Some(Ending::Quietly),
            _ => None,
        }
    }

    /// Makes the stream end. If it is ending already, the first reason is kept.
    pub(crate) fn end(&self, ending: Ending) {
        let ending = match ending {
            Ending::Quietly => QUIETLY,
            Ending::HeadTooSlow => HEAD_TOO_SLOW,
        };
        let _ = self
            .ending
            .compare_exchange(OPEN, ending, Ordering::AcqRel, Ordering::Acquire);
        self.waker.wake();
    }

    /// Returns how the stream must end; `None` while it is open.
    pub(crate) fn ending(&self) -> Option<Ending> {
        match self.ending.load(Ordering::Acquire) {
            OPEN => None,
            HEAD_TOO_SLOW => Some(Ending::HeadTooSlow),
            _ => Some(Ending::Quietly),
        }
    }

    /// Registers the waker to call when the stream must end.
    pub(crate) fn wake_at_end(&self, waker: &Waker) {
        self.waker.register(waker);
    }
}

impl State {
    /// Returns `true` if a socket's closing handshake is complete. The server then closes the TCP connection
    /// immediately, because clients wait for that (<https://www.rfc-editor.org/rfc/rfc6455#section-7.1.1>).
    const fn both_have_closed(&self) -> bool {
        self.requests == 0 && self.client_has_closed
    }
}

/// Returns `true` if the bytes end with a Close frame (<https://www.rfc-editor.org/rfc/rfc6455#section-5.2>), after
/// which a client sends nothing.
///
/// The end of another frame's payload can look like one. A server that has closed the socket then does not wait for the
/// client's Close frame, which is harmless.
fn ends_with_close_frame(bytes: &[u8]) -> bool {
    const FINAL_CLOSE: u8 = 0x88;
    const MASKED: u8 = 0x80;
    const HEAD: usize = 6;
    (0..=125u8).any(|length| {
        let Some(start) = bytes.len().checked_sub(HEAD + usize::from(length)) else {
            return false;
        };
        bytes[start] == FINAL_CLOSE && bytes[start + 1] == MASKED | length
    })
}

impl Ending {
    /// Returns the status of the last response, if one must be sent.
    pub(crate) const fn status(self) -> Option<StatusCode> {
        match self {
            Self::Quietly => None,
            Self::HeadTooSlow => Some(StatusCode::REQUEST_TIMEOUT),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Patience = Patience {
        idle: Duration::from_secs(75),
        head: Duration::from_secs(10),
        body_rest: Duration::from_secs(30),
        socket_rest: Duration::from_secs(3),
        pause: Duration::from_secs(5),
    };

    #[tokio::test(start_paused = true)]
    async fn every_head_must_arrive_in_time() {
        let connection = Connection::new(None);
        tokio::time::advance(Duration::from_secs(9)).await;
        assert_eq!(connection.overdue(PATIENCE), None);
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(connection.overdue(PATIENCE), Some(Ending::HeadTooSlow));

        connection.request_begins();
        tokio::time::advance(Duration::from_secs(1_000)).await;
        assert_eq!(connection.overdue(PATIENCE), None);
        connection.request_ends();
        tokio::time::advance(Duration::from_secs(70)).await;
        assert_eq!(connection.overdue(PATIENCE), None);
        tokio::time::advance(Duration::from_secs(5)).await;
        assert_eq!(connection.overdue(PATIENCE), Some(Ending::Quietly));

        connection.request_begins();
        connection.request_ends();
        connection.received(b"x");
        tokio::time::advance(Duration::from_secs(5)).await;
        connection.received(b"x");
        tokio::time::advance(Duration::from_secs(5)).await;
        assert_eq!(connection.overdue(PATIENCE), Some(Ending::HeadTooSlow));
    }

    #[tokio::test(start_paused = true)]
    async fn the_rest_of_a_refused_body_is_discarded_while_it_arrives() {
        let connection = Connection::new(None);
        connection.request_begins();
        connection.answered_for_the_last_time();
        assert!(!connection.drops_the_rest());
        connection.request_ends();
        assert!(connection.drops_the_rest());
        for _ in 0..7 {
            tokio::time::advance(Duration::from_secs(4)).await;
            assert_eq!(connection.overdue(PATIENCE), None);
            connection.received(b"x");
        }
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(connection.overdue(PATIENCE), Some(Ending::Quietly));
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_neither_sends_nor_closes_is_disconnected_sooner() {
        let connection = Connection::new(None);
        connection.request_begins();
        tokio::time::advance(Duration::from_secs(60)).await;
        connection.answered_for_the_last_time();
        connection.request_ends();
        tokio::time::advance(Duration::from_secs(4)).await;
        assert_eq!(connection.overdue(PATIENCE), None);
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(connection.overdue(PATIENCE), Some(Ending::Quietly));
    }

    #[tokio::test(start_paused = true)]
    async fn an_open_socket_never_expires_and_a_closed_one_soon_does() {
        let connection = Connection::new(None);
        connection.request_begins();
        connection.becomes_socket();
        tokio::time::advance(Duration::from_secs(1_000)).await;
        assert_eq!(connection.overdue(PATIENCE), None);
        connection.request_ends();
        for _ in 0..2 {
            tokio::time::advance(Duration::from_secs(1)).await;
            connection.received(b"x");
            assert_eq!(connection.overdue(PATIENCE), None);
        }
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(connection.overdue(PATIENCE), Some(Ending::Quietly));
    }

    #[tokio::test(start_paused = true)]
    async fn idle_connections_are_more_dispensable_than_receiving_ones() {
        let (idle, sends, works) = (
            Connection::new(None),
            Connection::new(None),
            Connection::new(None),
        );
        sends.request_begins();
        sends.body_begins();
        works.request_begins();
        tokio::time::advance(Duration::from_secs(1)).await;
        idle.request_begins();
        idle.request_ends();
        assert!(idle.dispensable() < sends.dispensable());
        assert_eq!(works.dispensable(), None);
        idle.end(Ending::Quietly);
        assert_eq!(idle.dispensable(), None);
    }

    const CLOSE_FRAME: [u8; 8] = [0x88, 0x82, 1, 2, 3, 4, 0x03 ^ 1, 0xe8 ^ 2];

    #[test]
    fn a_close_frame_is_recognised_at_the_end() {
        let after_text = [&[0x81, 0x81, 0, 0, 0, 0, b'x'], &CLOSE_FRAME[..]].concat();
        for bytes in [&CLOSE_FRAME[..], &[0x88, 0x80, 9, 9, 9, 9], &after_text] {
            assert!(ends_with_close_frame(bytes), "{bytes:?}");
        }
        for bytes in [&[][..], &[0x88], &CLOSE_FRAME[..7], &[0x81, 0x80, 9, 9, 9, 9]] {
            assert!(!ends_with_close_frame(bytes), "{bytes:?}");
        }
    }

    #[tokio::test]
    async fn a_socket_ends_as_soon_as_both_sides_have_closed_it() {
        let client_first = Connection::new(None);
        client_first.request_begins();
        client_first.becomes_socket();
        client_first.received(b"anything");
        client_first.received(&CLOSE_FRAME);
        assert_eq!(
            client_first.ending(),
            None,
            "the server has not sent its Close frame yet"
        );
        client_first.request_ends();
        assert_eq!(client_first.ending(), Some(Ending::Quietly));

        let server_first = Connection::new(None);
        server_first.request_begins();
        server_first.becomes_socket();
        server_first.request_ends();
        server_first.received(b"anything");
        assert_eq!(
            server_first.ending(),
            None,
            "the client has not answered the Close frame yet"
        );
        server_first.received(&CLOSE_FRAME);
        assert_eq!(server_first.ending(), Some(Ending::Quietly));
    }
}
