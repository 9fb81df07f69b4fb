//! Receipt of messages from several connections, in the order of each connection.

use fred::types::Message;
use futures::future::select_all;
use tokio::sync::{
    broadcast::{
        self,
        error::{RecvError, TryRecvError},
    },
    mpsc,
};

/// Maximum number of new connections that wait to be accepted.
const WAITING_CONNECTIONS: usize = 16;

/// Sender of the receivers of new connections.
pub(super) type Connections = mpsc::Sender<broadcast::Receiver<Message>>;

/// Receives messages from several connections, which may be added and closed. The messages of one connection are
/// returned in order.
pub(super) struct Inbox {
    new: mpsc::Receiver<broadcast::Receiver<Message>>,
    connections: Vec<broadcast::Receiver<Message>>,
    /// Index of the connection that is polled next.
    next: usize,
}

/// Number of messages that were dropped because the inbox was not emptied in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dropped(pub(super) u64);

impl Inbox {
    pub(super) fn new() -> (Connections, Self) {
        let (connections, new) = mpsc::channel(WAITING_CONNECTIONS);
        let inbox = Self {
            new,
            connections: Vec::new(),
            next: 0,
        };
        (connections, inbox)
    }

    /// Waits for a new connection, whose messages are received from then on. Cancel-safe.
    pub(super) async fn accept(&mut self) {
        match self.new.recv().await {
            Some(connection) => self.connections.push(connection),
            None => std::future::pending().await,
        }
    }

    /// Accepts the connections that are waiting to be accepted. Their messages are received from then on.
    pub(super) fn accept_waiting(&mut self) {
        while let Ok(connection) = self.new.try_recv() {
            self.connections.push(connection);
        }
    }

    /// Returns a message of an accepted connection that has arrived; `None` if there is none.
    pub(super) fn try_receive(&mut self) -> Option<Result<Message, Dropped>> {
        let mut empty = 0;
        while empty < self.connections.len() {
            let index = if self.next < self.connections.len() {
                self.next
            } else {
                0
            };
            // Connections take turns, so that none has to wait for a busy one.
            self.next = index + 1;
            match self.connections[index].try_recv() {
                Ok(message) => return Some(Ok(message)),
                Err(TryRecvError::Lagged(dropped)) => return Some(Err(Dropped(dropped))),
                Err(TryRecvError::Empty) => empty += 1,
                Err(TryRecvError::Closed) => {
                    self.connections.swap_remove(index);
                }
            }
        }
        None
    }

    /// Waits for a message. Returns `None` once all connections are closed and no more can be added. Cancel-safe.
    pub(super) async fn receive(&mut self) -> Option<Result<Message, Dropped>> {
        loop {
            if self.connections.is_empty() {
                self.connections.push(self.new.recv().await?);
            }
            let messages = self
                .connections
                .iter_mut()
                .map(|connection| Box::pin(connection.recv()));
            let event = tokio::select! {
                biased;
                (message, index, _) = select_all(messages) => Ok((message, index)),
                Some(connection) = self.new.recv() => Err(connection),
            };
            let (message, index) = match event {
                Ok(received) => received,
                Err(connection) => {
                    self.connections.push(connection);
                    continue;
                }
            };
            match message {
                Ok(message) => return Some(Ok(message)),
                Err(RecvError::Lagged(dropped)) => return Some(Err(Dropped(dropped))),
                Err(RecvError::Closed) => {
                    self.connections.swap_remove(index);
                }
            }
        }
    }
}
