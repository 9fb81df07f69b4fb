//! Deliveries to subscribers: pace, sharing, order and size.

use super::*;

#[test]
fn a_quiet_vehicle_is_delivered_at_once_and_then_once_per_interval() {
    let mut core = core_with([1]);
    let mut watcher = Watcher::watching(&mut core, &Topic::Vehicle(id(1)));
    send(&mut core, 1, position(1.0, 1_000), 1_000).expect("accepted");
    assert_eq!(watcher.next_xs(), Some(vec![1.0]), "the leading edge");
    send(&mut core, 1, position(2.0, 1_010), 1_010).expect("accepted");
    send(&mut core, 1, position(3.0, 1_090), 1_090).expect("accepted");
    assert_eq!(watcher.next_xs(), None, "the interval is not over");
    assert_eq!(core.next_tick_us(), Some(1_096_000), "4 ms early at most");
    core.tick(at_ms(1_100));
    assert_eq!(
        watcher.next_xs(),
        Some(vec![3.0]),
        "the newest at the end of the interval"
    );
    core.tick(at_ms(1_200));
    assert_eq!(watcher.next_xs(), None, "nothing new");
}

#[test]
fn interval_0_delivers_every_position_at_once() {
    let mut core = core_with([1]);
    let mut watcher = Watcher::join(&mut core, Duration::ZERO);
    watcher.watch(&mut core, &Topic::All, at_ms(0));
    for ms in [1_000, 1_000, 1_001] {
        send(&mut core, 1, position(ms as f64, ms), ms).expect("accepted");
        assert_eq!(watcher.next_xs(), Some(vec![ms as f64]));
    }
}

#[test]
fn watchers_with_equal_interests_get_the_same_batch() {
    let mut core = core_with([1, 2]);
    let mut first = Watcher::watching(&mut core, &Topic::All);
    let mut second = Watcher::watching(&mut core, &Topic::All);
    for ms in [1_000, 1_100] {
        send(&mut core, 1, position(1.0, ms), ms).expect("accepted");
        let (a, b) = (first.take().expect("a frame"), second.take().expect("a frame"));
        assert!(Arc::ptr_eq(&a.batch, &b.batch));
        assert_eq!(a.number, b.number);
    }
}

#[test]
fn known_data_is_delivered_first() {
    let mut core = core_with([1, 2, 3]);
    send(&mut core, 1, position(1.0, 10), 10).expect("accepted");
    send(&mut core, 2, state(VehicleStatus::Idle, &[], 10), 10).expect("accepted");
    let mut watcher = Watcher::join(&mut core, INTERVAL);
    watcher.watch(&mut core, &Topic::All, at_ms(20));
    let snapshot = watcher.take().expect("a snapshot");
    assert_eq!(snapshot.number.prev, None);
    let ids: Vec<_> = snapshot.batch.views.iter().map(|view| view.vehicle_id).collect();
    assert_eq!(ids, [id(1), id(2)], "nothing is known about the third vehicle");
    watcher.watch(&mut core, &Topic::Type(VehicleType::Agv), at_ms(30));
    assert_eq!(
        watcher.next_xs(),
        Some(vec![1.0]),
        "vehicles of the new topic are sent again"
    );
}

#[test]
fn a_snapshot_does_not_measure_delivery_time() {
    let mut core = core_with([1]);
    send(&mut core, 1, position(1.0, 10), 10).expect("accepted");
    let mut watcher = Watcher::watching(&mut core, &Topic::All);
    send(&mut core, 1, position(2.0, 60_000), 60_000).expect("accepted");
    assert!(
        watcher
            .take()
            .expect("the snapshot, merged with later changes")
            .batch
            .is_snapshot
    );
    send(&mut core, 1, position(3.0, 61_000), 61_000).expect("accepted");
    assert!(!watcher.take().expect("a position").batch.is_snapshot);
}

#[test]
fn a_wider_interest_keeps_undelivered_changes() {
    let mut core = core_with([1, 2]);
    let mut watcher = Watcher::watching(&mut core, &Topic::Vehicle(id(1)));
    send(&mut core, 1, position(1.0, 1_000), 1_000).expect("accepted");
    watcher.take().expect("the leading edge");
    send(&mut core, 1, position(2.0, 1_010), 1_010).expect("accepted");
    watcher.watch(&mut core, &Topic::All, at_ms(1_020));
    assert_eq!(
        watcher.next_xs(),
        Some(vec![2.0]),
        "the last value before a pause is always sent"
    );
}

#[test]
fn only_subscribed_vehicles_are_delivered() {
    let mut core = core_with([1, 2]);
    let mut agvs = Watcher::watching(&mut core, &Topic::Type(VehicleType::Agv));
    let mut one = Watcher::watching(&mut core, &Topic::Vehicle(id(2)));
    send(&mut core, 1, position(1.0, 10), 10).expect("accepted");
    send(&mut core, 2, position(2.0, 10), 10).expect("accepted");
    assert_eq!((agvs.next_xs(), agvs.next_xs()), (Some(vec![1.0]), None));
    assert_eq!((one.next_xs(), one.next_xs()), (Some(vec![2.0]), None));
    send(&mut core, 2, position(2.5, 300), 300).expect("accepted");
    one.unwatch(&mut core, &Topic::Vehicle(id(2)), at_ms(320));
    send(&mut core, 2, position(3.0, 500), 500).expect("accepted");
    assert!(one.take().is_none());
}

#[test]
fn a_vehicle_added_later_is_delivered_to_subscribers_of_all() {
    let mut core = core();
    let mut watcher = Watcher::watching(&mut core, &Topic::All);
    core.upsert(&vehicle(7, 1, true), at_ms(5));
    send(&mut core, 7, position(7.0, 10), 10).expect("accepted");
    assert_eq!(watcher.next_xs(), Some(vec![7.0]));
}

#[test]
fn a_room_without_members_is_closed() {
    let mut core = core_with([1]);
    let watcher = Watcher::watching(&mut core, &Topic::All);
    assert_eq!(rooms_of(&mut core, 1), 1);
    let counts = |core: &Core| (core.stats().subscribers, core.stats().rooms);
    assert_eq!(counts(&core), (1, 1));
    core.disconnect(watcher.member);
    assert_eq!(rooms_of(&mut core, 1), 0);
    assert_eq!(counts(&core), (0, 0));
}

#[test]
fn a_slow_subscriber_with_too_many_events_gets_a_new_snapshot() {
    let mut core = core_with([1, 2]);
    let mut slow = Watcher::watching(&mut core, &Topic::All);
    send(&mut core, 2, position(2.0, 1), 1).expect("accepted");
    slow.take().expect("a position");
    core.upsert(&vehicle(2, 2, false), at_ms(2));
    for ms in 10..3_010 {
        let status = if ms % 2 == 0 {
            VehicleStatus::Moving
        } else {
            VehicleStatus::Idle
        };
        send(&mut core, 1, state(status, &[], ms), ms).expect("accepted");
    }
    let resync = slow.take().expect("a snapshot");
    assert_eq!(resync.number.prev, None, "the view starts anew");
    while slow.take().is_some() {}
    assert!(
        slow.events
            .contains(&LiveEvent::VehicleRemoved { vehicle_id: id(2) }),
        "the removal is delivered"
    );
    assert!(slow.seen.contains_key(&id(1)) && !slow.seen.contains_key(&id(2)));
}

#[test]
fn a_view_that_a_snapshot_replaces_is_counted_with_the_next_tick() {
    let mut core = core_with([1]);
    let slow = Watcher::watching(&mut core, &Topic::Vehicle(id(1)));
    send(&mut core, 1, position(1.0, 1_000), 1_000).expect("accepted");
    // The current view of the vehicle is sent again, and replaces the one that is waiting.
    slow.watch(&mut core, &Topic::Vehicle(id(1)), at_ms(1_010));
    assert_eq!(core.tick(at_ms(1_020)).conflated, 1);
    assert_eq!(core.tick(at_ms(1_030)).conflated, 0);
}

#[test]
fn a_large_delivery_is_split_and_shows_each_vehicle_once_per_interval() {
    let mut core = core_with(0..10);
    core.hub.limits.views = 4;
    let (mut watcher, mut other) = (
        Watcher::watching(&mut core, &Topic::All),
        Watcher::watching(&mut core, &Topic::All),
    );
    for n in 0..10 {
        send(&mut core, n, position(1.0, 1_000), 1_000).expect("accepted");
    }
    core.tick(at_ms(1_100));
    while watcher.take().is_some() {}
    while other.take().is_some() {}
    for n in 0..10 {
        send(&mut core, n, position(2.0, 1_110), 1_110).expect("accepted");
    }
    core.upsert(&vehicle(9, 2, false), at_ms(1_120));
    core.tick(at_ms(1_200));
    let sizes = |watcher: &mut Watcher| {
        let parts = std::iter::from_fn(|| watcher.take());
        parts.map(|part| part.batch).collect::<Vec<_>>()
    };
    let (parts, others) = (sizes(&mut watcher), sizes(&mut other));
    assert_eq!(
        parts.iter().map(|part| part.views.len()).collect::<Vec<_>>(),
        [4, 4, 1]
    );
    assert!(
        parts
            .iter()
            .zip(&others)
            .all(|(part, other)| Arc::ptr_eq(part, other))
    );
    assert_eq!(
        core.next_tick_us(),
        Some(6_000_000),
        "only the staleness timers are left"
    );
}

/// Ticks until nothing is due.
fn tick_all(core: &mut Core, now: Moment) {
    while core.next_tick_us().is_some_and(|due_us| due_us <= now.uptime_us) {
        core.tick(now);
    }
}

#[test]
fn a_batch_reaches_each_member_once_however_many_steps_that_takes() {
    let mut core = core_with([1, 2]);
    core.hub.limits.work = 4;
    let mut watchers: Vec<_> = (0..10)
        .map(|_| Watcher::watching(&mut core, &Topic::All))
        .collect();
    send(&mut core, 1, position(1.0, 1_000), 1_000).expect("accepted");
    let reached = watchers.iter().filter(|watcher| watcher.mailbox.has_mail());
    assert_eq!(reached.count(), 2, "the work is divided");
    assert_eq!(core.next_tick_us(), Some(1_000_000), "the rest is due at once");

    // Meanwhile, a member leaves that has not received the batch, and one that has; another one moves to a new room,
    // and a new one joins.
    for place in [9, 0] {
        core.disconnect(watchers.remove(place).member);
    }
    watchers[5].watch(&mut core, &Topic::Vehicle(id(2)), at_ms(1_000));
    watchers.push(Watcher::watching(&mut core, &Topic::All));
    for (x, ms) in [(1.0, 1_000), (2.0, 1_100)] {
        tick_all(&mut core, at_ms(ms));
        for watcher in &mut watchers {
            assert_eq!((watcher.next_xs(), watcher.next_xs()), (Some(vec![x]), None));
        }
        send(&mut core, 1, position(2.0, ms + 50), ms + 50).expect("accepted");
    }
}

#[test]
fn a_batch_that_has_not_reached_a_subscriber_precedes_newer_views() {
    let mut core = core_with([1]);
    send(&mut core, 1, position(0.0, 500), 500).expect("accepted");
    core.hub.limits.work = 1;
    let mut watcher = Watcher::watching(&mut core, &Topic::Vehicle(id(1)));
    assert_eq!(watcher.next_xs(), Some(vec![0.0]));
    send(&mut core, 1, position(1.0, 1_000), 1_000).expect("accepted");
    assert_eq!(watcher.next_xs(), None, "the batch waits in the room");
    let report = Report {
        vehicle_id: id(1),
        content: position(2.0, 1_001),
        trace_parent: None,
    };
    core.apply(report, at_ms(1_001), at_ms(1_001)).expect("accepted");
    // Sends the current view again, which is newer than that in the batch.
    watcher.watch(&mut core, &Topic::Vehicle(id(1)), at_ms(1_002));
    tick_all(&mut core, at_ms(1_002));
    while watcher.take().is_some() {}
    assert_eq!(watcher.seen.get(&id(1)), Some(&2.0));
}

#[test]
fn the_batches_that_slow_subscribers_merge_count_as_work() {
    let mut core = core_with([1]);
    core.hub.limits.work = 6;
    let watchers = [(); 3].map(|()| Watcher::watching(&mut core, &Topic::All));
    send(&mut core, 1, position(1.0, 1_000), 1_000).expect("accepted");
    assert!(watchers.iter().all(|watcher| watcher.mailbox.has_mail()));
    send(&mut core, 1, position(2.0, 2_000), 2_000).expect("accepted");
    let slow = |core: &Core| core.count_slow_subscribers(0, 100).0;
    assert_eq!(slow(&core), 1, "the others have not received the second batch");
    tick_all(&mut core, at_ms(2_000));
    assert_eq!(slow(&core), 3);
}

#[test]
fn each_subscriber_is_notified_once_of_a_change_of_the_feed() {
    let connect = |core: &mut Core| core.connect(AccessScope::All.into(), INTERVAL).1;
    let feeds = |mailbox: &Mailbox| -> Vec<bool> {
        let cx = Context::from_waker(Waker::noop());
        let next = || match mailbox.poll_take(&cx) {
            Poll::Ready(Some(OutgoingMessage::Feed(feed))) => Some(feed.is_up),
            _ => None,
        };
        std::iter::from_fn(next).collect()
    };
    let mut core = core();
    let before: Vec<_> = (0..5).map(|_| connect(&mut core)).collect();
    assert!(core.set_feed(false, at_ms(1)));
    assert!(!core.set_feed(false, at_ms(2)), "it is the same state");
    let (mut from, mut meanwhile) = (Some(0), Vec::new());
    while let Some(place) = from {
        from = core.report_feed(place, 2);
        let late = connect(&mut core);
        assert_eq!(feeds(&late), [false]);
        meanwhile.push(late);
    }
    assert!(meanwhile.len() > 2, "the work is divided");
    assert!(before.iter().all(|mailbox| feeds(mailbox) == [false]));
    assert!(meanwhile.iter().all(|mailbox| feeds(mailbox).is_empty()));

    assert!(core.set_feed(true, at_ms(3)));
    assert_eq!(core.report_feed(0, 1_000), None);
    assert!(
        before
            .iter()
            .chain(&meanwhile)
            .all(|mailbox| feeds(mailbox) == [true])
    );
}

#[test]
fn the_bases_of_a_closed_room_are_freed_by_the_caller() {
    let mut core = core_with([1]);
    for topic in [Topic::All, Topic::Vehicle(id(1))] {
        let watcher = Watcher::join(&mut core, INTERVAL);
        core.change_mode(watcher.member, DeliveryMode::Delta, at_ms(0));
        watcher.watch(&mut core, &topic, at_ms(0));
        send(&mut core, 1, position(1.0, 1_000), 1_000).expect("accepted");
        drop(core.take_discarded());
        core.disconnect(watcher.member);
        assert_eq!(core.take_discarded().len(), 1);
    }
    let mut watcher = Watcher::join(&mut core, INTERVAL);
    core.change_mode(watcher.member, DeliveryMode::Delta, at_ms(2_000));
    watcher.watch(&mut core, &Topic::Vehicle(id(1)), at_ms(2_000));
    send(&mut core, 1, position(2.0, 2_000), 2_000).expect("accepted");
    while watcher.take().is_some() {}
    let deleted_at = Some(OffsetDateTime::UNIX_EPOCH);
    let deleted = Vehicle {
        deleted_at,
        ..vehicle(1, 2, true)
    };
    core.upsert(&deleted, at_ms(3_000));
    assert_eq!(core.take_discarded().len(), 1, "the topic ended with its vehicle");
}
