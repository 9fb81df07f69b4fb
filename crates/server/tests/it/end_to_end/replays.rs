//! `fleetwatch replay`: the published positions, messages and exit codes.

use std::path::Path;

use mcap::WriteOptions;
use rstest::rstest;
use test_stores::redis::RedisServer;
use uuid::Uuid;

use super::support::{Plant, now_ms};
use crate::{
    command_line::{fleetwatch, stderr},
    film::{Film, a_film, write},
};

fn a_drive() -> Film {
    (0..50).fold(a_film(), |film, step| film.odometry(step * 40, step as f64, -1.0))
}

/// Returns a recording with an index, in which the checksum of one chunk is wrong.
fn a_damaged_drive() -> Vec<u8> {
    let options = WriteOptions::new().chunk_size(Some(2_000)).compression(None);
    let mut bytes = a_drive().develop(options);
    let frame = b"base_link";
    let places = bytes.windows(frame.len()).enumerate();
    let found: Vec<_> = places
        .filter(|(_, part)| *part == frame)
        .map(|(place, _)| place)
        .collect();
    bytes[found[found.len() / 2]] = b'B';
    bytes
}

/// Returns a recording whose positions are all NaN.
fn a_lost_drive() -> Vec<u8> {
    let film = (0..3).fold(a_film(), |film, step| film.odometry(step * 40, f64::NAN, 0.0));
    film.develop(WriteOptions::new())
}

/// Returns a recording whose positions are all out of bounds.
fn a_drive_far_away() -> Vec<u8> {
    let film = (0..3).fold(a_film(), |film, step| film.odometry(step * 40, 1e6, 0.0));
    film.develop(WriteOptions::new())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_reaches_subscribers_and_exits_with_0() {
    let plant = Plant::start().await;
    let vehicle = plant.program.create_enabled("Recorded").await;
    let mut client = plant.program.watch_all().await;
    let directory = tempfile::tempdir().expect("a directory");
    let file = a_drive().write_to(directory.path());
    let arguments = ["replay", text(&file), "--vehicle", &vehicle, "--speed", "10"];
    let output = fleetwatch(&arguments, &[("FLEETWATCH_REDIS__URL", &plant.redis.url())]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(
        stderr(&output).contains(&format!("vehicle {vehicle}: 50 positions")),
        "{}",
        stderr(&output)
    );
    client.until_at(&vehicle, 49.0).await;
}

#[rstest]
#[case::a_wrong_checksum(a_damaged_drive(), "is corrupt")]
#[case::nothing_but_unknown_positions(a_lost_drive(), "3 rejected")]
#[case::nothing_but_impossible_positions(a_drive_far_away(), "3 rejected, outside the bounds")]
#[case::no_recording(b"{}".to_vec(), "MCAP")]
#[case::no_topic_to_play(a_film().develop(WriteOptions::new()), "has no messages of")]
fn a_recording_that_cannot_be_played_exits_with_1(#[case] bytes: Vec<u8>, #[case] reason: &str) {
    let redis = RedisServer::start();
    let directory = tempfile::tempdir().expect("a directory");
    let file = write(directory.path(), &bytes);
    let vehicle = Uuid::now_v7().to_string();
    let output = fleetwatch(
        &["replay", text(&file), "--vehicle", &vehicle, "--speed", "1000"],
        &[("FLEETWATCH_REDIS__URL", &redis.url())],
    );
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(stderr(&output).contains(text(&file)), "{}", stderr(&output));
    assert!(stderr(&output).contains(reason), "{}", stderr(&output));
}

#[test]
fn a_recording_from_the_future_is_rejected_if_its_times_are_kept() {
    let redis = RedisServer::start();
    let directory = tempfile::tempdir().expect("a directory");
    let tomorrow = u64::try_from(now_ms()).expect("a time") + 86_400_000;
    let film = (0..3).fold(a_film(), |film, step| {
        film.odometry(tomorrow + step * 40, 1.0, 0.0)
    });
    let file = film.write_to(directory.path());
    let vehicle = Uuid::now_v7().to_string();
    let replay = |more: &[&str]| {
        let arguments = ["replay", text(&file), "--vehicle", &vehicle, "--speed", "1000"];
        let arguments: Vec<_> = arguments.iter().chain(more).copied().collect();
        fleetwatch(&arguments, &[("FLEETWATCH_REDIS__URL", &redis.url())])
    };
    // A loop ends as well, because every round would be rejected.
    for more in [&["--keep-time"][..], &["--keep-time", "--loop"]] {
        let output = replay(more);
        assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
        assert!(
            stderr(&output).contains("3 rejected, in the future"),
            "{}",
            stderr(&output)
        );
    }
    let output = replay(&[]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
}

#[test]
fn a_recording_is_checked_against_the_configured_bounds() {
    let redis = RedisServer::start();
    let directory = tempfile::tempdir().expect("a directory");
    let film = a_film().odometry(0, 1.0, 0.0).odometry(40, 3.0, 0.0);
    let file = film.write_to(directory.path());
    let vehicle = Uuid::now_v7().to_string();
    let output = fleetwatch(
        &["replay", text(&file), "--vehicle", &vehicle],
        &[
            ("FLEETWATCH_REDIS__URL", &redis.url()),
            ("FLEETWATCH_LIVE__BOUNDS", "0,-1,-1,2,1,1"),
        ],
    );
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    for expected in ["1 positions", "1 rejected, outside the bounds"] {
        assert!(stderr(&output).contains(expected), "{}", stderr(&output));
    }
}

#[rstest]
#[case::an_impossible_speed(&["replay", "drive.mcap", "--vehicle", "0198c0de-0000-7000-8000-000000000001", "--speed", "0"])]
#[case::no_vehicle(&["replay", "drive.mcap"])]
#[case::no_uuid(&["replay", "drive.mcap", "--vehicle", "7"])]
fn invalid_arguments_exit_with_2(#[case] arguments: &[&str]) {
    assert_eq!(fleetwatch(arguments, &[]).status.code(), Some(2));
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a temporary path")
}
