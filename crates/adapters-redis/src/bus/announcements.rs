//! Announcements, from server to server, that the registry's log has grown.

use std::sync::Arc;

use application::{Result, ports::EventBus, registry::Sequence};
use async_trait::async_trait;
use deadpool_redis::redis::cmd;
use fred::types::{Message, config::Config};
use futures::{
    StreamExt,
    stream::{self, BoxStream},
};
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

use super::{
    channels::Channels,
    inbox::Inbox,
    subscription::{State, Subscription},
};
use crate::{pool::CommandPool, topology::Topology};

/// Pub/Sub channel of the announcements. A message is the sequence number of the newest event, as decimal text.
const CHANNEL: &str = "fleetwatch:events";

/// Capacity of a listener's queue. When it overflows, the listener yields `None` in place of the lost numbers.
const WAITING: usize = 64;

/// Event bus on Redis Pub/Sub. Every listener has its own connection, which is re-established after each loss.
pub struct RedisEventBus {
    config: Config,
    topology: Arc<Topology>,
    pool: CommandPool,
}

impl RedisEventBus {
    pub(crate) const fn new(config: Config, topology: Arc<Topology>, pool: CommandPool) -> Self {
        Self {
            config,
            topology,
            pool,
        }
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
        let (connections, messages) = Inbox::new();
        let (state, link) = watch::channel(State::Trying);
        let subscription = Subscription::new(
            self.config.clone(),
            Arc::clone(&self.topology),
            Channels::plain([CHANNEL]),
            WAITING,
            connections,
            state,
        );
        let listener = Listener {
            messages,
            link,
            _keeper: AbortOnDropHandle::new(tokio::spawn(subscription.keep())),
        };
        stream::unfold(listener, async |mut listener| {
            Some((listener.next().await?, listener))
        })
        .boxed()
    }
}

struct Listener {
    messages: Inbox,
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
                message = self.messages.receive() => {
                    // Dropped messages may have been announcements.
                    return Some(message?.ok().and_then(|message| number_of(&message)));
                }
            }
        }
    }
}

/// Parses an announcement; `None` if it is not a number, which makes the receiver read the log.
fn number_of(message: &Message) -> Option<Sequence> {
    message.value.as_u64().map(Sequence::new)
}
