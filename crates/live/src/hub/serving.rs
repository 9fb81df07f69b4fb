//! Delivery of changes to the mailboxes of the subscribers that see them.

use std::{cmp::Reverse, collections::BinaryHeap, mem, sync::Arc};

use super::{Hub, Room, RoomId, Served, handout::Handout, walk::leave_event};
use crate::{
    batch::{Batch, MAX_TRACES},
    event::LiveEvent,
    indices::{SubscriberId, VehicleIndex},
    live_table::{LiveTable, LiveVehicle},
    mailbox::FeedStatus,
    moment::Moment,
    traced::TracedMessage,
    view::VehicleView,
};

impl Hub {
    /// Marks a vehicle whose view changed for the next delivery of the rooms that may want it.
    pub(crate) fn mark_changed(&mut self, index: VehicleIndex, vehicle: &mut LiveVehicle, now_us: u64) {
        self.settle(vehicle);
        self.match_filters(vehicle);
        self.mark(index, vehicle.all_rooms(), now_us);
    }

    /// Marks a vehicle for the next delivery of these rooms, all of which must be open. Several changes before that
    /// delivery are merged.
    pub(super) fn mark(&mut self, index: VehicleIndex, rooms: impl Iterator<Item = RoomId>, now_us: u64) {
        for id in rooms {
            let room = &mut self.rooms[id];
            room.dirty.insert(index);
            let due_us = room.pace.due_us(now_us);
            schedule(&mut self.due, room, id, due_us);
        }
    }

    /// Attaches a traced message of a vehicle that was marked as changed to the next batch of each of its rooms that
    /// shows the message's data. A room keeps at most [`MAX_TRACES`].
    pub(crate) fn carry_trace(&mut self, index: VehicleIndex, message: TracedMessage, table: &LiveTable) {
        for id in table.at(index).all_rooms() {
            let room = &mut self.rooms[id];
            // Otherwise, messages that were replaced would take the places of those that will be delivered.
            if room.traces.len() >= MAX_TRACES {
                room.keep_waiting_traces(table);
            }
            if room.traces.len() < MAX_TRACES {
                room.traces.push(message);
            }
        }
    }

    /// Queues an event of a vehicle for the rooms that may want it.
    pub(crate) fn notify_of(&mut self, event: LiveEvent, vehicle: &mut LiveVehicle, now_us: u64) {
        self.settle(vehicle);
        // A removal only concerns the rooms that may have the vehicle in their views, which `hide` has left in the
        // list.
        if !event.is_removal() {
            self.match_filters(vehicle);
        }
        self.notify(&Arc::new(event), vehicle.all_rooms(), now_us);
    }

    /// Drops the undelivered views of a vehicle that is about to become invisible to all subscribers: no view may
    /// follow the removal, and the index may belong to another vehicle by then. Its events remain, except in rooms with
    /// filters whose members do not have the vehicle in their views.
    pub(crate) fn hide(&mut self, index: VehicleIndex, vehicle: &mut LiveVehicle) {
        self.settle(vehicle);
        self.forget(index, vehicle.all_rooms());
        self.unshow(index, vehicle);
    }

    /// Queues an event that must not be merged. It is delivered with the next tick, regardless of the room's pace.
    pub(crate) fn notify(
        &mut self,
        event: &Arc<LiveEvent>,
        rooms: impl Iterator<Item = RoomId>,
        now_us: u64,
    ) {
        for id in rooms {
            let room = &mut self.rooms[id];
            room.events.push(Arc::clone(event));
            schedule(&mut self.due, room, id, now_us);
        }
    }

    /// Queues an event for the rooms that name its vehicle, which does not have to be in the table. The event is
    /// delivered with the first tick at or after `due_us`, or earlier if the room is served earlier.
    pub(crate) fn notify_naming(&mut self, event: LiveEvent, due_us: u64) {
        let rooms = self.naming.get(&event.vehicle_id()).cloned().unwrap_or_default();
        self.notify(&Arc::new(event), rooms.into_iter(), due_us);
    }

    /// Drops the undelivered changes and the base of a vehicle that is no longer visible in these rooms.
    pub(super) fn forget(&mut self, index: VehicleIndex, rooms: impl Iterator<Item = RoomId>) {
        for id in rooms {
            let room = &mut self.rooms[id];
            if let Some(bases) = &mut room.bases {
                bases.remove(&index);
            }
            if room
                .dirty
                .remove(index)
                .is_some_and(|place| place < room.in_delivery)
            {
                // It was part of the delivery under way, which is now one vehicle shorter.
                room.in_delivery -= 1;
            }
        }
    }

    /// Queues the state of the feed for those members at up to `limit` places, starting at `from`, that have not been
    /// notified of it. Returns where to continue; `None` at the end.
    pub(crate) fn report_feed(
        &mut self,
        feed: FeedStatus,
        from: SubscriberId,
        limit: usize,
    ) -> Option<SubscriberId> {
        let end = self.members.capacity();
        let to = from.saturating_add(limit).min(end);
        for place in from..to {
            if let Some(member) = self.members.get_mut(place)
                && member.is_feed_up != feed.is_up
            {
                member.is_feed_up = feed.is_up;
                member.mailbox.put_feed(feed);
            }
        }
        (to < end).then_some(to)
    }

    /// Serves the rooms that are due, until the work reaches its limit. The others remain due.
    pub(crate) fn serve(&mut self, table: &mut LiveTable, now: Moment) -> Served {
        let mut work = 0;
        while let Some(&Reverse((due_us, id))) = self.due.peek()
            && due_us <= now.uptime_us
            && work < self.limits.work
        {
            self.due.pop();
            // An entry is obsolete if its room was rescheduled, or if the room closed and its slot was reused.
            let is_current = self.rooms.get(id).is_some_and(|room| room.due_us == Some(due_us));
            if is_current {
                work = self.serve_room(id, work, table, now);
            }
        }
        mem::take(&mut self.served)
    }

    /// Returns the time at which the next room is due, in microseconds of uptime; `None` if there is none. It may be
    /// the time of an obsolete entry, which only causes an empty tick.
    pub(crate) fn next_due_us(&self) -> Option<u64> {
        self.due.peek().map(|Reverse((due_us, _))| *due_us)
    }

    /// Serves a room: distributes its last batch further, or assembles the next one. `work` is what this call of
    /// [`Hub::serve`] has done so far; returns the new amount.
    fn serve_room(&mut self, id: RoomId, work: usize, table: &mut LiveTable, now: Moment) -> usize {
        let room = &mut self.rooms[id];
        // Taken first: `schedule` ignores a time that is not earlier than the planned one.
        let planned_us = room.due_us.take().unwrap_or(now.uptime_us);
        if room.handout.is_some() {
            return self.hand_out(id, work, now);
        }
        let positions_due_us = room.pace.due_us(now.uptime_us);
        let continues = room.in_delivery > 0;
        if !continues && positions_due_us <= now.uptime_us && !room.dirty.is_empty() {
            // A large delivery goes out in several parts. Vehicles that change meanwhile wait for the next delivery,
            // so that no vehicle is sent twice within an interval.
            room.in_delivery = room.dirty.len();
            room.deliveries += 1;
            room.known = mem::replace(&mut room.begun_at, self.accepted);
            room.pace.served(planned_us, now.uptime_us);
        }
        let part = room.in_delivery.min(self.limits.views);
        room.in_delivery -= part;
        let mut views = Vec::with_capacity(part);
        let mut bases = Vec::new();
        let mut left = Vec::new();
        let reference = room.reference(id);
        // Every index is valid: `forget` takes a vehicle out of `dirty` before it leaves the table.
        for index in room.dirty.take(part) {
            let vehicle = table.at_mut(index);
            let view = vehicle.view();
            // A vehicle whose status changed may have neither a position nor a state.
            let is_wanted = !view.is_empty();
            let is_sent = match &mut room.shown {
                None => is_wanted,
                Some(shown) if is_wanted && room.key.wants(vehicle) => {
                    shown.insert(index);
                    true
                }
                Some(shown) => {
                    vehicle.filtered.remove(&reference);
                    if let Some(bases) = &mut room.bases {
                        bases.remove(&index);
                    }
                    if shown.remove(&index) {
                        left.push(Arc::new(leave_event(&room.key, vehicle)));
                    }
                    false
                }
            };
            if is_sent {
                if let Some(held) = &mut room.bases {
                    bases.push(held.insert(index, Arc::clone(&view)));
                }
                views.push(view);
            }
        }
        let traces = room.take_shown_traces(&views, table);
        let mut events = mem::take(&mut room.events);
        events.append(&mut left);
        let work = work + 1 + part;
        if views.is_empty() && events.is_empty() {
            self.schedule_rest(id, now);
            return work;
        }
        let batch = Batch::new(now, events, views, traces)
            .with_bases(bases)
            .with_known(room.known)
            .continuing(continues);
        room.handout = Some(Handout::new(batch, room.members.len()));
        self.hand_out(id, work, now)
    }

    /// Puts the last batch of a room into the mailboxes of its members, until the work reaches its limit. Then the rest
    /// of them is due at once, but other rooms and other holders of the lock may come first. Returns the work.
    fn hand_out(&mut self, id: RoomId, mut work: usize, now: Moment) -> usize {
        while work < self.limits.work {
            let Some(done) = self.hand_out_to_next(id) else {
                self.schedule_rest(id, now);
                return work;
            };
            work += done;
        }
        schedule(&mut self.due, &mut self.rooms[id], id, now.uptime_us);
        work
    }

    /// Puts the last batch of a room into the mailbox of the next member, and returns the work; `None` if every member
    /// has received the batch.
    pub(super) fn hand_out_to_next(&mut self, id: RoomId) -> Option<usize> {
        let room = &mut self.rooms[id];
        let handout = room.handout.as_mut()?;
        let Some(place) = handout.take_next() else {
            room.handout = None;
            return None;
        };
        let subscriber = room.members[place];
        let member = &self.members[subscriber];
        let batch = handout.batch_for(member.full_until < room.deliveries);
        let put = member.mailbox.put(batch);
        self.served.conflated += put.conflated;
        if put.needs_resync {
            self.resync(subscriber);
        }
        Some(1 + put.merged)
    }

    /// Puts the last batch of a subscriber's room into the subscriber's mailbox, unless it has been put there. Called
    /// before anything else is put there, and before the subscriber leaves the room: its deliveries must stay in order.
    pub(super) fn catch_up(&mut self, id: SubscriberId) {
        let Some(room_id) = self.members[id].room else {
            return;
        };
        let room = &mut self.rooms[room_id];
        let Some(handout) = &room.handout else {
            return;
        };
        let left = handout.left();
        let waiting = &mut room.members[left];
        if let Some(place) = waiting.iter().position(|&member| member == id) {
            waiting.swap(0, place);
            self.hand_out_to_next(room_id);
        }
    }

    /// Schedules what a room still has to deliver after its last batch.
    fn schedule_rest(&mut self, id: RoomId, now: Moment) {
        let room = &mut self.rooms[id];
        let next_us = if room.in_delivery > 0 || !room.events.is_empty() {
            // The next part is due at once, but other rooms and other holders of the lock may come first.
            now.uptime_us
        } else if !room.dirty.is_empty() {
            room.pace.due_us(now.uptime_us)
        } else {
            return;
        };
        schedule(&mut self.due, room, id, next_us);
    }
}

impl Room {
    /// Takes the traced messages whose data is in these views, which are about to be delivered. A message whose data
    /// was replaced before its delivery is never taken: its trace must not contain a delivery that it was not part of.
    fn take_shown_traces(&mut self, views: &[Arc<VehicleView>], table: &LiveTable) -> Vec<TracedMessage> {
        // Nearly always true, so messages that are not traced cost no more than this check.
        if self.traces.is_empty() {
            return Vec::new();
        }
        let is_shown = |message: &TracedMessage| views.iter().any(|view| view.shows(message));
        let (shown, rest) = mem::take(&mut self.traces).into_iter().partition(is_shown);
        self.traces = rest;
        self.keep_waiting_traces(table);
        shown
    }

    /// Drops the traced messages whose data no longer waits for its delivery.
    fn keep_waiting_traces(&mut self, table: &LiveTable) {
        let dirty = &self.dirty;
        self.traces.retain(|message| {
            let index = table.index_of(message.vehicle_id);
            index.is_some_and(|index| dirty.contains(index) && table.at(index).messages.include(message))
        });
    }
}

/// Schedules a room for `due_us`, unless it is due by then anyway. The entry for a later time remains in the heap, but
/// is obsolete.
fn schedule(due: &mut BinaryHeap<Reverse<(u64, RoomId)>>, room: &mut Room, id: RoomId, due_us: u64) {
    if room.due_us.is_none_or(|planned| due_us < planned) {
        room.due_us = Some(due_us);
        due.push(Reverse((due_us, id)));
    }
}
