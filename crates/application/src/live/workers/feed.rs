//! Takes messages from the bus into the live core.

use std::sync::Arc;

use futures::StreamExt as _;
use metrics::counter;
use tokio::sync::mpsc::{self, error::TrySendError};
use tokio_util::sync::CancellationToken;

use crate::{
    live::Live,
    ports::{FeedEvent, TelemetryBus},
    telemetry::DeadLetter,
};

pub(super) async fn run(
    live: Arc<Live>,
    bus: Arc<dyn TelemetryBus>,
    letters: mpsc::Sender<DeadLetter>,
    stop: CancellationToken,
) {
    let mut events = bus.subscribe();
    // Taking from a stream is cancel-safe: an event that was not returned is still in it.
    while let Some(Some(event)) = stop.run_until_cancelled(events.next()).await {
        match event {
            FeedEvent::Messages(messages) => {
                for letter in live.receive(messages) {
                    bury(&letters, letter);
                }
            }
            FeedEvent::Up => {
                tracing::info!("robots are heard");
                live.set_feed(true);
                live.request_key_sync();
            }
            FeedEvent::Down => {
                tracing::warn!("robots are not heard: there is no connection to the telemetry bus");
                live.set_feed(false);
            }
            FeedEvent::Lagged(messages) => {
                tracing::warn!(
                    messages,
                    "messages were lost because they came faster than they were taken"
                );
                live.lagged(messages);
            }
        }
    }
}

/// Delivery never waits for dead letters: when too many wait, the newest is given up and counted.
fn bury(letters: &mpsc::Sender<DeadLetter>, letter: DeadLetter) {
    if let Err(TrySendError::Full(_)) = letters.try_send(letter) {
        counter!("fleetwatch_dlq_dropped_total").increment(1);
    }
}
