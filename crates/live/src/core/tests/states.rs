//! Runtime states that messages create and update.

use super::*;
use crate::registry_news::{RegistryChange, RegistryNews};

#[test]
fn a_reported_status_and_new_errors_are_delivered_at_once_and_only_once() {
    let mut core = core_with([1]);
    let mut watcher = Watcher::watching(&mut core, &Topic::All);
    send(&mut core, 1, position(1.0, 1_000), 1_000).expect("accepted");
    watcher.take().expect("a position");
    watcher.events.clear();
    send(&mut core, 1, state(VehicleStatus::Error, &["E1"], 1_010), 1_010).expect("accepted");
    let delivery = watcher.take().expect("events do not wait for the interval");
    assert!(delivery.batch.views.is_empty(), "positions do");
    let at = at_ms(1_010).wall();
    let change = LiveEvent::StateChange {
        vehicle_id: id(1),
        old: VehicleStatus::Idle,
        new: VehicleStatus::Error,
        at,
    };
    let error = LiveEvent::VehicleError {
        vehicle_id: id(1),
        code: ErrorCode::new("E1").expect("a code"),
    };
    assert_eq!(watcher.events, [change, error]);
    send(&mut core, 1, state(VehicleStatus::Error, &["E1"], 1_020), 1_020).expect("accepted");
    core.tick(at_ms(1_200));
    assert!(
        watcher.take().expect("the state").batch.events.is_empty(),
        "nothing new happened"
    );
    assert_eq!(core.pending_statuses(None, 10), [(id(1), VehicleStatus::Error)]);
}

#[test]
fn pending_statuses_are_returned_in_chunks() {
    let mut core = core_with(1..=5);
    for n in 1..=5 {
        send(&mut core, n, state(VehicleStatus::Moving, &[], 10), 10).expect("accepted");
    }
    let mut seen: Vec<VehicleId> = Vec::new();
    loop {
        let some = core.pending_statuses(seen.last().copied(), 2);
        assert!(some.len() <= 2);
        if some.is_empty() {
            break;
        }
        seen.extend(some.into_iter().map(|(id, _)| id));
    }
    assert_eq!(seen, (1..=5).map(id).collect::<Vec<_>>());
}

#[test]
fn the_speed_of_an_odometry_updates_an_existing_state() {
    let mut core = core_with([1]);
    let Content::Position { position: there, .. } = position(1.0, 10) else {
        unreachable!()
    };
    let odometry = |speed, ms| Content::Position {
        position: VehiclePosition {
            timestamp: at_ms(ms).wall(),
            ..there.clone()
        },
        speed: Some(speed),
    };
    send(&mut core, 1, odometry(0.7, 10), 10).expect("accepted");
    assert!(core.table.find(id(1)).expect("it exists").state.is_none());
    send(&mut core, 1, state(VehicleStatus::Idle, &[], 20), 20).expect("accepted");
    send(&mut core, 1, odometry(0.9, 30), 30).expect("accepted");
    let state = core
        .table
        .find(id(1))
        .expect("it exists")
        .state
        .clone()
        .expect("a state");
    assert_eq!((state.current_speed(), state.battery_level().get()), (0.9, 80.0));
}

#[test]
fn a_position_without_a_speed_does_not_change_the_state() {
    let mut core = core_with([1]);
    send(&mut core, 1, state(VehicleStatus::Idle, &["E1"], 10), 10).expect("accepted");
    let before = core.table.find(id(1)).expect("it exists").state.clone();
    assert!(before.is_some());
    send(&mut core, 1, position(1.0, 20), 20).expect("accepted");
    assert_eq!(core.table.find(id(1)).expect("it exists").state, before);
}

#[test]
fn a_battery_message_creates_a_state_or_updates_its_level_only() {
    let mut core = core_with([1]);
    let battery = |level, ms| Content::Battery {
        level: domain::telemetry::Percentage::new(level).expect("a level"),
        at: at_ms(ms).wall(),
    };
    send(&mut core, 1, battery(50.0, 10), 10).expect("accepted");
    send(&mut core, 1, state(VehicleStatus::Idle, &["E1"], 20), 20).expect("accepted");
    assert_eq!(send(&mut core, 1, battery(49.0, 19), 25), Err(Reason::OutOfOrder));
    send(&mut core, 1, battery(48.0, 30), 30).expect("accepted");
    let state = core
        .table
        .find(id(1))
        .expect("it exists")
        .state
        .clone()
        .expect("a state");
    assert_eq!(
        (state.battery_level().get(), state.error_codes().len()),
        (48.0, 1)
    );
}

#[test]
fn a_vehicle_that_is_disabled_before_its_status_is_recorded_has_the_status_of_the_registry() {
    let mut core = core_with([1]);
    send(&mut core, 1, state(VehicleStatus::Error, &[], 1_000), 1_000).expect("accepted");
    assert_eq!(core.pending_statuses(None, 10).len(), 1);
    core.upsert(&vehicle(1, 2, false), at_ms(1_100));
    assert_eq!(core.pending_statuses(None, 10), []);
    let present = core.present(id(1), at_ms(1_100)).expect("a known vehicle");
    assert_eq!(present.status, vehicle(1, 2, false).status);
}

/// Applies a report and a change by a user, in this order or in reverse. If the report is first, it is recorded before
/// the change. Returns the status of the vehicle, and the one to record.
fn status_of(
    report_first: bool,
    robots_ms: u64,
    received_ms: u64,
    users_ms: u64,
) -> (VehicleStatus, Option<VehicleStatus>) {
    let mut core = core_with([1]);
    let report = |core: &mut Core| {
        let report = Report {
            vehicle_id: id(1),
            content: state(VehicleStatus::Moving, &[], robots_ms),
            trace_parent: None,
        };
        core.apply(report, at_ms(received_ms), at_ms(received_ms))
            .expect("accepted");
    };
    let user = |core: &mut Core| {
        let serviced = Vehicle {
            status: VehicleStatus::Maintenance,
            updated_at: at_ms(users_ms).wall().to_offset_date_time(),
            ..vehicle(1, 2, true)
        };
        let change = RegistryChange::Changed {
            old_status: VehicleStatus::Idle,
        };
        assert!(core.follow(change, &serviced, serviced.updated_at, at_ms(users_ms + 900)));
    };
    if report_first {
        report(&mut core);
        core.statuses_recorded(
            &[(id(1), VehicleStatus::Moving)],
            at_ms(received_ms).wall().to_offset_date_time(),
        );
        user(&mut core);
    } else {
        user(&mut core);
        report(&mut core);
    }
    let status = core.table.find(id(1)).expect("a known vehicle").status;
    (status, core.pending_status(id(1)))
}

#[rstest::rstest]
#[case::a_report_before_the_change(10_000, 10_010, 10_100, VehicleStatus::Maintenance)]
#[case::a_report_after_the_change(10_200, 10_210, 10_100, VehicleStatus::Moving)]
#[case::a_report_at_the_same_time(10_100, 10_110, 10_100, VehicleStatus::Moving)]
#[case::a_robot_whose_clock_is_wrong(5_000, 10_210, 10_100, VehicleStatus::Moving)]
#[case::a_robot_whose_clock_is_wrong_before(13_000, 10_010, 10_100, VehicleStatus::Maintenance)]
fn the_later_status_applies_on_every_server(
    #[case] robots_ms: u64,
    #[case] received_ms: u64,
    #[case] users_ms: u64,
    #[case] expected: VehicleStatus,
) {
    let [one, other] =
        [true, false].map(|report_first| status_of(report_first, robots_ms, received_ms, users_ms));
    assert_eq!((one.0, other.0), (expected, expected));
    // Another server may have recorded the other status after the change.
    assert_eq!(one.1, Some(expected));
}

#[test]
fn a_change_by_a_user_of_this_server_replaces_an_older_report() {
    let mut core = core_with([1]);
    send(&mut core, 1, state(VehicleStatus::Moving, &[], 1_000), 1_000).expect("accepted");
    let stopped = |version, ms| Vehicle {
        status: VehicleStatus::Stopped,
        updated_at: at_ms(ms).wall().to_offset_date_time(),
        ..vehicle(1, version, true)
    };
    assert!(core.change_status(&stopped(2, 1_200), at_ms(1_210)));
    let status = |core: &mut Core| core.vehicle(id(1)).map(|vehicle| vehicle.status);
    assert_eq!(status(&mut core), Some(VehicleStatus::Stopped));
    send(&mut core, 1, state(VehicleStatus::Moving, &[], 1_300), 1_300).expect("accepted");
    assert_eq!(status(&mut core), Some(VehicleStatus::Moving));
}

#[test]
fn a_change_that_is_older_than_a_report_is_not_announced() {
    let mut core = core_with([1]);
    let (_, queue) = core.watch_registry(AccessScope::All.into(), None);
    send(&mut core, 1, state(VehicleStatus::Moving, &[], 1_300), 1_300).expect("accepted");
    let serviced = Vehicle {
        status: VehicleStatus::Maintenance,
        updated_at: at_ms(1_200).wall().to_offset_date_time(),
        ..vehicle(1, 2, true)
    };
    let change = RegistryChange::Changed {
        old_status: VehicleStatus::Idle,
    };
    core.follow(change, &serviced, serviced.updated_at, at_ms(1_900));
    let mut cx = Context::from_waker(Waker::noop());
    let Poll::Ready(Ok(reported)) = queue.poll(&mut cx) else {
        panic!("the report is news");
    };
    assert!(matches!(&*reported, RegistryNews::StatusChanged(change) if change.new == VehicleStatus::Moving));
    assert!(queue.poll(&mut cx).is_pending());
}

#[test]
fn a_vehicle_disabled_by_another_server_has_the_status_of_the_registry() {
    let mut core = core_with([1]);
    send(&mut core, 1, state(VehicleStatus::Error, &[], 1_000), 1_000).expect("accepted");
    let disabled = vehicle(1, 2, false);
    let change = RegistryChange::Changed {
        old_status: disabled.status,
    };
    core.follow(change, &disabled, disabled.updated_at, at_ms(1_100));
    let status = core.vehicle(id(1)).map(|vehicle| vehicle.status);
    assert_eq!(status, Some(disabled.status));
    assert_eq!(core.pending_statuses(None, 10), []);
}
