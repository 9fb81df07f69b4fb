//! Changes of vehicles on their way into the mailboxes of those who see them.

use std::{cmp::Reverse, collections::BinaryHeap, mem, sync::Arc};

use super::{Hub, Room, RoomId};
use crate::{
    batch::{Batch, MAX_TRACES},
    event::LiveEvent,
    indices::VehicleIndex,
    live_table::LiveTable,
    mailbox::FeedStatus,
    membership::Membership,
    moment::Moment,
    trace::TraceParent,
};

/// The most views and members after which a call to [`Hub::serve`] ends although more rooms are due: the lock must be free for
/// others in between.
const WORK_AT_ONCE: usize = 4_000;

/// The counts of one tick.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Served {
    /// Views that were replaced by newer ones before a slow subscriber saw them.
    pub conflated: u64,
    /// Mailboxes that got a whole new picture because too many events waited in them.
    pub resyncs: u64,
}

impl Hub {
    /// Something that can be merged changed for a vehicle.
    pub(crate) fn mark(&mut self, index: VehicleIndex, rooms: &Membership, now_us: u64) {
        for id in rooms.iter() {
            let room = &mut self.rooms[id];
            room.dirty.insert(index);
            let due_us = room.pace.due_us(now_us);
            schedule(&mut self.due, room, id, due_us);
        }
    }

    /// The next frame of these rooms carries on a trace.
    pub(crate) fn carry_trace(&mut self, rooms: &Membership, trace: TraceParent) {
        for id in rooms.iter() {
            let traces = &mut self.rooms[id].traces;
            if traces.len() < MAX_TRACES {
                traces.push(trace);
            }
        }
    }

    /// Something happened to a vehicle that may not be merged: its watchers hear of it at once.
    pub(crate) fn tell(&mut self, event: &Arc<LiveEvent>, rooms: &Membership, now_us: u64) {
        for id in rooms.iter() {
            let room = &mut self.rooms[id];
            room.events.push(Arc::clone(event));
            schedule(&mut self.due, room, id, now_us);
        }
    }

    /// A vehicle is no longer to be seen: what was still to be said of it is not.
    pub(crate) fn forget(&mut self, index: VehicleIndex, rooms: &Membership) {
        for id in rooms.iter() {
            let room = &mut self.rooms[id];
            if room
                .dirty
                .remove(index)
                .is_some_and(|place| place < room.in_delivery)
            {
                room.in_delivery -= 1;
            }
        }
    }

    /// Tells everybody that the feed was lost or is back.
    pub(crate) fn queue_feed_status(&self, feed: FeedStatus) {
        self.members
            .iter()
            .for_each(|(_, member)| member.mailbox.put_feed(feed));
    }

    /// Serves the rooms whose time has come. When these are very many, some stay due.
    pub(crate) fn serve(&mut self, table: &mut LiveTable, now: Moment) -> Served {
        let mut served = Served::default();
        let mut work = 0;
        while let Some(&Reverse((due_us, id))) = self.due.peek()
            && due_us <= now.uptime_us
            && work < WORK_AT_ONCE
        {
            self.due.pop();
            let is_current = self.rooms.get(id).is_some_and(|room| room.due_us == Some(due_us));
            if is_current {
                work += self.serve_room(id, table, now, &mut served);
            }
        }
        served
    }

    /// When the next room is to be served, in microseconds of uptime.
    pub(crate) fn next_due_us(&self) -> Option<u64> {
        self.due.peek().map(|Reverse((due_us, _))| *due_us)
    }

    /// Serves a room, and returns how much work that was.
    fn serve_room(&mut self, id: RoomId, table: &mut LiveTable, now: Moment, served: &mut Served) -> usize {
        let room = &mut self.rooms[id];
        room.due_us = None;
        let positions_due_us = room.pace.due_us(now.uptime_us);
        let continues = room.in_delivery > 0;
        if !continues && positions_due_us <= now.uptime_us && !room.dirty.is_empty() {
            // Vehicles that change while a large delivery goes out in parts wait for the next one, so that none is sent twice
            // in an interval.
            room.in_delivery = room.dirty.len();
            room.pace.served(now.uptime_us);
        }
        let part = room.in_delivery.min(self.limits.views);
        room.in_delivery -= part;
        let mut views = Vec::with_capacity(part);
        views.extend(room.dirty.take(part).map(|index| table.at_mut(index).view()));
        // A change of status is no view while neither a position nor a state is known.
        views.retain(|view| !view.is_empty());
        let traces = if views.is_empty() {
            Vec::new()
        } else {
            mem::take(&mut room.traces)
        };
        if room.in_delivery > 0 {
            schedule(&mut self.due, room, id, now.uptime_us);
        } else if !room.dirty.is_empty() {
            let next_us = room.pace.due_us(now.uptime_us);
            schedule(&mut self.due, room, id, next_us);
        }
        let events = mem::take(&mut room.events);
        let work = 1 + part + room.members.len();
        if views.is_empty() && events.is_empty() {
            return work;
        }
        let batch = Arc::new(Batch::new(now, events, views, traces).continuing(continues));
        let mut overflowing = Vec::new();
        for &member in &room.members {
            let put = self.members[member].mailbox.put(&batch);
            served.conflated += put.conflated;
            if put.needs_resync {
                overflowing.push(member);
            }
        }
        for member in overflowing {
            served.resyncs += 1;
            self.resync(member);
        }
        work
    }
}

/// Serves a room at `due_us`, unless it is served sooner anyway.
fn schedule(due: &mut BinaryHeap<Reverse<(u64, RoomId)>>, room: &mut Room, id: RoomId, due_us: u64) {
    if room.due_us.is_none_or(|planned| due_us < planned) {
        room.due_us = Some(due_us);
        due.push(Reverse((due_us, id)));
    }
}
