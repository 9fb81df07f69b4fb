//! Comparison of the core with a simple model.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use proptest::prelude::*;

use super::*;
use crate::{filter::Condition, interest::Candidate};

/// An operation on the core.
#[derive(Debug, Clone)]
enum Step {
    Position(u128, f64),
    Status(u128, bool),
    Enable(u128, bool),
    Delete(u128),
    /// Subscribes a watcher to a topic, with one of the filters.
    Watch(usize, u8, u8),
    Unwatch(usize, u8),
    Take(usize),
    Wait(u64),
    /// Moves a vehicle into one of two groups, or out of both.
    Group(u128, u8),
    /// Changes the scope of a watcher to all vehicles, one of the two groups, or nothing.
    Scope(usize, u8),
    /// Changes the delivery mode of a watcher to full or delta.
    Mode(usize, bool),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (0..6u128, -100.0..100.0f64).prop_map(|(n, x)| Step::Position(n, x)),
        1 => (0..6u128, any::<bool>()).prop_map(|(n, moving)| Step::Status(n, moving)),
        1 => (0..6u128, any::<bool>()).prop_map(|(n, enabled)| Step::Enable(n, enabled)),
        1 => (0..6u128).prop_map(Step::Delete),
        3 => (0..4usize, 0..11u8, 0..6u8).prop_map(|(watcher, topic, filter)| Step::Watch(watcher, topic, filter)),
        1 => (0..4usize, 0..11u8).prop_map(|(watcher, topic)| Step::Unwatch(watcher, topic)),
        3 => (0..4usize).prop_map(Step::Take),
        4 => (1..150u64).prop_map(Step::Wait),
        1 => (0..6u128, 0..3u8).prop_map(|(n, group)| Step::Group(n, group)),
        1 => (0..4usize, 0..4u8).prop_map(|(watcher, scope)| Step::Scope(watcher, scope)),
        1 => (0..4usize, any::<bool>()).prop_map(|(watcher, delta)| Step::Mode(watcher, delta)),
    ];
    prop::collection::vec(step, 1..150)
}

fn topic(n: u8) -> Topic {
    match n {
        0 => Topic::All,
        1 => Topic::Type(VehicleType::Agv),
        2 => Topic::Type(VehicleType::Forklift),
        3 | 4 => Topic::Group(GroupId::from_uuid(Uuid::from_u128(u128::from(n) - 2))),
        n => Topic::Vehicle(id(u128::from(n) - 5)),
    }
}

fn filter(n: u8) -> Filter {
    let area = |edges| Some(Area::new(edges).expect("valid edges"));
    match n {
        1 => Filter {
            area: area([-30.0, -1.0, 30.0, 1.0]),
            ..Filter::default()
        },
        2 => Filter {
            area: area([0.0, -1.0, 100.0, 1.0]),
            ..Filter::default()
        },
        3 => Filter {
            statuses: Some([VehicleStatus::Moving].into()),
            ..Filter::default()
        },
        _ => Filter::default(),
    }
}

/// The simplest possible model: the known data, and the vehicles that each watcher wants.
#[derive(Default)]
struct Model {
    positions: BTreeMap<u128, f64>,
    disabled: HashSet<u128>,
    deleted: HashSet<u128>,
    interests: [Interest; 4],
    groups: BTreeMap<u128, u8>,
    scopes: [u8; 4],
}

fn groups(n: u8) -> BTreeSet<GroupId> {
    match n {
        0 => BTreeSet::new(),
        n => [GroupId::from_uuid(Uuid::from_u128(u128::from(n)))].into(),
    }
}

fn scope(n: u8) -> AccessScope {
    match n {
        0 => AccessScope::All,
        3 => AccessScope::nothing(),
        n => AccessScope::of_groups(groups(n)),
    }
}

impl Model {
    fn is_live(&self, n: u128) -> bool {
        !self.disabled.contains(&n) && !self.deleted.contains(&n)
    }

    fn may_see(&self, watcher: usize, n: u128) -> bool {
        let group = self.groups.get(&n).copied().unwrap_or_default();
        !self.deleted.contains(&n)
            && match self.scopes[watcher] {
                0 => true,
                3 => false,
                scope => group == scope,
            }
    }

    /// Returns the positions that a watcher should have. `core` only contributes the statuses.
    fn seen(&self, watcher: usize, core: &Core) -> BTreeMap<VehicleId, f64> {
        let kind = |n: u128| {
            if n % 2 == 1 {
                VehicleType::Agv
            } else {
                VehicleType::Forklift
            }
        };
        let seen = self.positions.iter().filter(|&(&n, _)| self.is_live(n));
        let wanted = seen
            .filter(|&(&n, _)| {
                let of_vehicle = groups(self.groups.get(&n).copied().unwrap_or_default());
                let known = core.table.find(id(n)).expect("a live vehicle");
                let candidate = Candidate {
                    id: id(n),
                    kind: kind(n),
                    condition: Condition {
                        status: known.status,
                        state: known.state.as_ref(),
                        position: known.track.newest(),
                    },
                };
                self.interests[watcher].wants(&candidate, of_vehicle)
            })
            .filter(|&(&n, _)| self.may_see(watcher, n));
        wanted.map(|(&n, &x)| (id(n), x)).collect()
    }
}

proptest! {
    /// Checks that each watcher ends with the view that the model expects, without a gap between two deliveries, for
    /// any sequence of steps and for watchers of any speed.
    #[test]
    fn every_watcher_ends_with_the_newest_data_of_all_watched_vehicles(steps in steps()) {
        let mut core = core_with(0..6);
        core.hub.limits = Limits { visits: 2, views: 2, work: 2 };
        let mut model = Model::default();
        // Two of them share their rooms.
        let mut watchers = [0, 50, 300, 50].map(|ms| Watcher::join(&mut core, Duration::from_millis(ms)));
        for watcher in &watchers[2..] {
            core.change_mode(watcher.member, DeliveryMode::Delta, at_ms(0));
        }
        let (mut ms, mut version) = (1u64, 1i64);
        for step in steps {
            version += 1;
            match step {
                Step::Position(n, x) => {
                    let taken = send(&mut core, n, position(x, ms), ms).is_ok();
                    prop_assert_eq!(taken, model.is_live(n));
                    if taken {
                        model.positions.insert(n, x);
                    }
                }
                Step::Status(n, moving) if model.positions.contains_key(&n) => {
                    let status = if moving { VehicleStatus::Moving } else { VehicleStatus::Idle };
                    let taken = send(&mut core, n, state(status, &[], ms), ms).is_ok();
                    prop_assert_eq!(taken, model.is_live(n));
                }
                Step::Status(..) => {}
                Step::Enable(n, enabled) => {
                    let group_ids = groups(model.groups.get(&n).copied().unwrap_or_default());
                    core.upsert(&Vehicle { group_ids, ..vehicle(n, version, enabled) }, at_ms(ms));
                    if enabled { model.disabled.remove(&n) } else { model.disabled.insert(n) };
                }
                Step::Delete(n) => {
                    let deleted_at = Some(OffsetDateTime::UNIX_EPOCH);
                    // The version is so high that no later step restores the vehicle.
                    core.upsert(&Vehicle { deleted_at, ..vehicle(n, version + 1_000_000, false) }, at_ms(ms));
                    model.deleted.insert(n);
                    // A topic of one vehicle ends with the deletion of the vehicle.
                    for interest in &mut model.interests {
                        *interest = interest.clone().without(&Topic::Vehicle(id(n)));
                    }
                }
                Step::Group(n, group) => {
                    let is_enabled = !model.disabled.contains(&n);
                    let group_ids = groups(group);
                    core.upsert(&Vehicle { group_ids, ..vehicle(n, version, is_enabled) }, at_ms(ms));
                    model.groups.insert(n, group);
                }
                Step::Scope(watcher, n) => {
                    watchers[watcher].may_see(&mut core, scope(n), at_ms(ms));
                    model.scopes[watcher] = n;
                }
                Step::Mode(watcher, delta) => {
                    let mode = if delta { DeliveryMode::Delta } else { DeliveryMode::Full };
                    core.change_mode(watchers[watcher].member, mode, at_ms(ms));
                }
                Step::Watch(watcher, n, f) => {
                    let joined = core.subscribe_filtered(watchers[watcher].member, &topic(n), filter(f), at_ms(ms));
                    let is_there = n < 5 || model.may_see(watcher, u128::from(n) - 5);
                    prop_assert_eq!(joined.is_ok(), is_there);
                    if is_there {
                        model.interests[watcher] =
                            model.interests[watcher].clone().with_filtered(&topic(n), filter(f).into());
                    }
                }
                Step::Unwatch(watcher, n) => {
                    watchers[watcher].unwatch(&mut core, &topic(n), at_ms(ms));
                    let interest = model.interests[watcher].clone().without(&topic(n));
                    // After its last topic has ended, a subscriber receives nothing more and discards its view.
                    if interest.is_empty() {
                        watchers[watcher].seen.clear();
                        watchers[watcher].held.clear();
                    }
                    model.interests[watcher] = interest;
                }
                Step::Take(watcher) => {
                    watchers[watcher].take_walking(&mut core, at_ms(ms));
                }
                Step::Wait(pause) => {
                    ms += pause;
                    core.tick(at_ms(ms));
                }
            }
        }
        let end = at_ms(ms + 1_000);
        while core.next_tick_us().is_some_and(|due_us| due_us <= end.uptime_us) {
            core.tick(end);
        }
        for (n, watcher) in watchers.iter_mut().enumerate() {
            while watcher.take_walking(&mut core, end).is_some() {}
            prop_assert_eq!(&watcher.seen, &model.seen(n, &core), "watcher {}", n);
        }
    }
}
