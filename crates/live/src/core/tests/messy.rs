//! Robots with wrong clocks and faulty messages.

use super::*;
use crate::{
    record::{BrokenParts, LiveRecord, Series},
    report::{Channel, Rejection},
};

fn newest(core: &Core) -> Option<(f64, Timestamp)> {
    let position = core.table.find(id(1))?.track.newest()?;
    Some((position.x, position.timestamp))
}

/// Applies content that arrives at `ms`.
fn send_at(core: &mut Core, content: Content, ms: u64) -> Result<(), Reason> {
    send(core, 1, content, ms)
}

#[test]
fn a_vehicle_whose_messages_are_rejected_stays_connected() {
    let mut core = core_with([1]);
    send_at(&mut core, position(1.0, 10_000), 10_000).expect("accepted");
    for ms in (11_000..40_000).step_by(1_000) {
        assert_eq!(
            send_at(&mut core, position(1e5, ms), ms),
            Err(Reason::OutOfBounds)
        );
        core.tick(at_ms(ms));
    }
    let present = core.present(id(1), at_ms(40_000)).expect("it exists");
    assert_eq!(present.connection, Some(ConnectionStatus::Connected));
    assert_eq!(present.sync_status, domain::vehicle::SyncStatus::Error);
    let last = present.last_rejection.expect("the newest");
    assert_eq!(
        (last.reason, last.count, last.at),
        ("out_of_bounds", 29, at_ms(39_000).wall())
    );
    send_at(&mut core, position(1.0, 40_000), 40_000).expect("accepted");
    let present = core.present(id(1), at_ms(40_000)).expect("it exists");
    assert_eq!(present.last_rejection, None);
}

#[test]
fn a_message_without_usable_content_connects_its_vehicle_and_is_reported() {
    let mut core = core_with([1]);
    let fault = Rejection::new(Reason::NotFinite, "x must not be NaN, Infinity or null");
    core.note_rejected(id(1), Channel::Position, &fault, at_ms(5), at_ms(5));
    core.note_rejected(id(9), Channel::Position, &fault, at_ms(5), at_ms(5));
    let present = core.present(id(1), at_ms(5)).expect("it exists");
    assert_eq!(present.connection, Some(ConnectionStatus::Connected));
    assert_eq!(present.last_rejection.map(|last| last.reason), Some("not_finite"));
}

#[test]
fn a_single_rejection_ends_some_time_after_it_if_messages_of_another_kind_are_accepted() {
    let mut core = core_with([1]);
    let fault = Rejection::new(Reason::InvalidField, "batteryLevel must be from 0 to 100");
    core.note_rejected(id(1), Channel::State, &fault, at_ms(1_000), at_ms(1_000));
    let seen = |core: &Core, ms| {
        let present = core.present(id(1), at_ms(ms)).expect("it exists");
        let is_error = present.sync_status == domain::vehicle::SyncStatus::Error;
        (present.last_rejection.map(|last| last.reason), is_error)
    };
    for ms in (2_000..31_000).step_by(1_000) {
        send_at(&mut core, position(1.0, ms), ms).expect("accepted");
        assert_eq!(seen(&core, ms), (Some("invalid_field"), true), "{ms}");
    }
    assert_eq!(seen(&core, 30_999), (Some("invalid_field"), true));
    assert_eq!(seen(&core, 31_000), (None, false));
}

#[test]
fn rejections_that_continue_are_reported_although_messages_of_another_kind_are_accepted() {
    let mut core = core_with([1]);
    let fault = Rejection::new(Reason::InvalidField, "batteryLevel must be from 0 to 100");
    for ms in (1_000..=60_000).step_by(1_000) {
        core.note_rejected(id(1), Channel::State, &fault, at_ms(ms), at_ms(ms));
        send_at(&mut core, position(1.0, ms), ms).expect("accepted");
    }
    let present = core.present(id(1), at_ms(60_000)).expect("it exists");
    assert_eq!(present.sync_status, domain::vehicle::SyncStatus::Error);
    assert_eq!(present.last_rejection.map(|last| last.count), Some(60));
}

#[test]
fn positions_and_states_start_new_series_independently() {
    let mut core = core_with([1]);
    send_at(&mut core, position(1.0, 100_000), 100_000).expect("accepted");
    send_at(&mut core, state(VehicleStatus::Idle, &[], 100_000), 100_000).expect("accepted");
    let outcomes: Vec<_> = (0..6)
        .map(|step| send_at(&mut core, position(2.0, 500 + step), 101_000 + step * 300))
        .collect();
    assert_eq!(
        outcomes,
        [[Err(Reason::OutOfOrder); 4].as_slice(), &[Ok(()); 2]].concat()
    );
    assert_eq!(newest(&core), Some((2.0, at_ms(505).wall())));
    let record = core.take_unsynced(1, at_ms(103_000)).remove(0);
    assert_eq!(
        record.series,
        Series {
            positions: Some(at_ms(102_200).wall()),
            states: None,
        }
    );
    assert_eq!(record.last_update, at_ms(100_000).wall(), "the time of the state");
    assert_eq!(
        send_at(&mut core, state(VehicleStatus::Idle, &[], 600), 103_000),
        Err(Reason::OutOfOrder)
    );
}

#[test]
fn a_twist_only_updates_the_speed_of_an_older_state() {
    let mut core = core_with([1]);
    send_at(&mut core, state(VehicleStatus::Idle, &[], 100), 100).expect("accepted");
    let odometry = |ms| match position(1.0, ms) {
        Content::Position { position, .. } => Content::Position {
            position,
            speed: Some(9.0),
        },
        other => other,
    };
    let speed = |core: &Core| {
        core.table
            .find(id(1))
            .and_then(|v| v.state.as_ref().map(|s| s.current_speed()))
    };
    send_at(&mut core, odometry(50), 110).expect("accepted");
    send_at(&mut core, odometry(100), 120).expect("accepted");
    assert_eq!(speed(&core), Some(0.5));
    send_at(&mut core, odometry(101), 130).expect("accepted");
    assert_eq!(speed(&core), Some(9.0));
}

pub(super) fn kept(x: f64, ms: u64) -> LiveRecord {
    let Content::Position { position, .. } = position(x, ms) else {
        unreachable!()
    };
    LiveRecord {
        vehicle_id: id(1),
        last_update: position.timestamp,
        position: Some(position),
        state: None,
        series: Series::default(),
        broken: BrokenParts::default(),
        expires_in: Duration::from_secs(60),
    }
}

#[test]
fn an_implausible_key_counts_as_absent_and_is_overwritten() {
    for record in [
        kept(1e9, 1_000),
        kept(5.0, 1_000 + 11 * 86_400_000),
        LiveRecord {
            position: None,
            broken: BrokenParts {
                position: true,
                state: false,
            },
            ..kept(0.0, 1_000)
        },
    ] {
        let mut core = core_with([1]);
        core.restore(record, at_ms(2_000));
        assert_eq!(newest(&core), None);
        send_at(&mut core, position(1.0, 10), 2_100).expect("nothing newer is known");
        let written = core.take_unsynced(1, at_ms(103_000)).remove(0);
        assert_eq!(written.series.positions, Some(at_ms(2_000).wall()));
    }
}

#[test]
fn the_age_of_the_keys_determines_the_connection_of_a_vehicle_without_messages() {
    let mut core = core_with([1]);
    let mut watcher = Watcher::watching(&mut core, &Topic::All);
    core.restore(kept(1.0, 100_000), at_ms(103_000));
    core.tick(at_ms(103_000));
    let connection = |delivery: Delivery| delivery.batch.views[0].connection;
    assert_eq!(watcher.take().map(connection), Some(ConnectionStatus::Connected));
    let changes = |watcher: &mut Watcher| {
        while watcher.take().is_some() {}
        let changes = watcher.events.drain(..).map(|event| match event {
            LiveEvent::ConnectionChange {
                connection, since, ..
            } => (connection, since),
            other => panic!("{other:?}"),
        });
        changes.collect::<Vec<_>>()
    };
    assert_eq!(
        changes(&mut watcher),
        [(ConnectionStatus::Connected, at_ms(100_000).wall())]
    );
    core.tick(at_ms(104_999));
    assert_eq!(changes(&mut watcher), []);
    core.tick(at_ms(105_000));
    assert_eq!(
        changes(&mut watcher),
        [(ConnectionStatus::Timeout, at_ms(100_000).wall())]
    );
    send_at(&mut core, position(2.0, 110_000), 110_000).expect("accepted");
    core.tick(at_ms(110_000));
    assert_eq!(
        changes(&mut watcher),
        [(ConnectionStatus::Connected, at_ms(110_000).wall())]
    );

    let mut core = core_with([1]);
    core.restore(kept(1.0, 10), at_ms(100_000));
    let mut watcher = Watcher::watching(&mut core, &Topic::All);
    assert_eq!(
        watcher.take().map(connection),
        Some(ConnectionStatus::Disconnected)
    );
}

#[test]
fn a_broken_key_of_a_known_vehicle_is_rewritten() {
    let mut core = core_with([1]);
    send_at(&mut core, position(1.0, 100_000), 100_000).expect("accepted");
    core.take_unsynced(1, at_ms(100_000));
    core.keys_written([id(1)], at_ms(100_000));
    core.restore(kept(1e9, 101_000), at_ms(102_000));
    let written = core.take_unsynced(1, at_ms(102_000)).remove(0);
    assert_eq!(written.series.positions, Some(at_ms(102_000).wall()));
    assert_eq!(newest(&core), Some((1.0, at_ms(100_000).wall())));
}

#[test]
fn a_key_of_a_later_series_is_restored_despite_its_older_timestamp() {
    let mut core = core_with([1]);
    send_at(&mut core, position(1.0, 500_000), 500_000).expect("accepted");
    let anew = LiveRecord {
        series: Series {
            positions: Some(at_ms(501_000).wall()),
            states: None,
        },
        ..kept(7.0, 30)
    };
    core.restore(anew.clone(), at_ms(502_000));
    assert_eq!(newest(&core), Some((7.0, at_ms(30).wall())));
    send_at(&mut core, position(8.0, 40), 502_100).expect("the new series continues");
    core.restore(kept(1.0, 500_000), at_ms(503_000));
    assert_eq!(
        newest(&core),
        Some((8.0, at_ms(40).wall())),
        "the earlier series has ended"
    );
    assert_eq!(core.take_unsynced(1, at_ms(103_000))[0].series, anew.series);
}
