//! The subscription of a visitor, and its way of leaving.

use std::time::Duration;

use rand::{Rng as _, rngs::SmallRng};
use serde_json::{Value, json};
use uuid::Uuid;

use super::Scene;
use crate::{
    protocols::{Encoding, Mode, Settings},
    websocket::{CLOSE, TEXT, client_frame},
};

/// Close code of a normal closure (RFC 6455, section 7.4.1).
const NORMAL: u16 = 1_000;

/// Way in which a visitor leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leave {
    /// Ends its subscription and sends a close frame.
    Politely,
    /// Resets the connection.
    Reset,
    /// Stops reading, and drops the connection later.
    Unread,
    /// Shuts down its write half, and waits until the server closes the connection.
    HalfClosed,
    /// Resets the connection after half of the handshake.
    InHandshake,
    /// Resets the connection after the handshake, without reading the response.
    BeforeResponse,
}

impl Leave {
    pub(super) const ALL: [Self; 6] = [
        Self::Politely,
        Self::Reset,
        Self::Unread,
        Self::HalfClosed,
        Self::InHandshake,
        Self::BeforeResponse,
    ];

    /// All ways without a close frame.
    const ABRUPT: [Self; 5] = [
        Self::Reset,
        Self::Unread,
        Self::HalfClosed,
        Self::InHandshake,
        Self::BeforeResponse,
    ];

    #[must_use]
    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Politely => "unsubscribed, and sent a close frame",
            Self::Reset => "reset the connection",
            Self::Unread => "stopped reading, then dropped the connection",
            Self::HalfClosed => "shut down the write half only",
            Self::InHandshake => "reset the connection during the handshake",
            Self::BeforeResponse => "reset the connection before the handshake's response",
        }
    }
}

/// Vehicles that a visitor subscribes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Topic {
    All,
    /// All vehicles of the load have the same type.
    Type,
    Group(Uuid),
    Vehicle(Uuid),
}

impl Topic {
    /// Returns the message that begins or ends the subscription.
    fn message(self, verb: &str) -> Value {
        match self {
            Self::All => json!({"type": format!("{verb}All")}),
            Self::Type => json!({"type": format!("{verb}Type"), "vehicleType": "AMR"}),
            Self::Group(id) => json!({"type": format!("{verb}Group"), "groupId": id}),
            Self::Vehicle(id) => json!({"type": format!("{verb}Vehicle"), "vehicleId": id}),
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Visit {
    pub(super) settings: Settings,
    topic: Topic,
    filter: Option<Value>,
    /// Time from the answer to the subscription until the visitor leaves.
    pub(super) stay: Duration,
    pub(super) leave: Leave,
}

impl Visit {
    /// Returns a random visit. Half of all visitors leave [`Politely`](Leave::Politely).
    pub(super) fn random(scene: &Scene, random: &mut SmallRng) -> Self {
        let topic = match random.random_range(0..4) {
            0 => Topic::All,
            1 => Topic::Type,
            2 => Topic::Group(scene.group),
            _ => Topic::Vehicle(one_of(&scene.vehicles, random)),
        };
        let is_filtered = !matches!(topic, Topic::Vehicle(_)) && random.random_bool(0.5);
        let vehicles = f64::from(scene.scale.workload.vehicles);
        Self {
            settings: settings(random),
            topic,
            filter: is_filtered.then(|| filter(vehicles, random)),
            stay: Duration::from_millis(random.random_range(scene.scale.stay_ms.clone())),
            leave: if random.random_bool(0.5) {
                Leave::Politely
            } else {
                one_of(&Leave::ABRUPT, random)
            },
        }
    }

    /// Returns the frames that configure the socket and subscribe.
    pub(super) fn opening(&self) -> Vec<u8> {
        let mut subscription = self.topic.message("subscribe");
        if let Some(filter) = &self.filter {
            subscription["filter"] = filter.clone();
        }
        let messages = self
            .settings
            .message()
            .into_iter()
            .chain([subscription.to_string()]);
        messages
            .flat_map(|message| client_frame(TEXT, message.as_bytes()))
            .collect()
    }

    /// Returns the frames that end the subscription and close the socket.
    pub(super) fn closing(&self) -> Vec<u8> {
        let message = self.topic.message("unsubscribe").to_string();
        let mut frames = client_frame(TEXT, message.as_bytes());
        frames.extend(client_frame(CLOSE, &NORMAL.to_be_bytes()));
        frames
    }
}

fn settings(random: &mut SmallRng) -> Settings {
    let encoding = one_of(&Encoding::ALL, random);
    let settings = Settings::new(encoding, one_of(&[Mode::Full, Mode::Delta], random));
    match one_of(&[None, Some(50), Some(250), Some(1_000)], random) {
        Some(ms) => settings.every(Duration::from_millis(ms)),
        None => settings,
    }
}

/// Returns a filter. Most of them are unique, so that the visitor has a separate room.
fn filter(vehicles: f64, random: &mut SmallRng) -> Value {
    match random.random_range(0..4) {
        0 => json!({"mapId": "floor-1"}),
        1 => json!({"moving": false}),
        _ => {
            // The n-th vehicle moves along y = n + 0.5.
            let low = random.random_range(0.0..vehicles);
            json!({"bbox": [-1.0, low, 10_000.0, random.random_range(low..=vehicles)]})
        }
    }
}

fn one_of<T: Copy>(choices: &[T], random: &mut SmallRng) -> T {
    choices[random.random_range(0..choices.len())]
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;

    use super::*;

    /// Returns the text messages in a client's frames, none of which is longer than 125 bytes, and the last opcode.
    fn messages(mut frames: &[u8]) -> (Vec<String>, u8) {
        let (mut found, mut last) = (Vec::new(), 0);
        while let [opcode, length, _, _, _, _, rest @ ..] = frames {
            let (payload, rest) = rest.split_at(usize::from(length & 0x7F));
            last = opcode & 0x0F;
            if last == TEXT {
                found.push(String::from_utf8(payload.to_vec()).unwrap());
            }
            frames = rest;
        }
        (found, last)
    }

    #[test]
    fn a_visitor_configures_subscribes_and_unsubscribes() {
        let visit = Visit {
            settings: Settings::new(Encoding::MessagePack, Mode::Delta),
            topic: Topic::Vehicle(Uuid::nil()),
            filter: None,
            stay: Duration::ZERO,
            leave: Leave::Politely,
        };
        let id = Uuid::nil();
        let (opening, last) = messages(&visit.opening());
        assert_eq!(
            opening,
            [
                r#"{"type":"configure","mode":"delta"}"#.to_owned(),
                json!({"type": "subscribeVehicle", "vehicleId": id}).to_string(),
            ]
        );
        assert_eq!(last, TEXT);
        let (closing, last) = messages(&visit.closing());
        assert_eq!(
            closing,
            [json!({"type": "unsubscribeVehicle", "vehicleId": id}).to_string()]
        );
        assert_eq!(last, CLOSE);
    }

    #[test]
    fn a_filter_is_part_of_the_subscription() {
        let visit = Visit {
            settings: Settings::default(),
            topic: Topic::Type,
            filter: Some(json!({"moving": false})),
            stay: Duration::ZERO,
            leave: Leave::Reset,
        };
        let (opening, _) = messages(&visit.opening());
        let opening: Vec<Value> = opening
            .iter()
            .map(|text| serde_json::from_str(text).unwrap())
            .collect();
        let expected = json!({"type": "subscribeType", "vehicleType": "AMR", "filter": {"moving": false}});
        assert_eq!(opening, [expected]);
    }

    #[test]
    fn areas_lie_within_the_fleet() {
        let mut random = SmallRng::seed_from_u64(1);
        let areas: Vec<_> = (0..200)
            .map(|_| filter(100.0, &mut random))
            .filter_map(|filter| filter.get("bbox").cloned())
            .collect();
        assert!(areas.len() > 50);
        for area in areas {
            let [low, high] = [1, 3].map(|edge| area[edge].as_f64().unwrap());
            assert!((0.0..=high).contains(&low) && high <= 100.0, "{area}");
        }
    }
}
