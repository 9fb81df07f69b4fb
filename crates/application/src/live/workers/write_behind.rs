//! The task that writes the live keys after messages have arrived (write-behind), so that robots that only publish have
//! keys as well.

use std::{sync::Arc, time::Duration};

use domain::VehicleId;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::{
    error::{Error, Result},
    live::{KeyWriter, Live},
    ports::LiveKeys,
};

/// Maximum number of vehicles that are written in one pipeline.
const AT_ONCE: usize = 512;

/// Maximum duration of the last write when the server stops.
const LAST_WRITE: Duration = Duration::from_secs(2);

pub(super) async fn run(
    live: Arc<Live>,
    keys: Arc<dyn LiveKeys>,
    interval: Duration,
    stop: CancellationToken,
) {
    let mut beat = tokio::time::interval(interval);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stop.run_until_cancelled(beat.tick()).await.is_some() {
        let outcome = write_all(&live, keys.as_ref()).await;
        live.key_access.note(KeyWriter::Behind, &outcome);
    }
    let written = tokio::time::timeout(LAST_WRITE, write_all(&live, keys.as_ref())).await;
    if let Err(error) = written.unwrap_or_else(|_| Err(Error::no_answer("redis", LAST_WRITE))) {
        tracing::warn!(
            error = error.chain(),
            "could not write the newest data to the live keys before the shutdown"
        );
    }
}

/// Reads the keys of vehicles for which another server has started a new series that this server has not detected.
async fn take_over(live: &Live, keys: &dyn LiveKeys, overtaken: &[VehicleId]) {
    if overtaken.is_empty() {
        return;
    }
    match keys.read(overtaken).await {
        Ok(records) => live.restore(records),
        Err(error) => {
            tracing::debug!(error = error.chain(), "could not read live keys");
            // Queue the vehicles again: the next write detects the later series again, and the read is repeated.
            live.read(|core, _| core.keys_failed(overtaken.iter().copied()));
        }
    }
}

/// Writes the keys that are outdated now. After a failure, the rest waits for the next interval.
async fn write_all(live: &Live, keys: &dyn LiveKeys) -> Result<()> {
    // Keys that become outdated during the writes wait for the next interval: otherwise, the loop would not end while
    // messages arrive faster than Redis answers.
    let mut left = live.read(|core, _| core.unsynced_count());
    while left > 0 {
        let count = left.min(AT_ONCE);
        left -= count;
        // Vehicles without any data have no record, so the list may be empty although some were taken.
        let records = live.read(|core, now| core.take_unsynced(count, now));
        if records.is_empty() {
            continue;
        }
        let written = keys.write(&records).await;
        let ids = records.iter().map(|record| record.vehicle_id);
        match written {
            Ok(overtaken) => {
                live.read(|core, now| core.keys_written(ids, now));
                take_over(live, keys, &overtaken).await;
            }
            Err(error) => {
                tracing::debug!(error = error.chain(), "could not write live keys");
                live.read(|core, _| core.keys_failed(ids));
                return Err(error);
            }
        }
    }
    Ok(())
}
