//! Messages between the connection and the live table.

use std::{
    collections::VecDeque,
    hash::{BuildHasher, RandomState},
    time::{Duration, Instant},
};

use application::telemetry::Inbound;

use crate::wire::Message;

/// Messages that wait to be decoded, in lanes by publisher.
///
/// Redis does not say who published a message; its first `vehicleId` does, near enough. Lanes take turns of [`TURN`]
/// bytes, and a long message is understood over several turns, so that somebody who publishes more than can be
/// understood delays the messages of others by a few turns, not by all that it has published. When the budget of bytes is
/// used up, the lane that uses most of it loses its oldest message, which a newer one of the same publisher follows.
pub(super) struct Backlog {
    lanes: Vec<Lane>,
    /// The lanes that are not empty, in the order of their turns.
    turns: VecDeque<usize>,
    cost: usize,
    budget: usize,
    hasher: RandomState,
    /// When heavy lanes have a turn again.
    rests_until: Option<Instant>,
}

#[derive(Default)]
struct Lane {
    messages: VecDeque<Message>,
    cost: usize,
}

/// So many publishers are told apart, more or less.
const LANES: usize = 256;
/// Bytes of a lane that are understood in one turn.
const TURN: usize = 16 << 10;
/// Bytes that are understood for one event.
const SLICE: usize = 64 << 10;
/// The cost of a message besides its bytes, as memory and as work.
const OVERHEAD: usize = 512;
/// A lane with so many bytes has a publisher that is too fast. Heavy lanes get half of the time of one processor, and leave
/// the rest to the connections of everybody else.
const HEAVY: usize = 256 << 10;
/// How many bytes wait at most.
const BUDGET: usize = 32 << 20;
/// The name of a vehicle stands within so many bytes of a message's beginning, or is not looked for.
const HEAD: usize = 512;

impl Backlog {
    /// Room for some messages of the largest size at least.
    pub(super) fn new(max_message_bytes: usize) -> Self {
        Self {
            lanes: std::iter::repeat_with(Lane::default).take(LANES).collect(),
            turns: VecDeque::new(),
            cost: 0,
            budget: BUDGET.max(max_message_bytes.saturating_mul(4)),
            hasher: RandomState::new(),
            rests_until: None,
        }
    }

    /// Adds a message. Returns how many had to make room.
    pub(super) fn push(&mut self, message: Message) -> u64 {
        let cost = cost_of(&message);
        let mut dropped = 0;
        while self.cost + cost > self.budget && self.drop_oldest() {
            dropped += 1;
        }
        let lane = self.lane_of(message.payload());
        if self.lanes[lane].messages.is_empty() {
            self.turns.push_back(lane);
        }
        self.lanes[lane].cost += cost;
        self.lanes[lane].messages.push_back(message);
        self.cost += cost;
        dropped
    }

    pub(super) fn is_empty(&self) -> bool {
        self.turns.is_empty()
    }

    /// Understands some of what waits; nothing when nothing waits, or only what has to wait for a while.
    pub(super) fn take(&mut self) -> Vec<Inbound> {
        let (mut taken, mut bytes) = (Vec::new(), 0);
        while bytes < SLICE
            && let Some(lane) = self.next_lane()
        {
            let is_heavy = self.lanes[lane].is_heavy();
            let began = Instant::now();
            bytes += self.turn(lane, &mut taken);
            if !self.lanes[lane].messages.is_empty() {
                self.turns.push_back(lane);
            }
            if is_heavy {
                self.rests_until = Some(Instant::now() + began.elapsed());
            }
        }
        taken
    }

    /// How long it is until [`Backlog::take`] gives something, if all that waits has to.
    pub(super) fn rest(&self) -> Option<Duration> {
        if self.is_empty() {
            return None;
        }
        let until = self.rests_until?;
        Some(until.saturating_duration_since(Instant::now()))
    }

    /// The lane whose turn it is.
    fn next_lane(&mut self) -> Option<usize> {
        if self.rests_until.is_some_and(|until| until <= Instant::now()) {
            self.rests_until = None;
        }
        let rests = self.rests_until.is_some();
        let next = self
            .turns
            .iter()
            .position(|lane| !(rests && self.lanes[*lane].is_heavy()))?;
        self.turns.remove(next)
    }

    /// Understands up to [`TURN`] bytes of a lane, and returns how many.
    fn turn(&mut self, lane: usize, taken: &mut Vec<Inbound>) -> usize {
        let lane = &mut self.lanes[lane];
        let mut bytes = 0;
        while bytes < TURN
            && let Some(message) = lane.messages.front_mut()
        {
            let mut items = Vec::new();
            let is_done = loop {
                match message.next_item() {
                    Some(item) => {
                        bytes += item.bytes + 1;
                        items.push(item);
                        if bytes >= TURN {
                            break message.is_done();
                        }
                    }
                    None => break true,
                }
            };
            if !items.is_empty() {
                taken.push(Inbound {
                    channel: message.channel(),
                    received_at: message.received_at(),
                    items,
                });
            }
            if is_done && let Some(message) = lane.messages.pop_front() {
                let cost = cost_of(&message);
                lane.cost -= cost;
                self.cost -= cost;
            }
        }
        bytes
    }

    /// Drops all that waits in heavy lanes; returns how many messages that were.
    pub(super) fn drop_heavy(&mut self) -> u64 {
        let mut dropped = 0;
        for lane in self.lanes.iter_mut().filter(|lane| lane.is_heavy()) {
            dropped += lane.messages.len() as u64;
            self.cost -= lane.cost;
            *lane = Lane::default();
        }
        self.turns.retain(|lane| !self.lanes[*lane].messages.is_empty());
        dropped
    }

    /// Drops the oldest message of the lane that uses most; returns whether there was any.
    fn drop_oldest(&mut self) -> bool {
        let Some(index) = self
            .turns
            .iter()
            .copied()
            .max_by_key(|lane| self.lanes[*lane].cost)
        else {
            return false;
        };
        let lane = &mut self.lanes[index];
        if let Some(message) = lane.messages.pop_front() {
            let cost = cost_of(&message);
            lane.cost -= cost;
            self.cost -= cost;
        }
        if lane.messages.is_empty() {
            self.turns.retain(|waiting| *waiting != index);
        }
        true
    }

    /// The lane of a message: that of the first vehicle it names. All that name none share one.
    fn lane_of(&self, payload: &[u8]) -> usize {
        const NAME: &[u8] = b"\"vehicleId\"";
        let head = &payload[..payload.len().min(HEAD)];
        let Some(at) = head.windows(NAME.len()).position(|window| window == NAME) else {
            return 0;
        };
        let mut texts = head[at + NAME.len()..].split(|byte| *byte == b'"');
        let id = texts.nth(1).unwrap_or_default();
        // The lowest bits of a hash are as good as any.
        self.hasher.hash_one(id) as usize % LANES
    }
}

impl Lane {
    const fn is_heavy(&self) -> bool {
        self.cost > HEAVY
    }
}

fn cost_of(message: &Message) -> usize {
    message.payload().len() + OVERHEAD
}

#[cfg(test)]
mod tests {
    use application::{Moment, telemetry::Channel};
    use bytes::Bytes;

    use super::*;

    const NOW: Moment = Moment {
        unix_us: 1_732_333_333_500_000,
        uptime_us: 7,
    };
    const MAX: usize = 1 << 20;

    fn message(payload: impl Into<Bytes>) -> Message {
        Message::new(Channel::Position, payload.into(), NOW, MAX)
    }

    fn of_vehicle(vehicle: usize, bytes: usize) -> Message {
        let text = format!(r#"{{"vehicleId":"vehicle {vehicle}","filler":""#);
        let filler = "x".repeat(bytes.saturating_sub(text.len() + 2));
        message(format!(r#"{text}{filler}"}}"#))
    }

    /// An array of about a megabyte.
    fn flood(vehicle: &str) -> Message {
        let element = format!(r#"{{"vehicleId":"{vehicle}","x":1}}"#);
        message(format!("[{}]", vec![element; MAX / 64].join(",")))
    }

    fn items(taken: &[Inbound]) -> usize {
        taken.iter().map(|message| message.items.len()).sum()
    }

    #[test]
    fn messages_of_one_publisher_stay_in_order() {
        let mut backlog = Backlog::new(MAX);
        for number in 0..50 {
            backlog.push(message(format!("{{{number}")));
        }
        let sources: Vec<_> = backlog
            .take()
            .iter()
            .flat_map(|message| &message.items)
            .map(|item| item.source.clone())
            .collect();
        let expected: Vec<_> = (0..50).map(|number| Bytes::from(format!("{{{number}"))).collect();
        assert_eq!(sources, expected);
        assert!(backlog.is_empty() && backlog.cost == 0);
    }

    #[test]
    fn a_flood_delays_another_publisher_by_a_turn() {
        let mut backlog = Backlog::new(MAX);
        for _ in 0..20 {
            backlog.push(flood("attacker"));
        }
        assert!(items(&backlog.take()) < 1_000, "a part of the first message");
        backlog.push(message(r#"{"vehicleId":"innocent"}"#));
        let taken = backlog.take();
        let is_heard = taken
            .iter()
            .flat_map(|message| &message.items)
            .any(|item| item.source.starts_with(br#"{"vehicleId":"innocent"#));
        assert!(is_heard, "after {} others", items(&taken));
    }

    #[test]
    fn what_a_flood_has_too_much_is_dropped_and_nothing_of_others() {
        let mut backlog = Backlog::new(MAX);
        let mut dropped = 0;
        for vehicle in 0..100 {
            dropped += backlog.push(of_vehicle(vehicle, 200));
        }
        for _ in 0..300 {
            dropped += backlog.push(flood("attacker"));
        }
        assert!(backlog.cost <= BUDGET);
        assert!((200..300).contains(&dropped), "{dropped}");
        let mut heard = 0;
        // One or two may share the attacker's lane.
        while heard < 95 {
            let taken = backlog.take();
            heard += taken
                .iter()
                .flat_map(|message| &message.items)
                .filter(|item| item.source.starts_with(br#"{"vehicleId":"vehicle "#))
                .count();
        }
    }

    #[test]
    fn only_floods_are_dropped_at_once() {
        let mut backlog = Backlog::new(MAX);
        backlog.push(of_vehicle(1, 200));
        backlog.push(flood("attacker"));
        backlog.push(flood("attacker"));
        assert_eq!(backlog.drop_heavy(), 2);
        assert_eq!(items(&backlog.take()), 1);
        assert!(backlog.is_empty() && backlog.cost == 0);
    }

    #[test]
    fn a_million_small_messages_are_bounded_too() {
        let mut backlog = Backlog::new(MAX);
        let dropped: u64 = (0..200_000)
            .map(|number| backlog.push(of_vehicle(number, 60)))
            .sum();
        assert!(backlog.cost <= BUDGET && dropped > 100_000, "{dropped}");
    }

    #[test]
    fn a_heavy_lane_rests_as_long_as_it_worked() {
        let mut backlog = Backlog::new(MAX);
        backlog.push(flood("attacker"));
        assert!(!backlog.take().is_empty());
        while backlog.rest().is_none_or(|rest| rest.is_zero()) && !backlog.is_empty() {
            backlog.take();
        }
        let mut rounds = 0;
        while !backlog.is_empty() {
            if let Some(rest) = backlog.rest() {
                std::thread::sleep(rest);
            }
            backlog.take();
            rounds += 1;
            assert!(rounds < 10_000, "it comes to an end");
        }
    }

    #[test]
    fn a_message_that_is_too_long_waits_as_its_beginning() {
        let mut backlog = Backlog::new(1_024);
        backlog.push(Message::new(
            Channel::State,
            Bytes::from(vec![b' '; 64 << 20]),
            NOW,
            1_024,
        ));
        assert!(backlog.cost < 8_192);
        let taken = backlog.take();
        assert_eq!(taken[0].items[0].bytes, 64 << 20);
    }
}
