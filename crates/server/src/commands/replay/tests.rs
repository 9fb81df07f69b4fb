use std::{fs::OpenOptions, io::Write as _, process::Command, time::Duration};

use domain::telemetry::VehiclePosition;
use tempfile::tempdir;
use tokio::time::timeout;
use uuid::Uuid;

use super::*;
use crate::{
    publisher::listener::{Listener, RuntimeClock, plausibility},
    recording::film::{Film, a_film, write},
};

fn arguments(file: PathBuf) -> ReplayArgs {
    ReplayArgs {
        file,
        vehicle_id: VehicleId::from_uuid(Uuid::from_u128(7)),
        speed: "1000".parse().expect("a speed"),
        repeats: false,
        topic: None,
        keep_time: false,
    }
}

async fn replay(arguments: ReplayArgs) -> (anyhow::Result<Tally>, Vec<VehiclePosition>) {
    let bus = Arc::new(Listener::new());
    let clock = Arc::new(RuntimeClock::start());
    let stop = CancellationToken::new();
    let tally = run(arguments, plausibility(), Arc::clone(&bus) as _, clock, stop).await;
    (tally, bus.positions())
}

fn a_drive() -> Film {
    (0..50).fold(a_film(), |film, step| film.odometry(step * 40, step as f64, -1.0))
}

#[tokio::test]
async fn a_recording_is_published_from_its_first_position_to_its_last() {
    let directory = tempdir().expect("a directory");
    let (tally, positions) = replay(arguments(a_drive().write_to(directory.path()))).await;
    let tally = tally.expect("a whole recording");
    assert_eq!((tally.sent, tally.lost), (50, 0));
    assert_eq!(
        positions.iter().map(|position| position.x).collect::<Vec<_>>(),
        (0..50).map(f64::from).collect::<Vec<_>>()
    );
    assert_eq!(tally.last.as_ref(), positions.last());
}

#[tokio::test]
async fn the_part_before_a_break_is_played_and_the_break_is_reported() {
    let directory = tempdir().expect("a directory");
    let options = mcap::WriteOptions::new()
        .chunk_size(Some(2_000))
        .compression(None);
    let whole = a_drive().develop(options);
    let file = write(directory.path(), &whole[..whole.len() / 2]);
    let (tally, positions) = replay(arguments(file.clone())).await;
    let expected = format!(
        "{}: the file is corrupt: MCAP file ended in the middle of a record",
        file.display()
    );
    assert_eq!(format!("{:#}", tally.expect_err("it breaks off")), expected);
    assert!(
        (15..50).contains(&positions.len()),
        "{} positions",
        positions.len()
    );
}

#[tokio::test]
async fn a_missing_topic_is_reported_and_nothing_is_played() {
    let directory = tempdir().expect("a directory");
    let file = a_drive().write_to(directory.path());
    let (tally, positions) = replay(ReplayArgs {
        topic: Some("/tf".to_owned()),
        ..arguments(file.clone())
    })
    .await;
    let expected = format!(
        "{}: the file has no topic /tf; available topics: /odom (nav_msgs/msg/Odometry × 50)",
        file.display()
    );
    assert_eq!(format!("{:#}", tally.expect_err("no such topic")), expected);
    assert_eq!(positions, []);
}

#[tokio::test]
async fn a_loop_continues_until_it_is_stopped() {
    let directory = tempdir().expect("a directory");
    let arguments = ReplayArgs {
        repeats: true,
        ..arguments(a_drive().write_to(directory.path()))
    };
    let (bus, clock) = (Arc::new(Listener::new()), Arc::new(RuntimeClock::start()));
    let shutdown = CancellationToken::new();
    let playing = tokio::spawn(run(
        arguments,
        plausibility(),
        Arc::clone(&bus) as _,
        clock,
        shutdown.clone(),
    ));
    timeout(Duration::from_secs(30), async {
        while bus.positions().len() < 120 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await
    .expect("two rounds and a half");
    shutdown.cancel();
    let tally = playing
        .await
        .expect("no panic")
        .expect("stopping is not an error");
    assert_eq!(tally.sent, bus.positions().len() as u64);
    let rounds = bus
        .positions()
        .iter()
        .enumerate()
        .all(|(index, position)| position.x == (index % 50) as f64);
    assert!(rounds, "each round begins at the beginning");
}

#[tokio::test]
async fn a_recording_without_publishable_messages_is_an_error() {
    let directory = tempdir().expect("a directory");
    let film = (0..3).fold(a_film(), |film, step| film.odometry(step * 40, f64::NAN, 0.0));
    let file = film.write_to(directory.path());
    let (tally, positions) = replay(arguments(file.clone())).await;
    let expected = format!(
        "{}: no message on /odom can be published (3 rejected); most frequent fault: position not finite; \
         first error: position must consist of finite numbers",
        file.display()
    );
    assert_eq!(format!("{:#}", tally.expect_err("nothing to publish")), expected);
    assert_eq!(positions, []);

    let garbage = (0..3).fold(a_film(), |film, step| {
        film.bytes(
            "/odom",
            "nav_msgs/msg/Odometry",
            "cdr",
            step * 40,
            vec![0, 1, 0, 0, 7],
        )
    });
    let (tally, _) = replay(arguments(garbage.write_to(directory.path()))).await;
    let fault = format!("{:#}", tally.expect_err("nothing to publish"));
    assert!(
        fault.contains("3 rejected); most frequent fault: undecodable"),
        "{fault}"
    );

    let mixed = a_drive().odometry(5_000, f64::NAN, 0.0);
    let (tally, positions) = replay(arguments(mixed.write_to(directory.path()))).await;
    assert_eq!(tally.expect("most of it").sent, 50);
    assert_eq!(positions.len(), 50);
}

#[tokio::test]
async fn a_shutdown_does_not_wait_until_the_file_is_open() {
    let directory = tempdir().expect("a directory");
    let pipe = directory.path().join("pipe");
    let made = Command::new("mkfifo").arg(&pipe).status().expect("mkfifo");
    assert!(made.success());
    let (bus, clock) = (Arc::new(Listener::new()), Arc::new(RuntimeClock::start()));
    let stop = CancellationToken::new();
    // Opening a pipe blocks until it has a writer.
    let playing = run(arguments(pipe.clone()), plausibility(), bus, clock, stop.clone());
    let stopping = async {
        tokio::task::yield_now().await;
        stop.cancel();
    };
    let stopped = timeout(Duration::from_secs(30), async { tokio::join!(playing, stopping) }).await;
    // The runtime of this test waits for the thread that opens the pipe. The pipe stays open until the process exits,
    // so the thread ends whenever it continues: the bytes are no recording.
    let mut writer = OpenOptions::new()
        .read(true)
        .write(true)
        .open(&pipe)
        .expect("it is there");
    writer.write_all(&[0; 64]).expect("there is room");
    std::mem::forget(writer);
    let (tally, ()) = stopped.expect("it returns in time");
    assert!(tally.expect("stopping is not an error").is_empty());
}
