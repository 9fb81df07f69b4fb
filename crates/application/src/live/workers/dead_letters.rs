//! The task that stores rejected messages as dead letters.

use std::{sync::Arc, time::Duration};

use metrics::counter;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::{ports::DeadLetters, telemetry::DeadLetter};

/// Maximum number of letters per batch.
const AT_ONCE: usize = 256;

/// Pause per letter of a batch. It limits the rate to about 5,000 letters a second, so that a flood of faulty
/// messages does not keep Redis from serving robots.
const PAUSE_PER_LETTER: Duration = Duration::from_micros(200);

pub(super) async fn run(
    dead_letters: Arc<dyn DeadLetters>,
    mut waiting: mpsc::Receiver<DeadLetter>,
    stop: CancellationToken,
) {
    let mut letters = Vec::with_capacity(AT_ONCE);
    // The channel closes when its senders are dropped at shutdown. Letters that are still in it are stored first.
    while waiting.recv_many(&mut letters, AT_ONCE).await > 0 {
        match dead_letters.append(&letters).await {
            Ok(()) => count_dead_letters(&letters),
            Err(error) => {
                tracing::warn!(
                    error = error.chain(),
                    letters = letters.len(),
                    "could not store dead letters"
                );
                counter!("fleetwatch_dlq_dropped_total").increment(letters.len() as u64);
            }
        }
        let pause = PAUSE_PER_LETTER * u32::try_from(letters.len()).unwrap_or(u32::MAX);
        letters.clear();
        if !waiting.is_empty() {
            stop.run_until_cancelled(tokio::time::sleep(pause)).await;
        }
        // Stop here, because `recv_many` would wait until the channel is closed.
        if stop.is_cancelled() && waiting.is_empty() {
            break;
        }
    }
}

fn count_dead_letters(letters: &[DeadLetter]) {
    for letter in letters {
        counter!("fleetwatch_dlq_messages_total", "reason" => letter.rejection.reason.as_str()).increment(1);
    }
}
