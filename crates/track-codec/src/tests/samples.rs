//! Samples for tests.

use std::sync::Arc;

use domain::{
    VehicleId,
    history::{Sample, SampledCondition, SampledPosition},
    telemetry::{ErrorCode, FrameId, MapId, Percentage, Timestamp},
    vehicle::VehicleStatus,
};
use proptest::{collection::vec, option, prelude::*, sample::select};
use rand::{Rng, SeedableRng, rngs::StdRng};
use uuid::Uuid;

use crate::{Row, Rows};

pub(crate) fn id(n: u128) -> VehicleId {
    VehicleId::from_uuid(Uuid::from_u128(n))
}

pub(crate) fn at(ms: i64) -> Timestamp {
    Timestamp::from_unix_ms(ms).expect("a time")
}

/// Rows of samples, in their order.
pub(crate) fn rows_of(samples: &[Sample]) -> Rows {
    let mut rows = Rows::new();
    for sample in samples {
        rows.push(sample).expect("quantities in range");
    }
    rows
}

/// An empty sample at `ms`.
pub(crate) fn empty(ms: i64) -> Sample {
    Sample::received(at(ms), at(ms))
}

/// Generates any sample, with a time below `times`.
pub(crate) fn any_sample(times: i64) -> impl Strategy<Value = Sample> {
    let delay = prop_oneof![3 => Just(0), 1 => -5_000..86_400_000_i64];
    let battery = (0.0..=100.0_f64).prop_map(|percent| Percentage::new(percent).expect("a percentage"));
    let parts = (
        option::of(any_position()),
        option::of(0.0..30.0_f64),
        option::of(battery),
        option::of(any_condition()),
        option::of(select(VehicleStatus::ALL)),
    );
    (0..times, delay, parts, any::<bool>()).prop_map(
        |(ms, delay, (position, speed, battery, condition, status), follows_gap)| Sample {
            position,
            speed,
            battery,
            condition,
            status,
            follows_gap,
            ..Sample::received(at(ms), at((ms + delay).max(0)))
        },
    )
}

fn any_position() -> impl Strategy<Value = SampledPosition> {
    let coordinate = || {
        prop_oneof![
            4 => -50.0..50.0_f64,
            1 => -9e12..9e12_f64,
            1 => Just(0.0),
        ]
    };
    let names = (
        option::of(select(&["map", "odom"][..])),
        option::of(select(&["floor-1", "floor-2", "창고"][..])),
    );
    ((coordinate(), coordinate(), coordinate()), 0.0..360.0_f64, names).prop_map(
        |((x, y, z), heading, (frame, map))| SampledPosition {
            x,
            y,
            z,
            heading,
            frame_id: frame.map(|name| FrameId::new(name).expect("a frame")),
            map_id: map.map(|name| MapId::new(name).expect("a map")),
        },
    )
}

fn any_condition() -> impl Strategy<Value = SampledCondition> {
    let load = prop_oneof![2 => Just(None), 1 => Just(Some(0.0)), 1 => (0.0..1e6_f64).prop_map(Some)];
    let codes = vec(select(&["E1", "E2", "motor too hot"][..]), 0..3);
    (load, codes).prop_map(|(load, codes)| SampledCondition {
        load,
        error_codes: codes_of(&codes),
    })
}

pub(crate) fn codes_of(codes: &[&str]) -> Arc<[ErrorCode]> {
    let code = |code: &&str| ErrorCode::new(code).expect("a code");
    codes.iter().map(code).collect()
}

/// Returns rows of a vehicle that drives at 10 Hz along curves, with pauses and a battery that is used, with `noise` in
/// metres in its positions.
pub(crate) fn drive(count: usize, noise: f64, seed: u64) -> Rows {
    let mut random = StdRng::seed_from_u64(seed);
    let (mut x, mut y, mut heading, mut speed, mut turning) = (10.0, -5.0, 30.0_f64, 0.0, 0.0);
    let mut ms = 1_795_000_000_000_i64;
    let mut rows = Rows::new();
    for index in 0..count {
        if index % 50 == 0 {
            speed = [0.0, 0.5, 1.2][random.random_range(0..3)];
            turning = [0.0, 0.0, 2.0, -3.0][random.random_range(0..4)];
        }
        heading = (heading + turning).rem_euclid(360.0);
        x += speed * 0.1 * heading.to_radians().cos();
        y += speed * 0.1 * heading.to_radians().sin();
        let mut sample = empty(ms);
        ms += 100 + random.random_range(-2..=2);
        let mut noisy = |value: f64| value + noise * (random.random::<f64>() - 0.5) * 3.46;
        sample.position = Some(SampledPosition {
            x: noisy(x),
            y: noisy(y),
            z: 0.0,
            heading,
            frame_id: Some(FrameId::new("map").expect("a frame")),
            map_id: Some(MapId::new("floor-1").expect("a map")),
        });
        sample.speed = Some(speed);
        sample.battery = Some(Percentage::new(90.0 - (index / 100) as f64 * 0.01).expect("a percentage"));
        sample.condition = Some(SampledCondition {
            load: None,
            error_codes: codes_of(&[]),
        });
        sample.status = Some(if speed > 0.0 {
            VehicleStatus::Moving
        } else {
            VehicleStatus::Idle
        });
        rows.push(&sample).expect("quantities in range");
    }
    rows
}

/// A row with a position at the time `ms`.
pub(crate) fn point(ms: i64, x: i64, y: i64, z: i64) -> Row {
    Row {
        at_ms: ms,
        x,
        y,
        z,
        kind: crate::Kind::POSITION,
        ..Row::default()
    }
}
