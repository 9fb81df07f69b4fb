//! Staleness timers.

use super::{messy::kept, *};

fn connections(watcher: &mut Watcher) -> Vec<ConnectionStatus> {
    while watcher.take().is_some() {}
    let changes = watcher.events.drain(..).filter_map(|event| match event {
        LiveEvent::ConnectionChange { connection, .. } => Some(connection),
        _ => None,
    });
    changes.collect()
}

#[test]
fn a_silent_robot_times_out_disconnects_and_reconnects() {
    use ConnectionStatus::{Connected, Disconnected, Timeout};
    let mut core = core_with([1]);
    let mut watcher = Watcher::watching(&mut core, &Topic::All);
    send(&mut core, 1, position(1.0, 0), 0).expect("accepted");
    send(&mut core, 1, position(1.0, 3_000), 3_000).expect("accepted");
    assert_eq!(connections(&mut watcher), [Connected]);
    core.tick(at_ms(7_999));
    assert_eq!(connections(&mut watcher), []);
    core.tick(at_ms(8_000));
    assert_eq!(connections(&mut watcher), [Timeout]);
    core.tick(at_ms(33_000));
    assert_eq!(connections(&mut watcher), [Disconnected]);
    assert_eq!(core.next_tick_us(), None, "no timer is left");
    send(&mut core, 1, position(1.0, 40_000), 40_000).expect("accepted");
    assert_eq!(connections(&mut watcher), [Connected]);
}

#[test]
fn a_message_that_was_held_back_does_not_make_a_vehicle_stale_earlier() {
    let mut core = core_with([1]);
    let mut watcher = Watcher::watching(&mut core, &Topic::All);
    send(&mut core, 1, position(1.0, 0), 0).expect("accepted");
    send(&mut core, 1, position(1.0, 3_000), 3_000).expect("accepted");
    let held = Report {
        vehicle_id: id(1),
        content: state(VehicleStatus::Idle, &[], 1_000),
        trace_parent: None,
    };
    core.apply(held, at_ms(1_000), at_ms(3_100)).expect("accepted");
    connections(&mut watcher);
    core.tick(at_ms(5_000));
    core.tick(at_ms(7_999));
    assert_eq!(connections(&mut watcher), []);
    core.tick(at_ms(8_000));
    assert_eq!(connections(&mut watcher), [ConnectionStatus::Timeout]);
}

#[test]
fn no_vehicle_times_out_while_the_feed_is_down() {
    let mut core = core_with([1]);
    let mut watcher = Watcher::watching(&mut core, &Topic::All);
    send(&mut core, 1, position(1.0, 0), 0).expect("accepted");
    connections(&mut watcher);
    core.set_feed(false, at_ms(1_000));
    core.tick(at_ms(60_000));
    assert_eq!(connections(&mut watcher), []);
    core.set_feed(true, at_ms(60_000));
    core.tick(at_ms(64_999));
    assert_eq!(
        connections(&mut watcher),
        [],
        "silence is measured from the return of the feed"
    );
    core.tick(at_ms(65_000));
    assert_eq!(connections(&mut watcher), [ConnectionStatus::Timeout]);
}

#[test]
fn time_during_which_the_server_did_not_run_is_no_silence() {
    use ConnectionStatus::{Connected, Disconnected, Timeout};
    let mut core = core_with([1, 2]);
    let mut watcher = Watcher::watching(&mut core, &Topic::All);
    send(&mut core, 1, position(1.0, 0), 0).expect("accepted");
    send(&mut core, 2, position(1.0, 0), 0).expect("accepted");
    run(&mut core, 0, 1_000);
    assert_eq!(connections(&mut watcher), [Connected, Connected]);
    // The server is stopped for a minute. The first of the messages that have arrived in the meantime is applied before
    // the ticker ticks.
    send(&mut core, 1, position(1.0, 61_000), 61_000).expect("accepted");
    run(&mut core, 61_000, 64_400);
    assert_eq!(connections(&mut watcher), []);
    // Half a second of the minute counts.
    run(&mut core, 64_500, 64_500);
    assert_eq!(connections(&mut watcher), [Timeout], "the second robot is silent");
    run(&mut core, 64_600, 65_900);
    assert_eq!(connections(&mut watcher), []);
    run(&mut core, 66_000, 66_000);
    assert_eq!(
        connections(&mut watcher),
        [Timeout],
        "the first one is silent too"
    );
    run(&mut core, 66_100, 89_500);
    assert_eq!(connections(&mut watcher), [Disconnected]);
    run(&mut core, 89_600, 91_000);
    assert_eq!(connections(&mut watcher), [Disconnected]);
    assert_eq!(core.next_beat_us(at_ms(91_000)), None, "no timer is left");
}

#[test]
fn robots_become_silent_on_a_server_that_is_stopped_again_and_again() {
    let mut core = core_with([1]);
    let mut watcher = Watcher::watching(&mut core, &Topic::All);
    send(&mut core, 1, position(1.0, 0), 0).expect("accepted");
    connections(&mut watcher);
    for second in 0..10 {
        run(&mut core, second * 1_000, second * 1_000);
        assert_eq!(connections(&mut watcher), [], "{second}");
    }
    run(&mut core, 10_000, 10_000);
    assert_eq!(connections(&mut watcher), [ConnectionStatus::Timeout]);
}

#[test]
fn the_time_of_a_message_that_was_received_before_the_server_was_stopped_is_kept() {
    let mut core = core_with([1]);
    let mut watcher = Watcher::watching(&mut core, &Topic::All);
    send(&mut core, 1, position(1.0, 0), 0).expect("accepted");
    run(&mut core, 0, 4_000);
    connections(&mut watcher);
    run(&mut core, 64_000, 64_000);
    let report = Report {
        vehicle_id: id(1),
        content: position(1.0, 4_000),
        trace_parent: None,
    };
    core.apply(report, at_ms(4_000), at_ms(64_000)).expect("accepted");
    run(&mut core, 64_100, 68_400);
    assert_eq!(connections(&mut watcher), []);
    run(&mut core, 68_500, 68_500);
    assert_eq!(connections(&mut watcher), [ConnectionStatus::Timeout]);
}

#[test]
fn data_in_the_live_keys_does_not_age_while_the_machine_sleeps() {
    use ConnectionStatus::{Connected, Disconnected, Timeout};
    let mut core = core_with([1]);
    let mut watcher = Watcher::watching(&mut core, &Topic::All);
    core.restore(kept(1.0, 100_000), at_ms(103_000));
    core.tick(at_ms(103_000));
    assert_eq!(connections(&mut watcher), [Connected]);
    // Only the wall clock has advanced.
    let awake = |ms| Moment {
        unix_us: at_ms(ms + 60_000).unix_us,
        ..at_ms(ms)
    };
    core.restore(kept(1.0, 100_000), awake(104_000));
    core.tick(awake(104_999));
    assert_eq!(connections(&mut watcher), []);
    core.tick(awake(105_000));
    assert_eq!(connections(&mut watcher), [Timeout]);
    core.tick(awake(130_000));
    assert_eq!(connections(&mut watcher), [Disconnected]);
}

#[test]
fn time_without_messages_includes_the_time_while_disabled() {
    use ConnectionStatus::{Connected, Disconnected, Timeout};
    let mut core = core_with([1]);
    let connection = |core: &Core, ms| core.present(id(1), at_ms(ms)).expect("it exists").connection;
    send(&mut core, 1, position(1.0, 0), 0).expect("accepted");
    core.upsert(&vehicle(1, 2, false), at_ms(1_000));
    core.tick(at_ms(5_000));
    assert_eq!(connection(&core, 4_999), Some(Connected));
    assert_eq!(connection(&core, 5_000), Some(Timeout));
    assert_eq!(connection(&core, 30_000), Some(Disconnected));

    core.upsert(&vehicle(1, 3, true), at_ms(6_000));
    assert_eq!(connection(&core, 6_000), Some(Timeout));
    let mut watcher = Watcher::watching(&mut core, &Topic::All);
    core.tick(at_ms(29_999));
    assert_eq!(connections(&mut watcher), []);
    core.tick(at_ms(30_000));
    assert_eq!(connections(&mut watcher), [Disconnected]);
    send(&mut core, 1, position(1.0, 31_000), 31_000).expect("accepted");
    assert_eq!(connections(&mut watcher), [Connected]);
}

#[test]
fn a_vehicle_enabled_while_the_feed_is_down_times_out_after_its_return() {
    let mut core = core_with([1]);
    send(&mut core, 1, position(1.0, 0), 0).expect("accepted");
    core.upsert(&vehicle(1, 2, false), at_ms(1_000));
    core.tick(at_ms(5_000));
    core.set_feed(false, at_ms(6_000));
    core.upsert(&vehicle(1, 3, true), at_ms(50_000));
    let mut watcher = Watcher::watching(&mut core, &Topic::All);
    core.set_feed(true, at_ms(60_000));
    core.tick(at_ms(64_999));
    assert_eq!(connections(&mut watcher), []);
    core.tick(at_ms(65_000));
    assert_eq!(connections(&mut watcher), [ConnectionStatus::Timeout]);
}
