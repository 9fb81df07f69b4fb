use async_trait::async_trait;
use futures::stream::BoxStream;

use crate::{error::Result, registry::Sequence};

/// Announces to all servers that the log of the registry has grown. Announcements may be lost, merged or repeated,
/// because they only shorten the delay: every server also reads the log at intervals.
#[async_trait]
pub trait EventBus: Send + Sync {
    /// Announces that the log contains events up to number `newest`.
    ///
    /// # Errors
    /// Returns [`crate::Error::Unavailable`] when the bus is unreachable.
    async fn announce(&self, newest: Sequence) -> Result<()>;

    /// Returns a stream of all announcements from now on, including those of this server. An item of `None` means that
    /// announcements may have been missed, for example after a reconnection. The stream ends only when the bus is
    /// closed. Dropping a pending `next` loses no announcement.
    fn listen(&self) -> BoxStream<'static, Option<Sequence>>;
}
