use async_trait::async_trait;
use futures::stream::BoxStream;

use crate::{error::Result, registry::Sequence};

/// Announces to all servers that the log of the registry has grown. Announcements may be lost, merged or repeated:
/// every server also reads the log at intervals, and announcements only shorten the delay.
#[async_trait]
pub trait EventBus: Send + Sync {
    /// Announces that the log has events up to `newest`.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`] when the bus is unreachable.
    async fn announce(&self, newest: Sequence) -> Result<()>;

    /// Returns all announcements from now on, including those of this server. `None` in place of a number means that
    /// announcements may have been missed, for example after a reconnection. The stream ends only when the bus is
    /// closed. Dropping a pending `next` loses no announcement.
    fn listen(&self) -> BoxStream<'static, Option<Sequence>>;
}
