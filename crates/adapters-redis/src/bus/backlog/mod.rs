//! Messages that are waiting between the connection and the live table.
//!
//! * `lanes`: the messages, divided by publisher.
//! * `turn`: messages that are decoded in one go.

mod lanes;
mod turn;

use std::collections::VecDeque;

use application::telemetry::Inbound;

use self::{
    lanes::{Freed, Lanes},
    turn::{Turn, cost_of},
};
use crate::wire::Message;

/// Queue of messages to decode, divided into lanes by publisher if many messages or long ones are waiting.
///
/// While only a few short messages are waiting, none can delay the others much, so they are decoded in the order of
/// their arrival.
///
/// Redis does not name the publisher of a message, so the first `vehicleId` in it is used instead. Lanes take turns of
/// about 16 KiB, and a long message is decoded over several turns, so a publisher that sends more than can be decoded
/// delays the messages of others by a few turns rather than by its whole backlog. When the budget is used up, the
/// oldest message of a lane that uses much of it is dropped, because newer ones usually supersede it. The number of
/// lanes is bounded as well: at most half of them are empty.
pub(super) struct Backlog {
    /// Messages without a lane. Empty while there are lanes.
    undivided: VecDeque<Message>,
    /// Cost of `undivided`.
    undivided_cost: usize,
    lanes: Lanes,
    /// Cost of all messages, including those of turns that are in flight.
    cost: usize,
    /// Maximum of `cost`.
    budget: usize,
    /// Cost of the messages of turns that are in flight.
    in_flight: usize,
    /// Number of dropped messages that have not been reported yet.
    dropped: u64,
}

/// Messages that are decoded together by another thread. They are in flight until the job is passed to
/// [`Backlog::accept`].
#[derive(Default)]
pub(super) struct Job {
    turns: Vec<Turn>,
    decoded: Vec<Inbound>,
}

/// Number of decoded bytes after which no further lane gets a turn for the same event.
const SLICE: usize = 64 << 10;
/// Number of bytes after which a job gets no further turn. Decoding them takes much longer than passing the job to
/// another thread.
const JOB: usize = 32 << 10;
/// Minimum cost of the waiting messages at which other threads help to decode. Below it, the feed is not busy, and
/// passing messages to another thread and back would only cost time.
const MANY: usize = 256 << 10;
/// Minimum cost of the waiting messages at which another job is created while jobs are in flight.
const SOME: usize = 64 << 10;
/// Maximum cost of the messages without a lane, which limits the delay that a publisher causes to others.
const UNDIVIDED: usize = 1 << 20;
/// Maximum length of a message without a lane, in bytes. Such a message is decoded without interruption.
const SHORT: usize = 32 << 10;
/// Minimum budget.
const BUDGET: usize = 32 << 20;

impl Backlog {
    /// Creates an empty backlog. Its budget is at least four times the maximum length of a message.
    pub(super) fn new(max_message_bytes: usize) -> Self {
        Self {
            undivided: VecDeque::new(),
            undivided_cost: 0,
            lanes: Lanes::new(),
            cost: 0,
            budget: BUDGET.max(max_message_bytes.saturating_mul(4)),
            in_flight: 0,
            dropped: 0,
        }
    }

    /// Adds a message, and drops others if there is no room for it. If no other message may be dropped, the new one is
    /// dropped instead.
    pub(super) fn push(&mut self, message: Message) {
        let cost = cost_of(&message);
        while self.cost + cost > self.budget {
            let Some(freed) = self.lanes.drop_oldest() else {
                // Nearly all messages are in flight.
                self.dropped += 1;
                return;
            };
            self.free(freed);
        }
        self.cost += cost;
        let is_short = message.undecoded() <= SHORT;
        if is_short && self.undivided_cost + cost <= UNDIVIDED && self.lanes.is_empty() {
            self.undivided_cost += cost;
            self.undivided.push_back(message);
            return;
        }
        // Earlier messages first, so that those of a publisher stay in order.
        self.undivided_cost = 0;
        for earlier in self.undivided.drain(..) {
            self.lanes.push(earlier);
        }
        self.lanes.push(message);
    }

    /// Returns the number of messages dropped since the last call.
    pub(super) fn take_dropped(&mut self) -> u64 {
        std::mem::take(&mut self.dropped)
    }

    /// Returns the total cost of the messages that are waiting or in flight, in bytes, and its maximum.
    pub(super) const fn cost_and_budget(&self) -> (usize, usize) {
        (self.cost, self.budget)
    }

    /// Returns `true` if no messages are waiting or in flight.
    pub(super) const fn is_empty(&self) -> bool {
        self.cost == 0
    }

    /// Decodes messages, up to about [`SLICE`] bytes. Returns an empty list if no messages are waiting, or if the
    /// decoded messages have no parts.
    ///
    /// Must not be called while a job is in flight, because it could overtake messages of the same publisher.
    pub(super) fn take(&mut self) -> Vec<Inbound> {
        debug_assert_eq!(self.in_flight, 0, "no job is in flight");
        let (mut taken, mut bytes) = (Vec::new(), 0);
        while bytes < SLICE
            && let Some(mut turn) = self.next_turn()
        {
            bytes += turn.decode(&mut taken);
            self.finish(turn);
        }
        taken
    }

    /// Returns messages for another thread to decode. The jobs must be accepted in the order of these calls. Returns
    /// `None` if a job is not worthwhile, or if too many messages are in flight.
    pub(super) fn next_job(&mut self) -> Option<Job> {
        let least = if self.in_flight == 0 { MANY } else { SOME };
        let waiting = self.cost - self.in_flight;
        // Messages in flight cannot be dropped, so they must leave room for others.
        if waiting < least || self.in_flight > self.budget / 2 {
            return None;
        }
        let (mut job, mut bytes) = (Job::default(), 0);
        while bytes < JOB
            && let Some(turn) = self.next_turn()
        {
            bytes += turn.bytes;
            job.turns.push(turn);
        }
        (!job.turns.is_empty()).then_some(job)
    }

    /// Accepts a decoded job, and returns its messages.
    pub(super) fn accept(&mut self, job: Job) -> Vec<Inbound> {
        for turn in job.turns {
            self.finish(turn);
        }
        job.decoded
    }

    /// Drops all messages of heavy lanes.
    pub(super) fn drop_heavy(&mut self) {
        let freed = self.lanes.drop_heavy();
        self.free(freed);
    }

    fn next_turn(&mut self) -> Option<Turn> {
        let turn = if self.undivided.is_empty() {
            self.lanes.next_turn()?
        } else {
            let turn = Turn::of(None, &mut self.undivided);
            self.undivided_cost -= turn.cost;
            turn
        };
        self.in_flight += turn.cost;
        Some(turn)
    }

    /// Accepts a decoded turn.
    fn finish(&mut self, turn: Turn) {
        self.in_flight -= turn.cost;
        let freed = match turn.lane {
            Some(lane) => self.lanes.finish(lane, turn),
            None => Freed {
                cost: turn.cost,
                dropped: 0,
            },
        };
        self.free(freed);
    }

    const fn free(&mut self, freed: Freed) {
        self.cost -= freed.cost;
        self.dropped += freed.dropped;
    }
}

impl Job {
    /// Decodes the messages.
    pub(super) fn decode(mut self) -> Self {
        for turn in &mut self.turns {
            turn.decode(&mut self.decoded);
        }
        self
    }
}

#[cfg(test)]
mod tests;
