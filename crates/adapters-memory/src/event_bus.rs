//! How the log's growth is announced to a server that has no neighbours.

use application::{Result, ports::EventBus, registry::Sequence};
use async_trait::async_trait;
use futures::{
    StreamExt as _,
    stream::{self, BoxStream},
};
use tokio::sync::broadcast::{self, error::RecvError};

/// How many announcements wait for a listener; it is told when some were missed.
const WAITING: usize = 64;

/// Announcements inside of this process.
#[derive(Debug, Clone)]
pub struct MemoryEventBus(broadcast::Sender<Sequence>);

impl Default for MemoryEventBus {
    fn default() -> Self {
        Self(broadcast::Sender::new(WAITING))
    }
}

#[async_trait]
impl EventBus for MemoryEventBus {
    async fn announce(&self, newest: Sequence) -> Result<()> {
        // Nobody has to listen.
        let _ = self.0.send(newest);
        Ok(())
    }

    fn listen(&self) -> BoxStream<'static, Option<Sequence>> {
        stream::unfold(self.0.subscribe(), |mut announced| async move {
            match announced.recv().await {
                Ok(newest) => Some((Some(newest), announced)),
                Err(RecvError::Lagged(_)) => Some((None, announced)),
                Err(RecvError::Closed) => None,
            }
        })
        .boxed()
    }
}
