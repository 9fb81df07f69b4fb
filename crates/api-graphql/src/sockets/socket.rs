//! I/O of one connection.

use std::{future::Future, ops::ControlFlow, time::Duration};

use actix_web::web::Payload;
use actix_ws::{Closed, Session};
use futures::StreamExt as _;
use http_edge::{
    MessageBudget,
    websocket::{Close, FrameFault, FrameReader, Incoming, KeepAlive},
};
use tokio::{
    select,
    time::{Instant, MissedTickBehavior, interval, sleep_until, timeout},
};

use super::{
    close,
    protocol::{Protocol, Reply, Visitor},
};
use crate::{api::GraphqlApi, options::SocketOptions};

/// Maximum time for sending the close frame.
const CLOSE_WITHIN: Duration = Duration::from_secs(1);

/// Serves a connection until one side closes it.
pub(super) async fn serve(
    api: &GraphqlApi,
    visitor: Visitor,
    session: Session,
    body: Payload,
    request_id: &str,
    is_understood: bool,
) {
    let rules = &api.options.sockets.rules;
    let mut socket = Socket {
        api,
        protocol: Protocol::new(api, visitor, request_id),
        budget: MessageBudget::new(rules.messages_per_second),
        session,
        reader: FrameReader::new(rules.max_message_bytes),
        body,
        keep_alive: KeepAlive::new(rules),
    };
    let end = if is_understood {
        socket.run().await
    } else {
        Some(close::unknown_subprotocol())
    };
    tracing::debug!(request.id = request_id, ?end, "GraphQL socket closed");
    if let Some(close) = end {
        // Sending fails if the client has disconnected.
        let _ = timeout(CLOSE_WITHIN, socket.session.close(Some(close.into()))).await;
    }
}

/// Close frame that ends a connection; `None` if the client has disconnected.
type End = Option<Close>;

struct Socket<'a> {
    api: &'a GraphqlApi,
    protocol: Protocol<'a>,
    budget: MessageBudget,
    session: Session,
    reader: FrameReader,
    body: Payload,
    keep_alive: KeepAlive,
}

impl Socket<'_> {
    async fn run(&mut self) -> End {
        let SocketOptions {
            init_timeout, rules, ..
        } = &self.api.options.sockets;
        let init_deadline = Instant::now() + *init_timeout;
        let mut beat = interval(rules.beat());
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let is_initialised = self.protocol.is_initialised();
            // All branches are cancel-safe: bytes that have been read are kept in the reader.
            let step = select! {
                () = self.api.shutdown.cancelled() => ControlFlow::Break(Some(Close::restarting())),
                () = sleep_until(init_deadline), if !is_initialised => {
                    ControlFlow::Break(Some(close::not_initialised()))
                }
                incoming = next_frame(&mut self.reader, &mut self.body) => self.handle_incoming(incoming).await,
                reply = self.protocol.next() => self.send_reply(reply).await,
                _ = beat.tick() => self.beat().await,
            };
            if let ControlFlow::Break(end) = step {
                return end;
            }
        }
    }

    async fn handle_incoming(&mut self, incoming: Option<Result<Incoming, FrameFault>>) -> ControlFlow<End> {
        let incoming = match incoming {
            None => return ControlFlow::Break(None),
            Some(Err(fault)) => return ControlFlow::Break(Some(fault.into())),
            Some(Ok(incoming)) => incoming,
        };
        self.keep_alive.received();
        // A close frame ends the connection, so it is answered even if the message budget is used up.
        if let Incoming::Close(code) = incoming {
            return ControlFlow::Break(Some(Close::echo(code)));
        }
        if self.budget.is_spent() {
            return ControlFlow::Break(Some(Close::too_many_messages()));
        }
        match incoming {
            Incoming::Text(text) => match self.protocol.accept(&text).await {
                Some(reply) => self.send_reply(reply).await,
                None => ControlFlow::Continue(()),
            },
            Incoming::Ping(bytes) => {
                let mut session = self.session.clone();
                self.send(session.pong(&bytes)).await
            }
            Incoming::Binary(_) => ControlFlow::Break(Some(close::not_text())),
            Incoming::Fragment | Incoming::Pong | Incoming::Close(_) => ControlFlow::Continue(()),
        }
    }

    async fn send_reply(&mut self, reply: Reply) -> ControlFlow<End> {
        match reply {
            Reply::Text(text) => {
                let mut session = self.session.clone();
                self.send(session.text(text)).await
            }
            Reply::Close(close) => ControlFlow::Break(Some(close)),
        }
    }

    async fn beat(&mut self) -> ControlFlow<End> {
        if self.keep_alive.is_lost() {
            return ControlFlow::Break(Some(close::not_answering()));
        }
        if self.keep_alive.is_ping_due() {
            let mut session = self.session.clone();
            return self.send(session.ping(b"")).await;
        }
        ControlFlow::Continue(())
    }

    /// Queues a message for the client. The queue holds 32 messages, and fills up if the client does not read. While it
    /// is full, this function waits. Meanwhile, positions for the client are merged in the live core, and the client's
    /// messages are not read.
    async fn send(&mut self, message: impl Future<Output = Result<(), Closed>>) -> ControlFlow<End> {
        let asked = Instant::now();
        // The message is only dropped if the connection ends.
        let sent = select! {
            // A client that does not read must not delay the shutdown.
            () = self.api.shutdown.cancelled() => return ControlFlow::Break(Some(Close::restarting())),
            sent = timeout(self.api.options.sockets.rules.send_timeout, message) => sent,
        };
        match sent {
            Ok(Ok(())) => {
                self.keep_alive.wrote(asked.elapsed());
                ControlFlow::Continue(())
            }
            Ok(Err(Closed)) => ControlFlow::Break(None),
            Err(_) => ControlFlow::Break(Some(Close::too_slow())),
        }
    }
}

/// Returns the next frame from the client; `None` if the client has disconnected. Cancel-safe: bytes that have been
/// read are kept in the reader.
async fn next_frame(reader: &mut FrameReader, body: &mut Payload) -> Option<Result<Incoming, FrameFault>> {
    loop {
        if let Some(frame) = reader.read().transpose() {
            return Some(frame);
        }
        reader.add(&body.next().await?.ok()?);
    }
}
