use async_trait::async_trait;
use futures::stream::BoxStream;

use crate::{error::Result, registry::Sequence};

/// How servers tell each other that the log of the registry has grown. It may lose a call: the log is the truth,
/// and who has not been called for a while looks by itself.
#[async_trait]
pub trait EventBus: Send + Sync {
    /// Tells all servers that there are events up to this one.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`] when the bus is away.
    async fn announce(&self, newest: Sequence) -> Result<()>;

    /// What is announced from now on, by this server too; an item without a number says that announcements may
    /// have been missed. The stream ends only when the bus is closed.
    fn listen(&self) -> BoxStream<'static, Option<Sequence>>;
}
