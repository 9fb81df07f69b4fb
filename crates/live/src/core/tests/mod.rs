mod ages;
mod canary;
mod census;
mod delivery;
mod filters;
mod keys;
mod messy;
mod model;
mod registry;
mod rehearsal;
mod roster;
mod scopes;
mod staleness;
mod states;
mod topics;
mod traces;

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
    batch::{Batch, Delivery, DeliveryNumber},
    filter::{Area, Filter},
    hub::Limits,
    indices::SubscriberId,
    interest::{Interest, Topic},
    mailbox::{Mailbox, OutgoingMessage},
    pace::DeliveryMode,
    record::{LiveRecord, Roll},
    report::{Content, Reason, Report},
    sample::{id, vehicle},
    view::VehicleView,
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

/// A subscriber: its mailbox, and the view that it has built from the deliveries.
struct Watcher {
    mailbox: Arc<Mailbox>,
    member: SubscriberId,
    seen: BTreeMap<VehicleId, f64>,
    /// The newest view received of each vehicle.
    held: BTreeMap<VehicleId, Arc<VehicleView>>,
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
            held: BTreeMap::new(),
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

    fn watch_filtered(&self, core: &mut Core, topic: &Topic, filter: Filter, now: Moment) {
        core.subscribe_filtered(self.member, topic, filter, now)
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
        let cx = Context::from_waker(Waker::noop());
        while self.mailbox.poll_walk_turn(&cx) {
            core.advance(self.member, now);
        }
        self.take()
    }

    /// Takes the next delivery, without steps of a walk.
    fn take(&mut self) -> Option<Delivery> {
        let cx = Context::from_waker(Waker::noop());
        loop {
            match self.mailbox.poll_take(&cx) {
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
                self.held.remove(&event.vehicle_id());
            }
            self.events.push((**event).clone());
        }
        let Batch { views, bases, .. } = &*delivery.batch;
        assert!(bases.is_empty() || bases.len() == views.len());
        for (n, view) in views.iter().enumerate() {
            assert!(!view.is_empty(), "an empty view");
            if let Some(base) = bases.get(n).and_then(Option::as_ref) {
                let held = self
                    .held
                    .get(&view.vehicle_id)
                    .expect("a change of a vehicle that was not sent");
                let of = |view: &VehicleView| (view.position.clone(), view.state.clone());
                assert_eq!(of(held), of(base), "a change from a view that was not sent");
            }
            self.held.insert(view.vehicle_id, Arc::clone(view));
            self.seen.insert(
                view.vehicle_id,
                view.position.as_ref().map_or(f64::NAN, |position| position.x),
            );
        }
        delivery
    }

    /// Takes the next delivery and returns the x coordinates of its positions; `None` if none is waiting.
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

/// Ticks as the ticker of a running server does, from one time to another.
fn run(core: &mut Core, from_ms: u64, until_ms: u64) {
    for ms in (from_ms..=until_ms).step_by(100) {
        core.beat(at_ms(ms));
        core.tick(at_ms(ms));
        core.next_beat_us(at_ms(ms));
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
fn wall_returns_wall_clock_milliseconds() {
    assert_eq!(
        at_ms(1).wall(),
        Timestamp::from_unix_ms(1_732_333_333_001).expect("a time")
    );
}
