//! Runtime states that messages create and update.

use super::*;

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
    assert_eq!(core.pending_statuses(), [(id(1), VehicleStatus::Error)]);
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
    assert_eq!(core.pending_statuses().len(), 1);
    core.upsert(&vehicle(1, 2, false), at_ms(1_100));
    assert_eq!(core.pending_statuses(), []);
    let present = core.present(id(1), at_ms(1_100)).expect("a known vehicle");
    assert_eq!(present.status, vehicle(1, 2, false).status);
}
