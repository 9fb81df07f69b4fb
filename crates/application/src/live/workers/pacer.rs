//! The rate limit of messages per vehicle.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap},
    num::NonZero,
    time::Duration,
};

use domain::VehicleId;

use crate::{
    Moment,
    telemetry::{Channel, Content, DeadLetter, Inbound, Item},
};

/// Limits the messages of each vehicle to a number per second, on both channels together; after a pause the same number
/// may arrive at once. Above the limit, the newest message of each kind waits for the next free slot and replaces the
/// previous one.
///
/// Unregistered vehicles are limited as well, so that the cost of rejecting them is bounded. Parts that name no
/// vehicle share one limit.
pub(super) struct Pacer {
    pace: Pace,
    unnamed: Pace,
    vehicles: HashMap<VehicleId, Paced>,
    unnamed_full_at_us: u64,
    /// Times at which vehicles with waiting messages have their next free slots. Each vehicle has at most one entry.
    due: BinaryHeap<Reverse<(u64, VehicleId)>>,
    swept_us: u64,
}

/// Rate and burst of a limit, by the generic cell rate algorithm (GCRA).
#[derive(Debug, Clone, Copy)]
struct Pace {
    interval_us: u64,
    burst_us: u64,
}

#[derive(Default)]
struct Paced {
    /// Time at which all slots are free again (the theoretical arrival time of GCRA).
    full_at_us: u64,
    waiting: [Option<Box<Waiting>>; Kind::COUNT],
    /// Whether `due` has an entry for the vehicle. The entry may outlive the waiting messages.
    is_due: bool,
}

struct Waiting {
    channel: Channel,
    received_at: Moment,
    item: Item,
}

/// Kind of content. A message only replaces a waiting one of the same kind, because a position does not make a state
/// obsolete, nor does a battery level make a complete state obsolete.
#[derive(Clone, Copy)]
enum Kind {
    Position,
    State,
    Battery,
}

impl Kind {
    const COUNT: usize = 3;

    const fn of(content: &Content) -> Self {
        match content {
            Content::Position { .. } => Self::Position,
            Content::State(_) => Self::State,
            Content::Battery { .. } => Self::Battery,
        }
    }
}

/// The messages that pass now, and the number of dropped parts by channel.
#[derive(Debug, Default)]
pub(super) struct Paces {
    pub(super) messages: Vec<Inbound>,
    pub(super) given_up: [(Option<Channel>, u64); 2],
}

impl Paces {
    fn give_up(&mut self, channel: Channel) {
        let (known, count) = &mut self.given_up[channel as usize];
        *known = Some(channel);
        *count += 1;
    }
}

impl Pacer {
    /// Number of parts without a vehicle id that pass per second.
    const UNNAMED_PER_S: u64 = 5_000;
    /// Interval at which vehicles that have all slots free are removed.
    const SWEEP_US: u64 = 1_000_000;
    /// Maximum number of vehicles that are tracked. Messages of further vehicles pass without a limit; their cost is
    /// bounded by the number of bytes that the bus accepts.
    const MAX_VEHICLES: usize = 200_000;

    pub(super) fn new(per_second: NonZero<u32>) -> Self {
        Self {
            pace: Pace::of(u64::from(per_second.get())),
            unnamed: Pace::of(Self::UNNAMED_PER_S),
            vehicles: HashMap::new(),
            unnamed_full_at_us: 0,
            due: BinaryHeap::new(),
            swept_us: 0,
        }
    }

    /// Returns the messages that pass now, and holds or drops the rest.
    pub(super) fn admit(&mut self, messages: Vec<Inbound>, now: Moment) -> Paces {
        self.sweep(now);
        let mut paces = Paces {
            messages,
            ..Paces::default()
        };
        let mut messages = std::mem::take(&mut paces.messages);
        for message in &mut messages {
            let (channel, received_at) = (message.channel, message.received_at);
            // In nearly all cases everything passes, and nothing is moved.
            let late = message
                .items
                .extract_if(.., |item| !self.passes(item, channel, now, &mut paces))
                .collect::<Vec<_>>();
            for item in late {
                self.hold(item, channel, received_at, &mut paces);
            }
        }
        paces.messages = messages;
        paces
    }

    /// Returns waiting messages whose slot is free now.
    pub(super) fn release(&mut self, now: Moment) -> Vec<Inbound> {
        let mut released = Vec::new();
        while let Some(&Reverse((at_us, id))) = self.due.peek()
            && at_us <= now.uptime_us
        {
            self.due.pop();
            let Some(paced) = self.vehicles.get_mut(&id) else {
                continue;
            };
            paced.is_due = false;
            let oldest = paced
                .waiting
                .iter_mut()
                .filter(|waiting| waiting.is_some())
                .min_by_key(|waiting| waiting.as_ref().map(|waiting| waiting.received_at.uptime_us));
            let Some(oldest) = oldest else {
                continue;
            };
            // A newer message may have taken the slot in the meantime. The oldest waiting one then waits for the next
            // slot.
            let waiting = match self.pace.take(&mut paced.full_at_us, now) {
                true => oldest.take(),
                false => None,
            };
            if paced.waiting.iter().any(Option::is_some) {
                paced.is_due = true;
                self.due
                    .push(Reverse((self.pace.free_at_us(paced.full_at_us), id)));
            }
            released.extend(waiting.map(|waiting| {
                let Waiting {
                    channel,
                    received_at,
                    item,
                } = *waiting;
                Inbound {
                    channel,
                    received_at,
                    items: vec![item],
                }
            }));
        }
        released
    }

    /// Returns the time until [`Pacer::release`] should be called next; `None` if no message waits.
    pub(super) fn next(&self, now: Moment) -> Option<Duration> {
        let Reverse((at_us, _)) = self.due.peek()?;
        Some(Duration::from_micros(at_us.saturating_sub(now.uptime_us)))
    }

    /// Takes a slot for a part. Returns `false` if none is free.
    fn passes(&mut self, item: &Item, channel: Channel, now: Moment, paces: &mut Paces) -> bool {
        let Some(id) = item.vehicle_id else {
            return self.unnamed.take(&mut self.unnamed_full_at_us, now);
        };
        let is_crowded = self.vehicles.len() >= Self::MAX_VEHICLES;
        let paced = match self.vehicles.get_mut(&id) {
            Some(paced) => paced,
            None if is_crowded => return true,
            None => self.vehicles.entry(id).or_default(),
        };
        if !self.pace.take(&mut paced.full_at_us, now) {
            return false;
        }
        // The slot became free before the timer released the waiting message, which this newer one replaces.
        if let Ok(report) = &item.report
            && paced.waiting[Kind::of(&report.content) as usize].take().is_some()
        {
            paces.give_up(channel);
        }
        true
    }

    /// Holds a part that arrived too early, replacing the previous one of its kind. Parts without a valid report are
    /// dropped.
    fn hold(&mut self, mut item: Item, channel: Channel, received_at: Moment, paces: &mut Paces) {
        let (Ok(report), Some(id)) = (&item.report, item.vehicle_id) else {
            return paces.give_up(channel);
        };
        let Some(paced) = self.vehicles.get_mut(&id) else {
            return paces.give_up(channel);
        };
        let kind = Kind::of(&report.content);
        // A slice would keep a whole message of up to a megabyte in memory for one of its elements.
        item.source = DeadLetter::head_of(&item.source);
        let waiting = Waiting {
            channel,
            received_at,
            item,
        };
        if paced.waiting[kind as usize].replace(Box::new(waiting)).is_some() {
            paces.give_up(channel);
        }
        if !std::mem::replace(&mut paced.is_due, true) {
            self.due
                .push(Reverse((self.pace.free_at_us(paced.full_at_us), id)));
        }
    }

    fn sweep(&mut self, now: Moment) {
        if now.uptime_us.saturating_sub(self.swept_us) < Self::SWEEP_US {
            return;
        }
        self.swept_us = now.uptime_us;
        self.vehicles
            .retain(|_, paced| paced.full_at_us > now.uptime_us || paced.is_due);
    }
}

impl Pace {
    const fn of(per_second: u64) -> Self {
        Self {
            interval_us: 1_000_000 / per_second,
            burst_us: 1_000_000,
        }
    }

    fn take(self, full_at_us: &mut u64, now: Moment) -> bool {
        let after = (*full_at_us).max(now.uptime_us) + self.interval_us;
        let is_free = after - now.uptime_us <= self.burst_us;
        if is_free {
            *full_at_us = after;
        }
        is_free
    }

    const fn free_at_us(self, full_at_us: u64) -> u64 {
        (full_at_us + self.interval_us).saturating_sub(self.burst_us)
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use domain::telemetry::{Percentage, Rotation, Timestamp, VehiclePosition};
    use uuid::Uuid;

    use super::*;
    use crate::telemetry::{Reason, Rejection, Report};

    fn at_ms(ms: u64) -> Moment {
        Moment {
            unix_us: ms * 1_000,
            uptime_us: ms * 1_000,
        }
    }

    fn pacer(per_second: u32) -> Pacer {
        Pacer::new(NonZero::new(per_second).expect("not 0"))
    }

    fn position(vehicle: u128, x: f64) -> Item {
        let position = VehiclePosition {
            x,
            y: 0.0,
            z: 0.0,
            rotation: Rotation::IDENTITY,
            timestamp: Timestamp::EPOCH,
            frame_id: None,
            map_id: None,
        };
        let content = Content::Position {
            position,
            speed: None,
        };
        item_of(vehicle, content)
    }

    fn battery(vehicle: u128) -> Item {
        let level = Percentage::new(50.0).expect("a percentage");
        item_of(
            vehicle,
            Content::Battery {
                level,
                at: Timestamp::EPOCH,
            },
        )
    }

    fn item_of(vehicle: u128, content: Content) -> Item {
        Item::understood(
            Bytes::new(),
            Report {
                vehicle_id: VehicleId::from_uuid(Uuid::from_u128(vehicle)),
                content,
                trace_parent: None,
            },
        )
    }

    fn message(items: Vec<Item>, now: Moment) -> Vec<Inbound> {
        vec![Inbound {
            channel: Channel::Position,
            received_at: now,
            items,
        }]
    }

    fn places(messages: &[Inbound]) -> Vec<f64> {
        let items = messages.iter().flat_map(|message| &message.items);
        items
            .filter_map(|item| match &item.report.as_ref().ok()?.content {
                Content::Position { position, .. } => Some(position.x),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn above_the_limit_the_newest_message_waits_and_the_others_are_counted() {
        let mut pacer = pacer(10);
        let items = (0..100).map(|n| position(1, f64::from(n))).collect();
        let paces = pacer.admit(message(items, at_ms(0)), at_ms(0));
        assert_eq!(
            places(&paces.messages),
            (0..10).map(f64::from).collect::<Vec<_>>()
        );
        assert_eq!(paces.given_up[0], (Some(Channel::Position), 89));
        assert_eq!(pacer.next(at_ms(0)), Some(Duration::from_millis(100)));
        assert!(pacer.release(at_ms(99)).is_empty());
        assert_eq!(places(&pacer.release(at_ms(100))), [99.0]);
        assert_eq!(pacer.next(at_ms(100)), None);
    }

    #[test]
    fn a_steady_flood_passes_at_the_limit() {
        let mut pacer = pacer(200);
        let mut passed = 0;
        for ms in 0..10_000 {
            let paces = pacer.admit(message(vec![position(1, 0.0)], at_ms(ms)), at_ms(ms));
            passed += places(&paces.messages).len() + places(&pacer.release(at_ms(ms))).len();
        }
        assert!((2_190..=2_210).contains(&passed), "{passed}");
    }

    #[test]
    fn a_slot_taken_by_a_newer_message_releases_no_waiting_one() {
        let mut pacer = pacer(1);
        pacer.admit(message(vec![position(1, 0.0)], at_ms(0)), at_ms(0));
        pacer.admit(message(vec![position(1, 1.0)], at_ms(500)), at_ms(500));
        // The timer is late: the first position takes the slot for which the one before it waited.
        let items = vec![position(1, 2.0), position(1, 3.0)];
        let paces = pacer.admit(message(items, at_ms(1_000)), at_ms(1_000));
        assert_eq!(places(&paces.messages), [2.0]);
        assert!(pacer.release(at_ms(1_000)).is_empty());
        assert_eq!(pacer.next(at_ms(1_000)), Some(Duration::from_secs(1)));
        assert_eq!(pacer.due.len(), 1);
        assert_eq!(places(&pacer.release(at_ms(2_000))), [3.0]);
        assert_eq!(pacer.next(at_ms(2_000)), None);
    }

    #[test]
    fn vehicles_do_not_use_each_others_slots() {
        let mut pacer = pacer(10);
        let items = (0..1_000).map(|n| position(1, f64::from(n))).collect();
        pacer.admit(message(items, at_ms(0)), at_ms(0));
        let paces = pacer.admit(message(vec![position(2, 7.0)], at_ms(1)), at_ms(1));
        assert_eq!(places(&paces.messages), [7.0]);
    }

    #[test]
    fn waiting_messages_of_different_kinds_are_released_in_turn() {
        let mut pacer = pacer(10);
        let items = (0..10).map(|n| position(1, f64::from(n)));
        pacer.admit(message(items.collect(), at_ms(0)), at_ms(0));
        pacer.admit(message(vec![battery(1)], at_ms(1)), at_ms(1));
        for ms in 2..50 {
            pacer.admit(message(vec![position(1, ms as f64)], at_ms(ms)), at_ms(ms));
        }
        let first = pacer.release(at_ms(100));
        assert!(
            places(&first).is_empty() && first.len() == 1,
            "the battery came first"
        );
        assert_eq!(places(&pacer.release(at_ms(200))), [49.0]);
    }

    #[test]
    fn a_waiting_message_replaced_by_a_passing_one_is_counted() {
        let mut pacer = pacer(10);
        let items = (0..11).map(|n| position(1, f64::from(n))).collect();
        pacer.admit(message(items, at_ms(0)), at_ms(0));
        // The timer is late: the newer message passes, and the older one must not follow it.
        let paces = pacer.admit(message(vec![position(1, 20.0)], at_ms(150)), at_ms(150));
        assert_eq!(places(&paces.messages), [20.0]);
        assert_eq!(paces.given_up[0].1, 1);
        assert!(pacer.release(at_ms(1_000)).is_empty());
    }

    #[test]
    fn parts_without_a_vehicle_id_share_one_limit() {
        let mut pacer = pacer(10);
        let fault = || Item::rejected(Bytes::new(), None, Rejection::new(Reason::NotJson, "broken"));
        let items = (0..20_000).map(|_| fault()).collect();
        let paces = pacer.admit(message(items, at_ms(0)), at_ms(0));
        assert_eq!(paces.messages[0].items.len(), 5_000);
        assert_eq!(paces.given_up[0].1, 15_000);
    }

    #[test]
    fn silent_vehicles_are_forgotten() {
        let mut pacer = pacer(10);
        let items = (0..1_000).map(|n| position(n, 0.0)).collect();
        pacer.admit(message(items, at_ms(0)), at_ms(0));
        pacer.admit(Vec::new(), at_ms(2_000));
        assert!(pacer.vehicles.is_empty());
    }

    #[test]
    fn a_waiting_part_does_not_keep_its_message_in_memory() {
        let mut pacer = pacer(1);
        let payload = Bytes::from(vec![b' '; 1 << 20]);
        let part = |x| Item {
            source: payload.slice(10..200),
            ..position(1, x)
        };
        let paces = pacer.admit(message(vec![part(1.0), part(2.0)], at_ms(0)), at_ms(0));
        drop(paces);
        assert!(payload.is_unique());
        assert_eq!(places(&pacer.release(at_ms(1_000))), [2.0]);
    }
}
