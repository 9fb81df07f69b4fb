//! Changes to a subscriber's scope.

use domain::OrganizationId;

use super::*;

fn group(n: u128) -> GroupId {
    GroupId::from_uuid(Uuid::from_u128(n))
}

fn in_group(n: u128, version: i64, group_id: u128) -> Vehicle {
    Vehicle {
        group_ids: [group(group_id)].into(),
        ..vehicle(n, version, true)
    }
}

fn seen(watcher: &mut Watcher) -> Vec<VehicleId> {
    while watcher.take().is_some() {}
    watcher.seen.keys().copied().collect()
}

#[test]
fn a_vehicle_that_joins_a_group_appears_to_subscribers_of_the_group() {
    let mut core = core_with([1, 2]);
    let mut watcher = Watcher::watching(&mut core, &Topic::All);
    watcher.may_see(&mut core, AccessScope::of_groups([group(7)]), at_ms(0));
    for n in [1, 2] {
        send(&mut core, n, position(n as f64, 1_000), 1_000).expect("accepted");
    }
    assert_eq!(seen(&mut watcher), []);
    core.upsert(&in_group(1, 2, 7), at_ms(2_000));
    core.tick(at_ms(2_000));
    assert_eq!(seen(&mut watcher), [id(1)]);
    core.upsert(&in_group(1, 3, 8), at_ms(3_000));
    core.tick(at_ms(3_000));
    assert_eq!(seen(&mut watcher), []);
    assert_eq!(watcher.events, [LiveEvent::VehicleRemoved { vehicle_id: id(1) }]);
    send(&mut core, 1, position(5.0, 4_000), 4_000).expect("accepted");
    core.tick(at_ms(5_000));
    assert!(
        watcher.take().is_none(),
        "a vehicle out of scope is not delivered"
    );
}

#[test]
fn a_subscriber_of_a_group_follows_its_members() {
    let mut core = core_with([1, 2]);
    let mut watcher = Watcher::watching(&mut core, &Topic::Group(group(7)));
    for n in [1, 2] {
        send(&mut core, n, position(n as f64, 1_000), 1_000).expect("accepted");
    }
    core.upsert(&in_group(1, 2, 7), at_ms(2_000));
    core.tick(at_ms(2_000));
    assert_eq!(seen(&mut watcher), [id(1)]);
    core.upsert(&in_group(1, 3, 8), at_ms(3_000));
    core.tick(at_ms(3_000));
    assert_eq!(seen(&mut watcher), []);
    assert_eq!(watcher.events, [LiveEvent::VehicleLeft { vehicle_id: id(1) }]);
}

#[test]
fn a_group_outside_the_scope_covers_no_vehicle() {
    let mut core = core_with([]);
    let member = Vehicle {
        organization_id: OrganizationId::DEFAULT,
        ..in_group(1, 1, 7)
    };
    core.upsert(&member, at_ms(0));
    send(&mut core, 1, position(1.0, 1_000), 1_000).expect("accepted");
    let mut watcher = Watcher::join(&mut core, INTERVAL);
    watcher.may_see(&mut core, AccessScope::of_vehicles([id(1)]), at_ms(1_000));
    watcher.watch(&mut core, &Topic::Group(group(7)), at_ms(1_000));
    assert_eq!(seen(&mut watcher), [], "membership of the group is not disclosed");
    watcher.may_see(&mut core, AccessScope::of_groups([group(7)]), at_ms(1_100));
    assert_eq!(seen(&mut watcher), [id(1)]);
}

#[test]
fn a_group_is_known_while_it_has_vehicles() {
    let mut core = core_with([]);
    let is_known = |core: &Core, scope: AccessScope| core.has_group(&scope, group(7));
    assert!(!is_known(&core, AccessScope::All));
    core.upsert(&in_group(1, 1, 7), at_ms(0));
    core.upsert(&in_group(2, 1, 7), at_ms(0));
    assert!(is_known(&core, AccessScope::All) && is_known(&core, AccessScope::of_groups([group(7)])));
    assert!(!is_known(&core, AccessScope::of_groups([group(8)])));
    core.upsert(&in_group(1, 2, 8), at_ms(1));
    assert!(is_known(&core, AccessScope::All));
    core.upsert(
        &Vehicle {
            deleted_at: Some(OffsetDateTime::UNIX_EPOCH),
            ..in_group(2, 2, 7)
        },
        at_ms(2),
    );
    assert!(!is_known(&core, AccessScope::All));
}

#[test]
fn a_narrower_scope_removes_vehicles_and_drops_their_waiting_messages() {
    let mut core = core_with([1, 2]);
    let mut watcher = Watcher::watching(&mut core, &Topic::All);
    for ms in [1_000, 1_200, 1_400] {
        for n in [1, 2] {
            send(&mut core, n, position(n as f64, ms), ms).expect("accepted");
        }
        core.tick(at_ms(ms + 100));
    }
    watcher.may_see(&mut core, AccessScope::of_vehicles([id(2)]), at_ms(1_600));
    let mut canary = Vec::new();
    while let Some(delivery) = watcher.take() {
        canary.extend(delivery.batch.views.iter().map(|view| view.vehicle_id));
    }
    assert!(!canary.contains(&id(1)), "a view of a vehicle outside the scope");
    assert_eq!(watcher.seen.keys().copied().collect::<Vec<_>>(), [id(2)]);
    assert!(
        watcher
            .events
            .contains(&LiveEvent::VehicleRemoved { vehicle_id: id(1) })
    );
}

#[test]
fn a_wider_scope_delivers_the_added_vehicles() {
    let mut core = core_with([1, 2]);
    for n in [1, 2] {
        send(&mut core, n, position(n as f64, 1_000), 1_000).expect("accepted");
    }
    let mut watcher = Watcher::join(&mut core, INTERVAL);
    watcher.may_see(&mut core, AccessScope::nothing(), at_ms(1_000));
    watcher.watch(&mut core, &Topic::All, at_ms(1_000));
    assert_eq!(seen(&mut watcher), []);
    watcher.may_see(&mut core, AccessScope::of_vehicles([id(1)]), at_ms(2_000));
    assert_eq!(seen(&mut watcher), [id(1)]);
    watcher.may_see(&mut core, AccessScope::All, at_ms(3_000));
    assert_eq!(seen(&mut watcher), [id(1), id(2)]);
    assert_eq!(watcher.events, [], "nothing was lost");
}

/// Returns a subscriber of all vehicles whose scope, group 7, has just been withdrawn, and whose view of vehicles 0 to
/// 5 has only partly been compared with the new scope.
fn a_subscriber_that_loses_its_scope(core: &mut Core) -> Watcher {
    core.hub.limits = Limits {
        visits: 2,
        views: 100,
        ..Limits::default()
    };
    for n in 0..6 {
        core.upsert(&in_group(n, 2, 7), at_ms(0));
        send(core, n, position(n as f64, 500), 500).expect("accepted");
    }
    let mut watcher = Watcher::join(core, INTERVAL);
    watcher.may_see(core, AccessScope::of_groups([group(7)]), at_ms(600));
    watcher.watch(core, &Topic::All, at_ms(600));
    while watcher.take_walking(core, at_ms(700)).is_some() {}
    assert_eq!(watcher.seen.len(), 6);
    watcher.may_see(core, AccessScope::of_groups([group(8)]), at_ms(1_000));
    watcher
}

/// Takes everything that is waiting for a subscriber, and returns the vehicles whose removals it has received.
fn removed(watcher: &mut Watcher, core: &mut Core) -> Vec<VehicleId> {
    core.tick(at_ms(2_000));
    while watcher.take_walking(core, at_ms(2_000)).is_some() {}
    assert!(watcher.seen.is_empty());
    let mut removed: Vec<_> = watcher.events.iter().map(LiveEvent::vehicle_id).collect();
    removed.sort_unstable();
    removed
}

#[test]
fn the_id_of_a_vehicle_added_to_a_withdrawn_scope_is_not_disclosed() {
    let mut core = core_with(0..6);
    let mut watcher = a_subscriber_that_loses_its_scope(&mut core);
    core.upsert(&in_group(6, 1, 7), at_ms(1_000));
    send(&mut core, 6, position(6.0, 1_100), 1_100).expect("accepted");
    assert_eq!(removed(&mut watcher, &mut core), [0, 1, 2, 3, 4, 5].map(id));
}

#[test]
fn the_id_of_a_vehicle_moved_into_a_withdrawn_scope_is_not_disclosed() {
    let mut core = core_with(0..7);
    send(&mut core, 6, position(6.0, 500), 500).expect("accepted");
    core.upsert(&in_group(6, 2, 9), at_ms(500));
    let mut watcher = a_subscriber_that_loses_its_scope(&mut core);
    core.upsert(&in_group(6, 3, 7), at_ms(1_000));
    send(&mut core, 6, position(6.5, 1_100), 1_100).expect("accepted");
    assert_eq!(removed(&mut watcher, &mut core), [0, 1, 2, 3, 4, 5].map(id));
}

#[test]
fn the_id_of_a_vehicle_removed_from_a_withdrawn_scope_is_disclosed_only_to_those_who_had_it() {
    let mut core = core_with(0..6);
    let mut watcher = a_subscriber_that_loses_its_scope(&mut core);
    core.upsert(&in_group(6, 1, 7), at_ms(1_000));
    send(&mut core, 6, position(6.0, 1_100), 1_100).expect("accepted");
    for n in [5, 6] {
        let gone = Vehicle {
            is_enabled: false,
            ..in_group(n, 3, 7)
        };
        core.upsert(&gone, at_ms(1_200));
    }
    assert_eq!(removed(&mut watcher, &mut core), [0, 1, 2, 3, 4, 5].map(id));
}
