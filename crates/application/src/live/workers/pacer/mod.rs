//! The rate limit of messages per vehicle.

mod pace;

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap},
    num::NonZero,
    time::Duration,
};

use domain::VehicleId;

use self::pace::Pace;
use crate::{
    Moment,
    telemetry::{Channel, Content, DeadLetter, Inbound, Item},
};

/// Limits the messages from each vehicle to a number per second, on both channels together; after a pause, the same
/// number may arrive at once. Above the limit, the newest message of each kind waits for the next free slot and
/// replaces the previous one.
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
    /// Interval at which vehicles whose slots are all free are removed.
    const SWEEP_US: u64 = 1_000_000;
    /// Maximum number of vehicles that are tracked. Messages from further vehicles pass without a limit; their cost is
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
            // In nearly all cases, everything passes, and nothing is moved.
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

    /// Returns the time until [`Pacer::release`] should be called next; `None` if no message is waiting.
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
        // A slice would keep the whole message, which may be large, in memory for one of its elements.
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

#[cfg(test)]
mod tests;
