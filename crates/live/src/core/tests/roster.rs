//! Subscribers that follow the vehicles of the registry.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::{
    roster::{PAGE, RosterEvent},
    vehicle_info::VehicleInfo,
};

/// A follower of the registry, with everything that it has received so far.
struct Follower {
    mailbox: Arc<Mailbox>,
    member: SubscriberId,
    known: BTreeMap<VehicleId, Described>,
    /// Kinds of the events that were received.
    kinds: Vec<&'static str>,
    last_tick: u64,
}

type Described = (String, bool, VehicleStatus, BTreeSet<GroupId>);

impl Follower {
    fn join(core: &mut Core, scope: AccessScope) -> Self {
        let mailbox = Arc::new(Mailbox::default());
        let member = core.hub.join(Arc::clone(&mailbox), scope.into(), INTERVAL);
        Self {
            mailbox,
            member,
            known: BTreeMap::new(),
            kinds: Vec::new(),
            last_tick: 0,
        }
    }

    fn following(core: &mut Core, scope: AccessScope) -> Self {
        let follower = Self::join(core, scope);
        core.follow_registry(follower.member);
        follower
    }

    fn may_see(&self, core: &mut Core, scope: AccessScope) {
        core.change_scope(self.member, Arc::new(scope), at_ms(1));
    }

    /// Takes one page, and returns its number of events.
    fn take_page(&mut self, core: &mut Core) -> usize {
        let Core { hub, table, .. } = core;
        let cx = Context::from_waker(Waker::noop());
        while self.mailbox.poll_roster_turn(&cx) {
            let Some(page) = hub.take_roster(self.member, table, at_ms(1)) else {
                continue;
            };
            let prev = (self.last_tick > 0).then_some(self.last_tick);
            assert_eq!((page.number.tick, page.number.prev), (self.last_tick + 1, prev));
            self.last_tick += 1;
            page.events.iter().for_each(|event| self.receive(event));
            return page.events.len();
        }
        0
    }

    fn take_all(&mut self, core: &mut Core) {
        while self.take_page(core) > 0 {}
    }

    fn receive(&mut self, event: &RosterEvent) {
        let described = |info: &VehicleInfo| {
            (
                info.name.as_str().to_owned(),
                info.is_enabled,
                info.status,
                info.group_ids.clone(),
            )
        };
        let kind = match event {
            RosterEvent::Info(info) => {
                self.known.insert(info.vehicle_id, described(info));
                "info"
            }
            RosterEvent::Added(info) => {
                let known = self.known.insert(info.vehicle_id, described(info));
                assert_eq!(known, None, "a known vehicle is added");
                "added"
            }
            RosterEvent::Updated(info) => {
                let known = self.known.insert(info.vehicle_id, described(info));
                assert!(known.is_some(), "an unknown vehicle is updated");
                "updated"
            }
            RosterEvent::Deleted(id) => {
                let known = self.known.remove(id);
                assert!(known.is_some(), "an unknown vehicle is deleted");
                "deleted"
            }
        };
        self.kinds.push(kind);
    }

    fn names(&self) -> Vec<VehicleId> {
        self.known.keys().copied().collect()
    }

    fn new_kinds(&mut self) -> Vec<&'static str> {
        std::mem::take(&mut self.kinds)
    }
}

fn in_group(n: u128, version: i64, group: u128) -> Vehicle {
    Vehicle {
        group_ids: [GroupId::from_uuid(Uuid::from_u128(group))].into(),
        ..vehicle(n, version, true)
    }
}

fn deleted(n: u128) -> Vehicle {
    Vehicle {
        deleted_at: Some(OffsetDateTime::UNIX_EPOCH),
        ..vehicle(n, 1_000, false)
    }
}

#[test]
fn a_group_that_was_left_during_a_narrower_scope_is_not_described_afterwards() {
    let mut core = core();
    core.upsert(&in_group(4, 1, 1), at_ms(0));
    let mut follower = Follower::following(&mut core, AccessScope::All);
    follower.take_all(&mut core);
    follower.may_see(&mut core, AccessScope::of_groups(groups(2)));
    core.upsert(&vehicle(4, 2, true), at_ms(1));
    follower.may_see(&mut core, AccessScope::All);
    follower.take_all(&mut core);
    assert_eq!(follower.known[&id(4)].3, groups(0));
}

#[test]
fn a_vehicle_that_is_restored_during_a_snapshot_stays_known() {
    let last = PAGE as u128 + 1;
    let mut core = core();
    for n in 0..=last {
        core.upsert(&vehicle(n, 1, true), at_ms(0));
    }
    let mut follower = Follower::following(&mut core, AccessScope::All);
    assert_eq!(follower.take_page(&mut core), PAGE);
    // The restored vehicle takes the index of the one that was deleted last, which the snapshot has not reached yet.
    core.upsert(&deleted(0), at_ms(1));
    core.upsert(&deleted(last), at_ms(1));
    core.upsert(&vehicle(0, 1_001, true), at_ms(1));
    follower.take_all(&mut core);
    assert!(follower.known.contains_key(&id(0)));
    assert_eq!(follower.known.len(), PAGE + 1);
}

#[test]
fn a_group_outside_the_scope_of_a_follower_changes_nothing() {
    let group = |n| GroupId::from_uuid(Uuid::from_u128(n));
    let in_groups = |version, groups: &[u128]| Vehicle {
        group_ids: groups.iter().map(|&n| group(n)).collect(),
        ..vehicle(1, version, true)
    };
    let mut core = core();
    core.upsert(&in_groups(1, &[7]), at_ms(0));
    let mut follower = Follower::following(&mut core, AccessScope::of_groups([group(7)]));
    follower.take_all(&mut core);
    for groups in [&[7, 8][..], &[7]] {
        core.upsert(&in_groups(13 - groups.len() as i64, groups), at_ms(1));
    }
    assert_eq!(follower.take_page(&mut core), 0);
    core.upsert(&in_groups(20, &[8]), at_ms(1));
    assert_eq!(
        follower.take_page(&mut core),
        1,
        "the vehicle is out of scope now"
    );
}

#[test]
fn a_snapshot_of_all_vehicles_precedes_changes() {
    let mut core = core_with([1]);
    core.upsert(&vehicle(2, 1, false), at_ms(0));
    let mut follower = Follower::following(&mut core, AccessScope::All);
    follower.take_all(&mut core);
    assert_eq!(follower.new_kinds(), ["info", "info"]);
    assert_eq!(follower.names(), [id(1), id(2)]);

    core.upsert(&vehicle(3, 1, true), at_ms(1));
    core.upsert(&vehicle(2, 2, true), at_ms(1));
    send(&mut core, 1, state(VehicleStatus::Moving, &[], 1), 1).expect("accepted");
    core.upsert(&deleted(1), at_ms(2));
    follower.take_all(&mut core);
    assert_eq!(follower.new_kinds(), ["deleted", "added", "updated"]);
    assert_eq!(follower.names(), [id(2), id(3)]);
    assert!(follower.known[&id(2)].1, "it is enabled now");
}

#[test]
fn changes_outside_the_description_cause_no_update() {
    let mut core = core_with([1]);
    let mut follower = Follower::following(&mut core, AccessScope::All);
    follower.take_all(&mut core);
    follower.new_kinds();
    core.upsert(&vehicle(1, 2, true), at_ms(1));
    send(&mut core, 1, position(1.0, 1), 1).expect("accepted");
    follower.take_all(&mut core);
    assert_eq!(follower.new_kinds(), [""; 0]);
}

#[test]
fn a_snapshot_is_paged_and_changes_wait_for_its_end() {
    let count = PAGE as u128 * 3;
    let mut core = core_with(1..=count);
    let mut follower = Follower::following(&mut core, AccessScope::All);
    assert_eq!(follower.take_page(&mut core), PAGE);
    core.upsert(&vehicle(1, 2, false), at_ms(1));
    core.upsert(&deleted(2), at_ms(1));
    core.upsert(&vehicle(count, 2, false), at_ms(1));
    core.upsert(&deleted(count - 1), at_ms(1));
    core.upsert(&vehicle(count + 1, 1, true), at_ms(1));
    follower.take_all(&mut core);
    let kinds = follower.new_kinds();
    let infos = kinds.iter().filter(|kind| **kind == "info").count();
    assert_eq!(
        infos, count as usize,
        "the snapshot had not reached the deleted vehicle"
    );
    assert_eq!(kinds[infos..], ["deleted", "updated"]);
    assert_eq!(follower.known.len(), count as usize - 1);
    assert!(!follower.known[&id(1)].1 && !follower.known[&id(count)].1);
}

#[test]
fn a_late_follower_gets_only_the_latest_change_of_each_vehicle() {
    let mut core = core_with([1, 2]);
    let mut follower = Follower::following(&mut core, AccessScope::All);
    follower.take_all(&mut core);
    follower.new_kinds();
    for ms in 1..2_000 {
        let status = [VehicleStatus::Moving, VehicleStatus::Idle][ms as usize % 2];
        send(&mut core, 1, state(status, &[], ms), ms).expect("accepted");
    }
    core.upsert(&vehicle(3, 1, true), at_ms(1));
    core.upsert(&deleted(3), at_ms(1));
    follower.take_all(&mut core);
    assert_eq!(follower.new_kinds(), ["updated"]);
    assert_eq!(follower.known[&id(1)].2, VehicleStatus::Idle);
}

#[test]
fn a_changed_scope_adds_and_removes_vehicles() {
    let mut core = core();
    for (n, group) in [(1, 7), (2, 7), (3, 8)] {
        core.upsert(&in_group(n, 1, group), at_ms(0));
    }
    let group = |n| GroupId::from_uuid(Uuid::from_u128(n));
    let mut follower = Follower::following(&mut core, AccessScope::of_groups([group(7)]));
    follower.take_all(&mut core);
    assert_eq!(follower.names(), [id(1), id(2)]);
    follower.new_kinds();

    follower.may_see(&mut core, AccessScope::of_groups([group(8)]));
    follower.take_all(&mut core);
    assert_eq!(follower.new_kinds(), ["deleted", "deleted", "added"]);
    core.upsert(&in_group(1, 2, 8), at_ms(1));
    core.upsert(&in_group(3, 2, 7), at_ms(1));
    follower.take_all(&mut core);
    assert_eq!(follower.new_kinds(), ["added", "deleted"]);
    assert_eq!(follower.names(), [id(1)]);
}

#[test]
fn only_groups_within_the_scope_are_described() {
    let mut core = core();
    core.upsert(&in_group(1, 1, 7), at_ms(0));
    let [one, all] = [AccessScope::of_vehicles([id(1)]), AccessScope::All].map(|scope| {
        let mut follower = Follower::following(&mut core, scope);
        follower.take_all(&mut core);
        follower.known[&id(1)].3.len()
    });
    assert_eq!((one, all), (0, 1));
}

#[test]
fn changes_outside_the_new_scope_are_not_delivered() {
    let mut core = core_with([1]);
    let mut follower = Follower::following(&mut core, AccessScope::All);
    follower.take_all(&mut core);
    core.upsert(&vehicle(1, 2, false), at_ms(1));
    follower.new_kinds();
    follower.may_see(&mut core, AccessScope::nothing());
    follower.take_all(&mut core);
    assert_eq!(follower.new_kinds(), ["deleted"]);
}

#[test]
fn an_unfollowing_subscriber_gets_no_changes() {
    let mut core = core_with([1]);
    let mut follower = Follower::following(&mut core, AccessScope::All);
    core.unfollow_registry(follower.member);
    core.upsert(&vehicle(2, 1, true), at_ms(1));
    follower.take_all(&mut core);
    assert_eq!(follower.new_kinds(), [""; 0]);
    assert!(!follower.mailbox.has_mail());
}

#[test]
fn positions_and_registry_changes_alternate() {
    let mut core = core_with(1..=PAGE as u128 * 4);
    let mut watcher = Watcher::watching(&mut core, &Topic::All);
    core.follow_registry(watcher.member);
    let cx = Context::from_waker(Waker::noop());
    for ms in [1_000, 1_200, 1_400] {
        send(&mut core, 1, position(1.0, ms), ms).expect("accepted");
        assert!(watcher.mailbox.poll_roster_turn(&cx));
        let Core { hub, table, .. } = &mut core;
        let page = hub.take_roster(watcher.member, table, at_ms(ms));
        watcher.last_tick = page.map(|page| page.number.tick);
        assert!(!watcher.mailbox.poll_roster_turn(&cx), "a position waits");
        watcher.take().expect("a position");
    }
}

#[derive(Debug, Clone)]
enum Step {
    Upsert(u128, bool, u8),
    Status(u128, bool),
    Delete(u128),
    Scope(u8),
    Follow,
    Unfollow,
    Take,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (0..8u128, any::<bool>(), 0..3u8).prop_map(|(n, is_enabled, group)| Step::Upsert(n, is_enabled, group)),
        2 => (0..8u128, any::<bool>()).prop_map(|(n, is_moving)| Step::Status(n, is_moving)),
        1 => (0..8u128).prop_map(Step::Delete),
        1 => (0..4u8).prop_map(Step::Scope),
        1 => Just(Step::Follow),
        1 => Just(Step::Unfollow),
        3 => Just(Step::Take),
    ];
    prop::collection::vec(step, 1..120)
}

fn groups(n: u8) -> BTreeSet<GroupId> {
    let group = GroupId::from_uuid(Uuid::from_u128(n.into()));
    if n == 0 { BTreeSet::new() } else { [group].into() }
}

proptest! {
    /// Checks that a follower ends with every vehicle in its scope and its current description, for any sequence of
    /// steps and for pages that are taken at any time.
    #[test]
    fn a_follower_ends_with_every_vehicle_in_its_scope(steps in steps()) {
        let mut core = core();
        let mut follower = Follower::join(&mut core, AccessScope::All);
        let (mut is_following, mut scope, mut version) = (false, AccessScope::All, 1);
        for (ms, step) in steps.into_iter().enumerate() {
            version += 1;
            let ms = ms as u64 + 1;
            match step {
                Step::Upsert(n, is_enabled, group) => {
                    let group_ids = groups(group);
                    core.upsert(&Vehicle { group_ids, ..vehicle(n, version, is_enabled) }, at_ms(ms));
                }
                Step::Status(n, is_moving) => {
                    let status = if is_moving { VehicleStatus::Moving } else { VehicleStatus::Idle };
                    let _ = send(&mut core, n, state(status, &[], ms), ms);
                }
                Step::Delete(n) => {
                    core.upsert(&deleted(n), at_ms(ms));
                }
                Step::Scope(n) => {
                    scope = match n {
                        0 => AccessScope::All,
                        3 => AccessScope::nothing(),
                        n => AccessScope::of_groups(groups(n)),
                    };
                    follower.may_see(&mut core, scope.clone());
                }
                Step::Follow => {
                    core.follow_registry(follower.member);
                    is_following = true;
                }
                Step::Unfollow => {
                    core.unfollow_registry(follower.member);
                    is_following = false;
                    follower.known.clear();
                }
                Step::Take => {
                    follower.take_page(&mut core);
                }
            }
        }
        follower.take_all(&mut core);
        let all = core.table.some(TableCursor::START, usize::MAX).0.filter(|(_, vehicle)| is_following && vehicle.is_within(&scope));
        let expected: BTreeMap<VehicleId, Described> = all
            .map(|(_, vehicle)| {
                let name = vehicle.name.as_str().to_owned();
                let is_shown = |group: &&GroupId| scope.has_group(vehicle.organization_id, **group);
                let groups = vehicle.group_ids.iter().filter(is_shown).copied().collect();
                (vehicle.id, (name, vehicle.is_enabled, vehicle.status, groups))
            })
            .collect();
        prop_assert_eq!(follower.known, expected);
    }
}
