//! Rows of a simulated drive.

use std::sync::Arc;

use domain::{
    history::{Sample, SampledCondition, SampledPosition},
    telemetry::{FrameId, MapId, Percentage, Timestamp},
    vehicle::VehicleStatus,
};
use rand::{Rng, SeedableRng, rngs::StdRng};

/// Returns samples of a vehicle that drives curves at 10 Hz, changes its speed every ten seconds, and has noise of 5 mm
/// in its positions.
pub(crate) fn drive(count: usize) -> Vec<Sample> {
    let mut random = StdRng::seed_from_u64(1);
    let (mut x, mut y, mut heading, mut speed, mut turning) = (0.0, 0.0, 0.0_f64, 0.0, 0.0);
    let frame_id = Some(FrameId::new("map").expect("a frame"));
    let map_id = Some(MapId::new("floor-1").expect("a map"));
    let error_codes = Arc::from([]);
    (0..count)
        .map(|index| {
            if index % 100 == 0 {
                speed = [0.0, 0.5, 1.2][random.random_range(0..3)];
                turning = [0.0, 0.0, 2.0, -3.0][random.random_range(0..4)];
            }
            heading = (heading + turning * speed).rem_euclid(360.0);
            x += speed * 0.1 * heading.to_radians().cos();
            y += speed * 0.1 * heading.to_radians().sin();
            let ms = 1_795_000_000_000 + 100 * index as i64 + random.random_range(-2..=2);
            let at = Timestamp::from_unix_ms(ms).expect("a time");
            let mut noisy = |value: f64| value + 0.017 * (random.random::<f64>() - 0.5);
            Sample {
                position: Some(SampledPosition {
                    x: noisy(x),
                    y: noisy(y),
                    z: 0.0,
                    heading,
                    frame_id: frame_id.clone(),
                    map_id: map_id.clone(),
                }),
                speed: Some(speed),
                battery: Some(Percentage::new(90.0 - (index / 600) as f64 * 0.01).expect("a percentage")),
                condition: Some(SampledCondition {
                    load: None,
                    error_codes: Arc::clone(&error_codes),
                }),
                status: Some(VehicleStatus::Moving),
                ..Sample::received(at, at)
            }
        })
        .collect()
}
