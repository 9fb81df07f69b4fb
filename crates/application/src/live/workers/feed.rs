//! The task that passes messages from the bus to the live core.

use std::{future::pending, num::NonZero, sync::Arc, time::Duration};

use futures::StreamExt as _;
use metrics::counter;
use tokio::{
    sync::mpsc::{self, error::TrySendError},
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use super::pacer::{Pacer, Paces};
use crate::{
    live::Live,
    ports::{FeedEvent, TelemetryBus},
    telemetry::{DeadLetter, Inbound},
};

/// Minimum interval between two log entries about lost messages.
const COMPLAINT_EVERY: Duration = Duration::from_secs(10);

pub(super) async fn run(
    live: Arc<Live>,
    bus: Arc<dyn TelemetryBus>,
    letters: mpsc::Sender<DeadLetter>,
    max_messages_per_vehicle: NonZero<u32>,
    stop: CancellationToken,
) {
    let mut events = bus.subscribe();
    let mut pacer = Pacer::new(max_messages_per_vehicle);
    let mut losses = Losses::default();
    let receive = |messages: Vec<Inbound>| {
        for letter in live.receive(messages) {
            dead_letter(&letters, letter);
        }
    };
    loop {
        let release = pacer.next(live.now());
        // All branches are cancel-safe: an event that was not returned remains in its stream.
        let event = tokio::select! {
            biased;
            () = stop.cancelled() => return,
            // This precedes the events, which are always ready while there is a backlog. Otherwise, held messages would
            // not be released.
            () = sleep(release) => {
                receive(pacer.release(live.now()));
                continue;
            }
            event = events.next() => event,
        };
        match event {
            Some(FeedEvent::Messages(messages)) => {
                let Paces { messages, given_up } = pacer.admit(messages, live.now());
                receive(messages);
                for (channel, parts) in given_up {
                    live.rate_limited(channel, parts);
                }
            }
            Some(FeedEvent::Up) => {
                tracing::info!("receiving messages from robots");
                live.set_feed(true);
                live.request_key_sync();
            }
            Some(FeedEvent::Down) => {
                tracing::warn!("not receiving messages from robots: the telemetry bus is unavailable");
                live.set_feed(false);
            }
            Some(FeedEvent::Lagged(messages)) => {
                losses.complain(messages);
                live.lagged(messages);
            }
            Some(FeedEvent::Canary(canary)) => live.pass_canary(canary),
            None => return,
        }
        // With a backlog, the stream is always ready. The task of the bus connection, which may share this thread, must
        // get a turn too.
        tokio::task::yield_now().await;
    }
}

async fn sleep(pause: Option<Duration>) {
    match pause {
        Some(pause) => tokio::time::sleep(pause).await,
        None => pending().await,
    }
}

/// Messages that were lost since the last log entry about losses.
#[derive(Default)]
struct Losses {
    messages: u64,
    complained_at: Option<Instant>,
}

impl Losses {
    fn complain(&mut self, messages: u64) {
        self.messages += messages;
        if self
            .complained_at
            .is_none_or(|before| before.elapsed() >= COMPLAINT_EVERY)
        {
            let messages = std::mem::take(&mut self.messages);
            tracing::warn!(
                messages,
                "messages were lost: they arrived faster than they could be processed"
            );
            self.complained_at = Some(Instant::now());
        }
    }
}

/// Queues a dead letter without waiting. If the queue is full, the letter is dropped and counted, because delivery to
/// subscribers must not wait for dead letters.
fn dead_letter(letters: &mpsc::Sender<DeadLetter>, letter: DeadLetter) {
    if let Err(TrySendError::Full(_)) = letters.try_send(letter) {
        counter!("fleetwatch_dlq_dropped_total").increment(1);
    }
}
