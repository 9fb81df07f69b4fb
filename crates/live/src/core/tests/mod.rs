mod messy;
mod model;
mod roster;
mod scopes;
mod topics;

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use domain::{
    AccessScope, GroupId, VehicleId,
    telemetry::{
        ConnectionStatus, ErrorCode, FreshnessRules, PlausibilityRules, Rotation, Timestamp, VehiclePosition,
        VehicleRuntimeState,
    },
    vehicle::{Vehicle, VehicleStatus, VehicleType},
};
use time::OffsetDateTime;
use uuid::Uuid;

use super::*;
use crate::{
    TableCursor,
    batch::{Delivery, DeliveryNumber},
    hub::Limits,
    indices::SubscriberId,
    interest::{Interest, Topic},
    mailbox::{Mailbox, OutgoingMessage},
    record::{LiveRecord, Roll},
    report::{Content, Reason, Report},
    sample::{id, vehicle},
};

const EPOCH_US: u64 = 1_732_333_333_000_000;
const INTERVAL: Duration = Duration::from_millis(100);

fn at_ms(ms: u64) -> Moment {
    Moment {
        unix_us: EPOCH_US + ms * 1_000,
        uptime_us: ms * 1_000,
    }
}

fn core() -> Core {
    let plausibility = PlausibilityRules {
        bounds: "-10000,-10000,-1000,10000,10000,1000".parse().expect("bounds"),
        max_speed_mps: 1e6,
        max_jump_m: 1e6,
        max_ahead_ms: 5_000,
        relocation_samples: 5,
    };
    let freshness = FreshnessRules {
        stale_after: Duration::from_secs(5),
        disconnected_after: Duration::from_secs(30),
    };
    let mut core = Core::new(
        LiveRules {
            plausibility,
            freshness,
            key_ttl: Duration::from_secs(86_400),
        },
        at_ms(0),
    );
    core.set_feed(true, at_ms(0));
    core
}

fn core_with(vehicles: impl IntoIterator<Item = u128>) -> Core {
    let mut core = core();
    vehicles.into_iter().for_each(|n| {
        core.upsert(&vehicle(n, 1, true), at_ms(0));
    });
    core
}

fn position(x: f64, ms: u64) -> Content {
    let position = VehiclePosition {
        x,
        y: 0.0,
        z: 0.0,
        rotation: Rotation::IDENTITY,
        timestamp: at_ms(ms).wall(),
        frame_id: None,
        map_id: None,
    };
    Content::Position {
        position,
        speed: None,
    }
}

fn state(status: VehicleStatus, codes: &[&str], ms: u64) -> Content {
    let codes = codes.iter().map(|code| ErrorCode::new(code).expect("a code"));
    let state = VehicleRuntimeState::new(0.5, 80.0, at_ms(ms).wall()).expect("in range");
    Content::State(state.with_error_codes(codes).with_status(Some(status)))
}

/// A subscriber of the tests: its mailbox, and the view that it has built from it.
struct Watcher {
    mailbox: Arc<Mailbox>,
    member: SubscriberId,
    seen: BTreeMap<VehicleId, f64>,
    events: Vec<LiveEvent>,
    last_tick: Option<u64>,
}

impl Watcher {
    fn join(core: &mut Core, interval: Duration) -> Self {
        let mailbox = Arc::new(Mailbox::default());
        let member = core
            .hub
            .join(Arc::clone(&mailbox), AccessScope::All.into(), interval);
        Self {
            mailbox,
            member,
            seen: BTreeMap::new(),
            events: Vec::new(),
            last_tick: None,
        }
    }

    fn watching(core: &mut Core, topic: &Topic) -> Self {
        let watcher = Self::join(core, INTERVAL);
        watcher.watch(core, topic, at_ms(0));
        watcher
    }

    fn watch(&self, core: &mut Core, topic: &Topic, now: Moment) {
        core.subscribe(self.member, topic, now)
            .expect("an existing vehicle");
    }

    fn unwatch(&self, core: &mut Core, topic: &Topic, now: Moment) {
        core.unsubscribe(self.member, topic, now);
    }

    fn may_see(&self, core: &mut Core, scope: AccessScope, now: Moment) {
        core.change_scope(self.member, Arc::new(scope), now);
    }

    /// Takes the next delivery as a real subscriber does, interleaved with the steps of its walk.
    fn take_walking(&mut self, core: &mut Core, now: Moment) -> Option<Delivery> {
        let mut cx = Context::from_waker(Waker::noop());
        while self.mailbox.poll_walk_turn(&mut cx) {
            core.advance(self.member, now);
        }
        self.take()
    }

    /// Takes the next delivery, without steps of a walk.
    fn take(&mut self) -> Option<Delivery> {
        let mut cx = Context::from_waker(Waker::noop());
        loop {
            match self.mailbox.poll_take(&mut cx) {
                Poll::Ready(Some(OutgoingMessage::Batch(delivery))) => return Some(self.see(delivery)),
                Poll::Ready(Some(OutgoingMessage::Feed(_) | OutgoingMessage::Roster(_))) => {}
                Poll::Ready(None) | Poll::Pending => return None,
            }
        }
    }

    fn see(&mut self, delivery: Delivery) -> Delivery {
        let DeliveryNumber { tick, prev } = delivery.number;
        if prev.is_some() {
            assert_eq!(prev, self.last_tick, "a delivery is missing before this one");
        }
        assert_eq!(
            tick,
            self.last_tick.unwrap_or_default() + 1,
            "each subscriber has its own delivery numbers"
        );
        self.last_tick = Some(tick);
        for event in &delivery.batch.events {
            if event.is_removal() {
                self.seen.remove(&event.vehicle_id());
            }
            self.events.push((**event).clone());
        }
        for view in &delivery.batch.views {
            assert!(!view.is_empty(), "an empty view");
            self.seen.insert(
                view.vehicle_id,
                view.position.as_ref().map_or(f64::NAN, |position| position.x),
            );
        }
        delivery
    }

    /// Takes the next delivery and returns its positions (x); `None` if none is waiting.
    fn next_xs(&mut self) -> Option<Vec<f64>> {
        let delivery = self.take()?;
        Some(
            delivery
                .batch
                .views
                .iter()
                .filter_map(|view| Some(view.position.as_ref()?.x))
                .collect(),
        )
    }
}

/// Returns the number of rooms that want a vehicle.
fn rooms_of(core: &mut Core, n: u128) -> usize {
    let index = core.table.index_of(id(n)).expect("an existing vehicle");
    let vehicle = core.table.at_mut(index);
    core.hub.settle(vehicle);
    vehicle.rooms.iter().count()
}

fn send(core: &mut Core, n: u128, content: Content, ms: u64) -> Result<(), Reason> {
    let report = Report {
        vehicle_id: id(n),
        content,
        trace_parent: None,
    };
    let outcome = core.apply(report, at_ms(ms), at_ms(ms));
    core.tick(at_ms(ms));
    outcome.map(|_| ()).map_err(|rejection| rejection.reason)
}

#[test]
fn a_quiet_vehicle_is_delivered_at_once_and_then_once_per_interval() {
    let mut core = core_with([1]);
    let mut watcher = Watcher::watching(&mut core, &Topic::Vehicle(id(1)));
    send(&mut core, 1, position(1.0, 1_000), 1_000).expect("accepted");
    assert_eq!(watcher.next_xs(), Some(vec![1.0]), "the leading edge");
    send(&mut core, 1, position(2.0, 1_010), 1_010).expect("accepted");
    send(&mut core, 1, position(3.0, 1_090), 1_090).expect("accepted");
    assert_eq!(watcher.next_xs(), None, "the interval is not over");
    assert_eq!(core.next_tick_us(), Some(1_100_000));
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
    assert_eq!(ids, [id(1), id(2)], "nothing is known of the third vehicle");
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
fn messages_of_unknown_disabled_and_deleted_vehicles_are_rejected() {
    let mut core = core_with([1]);
    assert_eq!(
        send(&mut core, 9, position(0.0, 1), 1),
        Err(Reason::UnknownVehicle)
    );
    core.upsert(&vehicle(1, 2, false), at_ms(2));
    assert_eq!(
        send(&mut core, 1, position(0.0, 3), 3),
        Err(Reason::DisabledVehicle)
    );
    let deleted = Vehicle {
        deleted_at: Some(OffsetDateTime::UNIX_EPOCH),
        ..vehicle(1, 3, false)
    };
    core.upsert(&deleted, at_ms(4));
    assert_eq!(
        send(&mut core, 1, position(0.0, 5), 5),
        Err(Reason::DeletedVehicle)
    );
    core.upsert(&vehicle(1, 2, true), at_ms(6));
    assert_eq!(
        send(&mut core, 1, position(0.0, 7), 7),
        Err(Reason::DeletedVehicle),
        "an outdated read of the registry is ignored"
    );
}

#[test]
fn messages_of_a_restored_vehicle_are_accepted_and_its_older_deletion_is_ignored() {
    let mut core = core_with([1]);
    let deleted = Vehicle {
        deleted_at: Some(OffsetDateTime::UNIX_EPOCH),
        ..vehicle(1, 2, true)
    };
    assert!(core.upsert(&deleted, at_ms(1)));
    assert!(core.upsert(&vehicle(1, 3, false), at_ms(2)));
    assert!(core.upsert(&vehicle(1, 4, true), at_ms(3)));
    assert!(!core.upsert(&deleted, at_ms(4)), "the log reports it later");
    assert_eq!(send(&mut core, 1, position(0.0, 5), 5), Ok(()));
}

#[test]
fn a_vehicle_registered_while_the_registry_was_read_is_restored_by_the_log() {
    let mut core = core_with([1]);
    core.remove_missing(&HashSet::new(), TableCursor::START, usize::MAX, at_ms(1));
    assert_eq!(
        send(&mut core, 1, position(0.0, 2), 2),
        Err(Reason::DeletedVehicle)
    );
    assert!(core.upsert(&vehicle(1, 1, true), at_ms(3)));
    assert_eq!(send(&mut core, 1, position(0.0, 4), 4), Ok(()));
}

#[test]
fn disabling_removes_a_vehicle_from_the_view_and_enabling_restores_it() {
    let mut core = core_with([1]);
    let mut watcher = Watcher::watching(&mut core, &Topic::Vehicle(id(1)));
    send(&mut core, 1, position(1.0, 10), 10).expect("accepted");
    watcher.take().expect("a position");
    send(&mut core, 1, position(2.0, 20), 20).expect("accepted");
    core.upsert(&vehicle(1, 2, false), at_ms(30));
    core.tick(at_ms(30));
    watcher.take().expect("the removal");
    assert_eq!(
        watcher.events.last(),
        Some(&LiveEvent::VehicleRemoved { vehicle_id: id(1) })
    );
    core.tick(at_ms(500));
    assert!(watcher.take().is_none(), "its last position is not delivered");
    core.upsert(&vehicle(1, 3, true), at_ms(600));
    core.tick(at_ms(600));
    assert_eq!(watcher.next_xs(), Some(vec![2.0]));
}

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
fn the_registrys_status_does_not_replace_a_newer_reported_one() {
    let mut core = core_with([1]);
    send(&mut core, 1, state(VehicleStatus::Moving, &[], 10), 10).expect("accepted");
    core.upsert(&vehicle(1, 2, true), at_ms(20));
    assert_eq!(
        core.table.find(id(1)).expect("it exists").status,
        VehicleStatus::Moving
    );
    core.statuses_recorded(&[(id(1), VehicleStatus::Moving)]);
    core.upsert(&vehicle(1, 3, true), at_ms(30));
    assert_eq!(
        core.table.find(id(1)).expect("it exists").status,
        VehicleStatus::Idle,
        "a user's later change"
    );
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
        "silence counts from the return of the feed"
    );
    core.tick(at_ms(65_000));
    assert_eq!(connections(&mut watcher), [ConnectionStatus::Timeout]);
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

#[test]
fn keys_are_written_once_with_the_newest_data_and_again_after_a_failure() {
    let mut core = core_with([1, 2]);
    send(&mut core, 1, position(1.0, 10), 10).expect("accepted");
    send(&mut core, 1, position(2.0, 20), 20).expect("accepted");
    let records = core.take_unsynced(10, at_ms(20));
    assert_eq!(records.len(), 1);
    assert_eq!(records[0].last_update, at_ms(20).wall());
    assert!(core.take_unsynced(10, at_ms(20)).is_empty());
    core.keys_failed([id(1)]);
    assert_eq!(core.take_unsynced(10, at_ms(20)), records);
}

#[test]
fn expired_keys_are_not_written_again() {
    const TTL_MS: u64 = 86_400_000;
    let mut core = core_with([1]);
    send(&mut core, 1, position(1.0, 10), 10).expect("accepted");
    let left = |core: &mut Core, ms| {
        let records = core.keys_lost(&[id(1)], at_ms(ms));
        records.first().map(|record| record.expires_in)
    };
    assert_eq!(
        left(&mut core, 1_010),
        Some(Duration::from_millis(TTL_MS - 1_000))
    );
    assert_eq!(left(&mut core, TTL_MS + 9), Some(Duration::from_millis(1)));
    assert_eq!(left(&mut core, TTL_MS + 10), None);
    assert!(core.take_unsynced(10, at_ms(TTL_MS + 10)).is_empty());
    assert!(!core.belongs_to(Roll::Map, id(1), at_ms(TTL_MS + 10)));
    assert!(core.belongs_to(Roll::Active, id(1), at_ms(TTL_MS + 10)));
}

#[test]
fn keys_are_checked_unless_recently_written_or_due() {
    let mut core = core_with([1, 2, 3]);
    core.upsert(&vehicle(3, 2, false), at_ms(0));
    send(&mut core, 1, position(1.0, 10), 10).expect("accepted");
    let due = |core: &Core, ms| {
        let (checks, next) = core.keys_to_check(TableCursor::START, 10, at_ms(ms));
        assert_eq!(next, None);
        let ids: Vec<_> = checks.iter().map(|check| check.vehicle_id).collect();
        assert_eq!(ids, [id(1), id(2)], "the third vehicle is disabled");
        checks.iter().filter(|check| check.expected.is_some()).count()
    };
    assert_eq!(due(&core, 20), 0, "the keys are due to be written");
    core.take_unsynced(10, at_ms(20));
    core.keys_written([id(1)], at_ms(20));
    assert_eq!(due(&core, 2_000), 0, "the keys were written recently");
    assert_eq!(due(&core, 2_020), 1, "nothing is known of the second vehicle");
}

#[test]
fn the_table_is_visited_in_chunks() {
    let core = core_with(1..=7);
    let (mut from, mut seen) = (Some(TableCursor::START), Vec::new());
    while let Some(place) = from {
        let (some, next) = core.activity(place, 3);
        assert!(some.enabled.len() <= 3);
        seen.extend(some.enabled);
        from = next;
    }
    assert_eq!(seen, (1..=7).map(id).collect::<Vec<_>>());
}

#[test]
fn only_newer_data_is_restored_from_the_keys() {
    let mut core = core_with([1]);
    send(&mut core, 1, position(1.0, 1_000), 1_000).expect("accepted");
    let record = |x, ms| {
        let Content::Position { position, .. } = position(x, ms) else {
            unreachable!()
        };
        LiveRecord {
            vehicle_id: id(1),
            last_update: position.timestamp,
            position: Some(position),
            state: None,
            series: crate::record::Series::default(),
            broken: crate::record::BrokenParts::default(),
            expires_in: Duration::from_secs(60),
        }
    };
    let newest = |core: &Core| core.table.find(id(1)).and_then(|v| v.track.newest().map(|p| p.x));
    core.restore(record(5.0, 999), at_ms(1_000));
    assert_eq!(newest(&core), Some(1.0));
    core.restore(record(6.0, 1_001), at_ms(1_000));
    assert_eq!(newest(&core), Some(6.0));
}

#[test]
fn a_room_without_members_is_closed() {
    let mut core = core_with([1]);
    let watcher = Watcher::watching(&mut core, &Topic::All);
    assert_eq!(rooms_of(&mut core, 1), 1);
    let Core { hub, table, .. } = &mut core;
    hub.part(watcher.member, table);
    assert_eq!(rooms_of(&mut core, 1), 0);
    assert_eq!(core.hub.member_count(), 0);
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

#[test]
fn wall_returns_wall_clock_milliseconds() {
    assert_eq!(
        at_ms(1).wall(),
        Timestamp::from_unix_ms(1_732_333_333_001).expect("a time")
    );
}
