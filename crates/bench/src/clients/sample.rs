//! Measurement of the payload bytes per update on one socket.

use std::time::Duration;

use anyhow::{Context as _, bail};
use serde::Deserialize;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    time::{Instant, timeout_at},
};

use super::connection;
use crate::{
    protocols::{Batch, Dialogue, Frame, Incoming},
    target::Endpoint,
    websocket::{CLOSE, FrameReader, PING, PONG, client_frame},
};

/// Time limit for the first update.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
}

/// Subscribes to all vehicles, and returns the median of the payload bytes per update over the frames received during
/// `measured`, which begins `warm_up` after the first update.
///
/// # Errors
/// Fails if the subscription is refused, or no updates arrive.
pub(crate) async fn bytes_per_update(
    endpoint: &Endpoint,
    warm_up: Duration,
    measured: Duration,
) -> anyhow::Result<f64> {
    let mut dialogue = Dialogue::new(endpoint.protocol, None);
    let (mut stream, mut bytes) = connection::open(endpoint, &dialogue).await?;
    let (mut frames, mut ratios) = (FrameReader::default(), Vec::new());
    let (mut start, mut end) = (None, Instant::now() + PATIENCE);
    loop {
        let (mut answers, mut is_closed, mut outcome) = (Vec::new(), false, Ok(()));
        frames.read(&bytes, |opcode, payload| match opcode {
            PING => answers.extend(client_frame(PONG, payload)),
            CLOSE => is_closed = true,
            _ if outcome.is_ok() => {
                outcome = dialogue.read(opcode, payload, |incoming| {
                    if let Incoming::Batch(frame) = incoming
                        && let updates @ 1.. = updates_in(frame)?
                    {
                        let now = Instant::now();
                        if start.is_none() {
                            end = now + warm_up + measured;
                        }
                        if now >= *start.get_or_insert(now + warm_up) {
                            ratios.push(frame.payload.len() as f64 / f64::from(updates));
                        }
                    }
                    Ok(())
                });
            }
            _ => {}
        });
        outcome?;
        if is_closed {
            bail!("the server closed a socket");
        }
        stream.write_all(&answers).await?;
        bytes.clear();
        match timeout_at(end, stream.read_buf(&mut bytes)).await {
            Ok(Ok(0)) => bail!("the server closed a connection"),
            Ok(read) => read.context("a connection broke")?,
            Err(_) => break,
        };
    }
    median(&mut ratios).context("no updates arrived")
}

/// Returns the number of updates in a frame. Other events are not counted.
fn updates_in(frame: Frame<'_>) -> anyhow::Result<u32> {
    let plain = frame.plain()?;
    let batch: Batch<Event<'_>> = frame.encoding.decode(&plain)?;
    let is_update =
        |event: &&Event<'_>| matches!(event.kind, "positionUpdate" | "positionDelta" | "stateUpdate");
    Ok(u32::try_from(batch.events.iter().filter(is_update).count())?)
}

/// Returns the median, or the upper one of two middle numbers; `None` if there are no numbers.
fn median(numbers: &mut [f64]) -> Option<f64> {
    numbers.sort_unstable_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;
    use crate::protocols::{Encoding, Head, batch};

    #[rstest]
    fn only_updates_are_counted(
        #[values(
            Encoding::Json,
            Encoding::JsonDeflate,
            Encoding::MessagePack,
            Encoding::MessagePackDeflate
        )]
        encoding: Encoding,
    ) {
        let head = Head { tick: 1, prev: None };
        let kinds = [
            "stateChange",
            "positionUpdate",
            "positionDelta",
            "vehicleLeft",
            "stateUpdate",
        ];
        let events = kinds.map(|kind| json!({"type": kind, "vehicleId": "a"}));
        let payload = batch(encoding, head, &json!(events));
        let frame = Frame {
            encoding,
            payload: &payload,
        };
        assert_eq!(updates_in(frame).unwrap(), 3);
    }

    #[test]
    fn a_median_is_one_of_the_numbers() {
        assert_eq!(median(&mut [3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&mut [4.0, 1.0]), Some(4.0));
        assert_eq!(median(&mut []), None);
    }
}
