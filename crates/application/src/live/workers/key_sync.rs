//! Brings the live keys and the live core in step after they were apart.

use std::{sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;

use crate::{
    error::Result,
    live::{Live, live_table::Activity},
    ports::LiveKeys,
};

/// How many vehicles are read or changed in one pipeline.
const AT_ONCE: usize = 1_000;

/// How long it takes to try again.
const RETRY: Duration = Duration::from_millis(500);

pub(super) async fn run(live: Arc<Live>, keys: Arc<dyn LiveKeys>, stop: CancellationToken) {
    while stop.run_until_cancelled(live.key_sync.notified()).await.is_some() {
        while let Err(error) = sync(&live, keys.as_ref()).await {
            tracing::debug!(%error, "live keys and live core are not in step yet");
            if stop
                .run_until_cancelled(tokio::time::sleep(RETRY))
                .await
                .is_none()
            {
                return;
            }
        }
    }
}

/// What another server wrote while this one could not hear is taken over; then all that is known here is
/// written, because the keys may have been lost: what is newer there stays.
async fn sync(live: &Live, keys: &dyn LiveKeys) -> Result<()> {
    let Activity {
        enabled,
        disabled,
        deleted,
    } = live.activity();
    for ids in enabled.chunks(AT_ONCE) {
        live.restore(keys.read(ids).await?);
        keys.activate(ids).await?;
    }
    for ids in disabled.chunks(AT_ONCE) {
        keys.deactivate(ids).await?;
    }
    for ids in deleted.chunks(AT_ONCE) {
        keys.forget(ids).await?;
    }
    live.mark_all_unsynced();
    tracing::debug!(vehicles = enabled.len(), "live keys and live core are in step");
    Ok(())
}
