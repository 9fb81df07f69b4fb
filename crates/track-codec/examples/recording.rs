//! Prints how many bytes the positions of a recording take, and how far they are from their simplified lines.
//!
//! ```sh
//! FLEETWATCH_RECORDING=drive.mcap cargo run --release --package track-codec --example recording
//! ```
//!
//! The positions are those of the topic `/odom`, whose messages are `nav_msgs/msg/Odometry`.

#![expect(clippy::print_stdout, reason = "the output is what it is for")]

use std::{error::Error, sync::Arc};

use domain::{
    history::{Sample, SampledCondition, SampledPosition},
    telemetry::{FrameId, MapId, Percentage, Timestamp},
    vehicle::VehicleStatus,
};
use rand::{Rng, SeedableRng, rngs::StdRng};
use ros2_messages::{cdr, messages::Odometry};
use track_codec::{Kind, Row, Rows, Simplifier, Tier, Tolerance, distance_to_line, encode};

fn main() -> Result<(), Box<dyn Error>> {
    let path =
        std::env::var("FLEETWATCH_RECORDING").map_err(|_| "FLEETWATCH_RECORDING must name a recording")?;
    let bytes = std::fs::read(path)?;
    let mut messages = Vec::new();
    for message in mcap::MessageStream::new(&bytes)? {
        let message = message?;
        if message.channel.topic == "/odom" {
            messages.push(cdr::decode::<Odometry>(&message.data)?);
        }
    }
    println!("{} positions", messages.len());
    let noises = [
        ("no noise", [0.0, 0.0]),
        ("5 mm in x and y", [0.005, 0.0]),
        ("5 mm in x, y and z", [0.005, 0.005]),
    ];
    for (name, noise) in noises {
        let rows = rows_of(&messages, noise)?;
        let count = rows.len() as f64;
        let full = encode(rows.as_slice(), rows.names(), Tier::Full)?;
        println!("{name}: {:.3} B for a sample", full.len() as f64 / count);
        for (heading, bound) in [("any heading", None), ("5°", Some(500.0)), ("2°", Some(200.0))] {
            let (lines, error_mm) = simplified(&rows, bound);
            let tier = Tier::Simplified {
                max_error_mm: 50,
                original_rows: rows.len() as u64,
            };
            let block = encode(&lines, rows.names(), tier)?;
            println!(
                "  5 cm, {heading}: 1 of {:.1} rows, {} bytes, {:.3} B for a sample, error {error_mm:.1} mm",
                count / lines.len() as f64,
                block.len(),
                block.len() as f64 / count,
            );
        }
    }
    Ok(())
}

/// Returns the rows of the messages, with normally distributed noise in metres in x and y, and in z.
fn rows_of(messages: &[Odometry], [plane, height]: [f64; 2]) -> Result<Rows, Box<dyn Error>> {
    let mut random = StdRng::seed_from_u64(1);
    let mut noisy = |value: f64, sigma: f64| {
        let (radius, angle) = (1.0 - random.random::<f64>(), random.random::<f64>());
        value + sigma * (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * angle).cos()
    };
    let mut rows = Rows::new();
    for message in messages {
        let stamp = message.header.stamp;
        let at =
            Timestamp::from_unix_ms(i64::from(stamp.sec) * 1_000 + i64::from(stamp.nanosec / 1_000_000))?;
        let (position, q) = (message.pose.pose.position, message.pose.pose.orientation);
        let heading = (2.0 * (q.w * q.z + q.x * q.y)).atan2(1.0 - 2.0 * (q.y * q.y + q.z * q.z));
        let velocity = message
            .twist
            .map_or_else(Default::default, |twist| twist.twist.linear);
        rows.push(&Sample {
            position: Some(SampledPosition {
                x: noisy(position.x, plane),
                y: noisy(position.y, plane),
                z: noisy(position.z, height),
                heading: heading.to_degrees().rem_euclid(360.0),
                frame_id: FrameId::named(&message.header.frame_id)?,
                map_id: Some(MapId::new("floor-1")?),
            }),
            speed: Some(velocity.x.hypot(velocity.y)),
            battery: Some(Percentage::new(87.5)?),
            condition: Some(SampledCondition {
                load: None,
                error_codes: Arc::from([]),
            }),
            status: Some(VehicleStatus::Moving),
            ..Sample::received(at, at)
        })?;
    }
    rows.sort();
    Ok(rows)
}

/// Returns the rows of the line that is at most 5 cm and `heading` from all others, and the largest distance in mm.
fn simplified(rows: &Rows, heading: Option<f64>) -> (Vec<Row>, f64) {
    let mut simplifier = Simplifier::new(Tolerance {
        distance_mm: 50.0,
        heading,
        gap_ms: 5_000,
        keeps_states: true,
    });
    let mut chosen = Vec::new();
    for row in rows.as_slice() {
        simplifier.push(row, &mut chosen);
    }
    simplifier.finish(&mut chosen);
    let vertices: Vec<&Row> = chosen.iter().filter(|row| row.kind.has(Kind::POSITION)).collect();
    let mut error = 0.0_f64;
    for pair in vertices.windows(2) {
        let between = rows
            .as_slice()
            .iter()
            .filter(|row| pair[0].at_ms <= row.at_ms && row.at_ms <= pair[1].at_ms);
        error = between
            .map(|row| distance_to_line(row, pair[0], pair[1]))
            .fold(error, f64::max);
    }
    (chosen, error)
}
