//! Keeps the live core in step with the registry.
//!
//! Mutations on this server are in force before they are answered; this is for all others: those on another
//! server, those of a seed or an import by the command line, and those made while this server was not there.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use metrics::gauge;
use time::OffsetDateTime;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::{error::Result, live::Live, ports::VehicleRepository};

/// How often the registry is asked for changes: a change on another server is in force within 1 s.
const INTERVAL: Duration = Duration::from_millis(500);

/// How far each look goes back behind the one before. A change carries the time at which its transaction
/// began, and is seen only when that has ended; what is seen twice changes nothing.
const OVERLAP: Duration = Duration::from_secs(10);

/// Whether the registry has been read since the server started.
#[derive(Debug, Clone, Default)]
pub struct RegistryStatus(Arc<AtomicBool>);

impl RegistryStatus {
    /// Whether all vehicles are known.
    #[must_use]
    pub fn is_loaded(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    fn set_loaded(&self) {
        self.0.store(true, Ordering::Release);
    }
}

pub(super) async fn run(
    live: Arc<Live>,
    repository: Arc<dyn VehicleRepository>,
    status: RegistryStatus,
    stop: CancellationToken,
) {
    let mut beat = tokio::time::interval(INTERVAL);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut since = None;
    let mut was_away = false;
    while stop.run_until_cancelled(beat.tick()).await.is_some() {
        match look(&live, repository.as_ref(), since).await {
            Ok((looked_at, is_news)) => {
                if since.is_none() || is_news {
                    live.request_key_sync();
                }
                since = Some(looked_at);
                status.set_loaded();
                gauge!("fleetwatch_active_vehicles").set(live.stats().enabled as f64);
                was_away = false;
            }
            Err(error) if !was_away => {
                tracing::warn!(%error, "the registry is away: live delivery goes on for the vehicles that are known");
                was_away = true;
            }
            Err(error) => tracing::debug!(%error, "the registry is still away"),
        }
    }
}

/// Takes over what has changed; tells when it looked, and whether the live keys may have to follow.
async fn look(
    live: &Live,
    repository: &dyn VehicleRepository,
    since: Option<OffsetDateTime>,
) -> Result<(OffsetDateTime, bool)> {
    let now = repository.now().await?;
    let changed = repository
        .changed_since(since.map(|since| since - OVERLAP))
        .await?;
    let is_news = live.upsert_all(&changed);
    Ok((now, is_news))
}
