//! How servers tell each other that the log of the registry has grown.

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

/// The channel; a message is the number of the newest event, as decimal text.
const CHANNEL: &str = "fleetwatch:events";

/// How many announcements wait for a listener. Who missed some is told so, and the next one says as much as all.
const WAITING: usize = 64;

/// Announcements through Pub/Sub. Every listener has a connection of its own, made again whenever it is lost.
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
    /// Ends the connection with the listener.
    _keeper: AbortOnDropHandle<()>,
}

impl Listener {
    /// Both branches are cancel-safe, and so is this.
    async fn next(&mut self) -> Option<Option<Sequence>> {
        loop {
            tokio::select! {
                changed = self.link.changed() => {
                    changed.ok()?;
                    // What was announced before the connection stood was not heard.
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

/// The number of an announcement; who can't be understood may have meant anything.
fn number_of(message: &Message) -> Option<Sequence> {
    message.value.as_u64().map(Sequence::new)
}
