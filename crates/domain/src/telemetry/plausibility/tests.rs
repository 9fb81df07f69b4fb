use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::telemetry::{FrameId, MapId, Rotation};

const NOW: i64 = 1_732_333_333_000;

fn rules() -> PlausibilityRules {
    PlausibilityRules {
        bounds: "-10000,-10000,-1000,10000,10000,1000".parse().expect("bounds"),
        max_speed_mps: 30.0,
        max_jump_m: 10.0,
        max_ahead_ms: 5_000,
        relocation_samples: 5,
    }
}

fn at(x: f64, ms: i64) -> VehiclePosition {
    VehiclePosition {
        x,
        y: 0.0,
        z: 0.0,
        rotation: Rotation::IDENTITY,
        timestamp: Timestamp::from_unix_ms(NOW + ms).expect("a time"),
        frame_id: FrameId::new("map").ok(),
        map_id: None,
    }
}

fn arrival(uptime_ms: u64) -> Arrival {
    Arrival {
        wall: Timestamp::from_unix_ms(NOW).expect("a time"),
        uptime: std::time::Duration::from_millis(uptime_ms),
    }
}

fn check_track(samples: &[(f64, i64)], believed: &[bool]) {
    let mut track = PositionTrack::default();
    let outcome: Vec<_> = samples
        .iter()
        .map(|&(x, ms)| track.accept(at(x, ms), &rules(), arrival(0)).is_ok())
        .collect();
    assert_eq!(outcome, believed, "{samples:?}");
}

#[test]
fn the_first_position_within_bounds_is_accepted() {
    check_track(&[(9_999.0, 0)], &[true]);
}

#[rstest]
#[case(10_000.0, 0.0, true)]
#[case(10_000.1, 0.0, false)]
#[case(0.0, -1_000.1, false)]
fn a_position_must_be_within_the_bounds(#[case] x: f64, #[case] z: f64, #[case] believed: bool) {
    let position = VehiclePosition { z, ..at(x, 0) };
    let outcome = PositionTrack::default().accept(position, &rules(), arrival(0));
    assert_eq!(
        outcome,
        if believed {
            Ok(Acceptance::Newest)
        } else {
            Err(Implausible::OutOfBounds)
        }
    );
}

#[test]
fn a_clock_may_be_5_s_ahead() {
    check_track(&[(0.0, 5_000)], &[true]);
    let outcome = PositionTrack::default().accept(at(0.0, 5_001), &rules(), arrival(0));
    assert_eq!(outcome, Err(Implausible::InFuture { ahead_ms: 5_001 }));
}

#[test]
fn an_older_position_is_rejected_and_an_equally_old_one_accepted() {
    check_track(
        &[(0.0, 0), (1.0, 0), (2.0, -1), (3.0, 1)],
        &[true, true, false, true],
    );
}

#[test]
fn the_distance_allowed_grows_with_the_time() {
    check_track(&[(0.0, -2_000), (10.0, -2_000)], &[true, true]);
    check_track(&[(0.0, -2_000), (10.1, -2_000)], &[true, false]);
    check_track(&[(0.0, -2_000), (70.0, 0)], &[true, true]);
    check_track(&[(0.0, -2_000), (70.1, 0)], &[true, false]);
}

#[test]
fn the_fifth_of_five_consistent_positions_is_accepted() {
    check_track(
        &[
            (0.0, 0),
            (500.0, 1),
            (500.1, 2),
            (500.2, 3),
            (500.3, 4),
            (500.4, 5),
            (500.5, 6),
        ],
        &[true, false, false, false, false, true, true],
    );
}

#[test]
fn inconsistent_positions_restart_the_count() {
    check_track(
        &[
            (0.0, 0),
            (500.0, 1),
            (500.0, 2),
            (900.0, 3),
            (900.0, 4),
            (900.0, 5),
            (900.0, 6),
            (900.0, 7),
        ],
        &[true, false, false, false, false, false, false, true],
    );
}

#[test]
fn a_plausible_position_ends_the_relocation() {
    check_track(
        &[
            (0.0, 0),
            (500.0, 1),
            (500.0, 2),
            (500.0, 3),
            (500.0, 4),
            (0.1, 5),
            (500.0, 6),
        ],
        &[true, false, false, false, false, true, false],
    );
}

#[test]
fn a_position_on_another_map_or_in_another_frame_is_accepted() {
    let mut track = PositionTrack::resume(at(0.0, 0));
    let on_map = VehiclePosition {
        map_id: MapId::new("floor-2").ok(),
        ..at(5_000.0, 1)
    };
    assert_eq!(
        track.accept(on_map.clone(), &rules(), arrival(0)),
        Ok(Acceptance::Newest)
    );
    let in_frame = VehiclePosition {
        frame_id: FrameId::new("odom").ok(),
        x: -5_000.0,
        ..on_map
    };
    assert_eq!(
        track.accept(in_frame, &rules(), arrival(0)),
        Ok(Acceptance::Newest)
    );
}

#[test]
fn a_track_is_reset_when_the_robots_clock_was_set_back() {
    let mut track = PositionTrack::resume(at(0.0, 0));
    // The positions are far from the last one, but its timestamp is from another clock and does not limit the distance.
    let outcomes = (0..6).map(|step| {
        let sample = at(500.0, -90_000 + step * 300);
        track
            .accept(sample, &rules(), arrival(step.unsigned_abs() * 300))
            .map_err(|fault| matches!(fault, Implausible::OutOfOrder { .. }))
    });
    assert_eq!(
        outcomes.collect::<Vec<_>>(),
        [
            Err(true),
            Err(true),
            Err(true),
            Err(true),
            Ok(Acceptance::ClockSetBack),
            Ok(Acceptance::Newest)
        ]
    );
    assert_eq!(track.newest(), Some(&at(500.0, -88_500)));
}

#[test]
fn a_stored_position_is_checked_by_place_and_time() {
    let now = arrival(0).wall;
    assert_eq!(rules().check_kept(&at(0.0, -1_000_000), now), Ok(()));
    assert_eq!(rules().check_kept(&at(0.0, 5_000), now), Ok(()));
    assert_eq!(
        rules().check_kept(&at(1e9, 0), now),
        Err(Implausible::OutOfBounds)
    );
    let ahead_ms = 11 * 86_400_000;
    assert_eq!(
        rules().check_kept(&at(0.0, ahead_ms), now),
        Err(Implausible::InFuture { ahead_ms })
    );
}

#[rstest]
#[case("")]
#[case("1,2,3,4,5")]
#[case("1,2,3,4,5,6,7")]
#[case("0,0,0,1,1,NaN")]
#[case("0,0,0,1,1,0")]
#[case("a,0,0,1,1,1")]
fn bounds_are_six_numbers_in_order(#[case] text: &str) {
    assert_eq!(text.parse::<Bounds>(), Err(InvalidBounds));
}

proptest! {
    #[test]
    fn the_newest_accepted_position_never_gets_older(
        samples in prop::collection::vec((-100.0..100.0f64, -1_000..6_000i64), 1..60),
    ) {
        let mut track = PositionTrack::default();
        let mut newest: Option<Timestamp> = None;
        for (x, ms) in samples {
            let position = at(x, ms);
            if track.accept(position.clone(), &rules(), arrival(0)).is_ok() {
                prop_assert!(newest.is_none_or(|newest| position.timestamp >= newest));
                newest = Some(position.timestamp);
            }
            prop_assert_eq!(track.newest().map(|newest| newest.timestamp), newest);
        }
    }

    #[test]
    fn positions_of_a_driving_robot_are_always_accepted(
        steps in prop::collection::vec((-1.0..1.0f64, 0..200i64), 1..60),
    ) {
        let mut track = PositionTrack::default();
        let (mut x, mut ms) = (0.0, -20_000);
        for (speed, pause) in steps {
            ms += pause;
            x += speed * 30.0 * pause as f64 / 1_000.0;
            prop_assert_eq!(track.accept(at(x, ms), &rules(), arrival(0)), Ok(Acceptance::Newest));
        }
    }
}
