//! Topics that are added and removed while others remain.

use super::*;

fn left(n: u128) -> LiveEvent {
    LiveEvent::VehicleLeft { vehicle_id: id(n) }
}

/// Takes everything that is waiting, and discards the events.
fn drain(watcher: &mut Watcher) {
    while watcher.take().is_some() {}
    watcher.events.clear();
}

#[test]
fn a_subscribed_vehicle_is_sent_even_if_another_topic_covers_it() {
    let mut core = core_with([1, 2]);
    for n in [1, 2] {
        send(&mut core, n, position(n as f64, 1_000), 1_000).expect("accepted");
    }
    let mut watcher = Watcher::watching(&mut core, &Topic::All);
    drain(&mut watcher);
    for _ in 0..2 {
        watcher.watch(&mut core, &Topic::Vehicle(id(1)), at_ms(2_000));
        assert_eq!(watcher.next_xs(), Some(vec![1.0]));
    }
    watcher.watch(&mut core, &Topic::Type(VehicleType::Forklift), at_ms(2_000));
    assert_eq!(watcher.next_xs(), Some(vec![2.0]));
    for topic in [Topic::All, Topic::Type(VehicleType::Forklift)] {
        watcher.watch(&mut core, &topic, at_ms(2_000));
        assert_eq!(watcher.next_xs(), None, "{topic:?} was already subscribed");
    }
}

#[test]
fn vehicles_that_no_other_topic_covers_leave_the_view() {
    let mut core = core_with([1, 2, 3]);
    for n in [1, 2] {
        send(&mut core, n, position(n as f64, 1_000), 1_000).expect("accepted");
    }
    let mut watcher = Watcher::watching(&mut core, &Topic::All);
    watcher.watch(&mut core, &Topic::Vehicle(id(2)), at_ms(1_000));
    drain(&mut watcher);
    watcher.unwatch(&mut core, &Topic::All, at_ms(2_000));
    drain_into(&mut watcher);
    assert_eq!(
        watcher.events,
        [left(1)],
        "nothing is known about the third vehicle"
    );
    watcher.unwatch(&mut core, &Topic::Type(VehicleType::Agv), at_ms(2_000));
    assert!(watcher.take().is_none(), "removing an absent topic has no effect");
}

/// Takes everything that is waiting.
fn drain_into(watcher: &mut Watcher) {
    while watcher.take().is_some() {}
}

#[test]
fn a_waiting_vehicle_left_event_survives_further_unsubscriptions() {
    let mut core = core_with([1, 2]);
    for n in [1, 2] {
        send(&mut core, n, position(n as f64, 1_000), 1_000).expect("accepted");
    }
    let mut watcher = Watcher::watching(&mut core, &Topic::All);
    watcher.watch(&mut core, &Topic::Vehicle(id(1)), at_ms(1_000));
    watcher.watch(&mut core, &Topic::Type(VehicleType::Agv), at_ms(1_000));
    drain(&mut watcher);
    watcher.unwatch(&mut core, &Topic::All, at_ms(2_000));
    watcher.unwatch(&mut core, &Topic::Vehicle(id(1)), at_ms(2_000));
    drain_into(&mut watcher);
    assert_eq!(watcher.events, [left(2)]);
}

#[test]
fn after_the_last_topic_nothing_is_sent() {
    let mut core = core_with([1, 2]);
    for n in [1, 2] {
        send(&mut core, n, position(n as f64, 1_000), 1_000).expect("accepted");
    }
    let mut watcher = Watcher::watching(&mut core, &Topic::All);
    let deleted = Vehicle {
        deleted_at: Some(OffsetDateTime::UNIX_EPOCH),
        ..vehicle(1, 2, false)
    };
    core.upsert(&deleted, at_ms(1_050));
    core.tick(at_ms(1_060));
    watcher.unwatch(&mut core, &Topic::All, at_ms(1_070));
    send(&mut core, 2, position(3.0, 2_000), 2_000).expect("accepted");
    core.tick(at_ms(3_000));
    assert!(watcher.take().is_none());
}

#[test]
fn a_status_change_makes_no_view_without_position_or_state() {
    let mut core = core_with([1]);
    let mut watcher = Watcher::watching(&mut core, &Topic::All);
    let moving = Vehicle {
        status: VehicleStatus::Moving,
        ..vehicle(1, 2, true)
    };
    core.upsert(&moving, at_ms(1_000));
    core.tick(at_ms(2_000));
    let delivery = watcher.take().expect("the event");
    assert!(delivery.batch.views.is_empty());
    assert!(matches!(watcher.events[..], [LiveEvent::StateChange { .. }]));
    core.tick(at_ms(3_000));
    assert!(watcher.take().is_none());
}

#[test]
fn the_backlog_of_a_slow_watcher_is_bounded_by_the_number_of_vehicles() {
    let mut core = core_with(1..1_500);
    for n in 1..1_500 {
        send(&mut core, n, position(n as f64, 1_000), 1_000).expect("accepted");
    }
    let mut watcher = Watcher::watching(&mut core, &Topic::Vehicle(id(1)));
    for round in 0..5 {
        watcher.watch(&mut core, &Topic::All, at_ms(2_000 + round));
        watcher.unwatch(&mut core, &Topic::All, at_ms(2_000 + round));
    }
    let mut events = 0;
    while let Some(delivery) = watcher.take_walking(&mut core, at_ms(3_000)) {
        events += delivery.batch.events.len();
    }
    assert_eq!(events, 1_498);
    assert_eq!(watcher.seen.keys().copied().collect::<Vec<_>>(), [id(1)]);
}

/// Deletes and restores a vehicle. Afterwards, only a new subscription receives its positions.
#[test]
fn a_topic_of_one_vehicle_ends_with_its_deletion() {
    for others in [
        vec![],
        vec![Topic::Vehicle(id(2))],
        vec![Topic::Type(VehicleType::Forklift)],
    ] {
        for is_visible in [true, false] {
            let mut core = core_with([1, 2]);
            for n in [1, 2] {
                send(&mut core, n, position(n as f64, 1_000), 1_000).expect("accepted");
            }
            let mut watcher = Watcher::watching(&mut core, &Topic::Vehicle(id(1)));
            for topic in &others {
                watcher.watch(&mut core, topic, at_ms(1_000));
            }
            core.tick(at_ms(1_500));
            drain(&mut watcher);
            if !is_visible {
                watcher.may_see(&mut core, AccessScope::of_vehicles([id(2)]), at_ms(1_600));
                drain(&mut watcher);
            }
            let deleted = Vehicle {
                deleted_at: Some(OffsetDateTime::UNIX_EPOCH),
                ..vehicle(1, 2, true)
            };
            core.upsert(&deleted, at_ms(2_000));
            core.tick(at_ms(2_000));
            drain_into(&mut watcher);
            let removed = LiveEvent::VehicleRemoved { vehicle_id: id(1) };
            let expected = if is_visible { vec![removed] } else { vec![] };
            assert_eq!(watcher.events, expected, "{others:?}");

            core.upsert(&vehicle(1, 3, true), at_ms(3_000));
            if !is_visible {
                watcher.may_see(&mut core, AccessScope::All, at_ms(3_000));
            }
            drain(&mut watcher);
            send(&mut core, 1, position(3.0, 4_000), 4_000).expect("accepted");
            send(&mut core, 2, position(4.0, 4_000), 4_000).expect("accepted");
            core.tick(at_ms(5_000));
            drain_into(&mut watcher);
            assert_eq!(watcher.seen.get(&id(1)), None, "{others:?}");
            let sees_other = (!others.is_empty()).then_some(4.0);
            assert_eq!(watcher.seen.get(&id(2)).copied(), sees_other, "{others:?}");
            watcher.watch(&mut core, &Topic::Vehicle(id(1)), at_ms(5_000));
            drain_into(&mut watcher);
            assert_eq!(watcher.seen.get(&id(1)), Some(&3.0), "{others:?}");
        }
    }
}

/// After a deletion, two rooms may have the same interest. The members of each still receive everything.
#[test]
fn subscribers_whose_interests_become_equal_keep_receiving() {
    let mut core = core_with([1, 2, 3]);
    let mut plain = Watcher::watching(&mut core, &Topic::All);
    let mut named = Watcher::watching(&mut core, &Topic::All);
    named.watch(&mut core, &Topic::Vehicle(id(1)), at_ms(0));
    let deleted = Vehicle {
        deleted_at: Some(OffsetDateTime::UNIX_EPOCH),
        ..vehicle(1, 2, true)
    };
    core.upsert(&deleted, at_ms(100));
    core.tick(at_ms(100));
    let mut late = Watcher::watching(&mut core, &Topic::All);
    for (at, x) in [(1_000, 1.0), (2_000, 2.0)] {
        send(&mut core, 2, position(x, at), at).expect("accepted");
        core.tick(at_ms(at + 500));
        for watcher in [&mut plain, &mut named, &mut late] {
            drain_into(watcher);
            assert_eq!(watcher.seen.get(&id(2)), Some(&x));
        }
        core.disconnect(plain.member);
        plain = Watcher::watching(&mut core, &Topic::All);
    }
    core.disconnect(named.member);
    core.disconnect(late.member);
    send(&mut core, 2, position(3.0, 3_000), 3_000).expect("accepted");
    core.tick(at_ms(3_500));
    drain_into(&mut plain);
    assert_eq!(plain.seen.get(&id(2)), Some(&3.0));
}
