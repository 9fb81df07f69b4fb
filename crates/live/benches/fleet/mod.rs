//! A fleet for measurements.

#[path = "../../src/sample.rs"]
mod sample;

use std::{sync::Arc, time::Duration};

use domain::{
    AccessScope, VehicleId,
    telemetry::{FreshnessRules, PlausibilityRules, Rotation, Timestamp, VehiclePosition},
};
use live::{
    Core, LiveRules, Mailbox, Moment, SubscriberId, Topic,
    report::{Content, Report},
};

const EPOCH_US: u64 = 1_732_333_333_000_000;

/// Returns the moment `ms` milliseconds after the start.
pub(crate) fn at_ms(ms: u64) -> Moment {
    Moment {
        unix_us: EPOCH_US + ms * 1_000,
        uptime_us: ms * 1_000,
    }
}

pub(crate) fn id(n: u32) -> VehicleId {
    sample::id(u128::from(n))
}

/// Creates a core whose feed is up, with the given number of enabled vehicles.
pub(crate) fn core(vehicles: u32) -> Core {
    let rules = LiveRules {
        plausibility: PlausibilityRules {
            bounds: "-10000,-10000,-1000,10000,10000,1000".parse().expect("bounds"),
            max_speed_mps: 1e6,
            max_jump_m: 1e6,
            max_ahead_ms: 5_000,
            relocation_samples: 5,
        },
        freshness: FreshnessRules {
            stale_after: Duration::from_secs(5),
            disconnected_after: Duration::from_secs(30),
        },
        key_ttl: Duration::from_secs(86_400),
    };
    let mut core = Core::new(rules, at_ms(0));
    core.set_feed(true, at_ms(0));
    for n in 0..vehicles {
        core.upsert(&sample::vehicle(u128::from(n), 1, true), at_ms(0));
    }
    core
}

/// Builds a report of vehicle `n` at `x`, `ms` milliseconds after the start.
pub(crate) fn position(n: u32, x: f64, ms: u64) -> Report {
    let position = VehiclePosition {
        x,
        y: 0.0,
        z: 0.0,
        rotation: Rotation::IDENTITY,
        timestamp: Timestamp::from_unix_ms(i64::try_from(EPOCH_US / 1_000 + ms).expect("a time"))
            .expect("a time"),
        frame_id: None,
        map_id: None,
    };
    Report {
        vehicle_id: id(n),
        content: Content::Position {
            position,
            speed: None,
        },
        trace_parent: None,
    }
}

/// Adds a subscriber to all vehicles.
pub(crate) fn subscribe_all(core: &mut Core, ms: u64) -> (SubscriberId, Arc<Mailbox>) {
    let (id, mailbox) = core.connect(AccessScope::All.into(), Duration::from_millis(100));
    core.subscribe(id, &Topic::All, at_ms(ms))
        .expect("a topic of all");
    (id, mailbox)
}
