//! The `LIVE__*` settings.

use std::{num::NonZero, time::Duration};

use application::live::LiveRules;
use domain::telemetry::{Bounds, FreshnessRules, PlausibilityRules};

use super::{
    machine::cores,
    periods::{DAY_MS, YEAR_S},
};
use crate::config::{
    declaration::Fallback,
    form::Form,
    reader::Reader,
    shape::Shape,
    value::{millis, not_zero, number, parsed, seconds},
};

/// The `LIVE__*` settings.
#[derive(Debug, Clone)]
pub struct Live {
    /// Delivery interval for clients that do not request one.
    pub interval: Duration,
    /// Durations of silence after which a vehicle is stale and then disconnected.
    pub freshness: FreshnessRules,
    /// Time for which a vehicle's keys outlive its last message.
    pub key_ttl: Duration,
    /// Minimum time between two writes of one vehicle's keys.
    pub sync_interval: Duration,
    /// Rules that positions must meet: bounds, maximum speed, maximum jump.
    pub plausibility: PlausibilityRules,
    /// Maximum size of a message from Redis, in bytes.
    pub max_message_bytes: usize,
    /// Maximum number of messages per vehicle and second. Above it, newer messages replace waiting ones.
    pub max_messages_per_vehicle: NonZero<u32>,
    /// Number of additional threads that decode messages from Redis while many are waiting.
    pub decoder_threads: usize,
}

impl Live {
    /// Maximum time by which a robot's clock may be ahead of the server's.
    const MAX_AHEAD_MS: i64 = 5_000;
    /// Number of consecutive samples, consistent with each other, after which a vehicle is considered relocated.
    const RELOCATION_SAMPLES: u32 = 5;
    /// Number of cores that get no decoder thread by default: one applies the messages, and one delivers them.
    const CORES_WITHOUT_DECODER: usize = 2;
    /// Maximum number of decoder threads by default. A single thread applies the messages that they decode.
    const MOST_DECODERS_BY_DEFAULT: usize = 4;

    /// Returns the rules of the live core.
    #[must_use]
    pub const fn rules(&self) -> LiveRules {
        LiveRules {
            plausibility: self.plausibility,
            freshness: self.freshness,
            key_ttl: self.key_ttl,
        }
    }

    pub(in crate::config) fn read(from: &mut Reader) -> Self {
        let interval = from.value(
            "LIVE__INTERVAL_MS",
            "Default interval between frames to a client; clients can request other intervals",
            "100",
            millis(1..=10_000),
        );
        let freshness = freshness(from);
        let key_ttl = from.value(
            "LIVE__KEY_TTL_S",
            "Time for which the keys of a vehicle are kept in Redis after its last message; must be longer than \
             `LIVE__SYNC_INTERVAL_MS`",
            "86400",
            seconds(1..=YEAR_S),
        );
        let sync_interval = from.value(
            "LIVE__SYNC_INTERVAL_MS",
            "Minimum interval between two writes of a vehicle's keys to Redis",
            "1000",
            millis(1..=DAY_MS),
        );
        from.rule(
            &["LIVE__KEY_TTL_S", "LIVE__SYNC_INTERVAL_MS"],
            key_ttl > sync_interval,
            || {
                "must be longer than LIVE__SYNC_INTERVAL_MS: otherwise keys expire between two writes"
                    .to_owned()
            },
        );
        let decoders = cores()
            .saturating_sub(Self::CORES_WITHOUT_DECODER)
            .min(Self::MOST_DECODERS_BY_DEFAULT);
        Self {
            interval,
            freshness,
            key_ttl,
            sync_interval,
            plausibility: plausibility(from),
            max_message_bytes: from.value(
                "LIVE__MAX_MESSAGE_BYTES",
                "Maximum size of a message from Redis, in bytes",
                "1048576",
                number(1024..=536_870_912),
            ),
            max_messages_per_vehicle: from.value(
                "LIVE__MAX_MESSAGES_PER_VEHICLE_PER_S",
                "Maximum number of messages from one vehicle that are processed per second; above this rate, only the \
                 newest are processed",
                "200",
                not_zero(1_000_000),
            ),
            decoder_threads: from.value(
                "LIVE__DECODER_THREADS",
                "Number of additional threads that decode messages from Redis while at least 256 KiB of messages are \
                 waiting; with 0, a single thread receives, decodes and applies all messages",
                Fallback::of_this_machine(decoders.to_string(), "the number of CPU cores minus 2, from 0 to 4"),
                number(0..=16),
            ),
        }
    }
}

fn freshness(from: &mut Reader) -> FreshnessRules {
    let rules = FreshnessRules {
        stale_after: from.value(
            "LIVE__STALE_AFTER_MS",
            "Time without messages from a vehicle after which its connection status is TIMEOUT",
            "5000",
            millis(1..=DAY_MS),
        ),
        disconnected_after: from.value(
            "LIVE__DISCONNECTED_AFTER_MS",
            "Time without messages from a vehicle after which its connection status is DISCONNECTED; must not be less \
             than `LIVE__STALE_AFTER_MS`",
            "30000",
            millis(1..=DAY_MS),
        ),
    };
    from.rule(
        &["LIVE__DISCONNECTED_AFTER_MS", "LIVE__STALE_AFTER_MS"],
        rules.disconnected_after >= rules.stale_after,
        || "must not be less than LIVE__STALE_AFTER_MS, which takes effect first".to_owned(),
    );
    rules
}

fn plausibility(from: &mut Reader) -> PlausibilityRules {
    PlausibilityRules {
        bounds: from.value(
            "LIVE__BOUNDS",
            "Minimum x, y and z, and maximum x, y and z, in metres; positions outside these bounds are rejected",
            "-10000,-10000,-1000,10000,10000,1000",
            bounds(),
        ),
        max_speed_mps: from.value(
            "LIVE__MAX_SPEED_MPS",
            "Maximum speed of any vehicle, in m/s, for the detection of implausible jumps",
            "30",
            number(0.001..=10_000.0),
        ),
        max_jump_m: from.value(
            "LIVE__MAX_JUMP_M",
            "Distance, in metres, that is allowed between two consecutive positions in addition to the distance that \
             can be covered at `LIVE__MAX_SPEED_MPS`; positions farther away are rejected",
            "10",
            number(0.0..=1_000_000.0),
        ),
        max_ahead_ms: Live::MAX_AHEAD_MS,
        relocation_samples: Live::RELOCATION_SAMPLES,
    }
}

fn bounds() -> Form<Bounds> {
    let number = Shape::Number {
        is_whole: false,
        unit: "",
        range: None,
    };
    parsed(Shape::List {
        what: "six numbers, each minimum below its maximum",
        item: Box::new(number),
        length: Some(6),
    })
}
