//! Messages of fleetwatch at `/ws`.
//!
//! * [`Settings`], [`Encoding`], [`Mode`]: settings of a socket; [`Area`]: the area that limits a subscription.
//! * [`Frame`], [`Head`], [`Batch`]: frames of updates.
//! * `inflate`: compressed frames.

mod frame;
mod inflate;
#[cfg(test)]
mod samples;
mod settings;

use std::borrow::Cow;

use anyhow::bail;
use serde::Deserialize;
use uuid::Uuid;

use super::incoming::Incoming;
use crate::websocket::{TEXT, client_frame};

pub(crate) use frame::{Batch, Frame, Head};
#[cfg(test)]
pub(crate) use samples::batch;
pub(crate) use settings::{Encoding, Mode, Settings};

/// A message that is not a batch.
#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    message: Option<String>,
}

/// A rectangle on a map.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Area {
    pub map: &'static str,
    /// Minimum x and y, maximum x and y, in metres.
    pub edges: [f64; 4],
}

/// Returns the frames that configure a socket and subscribe: to one vehicle, to those in an area, or to all.
pub(super) fn opening(settings: Settings, vehicle: Option<Uuid>, area: Option<Area>) -> Vec<u8> {
    let messages = settings
        .message()
        .into_iter()
        .chain([subscription(vehicle, area)]);
    messages
        .flat_map(|message| client_frame(TEXT, message.as_bytes()))
        .collect()
}

fn subscription(vehicle: Option<Uuid>, area: Option<Area>) -> String {
    match (vehicle, area) {
        (Some(id), _) => format!(r#"{{"type":"subscribeVehicle","vehicleId":"{id}"}}"#),
        (None, Some(Area { map, edges })) => {
            format!(r#"{{"type":"subscribeAll","filter":{{"mapId":"{map}","bbox":{edges:?}}}}}"#)
        }
        (None, None) => r#"{"type":"subscribeAll"}"#.to_owned(),
    }
}

/// Interprets the payload of a frame.
///
/// # Errors
/// Fails if the server rejects the subscription or the settings, the payload is malformed, or `on` fails.
pub(super) fn read(
    encoding: Encoding,
    payload: &[u8],
    on: &mut impl FnMut(Incoming<'_>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let frame = Frame { encoding, payload };
    if frame.is_batch() {
        return on(Incoming::Batch(frame));
    }
    let plain = frame.plain()?;
    let answer: Answer<'_> = encoding.decode(&plain)?;
    match &*answer.kind {
        "subscribed" => on(Incoming::Subscribed),
        "error" => bail!(
            "a subscription was refused: {}",
            answer.message.unwrap_or_default()
        ),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::{Value, json};

    use super::*;

    /// Returns the kind of [`Incoming`] that a message results in; empty if it is ignored.
    fn reaction(encoding: Encoding, message: &Value) -> anyhow::Result<String> {
        let mut found = String::new();
        read(encoding, &samples::message(encoding, message), &mut |incoming| {
            found = match incoming {
                Incoming::Subscribed => "subscribed".to_owned(),
                Incoming::Batch(_) => "batch".to_owned(),
                other => format!("{other:?}"),
            };
            Ok(())
        })?;
        Ok(found)
    }

    #[rstest]
    fn messages_are_distinguished_in_every_encoding(
        #[values(
            Encoding::Json,
            Encoding::JsonDeflate,
            Encoding::MessagePack,
            Encoding::MessagePackDeflate
        )]
        encoding: Encoding,
    ) {
        let reaction = |message: Value| reaction(encoding, &message);
        assert_eq!(reaction(json!({"type": "subscribed"})).unwrap(), "subscribed");
        assert_eq!(
            reaction(json!({"type": "welcome", "user": {"role": "ADMIN"}})).unwrap(),
            ""
        );
        let refusal =
            reaction(json!({"type": "error", "id": null, "code": "NOT_FOUND", "message": "no \"x\""}));
        assert!(refusal.unwrap_err().to_string().ends_with("no \"x\""));
    }

    #[test]
    fn a_socket_is_configured_before_it_subscribes() {
        let settings = Settings {
            mode: Mode::Delta,
            ..Settings::default()
        };
        let expected = [
            client_frame(TEXT, br#"{"type":"configure","mode":"delta"}"#),
            client_frame(TEXT, br#"{"type":"subscribeAll"}"#),
        ];
        assert_eq!(opening(settings, None, None), expected.concat());
        assert_eq!(opening(Settings::default(), None, None), expected[1]);
    }

    #[test]
    fn a_subscription_is_limited_to_an_area() {
        let area = Area {
            map: "floor-1",
            edges: [-1.5, 0.0, 8.0, 10.0],
        };
        let expected = json!({
            "type": "subscribeAll", "filter": {"mapId": "floor-1", "bbox": [-1.5, 0.0, 8.0, 10.0]},
        });
        let message: Value = serde_json::from_str(&subscription(None, Some(area))).unwrap();
        assert_eq!(message, expected);
    }
}
