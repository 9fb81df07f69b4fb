//! Announcements that the registry's log has grown, inside a single server.

use application::{Result, ports::EventBus, registry::Sequence};
use async_trait::async_trait;
use futures::{
    StreamExt as _,
    stream::{self, BoxStream},
};
use tokio::sync::broadcast::{self, error::RecvError};

/// Capacity of a listener's queue. A listener that misses announcements receives `None`.
const WAITING: usize = 64;

/// Bus of announcements inside this process.
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
        // An error means that there are no listeners.
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
