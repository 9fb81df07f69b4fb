//! Announcements, from server to server, that the registry's log has grown.

use application::{Result, ports::EventBus, registry::Sequence};
use async_trait::async_trait;
use deadpool_redis::redis::cmd;
use fred::{
    interfaces::EventInterface,
    types::{Message, config::Config},
};
use futures::{
    StreamExt,
    stream::{self, BoxStream},
};
use tokio::sync::{
    broadcast::{self, error::RecvError},
    watch,
};
use tokio_util::task::AbortOnDropHandle;

use super::link::{self, State};
use crate::pool::CommandPool;

/// Pub/Sub channel of the announcements. A message is the sequence number of the newest event, as decimal text.
const CHANNEL: &str = "fleetwatch:events";

/// Capacity of a listener's queue. When it overflows, the listener yields `None` in place of the lost numbers.
const WAITING: usize = 64;

/// Event bus on Redis Pub/Sub. Every listener has its own connection, which is re-established after each loss.
pub struct RedisEventBus {
    config: Config,
    pool: CommandPool,
}

impl RedisEventBus {
    pub(crate) const fn new(config: Config, pool: CommandPool) -> Self {
        Self { config, pool }
    }
}

#[async_trait]
impl EventBus for RedisEventBus {
    async fn announce(&self, newest: Sequence) -> Result<()> {
        let mut publish = cmd("PUBLISH");
        publish.arg(CHANNEL).arg(newest.get());
        let _listeners: u64 = self.pool.query(&publish).await?;
        Ok(())
    }

    fn listen(&self) -> BoxStream<'static, Option<Sequence>> {
        let client = link::client(&self.config, WAITING);
        let messages = client.message_rx();
        let (state, link) = watch::channel(State::Trying);
        let keeper = AbortOnDropHandle::new(tokio::spawn(link::keep(client, &[CHANNEL], state)));
        let listener = Listener {
            messages,
            link,
            _keeper: keeper,
        };
        stream::unfold(listener, async |mut listener| {
            Some((listener.next().await?, listener))
        })
        .boxed()
    }
}

struct Listener {
    messages: broadcast::Receiver<Message>,
    link: watch::Receiver<State>,
    /// Closes the connection when the listener is dropped.
    _keeper: AbortOnDropHandle<()>,
}

impl Listener {
    /// Returns the next announcement: `Some(None)` if some may have been missed, `None` once the bus is closed.
    /// Cancel-safe, because both branches are.
    async fn next(&mut self) -> Option<Option<Sequence>> {
        loop {
            tokio::select! {
                changed = self.link.changed() => {
                    changed.ok()?;
                    // Announcements sent before the subscription was confirmed may have been missed.
                    if *self.link.borrow_and_update() == State::Up {
                        return Some(None);
                    }
                }
                message = self.messages.recv() => match message {
                    Ok(message) => return Some(number_of(&message)),
                    Err(RecvError::Lagged(_)) => return Some(None),
                    Err(RecvError::Closed) => return None,
                },
            }
        }
    }
}

/// Parses an announcement; `None` if it is not a number, which makes the receiver read the log.
fn number_of(message: &Message) -> Option<Sequence> {
    message.value.as_u64().map(Sequence::new)
}
