use std::time::Duration;

use domain::telemetry::Timestamp;
use ros2_messages::cdr::{ByteOrder, encode};
use uuid::Uuid;

use super::*;
use crate::{
    publisher::listener::{Listener, RuntimeClock, plausibility},
    recording::{PositionType, film::odometry},
};

const SECOND: u64 = 1_000_000_000;

/// Returns a message with the given log time, whose sample is at (x, 0) and has the log time as its stamp.
fn recorded(log_time: u64, x: f64) -> Recorded {
    let message = encode(&odometry(log_time / 1_000_000, x, 0.0), ByteOrder::LittleEndian);
    Recorded {
        log_time,
        sample: Sample::decode(PositionType::Odometry, &message),
    }
}

fn samples(recorded: impl IntoIterator<Item = Recorded>) -> mpsc::Receiver<Recorded> {
    let recorded: Vec<_> = recorded.into_iter().collect();
    let (sender, receiver) = mpsc::channel(recorded.len().max(1));
    recorded
        .into_iter()
        .for_each(|recorded| sender.try_send(recorded).expect("there is room"));
    receiver
}

fn a_player(bus: &Arc<Listener>, speed: &str, keeps_time: bool) -> Player {
    let publisher = Publisher::new(Arc::clone(bus) as _);
    let vehicle_id = VehicleId::from_uuid(Uuid::from_u128(7));
    let clock = Arc::new(RuntimeClock::start());
    Player::new(
        publisher,
        clock,
        vehicle_id,
        plausibility(),
        speed.parse().expect("a speed"),
        keeps_time,
    )
}

async fn play(player: &mut Player, samples: mpsc::Receiver<Recorded>) {
    player
        .play(samples, &CancellationToken::new(), |_| {})
        .await
        .expect("the bus is there");
}

#[tokio::test(start_paused = true)]
async fn each_sample_is_published_and_stamped_at_its_due_time() {
    let bus = Arc::new(Listener::new());
    let drive = [
        recorded(5 * SECOND, 0.0),
        recorded(6 * SECOND, 1.0),
        recorded(9 * SECOND, 2.0),
    ];
    play(&mut a_player(&bus, "2", false), samples(drive)).await;
    let published: Vec<(f64, i64)> = bus
        .calls()
        .iter()
        .zip(bus.positions())
        .map(|((at, _), position)| {
            (
                at.as_secs_f64(),
                position.timestamp.as_unix_ms() - RuntimeClock::BEGINNING_MS,
            )
        })
        .collect();
    assert_eq!(published, [(0.0, 0), (0.5, 500), (2.0, 2_000)]);
}

#[tokio::test(start_paused = true)]
async fn a_position_has_the_recorded_coordinates_frame_and_speed() {
    let bus = Arc::new(Listener::new());
    play(&mut a_player(&bus, "1", false), samples([recorded(SECOND, 1.25)])).await;
    let [report] = &bus.reports()[..] else {
        panic!("one report")
    };
    let Content::Position { position, speed } = &report.content else {
        panic!("a position")
    };
    assert_eq!(report.vehicle_id, VehicleId::from_uuid(Uuid::from_u128(7)));
    assert_eq!(
        (position.x, position.y, position.z, position.heading()),
        (1.25, 0.0, 0.0, 0.0)
    );
    assert_eq!(
        position.frame_id.as_ref().map(|frame| frame.as_str()),
        Some("odom")
    );
    assert_eq!(*speed, Some(0.5), "the length of the twist's linear part");
}

#[tokio::test(start_paused = true)]
async fn kept_stamps_continue_in_the_next_round() {
    let bus = Arc::new(Listener::new());
    let mut player = a_player(&bus, "1", true);
    let drive = || samples([recorded(5 * SECOND, 0.0), recorded(7 * SECOND, 1.0)]);
    play(&mut player, drive()).await;
    assert!(player.next_round());
    play(&mut player, drive()).await;
    let stamps: Vec<i64> = bus
        .positions()
        .iter()
        .map(|position| position.timestamp.as_unix_ms())
        .collect();
    assert_eq!(stamps, [5_000, 7_000, 9_000, 11_000]);
    let times: Vec<Duration> = bus.calls().into_iter().map(|(at, _)| at).collect();
    assert_eq!(times, [0, 2, 4, 6].map(Duration::from_secs));
}

#[tokio::test(start_paused = true)]
async fn samples_due_together_are_published_in_ordered_batches() {
    let bus = Arc::new(Listener::new());
    let mut player = a_player(&bus, "1000", false);
    play(
        &mut player,
        samples((0..600).map(|step| recorded(SECOND, f64::from(step)))),
    )
    .await;
    let sizes: Vec<usize> = bus.calls().iter().map(|(_, reports)| reports.len()).collect();
    assert_eq!(sizes, [256, 256, 88]);
    let xs: Vec<f64> = bus.positions().iter().map(|position| position.x).collect();
    assert_eq!(xs, (0..600).map(f64::from).collect::<Vec<_>>());
    let tally = player.into_tally();
    assert_eq!((tally.sent, tally.last.map(|last| last.x)), (600, Some(599.0)));
}

#[tokio::test(start_paused = true)]
async fn messages_without_a_position_are_counted_and_skipped() {
    let bus = Arc::new(Listener::new());
    let mut player = a_player(&bus, "1", false);
    let cut = |at| Recorded {
        log_time: at * SECOND,
        sample: Sample::decode(PositionType::Odometry, &[0, 1, 0]),
    };
    play(
        &mut player,
        samples([
            cut(1),
            recorded(2 * SECOND, 0.0),
            cut(3),
            recorded(4 * SECOND, f64::NAN),
        ]),
    )
    .await;
    let tally = player.into_tally();
    assert_eq!(tally.sent, 1);
    let refused: Vec<(&str, u64)> = tally
        .refused
        .iter()
        .map(|(kind, (count, _))| (*kind, *count))
        .collect();
    assert_eq!(refused, [("position not finite", 1), ("undecodable", 2)]);
}

#[tokio::test(start_paused = true)]
async fn a_stamp_before_1970_is_rejected_only_if_it_is_kept() {
    for (keeps_time, sent) in [(false, 1), (true, 0)] {
        let mut message = odometry(0, 0.0, 0.0);
        message.header.stamp.sec = -5;
        let message = encode(&message, ByteOrder::LittleEndian);
        let sample = Sample::decode(PositionType::Odometry, &message);
        let bus = Arc::new(Listener::new());
        let mut player = a_player(&bus, "1", keeps_time);
        play(&mut player, samples([Recorded { log_time: 0, sample }])).await;
        assert_eq!(player.into_tally().sent, sent);
        assert!(
            bus.positions()
                .iter()
                .all(|position| position.timestamp > Timestamp::EPOCH)
        );
    }
}

#[tokio::test(start_paused = true)]
async fn positions_are_lost_while_the_bus_is_unavailable() {
    let bus = Arc::new(Listener::new());
    let mut player = a_player(&bus, "1", false);
    play(&mut player, samples([recorded(0, 0.0)])).await;
    bus.set_away(true);
    play(&mut player, samples([recorded(0, 1.0), recorded(SECOND, 2.0)])).await;
    bus.set_away(false);
    play(&mut player, samples([recorded(2 * SECOND, 3.0)])).await;
    let tally = player.into_tally();
    assert_eq!((tally.sent, tally.lost), (2, 2));
    assert_eq!(
        bus.positions()
            .iter()
            .map(|position| position.x)
            .collect::<Vec<_>>(),
        [0.0, 3.0]
    );
}

#[tokio::test(start_paused = true)]
async fn a_bus_that_was_never_available_is_an_error() {
    let bus = Arc::new(Listener::new());
    bus.set_away(true);
    let played = a_player(&bus, "1", false)
        .play(samples([recorded(0, 0.0)]), &CancellationToken::new(), |_| {})
        .await;
    assert_eq!(
        format!("{:#}", played.expect_err("the bus is away")),
        "cannot publish positions: bus is unavailable: it went away"
    );
}

#[tokio::test(start_paused = true)]
async fn a_player_that_is_stopped_does_not_wait_for_the_next_sample() {
    let bus = Arc::new(Listener::new());
    let mut player = a_player(&bus, "1", false);
    let shutdown = CancellationToken::new();
    let stop = shutdown.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(10)).await;
        stop.cancel();
    });
    let began = Instant::now();
    let drive = samples([recorded(0, 0.0), recorded(3_600 * SECOND, 1.0)]);
    player
        .play(drive, &shutdown, |_| {})
        .await
        .expect("stopping is not an error");
    assert_eq!(began.elapsed(), Duration::from_secs(10));
    assert_eq!(player.into_tally().sent, 1);
}
