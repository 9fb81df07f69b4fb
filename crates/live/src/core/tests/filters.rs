//! Topics with filters.

use domain::telemetry::MapId;

use super::*;

fn area(min_x: f64, max_x: f64) -> Filter {
    Filter {
        area: Some(Area::new([min_x, -1.0, max_x, 1.0]).expect("valid edges")),
        ..Filter::default()
    }
}

fn move_to(core: &mut Core, n: u128, x: f64, ms: u64) {
    send(core, n, position(x, ms), ms).expect("accepted");
    core.tick(at_ms(ms + 100));
}

fn seen(watcher: &mut Watcher) -> Vec<(VehicleId, f64)> {
    while watcher.take().is_some() {}
    watcher.seen.iter().map(|(&id, &x)| (id, x)).collect()
}

fn left(n: u128) -> LiveEvent {
    LiveEvent::VehicleLeft { vehicle_id: id(n) }
}

#[test]
fn vehicles_enter_and_leave_an_area() {
    let mut core = core_with([1, 2]);
    move_to(&mut core, 1, 5.0, 1_000);
    move_to(&mut core, 2, 15.0, 1_000);
    let mut watcher = Watcher::join(&mut core, INTERVAL);
    watcher.watch_filtered(&mut core, &Topic::All, area(0.0, 10.0), at_ms(1_500));
    assert_eq!(seen(&mut watcher), [(id(1), 5.0)]);
    move_to(&mut core, 2, 9.0, 2_000);
    assert_eq!(seen(&mut watcher), [(id(1), 5.0), (id(2), 9.0)]);
    move_to(&mut core, 1, 10.5, 3_000);
    assert_eq!(seen(&mut watcher), [(id(2), 9.0)]);
    assert_eq!(watcher.events, [left(1)]);
    move_to(&mut core, 1, 11.0, 4_000);
    assert!(watcher.take().is_none(), "a vehicle outside costs nothing");
    move_to(&mut core, 1, 10.0, 5_000);
    assert_eq!(seen(&mut watcher), [(id(1), 10.0), (id(2), 9.0)]);
}

#[test]
fn a_vehicle_that_crosses_an_edge_within_an_interval_does_not_leave() {
    let mut core = core_with([1]);
    move_to(&mut core, 1, 5.0, 1_000);
    let mut watcher = Watcher::join(&mut core, INTERVAL);
    watcher.watch_filtered(&mut core, &Topic::All, area(0.0, 10.0), at_ms(1_200));
    move_to(&mut core, 1, 6.0, 2_000);
    for (x, ms) in [(11.0, 2_120), (9.0, 2_130), (11.0, 2_140), (8.0, 2_150)] {
        send(&mut core, 1, position(x, ms), ms).expect("accepted");
    }
    core.tick(at_ms(2_300));
    assert_eq!(seen(&mut watcher), [(id(1), 8.0)]);
    // The first of the positions was served at once, after a quiet interval.
    assert_eq!(watcher.events, [left(1)]);
}

#[test]
fn another_filter_sends_only_the_difference() {
    let mut core = core_with([1, 2, 3]);
    for (n, x) in [(1, 5.0), (2, 15.0), (3, 25.0)] {
        move_to(&mut core, n, x, 1_000);
    }
    let mut watcher = Watcher::join(&mut core, INTERVAL);
    watcher.watch_filtered(&mut core, &Topic::All, area(0.0, 20.0), at_ms(1_500));
    assert_eq!(seen(&mut watcher), [(id(1), 5.0), (id(2), 15.0)]);
    watcher.watch_filtered(&mut core, &Topic::All, area(10.0, 30.0), at_ms(2_000));
    let delivery = watcher.take().expect("the difference");
    assert_eq!(
        delivery.batch.views.len(),
        1,
        "the vehicle that stays is not sent again"
    );
    assert_eq!(seen(&mut watcher), [(id(2), 15.0), (id(3), 25.0)]);
    assert_eq!(watcher.events, [left(1)]);
    watcher.watch(&mut core, &Topic::All, at_ms(3_000));
    assert_eq!(seen(&mut watcher).len(), 3);
    assert_eq!(watcher.events.len(), 1);
}

#[test]
fn a_vehicle_of_another_topic_does_not_leave() {
    let mut core = core_with([1]);
    move_to(&mut core, 1, 5.0, 1_000);
    let mut watcher = Watcher::join(&mut core, INTERVAL);
    watcher.watch_filtered(&mut core, &Topic::All, area(0.0, 10.0), at_ms(1_200));
    watcher.watch(&mut core, &Topic::Vehicle(id(1)), at_ms(1_300));
    move_to(&mut core, 1, 50.0, 2_000);
    assert_eq!(seen(&mut watcher), [(id(1), 50.0)]);
    watcher.unwatch(&mut core, &Topic::Vehicle(id(1)), at_ms(3_000));
    assert_eq!(seen(&mut watcher), []);
    assert_eq!(watcher.events, [left(1)]);
}

#[test]
fn a_status_decides_with_its_event() {
    let mut core = core_with([1]);
    let mut watcher = Watcher::join(&mut core, INTERVAL);
    let filter = Filter {
        statuses: Some([VehicleStatus::Error].into()),
        ..Filter::default()
    };
    watcher.watch_filtered(&mut core, &Topic::All, filter, at_ms(0));
    move_to(&mut core, 1, 5.0, 1_000);
    assert_eq!(seen(&mut watcher), []);
    send(&mut core, 1, state(VehicleStatus::Error, &[], 2_000), 2_000).expect("accepted");
    core.tick(at_ms(2_200));
    assert_eq!(seen(&mut watcher), [(id(1), 5.0)]);
    send(&mut core, 1, state(VehicleStatus::Idle, &[], 3_000), 3_000).expect("accepted");
    core.tick(at_ms(3_200));
    assert_eq!(seen(&mut watcher), []);
    let kinds: Vec<_> = watcher
        .events
        .iter()
        .map(|event| match event {
            LiveEvent::StateChange { new, .. } => new.as_str(),
            LiveEvent::VehicleLeft { .. } => "left",
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(kinds, ["ERROR", "IDLE", "left"]);
}

#[test]
fn a_disabled_vehicle_is_removed_only_from_views_that_have_it() {
    let mut core = core_with([1, 2]);
    move_to(&mut core, 1, 5.0, 1_000);
    move_to(&mut core, 2, 50.0, 1_000);
    let mut watcher = Watcher::join(&mut core, INTERVAL);
    watcher.watch_filtered(&mut core, &Topic::All, area(0.0, 10.0), at_ms(1_500));
    assert_eq!(seen(&mut watcher), [(id(1), 5.0)]);
    for n in [1, 2] {
        core.upsert(&vehicle(n, 2, false), at_ms(2_000));
    }
    core.tick(at_ms(2_000));
    assert_eq!(seen(&mut watcher), []);
    assert_eq!(watcher.events, [LiveEvent::VehicleRemoved { vehicle_id: id(1) }]);
    core.upsert(&vehicle(1, 3, true), at_ms(3_000));
    core.tick(at_ms(3_200));
    assert_eq!(seen(&mut watcher), [(id(1), 5.0)]);
}

#[test]
fn a_map_is_part_of_the_position() {
    let mut core = core_with([1]);
    let on = |map: &str, ms| {
        let Content::Position { position, speed } = position(5.0, ms) else {
            unreachable!("a position");
        };
        let map_id = MapId::new(map).ok();
        Content::Position {
            position: VehiclePosition { map_id, ..position },
            speed,
        }
    };
    let mut watcher = Watcher::join(&mut core, INTERVAL);
    let filter = Filter {
        map_id: MapId::new("floor-1").ok(),
        ..Filter::default()
    };
    watcher.watch_filtered(&mut core, &Topic::Type(VehicleType::Agv), filter, at_ms(0));
    send(&mut core, 1, on("floor-2", 1_000), 1_000).expect("accepted");
    core.tick(at_ms(1_200));
    assert_eq!(seen(&mut watcher), []);
    send(&mut core, 1, on("floor-1", 2_000), 2_000).expect("accepted");
    core.tick(at_ms(2_200));
    assert_eq!(seen(&mut watcher), [(id(1), 5.0)]);
}

#[test]
fn closed_rooms_leave_no_trace() {
    let mut core = core_with([1]);
    move_to(&mut core, 1, 5.0, 1_000);
    let watcher = Watcher::join(&mut core, INTERVAL);
    for n in 1..100 {
        watcher.watch_filtered(&mut core, &Topic::All, area(-f64::from(n), 10.0), at_ms(2_000));
    }
    core.disconnect(watcher.member);
    move_to(&mut core, 1, 6.0, 3_000);
    let index = core.table.index_of(id(1)).expect("a vehicle");
    assert!(core.table.at(index).filtered.is_empty());
    assert_eq!(core.hub.room_count(), 0);
}

#[test]
fn no_event_follows_a_removal_before_the_filter_has_been_applied() {
    for sees_again in [false, true] {
        let mut core = core_with(0..6);
        for n in 0..6 {
            move_to(&mut core, n, n as f64, 1_000);
        }
        let mut watcher = Watcher::join(&mut core, INTERVAL);
        watcher.watch(&mut core, &Topic::All, at_ms(1_500));
        assert_eq!(seen(&mut watcher).len(), 6);
        core.hub.limits = Limits {
            visits: 2,
            views: 100,
            ..Limits::default()
        };
        let statuses = Filter {
            statuses: Some([VehicleStatus::Error].into()),
            ..Filter::default()
        };
        watcher.watch_filtered(&mut core, &Topic::All, statuses, at_ms(2_000));
        let faulty = |version, is_enabled| Vehicle {
            status: VehicleStatus::Error,
            ..vehicle(5, version, is_enabled)
        };
        // The vehicle enters the filter and is disabled, before and after the room has sent it.
        core.upsert(&faulty(2, true), at_ms(2_100));
        if sees_again {
            core.tick(at_ms(2_300));
            core.upsert(&vehicle(5, 3, true), at_ms(2_400));
        }
        core.upsert(&faulty(4, false), at_ms(2_400));
        core.tick(at_ms(2_400));
        while watcher.take_walking(&mut core, at_ms(2_500)).is_some() {}
        let of_it: Vec<_> = watcher
            .events
            .iter()
            .filter(|event| event.vehicle_id() == id(5))
            .map(LiveEvent::is_removal)
            .collect();
        assert_eq!(
            of_it.last(),
            Some(&true),
            "the removal is the last event: {of_it:?}"
        );
        assert_eq!(of_it.iter().filter(|is_removal| **is_removal).count(), 1);
        assert!(watcher.seen.is_empty());
    }
}
