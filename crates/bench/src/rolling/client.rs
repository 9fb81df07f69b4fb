//! A client of `/ws` that reconnects as docs/websocket.md describes: after a close frame with 1012, it waits for the
//! time that the server has asked for, and subscribes again.

use std::{
    borrow::Cow,
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use serde::Deserialize;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    time::sleep,
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    gate::{Gate, Stream},
    picture::{Known, Picture, Return, SharedPicture},
};
use crate::{
    clients::seq_of,
    protocols::{Batch, Dialogue, Frame, Incoming},
    websocket::{CLOSE, FrameReader, PING, PONG, client_frame},
};

/// Close code of a server that is shutting down.
const RESTARTING: u16 = 1_012;

/// Pause before the next attempt after a failure.
const PAUSE: Duration = Duration::from_millis(500);

/// Maximum number of bytes in a read.
const READ_BYTES: usize = 16 * 1024;

pub(super) struct Client {
    gate: Gate,
    /// The vehicle to which it subscribes; `None` for all.
    vehicle: Option<Uuid>,
    /// Numbers of the vehicles, by their ids.
    numbers: Arc<HashMap<String, u32>>,
    picture: SharedPicture,
}

/// The close frame of a server that is shutting down.
#[derive(Debug, Clone, Copy)]
struct Closing {
    at: Instant,
    /// Time to wait before reconnecting.
    asked: Duration,
}

/// Result of handling the bytes of one read.
#[derive(Debug, Default)]
struct Seen {
    is_subscribed: bool,
    /// Frames to send.
    answers: Vec<u8>,
    /// Payload of the server's close frame.
    close: Option<Vec<u8>>,
}

/// An event of a batch.
#[derive(Debug, Deserialize)]
struct Event<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    #[serde(rename = "vehicleId", borrow)]
    vehicle_id: Option<Cow<'a, str>>,
    position: Option<Point>,
    #[serde(borrow)]
    status: Option<Cow<'a, str>>,
    #[serde(rename = "newStatus", borrow)]
    new_status: Option<Cow<'a, str>>,
}

#[derive(Debug, Deserialize)]
struct Point {
    x: f64,
}

impl Client {
    pub(super) fn new(
        gate: &Gate,
        numbers: &Arc<HashMap<String, u32>>,
        vehicle: Option<Uuid>,
        picture: &SharedPicture,
    ) -> Self {
        Self {
            gate: gate.clone(),
            vehicle,
            numbers: Arc::clone(numbers),
            picture: picture.clone(),
        }
    }

    /// Connects again whenever the socket ends, until `stop` is cancelled.
    pub(super) async fn run(self, stop: CancellationToken) {
        // Cancel-safe: everything received is in the picture, and dropping the connection ends the socket.
        stop.run_until_cancelled(self.stay_connected()).await;
    }

    async fn stay_connected(&self) {
        let mut closing = None;
        loop {
            match self.visit(closing).await {
                Ok(next) => {
                    sleep(next.asked).await;
                    closing = Some(next);
                }
                Err(error) => {
                    self.picture.lock().failures.push(format!("{error:#}"));
                    sleep(PAUSE).await;
                }
            }
        }
    }

    /// Connects, subscribes, and receives until the server closes the socket with 1012.
    async fn visit(&self, closing: Option<Closing>) -> anyhow::Result<Closing> {
        let mut dialogue = Dialogue::new(self.gate.protocol, self.vehicle);
        let (mut stream, mut bytes) = self.gate.upgrade(&dialogue).await?;
        self.picture.lock().begin();
        stream.write_all(&dialogue.opening()).await?;
        stream.flush().await?;
        let (mut frames, mut buffer) = (FrameReader::default(), vec![0; READ_BYTES]);
        loop {
            let seen = self.take(&mut dialogue, &mut frames, &bytes)?;
            if seen.is_subscribed {
                self.record_return(closing);
            }
            send(&mut stream, &seen.answers).await?;
            if let Some(close) = seen.close {
                return closing_of(&close);
            }
            let count = stream.read(&mut buffer).await.context("a connection broke")?;
            if count == 0 {
                bail!("a connection ended without a close frame");
            }
            bytes.clear();
            bytes.extend_from_slice(&buffer[..count]);
        }
    }

    fn record_return(&self, closing: Option<Closing>) {
        let mut picture = self.picture.lock();
        picture.is_subscribed = true;
        picture.returns.extend(closing.map(|closing| Return {
            asked: closing.asked,
            took: closing.at.elapsed(),
        }));
    }

    fn take(&self, dialogue: &mut Dialogue, frames: &mut FrameReader, bytes: &[u8]) -> anyhow::Result<Seen> {
        let (mut seen, mut outcome) = (Seen::default(), Ok(()));
        frames.read(bytes, |opcode, payload| match opcode {
            PING => seen.answers.extend(client_frame(PONG, payload)),
            PONG => {}
            CLOSE => {
                let code = &payload[..payload.len().min(2)];
                seen.answers.extend(client_frame(CLOSE, code));
                seen.close = Some(payload.to_vec());
            }
            _ if outcome.is_ok() => {
                outcome = dialogue.read(opcode, payload, |incoming| match incoming {
                    Incoming::Subscribed => {
                        seen.is_subscribed = true;
                        Ok(())
                    }
                    Incoming::Batch(frame) => self.enter(frame),
                    Incoming::Answer(_) | Incoming::Update(_) => Ok(()),
                });
            }
            _ => {}
        });
        outcome.map(|()| seen)
    }

    /// Applies the events of a frame.
    fn enter(&self, frame: Frame<'_>) -> anyhow::Result<()> {
        let plain = frame.plain()?;
        let batch: Batch<Event<'_>> = frame.encoding.decode(&plain)?;
        let mut picture = self.picture.lock();
        for event in &batch.events {
            let number = event.vehicle_id.as_deref().and_then(|id| self.numbers.get(id));
            if let Some(number) = number {
                apply(&mut picture, *number, event);
            }
        }
        Ok(())
    }
}

fn apply(picture: &mut Picture, vehicle: u32, event: &Event<'_>) {
    match (&*event.kind, &event.position, &event.status, &event.new_status) {
        ("positionUpdate", Some(position), Some(status), _) => {
            let known = Known {
                seq: seq_of(position.x),
                status: status.clone().into_owned(),
            };
            picture.vehicles.insert(vehicle, known);
        }
        ("stateChange", _, _, Some(status)) => {
            if let Some(known) = picture.vehicles.get_mut(&vehicle) {
                known.status = status.clone().into_owned();
            }
        }
        ("vehicleRemoved" | "vehicleLeft", ..) => {
            picture.vehicles.remove(&vehicle);
        }
        _ => {}
    }
}

async fn send(stream: &mut Stream, frames: &[u8]) -> anyhow::Result<()> {
    if !frames.is_empty() {
        stream.write_all(frames).await?;
        stream.flush().await?;
    }
    Ok(())
}

/// Returns the time that the payload of a close frame asks for.
///
/// # Errors
/// Fails if the code is not 1012, or there is no such time.
fn closing_of(payload: &[u8]) -> anyhow::Result<Closing> {
    let (code, reason) = payload
        .split_first_chunk::<2>()
        .context("a close frame without a code")?;
    let (code, reason) = (u16::from_be_bytes(*code), String::from_utf8_lossy(reason));
    let asked = reason.strip_prefix("retry-after=").and_then(|ms| ms.parse().ok());
    match (code, asked) {
        (RESTARTING, Some(ms)) => Ok(Closing {
            at: Instant::now(),
            asked: Duration::from_millis(ms),
        }),
        _ => bail!("a socket was closed with {code} {reason}"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(events: &serde_json::Value, expected: &[(u32, u32, &str)]) {
        let mut picture = Picture::default();
        let text = events.to_string();
        let events: Vec<Event<'_>> = serde_json::from_str(&text).unwrap();
        for event in &events {
            apply(&mut picture, 7, event);
        }
        let found: Vec<_> = picture
            .vehicles
            .iter()
            .map(|(vehicle, known)| (*vehicle, known.seq, known.status.as_str()))
            .collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn events_change_the_picture() {
        let update = json!({
            "type": "positionUpdate", "vehicleId": "a", "position": {"x": 0.005, "y": 1}, "status": "IDLE",
        });
        let change =
            json!({"type": "stateChange", "vehicleId": "a", "oldStatus": "IDLE", "newStatus": "STOPPED"});
        let removed = json!({"type": "vehicleRemoved", "vehicleId": "a"});
        check(&json!([update]), &[(7, 5, "IDLE")]);
        check(&json!([update, change]), &[(7, 5, "STOPPED")]);
        check(&json!([change]), &[]);
        check(&json!([update, removed]), &[]);
    }

    #[test]
    fn only_a_restarting_server_may_close_a_socket() {
        let payload = |code: u16, reason: &str| [&code.to_be_bytes(), reason.as_bytes()].concat();
        let closing = closing_of(&payload(1_012, "retry-after=1500")).unwrap();
        assert_eq!(closing.asked, Duration::from_millis(1_500));
        for wrong in [payload(1_012, ""), payload(1_001, "retry-after=1500"), Vec::new()] {
            assert!(closing_of(&wrong).is_err(), "{wrong:?}");
        }
    }
}
