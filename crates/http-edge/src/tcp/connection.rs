//! What is known of one connection.

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

/// Shared by the stream of a connection, its requests, and the list of all connections.
#[derive(Debug)]
pub(crate) struct Connection {
    state: Mutex<State>,
    ending: AtomicU8,
    waker: AtomicWaker,
}

#[derive(Debug)]
struct State {
    /// The address that it counts for; none for trusted proxies and open sockets.
    counts_for: Option<IpAddr>,
    /// How many requests are being served: pipelined ones may overlap by the last bytes of an answer.
    requests: usize,
    /// How many of them still wait for parts of their bodies.
    bodies: usize,
    /// Since when what the two numbers say is so.
    since: Instant,
    /// When the first byte of a head arrived, while no request is being served.
    head_began: Option<Instant>,
    /// What still arrives when nothing is served any more, if that is no head.
    rest: Option<Rest>,
    /// When bytes of it arrived last.
    heard: Instant,
    /// The last that arrived on a socket is the client's Close frame.
    client_has_closed: bool,
}

/// Bytes that nothing here reads: they are dropped for a while, so that the client gets to see what it was told last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rest {
    /// Of a body, after an answer that announced the end of the connection.
    Body,
    /// Of a socket that is closed.
    Socket,
}

/// How a connection is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Without a word, since nothing was asked.
    Quietly,
    /// With 408, in the midst of a head.
    HeadTooSlow,
}

const OPEN: u8 = 0;
const QUIETLY: u8 = 1;
const HEAD_TOO_SLOW: u8 = 2;

/// How dispensable a connection is, when descriptors are short. The smaller, the sooner it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Use {
    /// No request is being served.
    Idle(Instant),
    /// A request is being served whose body has not arrived.
    Receiving(Instant),
}

/// How long a client may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// To begin with the next head.
    pub(crate) idle: Duration,
    /// To send a head that has begun, and to begin with the first.
    pub(crate) head: Duration,
    /// To send the rest of a body that is not read any more.
    pub(crate) body_rest: Duration,
    /// To close a socket that is closed by the server.
    pub(crate) socket_rest: Duration,
    /// To send more of either.
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
                // The first head is waited for as one that has begun.
                head_began: Some(now),
                rest: None,
                heard: now,
                client_has_closed: false,
            }),
            ending: AtomicU8::new(OPEN),
            waker: AtomicWaker::new(),
        }
    }

    /// Notes that bytes have arrived.
    pub(crate) fn heard(&self, bytes: &[u8]) {
        let mut state = self.state.lock();
        if state.rest == Some(Rest::Socket) {
            state.client_has_closed = ends_with_close_frame(bytes);
        }
        if state.both_have_closed() {
            drop(state);
            self.end(Ending::Quietly);
        } else if state.rest.is_some() {
            state.heard = Instant::now();
        } else if state.requests == 0 && state.head_began.is_none() {
            state.head_began = Some(Instant::now());
        }
    }

    /// Notes that an answer announces the end of the connection.
    pub(crate) fn answered_for_the_last_time(&self) {
        self.change(|state| state.rest = Some(Rest::Body));
    }

    /// Notes that it is a socket from now on, until that is closed.
    pub(crate) fn becomes_socket(&self) {
        self.change(|state| state.rest = Some(Rest::Socket));
    }

    /// Whether all that arrives is dropped.
    pub(crate) fn drops_the_rest(&self) -> bool {
        let state = self.state.lock();
        state.rest.is_some() && state.requests == 0
    }

    pub(crate) fn request_begins(&self) {
        self.change(|state| state.requests += 1);
    }

    pub(crate) fn request_ends(&self) {
        self.change(|state| state.requests -= 1);
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

    /// Lets it count for no address any more, and gives the one that it did count for.
    pub(crate) fn count_no_more(&self) -> Option<IpAddr> {
        self.state.lock().counts_for.take()
    }

    /// What it is used for, if it could be dispensed with.
    pub(crate) fn dispensable(&self) -> Option<Use> {
        let state = self.state.lock();
        match (state.requests, state.bodies) {
            _ if self.ending().is_some() => None,
            (0, _) => Some(Use::Idle(state.since)),
            (_, 0) => None,
            _ => Some(Use::Receiving(state.since)),
        }
    }

    /// How it is to be closed, if its client takes too long.
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
            let is_silent = state.heard.max(state.since).elapsed() >= patience.pause;
            return (is_silent || state.since.elapsed() >= limit).then_some(Ending::Quietly);
        }
        match state.head_began {
            Some(began) if began.elapsed() >= patience.head => Some(Ending::HeadTooSlow),
            _ if state.since.elapsed() >= patience.idle => Some(Ending::Quietly),
            _ => None,
        }
    }

    /// Has its stream end.
    pub(crate) fn end(&self, ending: Ending) {
        let ending = match ending {
            Ending::Quietly => QUIETLY,
            Ending::HeadTooSlow => HEAD_TOO_SLOW,
        };
        // The first reason stays.
        let _ = self
            .ending
            .compare_exchange(OPEN, ending, Ordering::AcqRel, Ordering::Acquire);
        self.waker.wake();
    }

    /// How its stream is to end, if it is.
    pub(crate) fn ending(&self) -> Option<Ending> {
        match self.ending.load(Ordering::Acquire) {
            OPEN => None,
            HEAD_TOO_SLOW => Some(Ending::HeadTooSlow),
            _ => Some(Ending::Quietly),
        }
    }

    /// Has `waker` called when the stream is to end.
    pub(crate) fn wake_at_end(&self, waker: &Waker) {
        self.waker.register(waker);
    }
}

impl State {
    /// Whether a socket's closing handshake is complete. Then the server closes the connection at once
    /// (<https://www.rfc-editor.org/rfc/rfc6455#section-7.1.1>); clients wait for that.
    const fn both_have_closed(&self) -> bool {
        self.requests == 0 && self.client_has_closed
    }
}

/// Whether the end of what a client sent is a Close frame
/// (<https://www.rfc-editor.org/rfc/rfc6455#section-5.2>): a client sends nothing after it.
///
/// Bytes of another frame can look like one. Then the server, once it has closed the socket, does not wait for the client's
/// Close frame, and nothing is lost by that.
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
    /// The answer to a client that waits for one.
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
    async fn the_first_head_and_every_later_one_must_come_in_time() {
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
        connection.heard(b"x");
        tokio::time::advance(Duration::from_secs(5)).await;
        connection.heard(b"x");
        tokio::time::advance(Duration::from_secs(5)).await;
        assert_eq!(connection.overdue(PATIENCE), Some(Ending::HeadTooSlow));
    }

    #[tokio::test(start_paused = true)]
    async fn the_rest_of_a_refused_body_is_taken_while_it_comes() {
        let connection = Connection::new(None);
        connection.request_begins();
        connection.answered_for_the_last_time();
        assert!(!connection.drops_the_rest());
        connection.request_ends();
        assert!(connection.drops_the_rest());
        for _ in 0..7 {
            tokio::time::advance(Duration::from_secs(4)).await;
            assert_eq!(connection.overdue(PATIENCE), None);
            connection.heard(b"x");
        }
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(connection.overdue(PATIENCE), Some(Ending::Quietly));
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_neither_sends_nor_closes_is_given_up_sooner() {
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
    async fn a_socket_may_be_open_for_ever_and_is_closed_soon() {
        let connection = Connection::new(None);
        connection.request_begins();
        connection.becomes_socket();
        tokio::time::advance(Duration::from_secs(1_000)).await;
        assert_eq!(connection.overdue(PATIENCE), None);
        connection.request_ends();
        for _ in 0..2 {
            tokio::time::advance(Duration::from_secs(1)).await;
            connection.heard(b"x");
            assert_eq!(connection.overdue(PATIENCE), None);
        }
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(connection.overdue(PATIENCE), Some(Ending::Quietly));
    }

    #[tokio::test(start_paused = true)]
    async fn idle_connections_are_more_dispensable_than_those_that_send() {
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
    fn a_close_frame_is_the_last_that_a_client_sends() {
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
        client_first.heard(b"anything");
        client_first.heard(&CLOSE_FRAME);
        assert_eq!(
            client_first.ending(),
            None,
            "the server's own frame is on its way"
        );
        client_first.request_ends();
        assert_eq!(client_first.ending(), Some(Ending::Quietly));

        let server_first = Connection::new(None);
        server_first.request_begins();
        server_first.becomes_socket();
        server_first.request_ends();
        server_first.heard(b"anything");
        assert_eq!(
            server_first.ending(),
            None,
            "the client may not have seen the frame yet"
        );
        server_first.heard(&CLOSE_FRAME);
        assert_eq!(server_first.ending(), Some(Ending::Quietly));
    }
}
