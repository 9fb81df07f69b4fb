//! Times of the oldest new data in a delivery, with which its latency and its age are measured.

use super::*;
use crate::{
    batch::Oldest,
    record::{BrokenParts, Series},
};

/// Applies content of a message without a timestamp of its own, which therefore has the time of arrival.
fn send_unstamped(core: &mut Core, n: u128, content: impl Fn(u64) -> Content, ms: u64) {
    let report = Report {
        vehicle_id: id(n),
        content: content(ms),
        trace_parent: None,
    };
    let channel = report.channel();
    let outcome = core.apply(report, at_ms(ms), at_ms(ms)).expect("accepted");
    core.note_unstamped(outcome.index, channel);
    core.tick(at_ms(ms));
}

/// Applies content with a timestamp that is 100 ms old.
fn send_stamped(core: &mut Core, n: u128, content: impl Fn(u64) -> Content, ms: u64) {
    send(core, n, content(ms - 100), ms).expect("accepted");
}

fn moved(ms: u64) -> Content {
    position(1.0, ms)
}

fn idle(ms: u64) -> Content {
    state(VehicleStatus::Idle, &[], ms)
}

/// Takes the next delivery that contains views, and returns the time of arrival and the timestamp of its oldest new
/// data, in milliseconds.
fn next_oldest(watcher: &mut Watcher) -> (Option<u64>, Option<i64>) {
    let mut batches = std::iter::from_fn(|| Some(watcher.take()?.batch));
    let batch = batches.find(|batch| !batch.views.is_empty()).expect("views");
    let Oldest {
        received_at,
        timestamp,
    } = batch.oldest();
    (
        received_at.map(|at| at.uptime_us / 1_000),
        timestamp.map(|timestamp| timestamp.ms_since(at_ms(0).wall())),
    )
}

#[test]
fn the_time_of_arrival_is_no_age() {
    let mut core = core_with([1]);
    let mut watcher = Watcher::watching(&mut core, &Topic::All);
    send_unstamped(&mut core, 1, moved, 1_000);
    assert_eq!(next_oldest(&mut watcher), (Some(1_000), None));
    send_unstamped(&mut core, 1, idle, 2_000);
    assert_eq!(next_oldest(&mut watcher), (Some(2_000), None));
    send_stamped(&mut core, 1, moved, 3_000);
    assert_eq!(next_oldest(&mut watcher), (Some(3_000), Some(2_900)));
    send_stamped(&mut core, 1, idle, 4_000);
    assert_eq!(next_oldest(&mut watcher), (Some(4_000), Some(3_900)));
    send_unstamped(&mut core, 1, moved, 5_000);
    assert_eq!(next_oldest(&mut watcher), (Some(5_000), None));
}

#[test]
fn the_age_of_a_delivery_is_that_of_its_messages_with_timestamps() {
    let mut core = core_with([1, 2, 3]);
    let mut watcher = Watcher::watching(&mut core, &Topic::All);
    send_stamped(&mut core, 1, moved, 1_000);
    assert_eq!(next_oldest(&mut watcher), (Some(1_000), Some(900)));
    send_unstamped(&mut core, 1, moved, 1_010);
    send_stamped(&mut core, 2, idle, 1_020);
    send_stamped(&mut core, 3, moved, 1_030);
    core.tick(at_ms(1_100));
    assert_eq!(next_oldest(&mut watcher), (Some(1_010), Some(920)));
}

#[test]
fn data_that_is_delivered_again_is_not_new() {
    let mut core = core_with([1]);
    let mut watcher = Watcher::watching(&mut core, &Topic::All);
    send_stamped(&mut core, 1, moved, 1_000);
    assert_eq!(next_oldest(&mut watcher), (Some(1_000), Some(900)));
    send_stamped(&mut core, 1, idle, 4_000);
    assert_eq!(next_oldest(&mut watcher), (Some(4_000), Some(3_900)));
    let mut later = Watcher::join(&mut core, INTERVAL);
    later.watch(&mut core, &Topic::Type(VehicleType::Agv), at_ms(5_000));
    assert_eq!(next_oldest(&mut later), (None, None), "a snapshot");
    let changed = Vehicle {
        status: VehicleStatus::Moving,
        ..vehicle(1, 2, true)
    };
    core.upsert(&changed, at_ms(60_000));
    core.tick(at_ms(60_000));
    for watcher in [&mut watcher, &mut later] {
        assert_eq!(next_oldest(watcher), (None, None), "only the status has changed");
    }
    send_stamped(&mut core, 1, moved, 61_000);
    for watcher in [&mut watcher, &mut later] {
        assert_eq!(next_oldest(watcher), (Some(61_000), Some(60_900)));
    }
}

#[test]
fn data_from_live_keys_has_no_age() {
    let mut core = core_with([1]);
    let mut watcher = Watcher::watching(&mut core, &Topic::All);
    let Content::Position { position, .. } = moved(900) else {
        unreachable!()
    };
    let record = LiveRecord {
        vehicle_id: id(1),
        last_update: position.timestamp,
        position: Some(position),
        state: None,
        series: Series::default(),
        broken: BrokenParts::default(),
        expires_in: Duration::from_secs(60),
    };
    core.restore(record, at_ms(1_000));
    core.tick(at_ms(1_000));
    assert_eq!(next_oldest(&mut watcher), (None, None));
}

#[test]
fn each_part_of_a_large_delivery_has_the_times_of_its_data() {
    let mut core = core_with([1, 2]);
    core.hub.limits.views = 1;
    let mut watcher = Watcher::watching(&mut core, &Topic::All);
    send_stamped(&mut core, 1, moved, 1_000);
    assert_eq!(next_oldest(&mut watcher), (Some(1_000), Some(900)));
    send_stamped(&mut core, 1, moved, 1_010);
    send_stamped(&mut core, 2, moved, 1_020);
    // The connection of the second vehicle is reported at once.
    while watcher.take().is_some() {}
    core.tick(at_ms(1_100));
    core.tick(at_ms(1_100));
    assert_eq!(next_oldest(&mut watcher), (Some(1_010), Some(910)));
    assert_eq!(next_oldest(&mut watcher), (Some(1_020), Some(920)));
}

#[test]
fn merged_deliveries_have_the_times_of_the_data_that_was_not_replaced() {
    let mut core = core_with([1, 2]);
    let mut watcher = Watcher::watching(&mut core, &Topic::All);
    send_stamped(&mut core, 1, moved, 1_000);
    send_stamped(&mut core, 2, moved, 1_200);
    send_stamped(&mut core, 2, moved, 1_400);
    assert_eq!(next_oldest(&mut watcher), (Some(1_000), Some(900)));
    send_stamped(&mut core, 1, moved, 2_000);
    send_stamped(&mut core, 1, moved, 2_200);
    assert_eq!(next_oldest(&mut watcher), (Some(2_200), Some(2_100)));
}

#[test]
fn events_between_two_deliveries_do_not_make_the_data_of_the_first_new_in_the_second() {
    let mut core = core_with([1]);
    let mut watcher = Watcher::watching(&mut core, &Topic::All);
    send_stamped(&mut core, 1, moved, 1_000);
    assert_eq!(next_oldest(&mut watcher), (Some(1_000), Some(900)));
    core.tick(at_ms(6_100));
    let changed = Vehicle {
        status: VehicleStatus::Moving,
        ..vehicle(1, 2, true)
    };
    core.upsert(&changed, at_ms(6_500));
    core.tick(at_ms(6_500));
    assert_eq!(next_oldest(&mut watcher), (None, None));
    assert_eq!(watcher.events.len(), 3, "connected, silent and moving");
}
