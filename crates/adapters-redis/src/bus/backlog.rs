//! Messages that wait between the connection and the live table.

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    hash::{BuildHasher, BuildHasherDefault, Hasher, RandomState},
    time::{Duration, Instant},
};

use application::telemetry::Inbound;
use slab::Slab;

use crate::wire::Message;

/// Queue of messages to decode, divided into lanes by publisher.
///
/// Redis does not name the publisher of a message, so the first `vehicleId` in it is used instead. Lanes take turns of
/// about [`TURN`] bytes, and a long message is decoded over several turns, so a publisher that sends more than can be
/// decoded delays the messages of others by a few turns rather than by its whole backlog. When the budget is used up,
/// the oldest message of a lane that uses much of it is dropped, because newer ones usually supersede it. The number of
/// lanes is bounded as well: at most half of them are empty.
pub(super) struct Backlog {
    lanes: Slab<Lane>,
    /// Index of each publisher's lane, by the hash of the publisher's name.
    by_publisher: HashMap<u64, usize, BuildHasherDefault<Unchanged>>,
    /// All lanes, in the order of their turns. A lane whose messages were dropped remains until its turn or a sweep.
    turns: VecDeque<usize>,
    /// Number of empty lanes in `turns`.
    empty: usize,
    /// Indexes of the heavy lanes. There are few of them at a time, because the budget limits their total cost.
    heavy: BTreeSet<usize>,
    cost: usize,
    budget: usize,
    hasher: RandomState,
    /// End of the pause of heavy lanes; `None` while they take turns like the others.
    rests_until: Option<Instant>,
}

/// Hasher of numbers that are hashes already.
#[derive(Default)]
struct Unchanged(u64);

impl Hasher for Unchanged {
    fn write(&mut self, _: &[u8]) {
        unreachable!("only numbers are hashed");
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

struct Lane {
    publisher: u64,
    messages: VecDeque<Message>,
    cost: usize,
}

/// Number of decoded bytes after which the turn of a lane ends.
const TURN: usize = 16 << 10;
/// Number of decoded bytes after which no further lane gets a turn for the same event.
const SLICE: usize = 64 << 10;
/// Cost of a message in addition to its bytes, for the memory and the work that every message takes.
const OVERHEAD: usize = 512;
/// Cost above which a lane is considered heavy: its publisher is too fast. Heavy lanes together get at most half of one
/// core; the rest is left to the connections of clients.
const HEAVY: usize = 256 << 10;
/// Maximum number of lanes with messages that are searched for the heaviest.
const FEW: usize = 1_024;
/// Minimum budget: the total cost that the messages of all lanes may have.
const BUDGET: usize = 32 << 20;
/// Number of bytes at the start of a message that are searched for a vehicle's id.
const HEAD: usize = 512;

impl Backlog {
    /// Creates an empty backlog. Its budget is at least four times the maximum length of a message.
    pub(super) fn new(max_message_bytes: usize) -> Self {
        Self {
            lanes: Slab::new(),
            by_publisher: HashMap::default(),
            turns: VecDeque::new(),
            empty: 0,
            heavy: BTreeSet::new(),
            cost: 0,
            budget: BUDGET.max(max_message_bytes.saturating_mul(4)),
            hasher: RandomState::new(),
            rests_until: None,
        }
    }

    /// Adds a message. Returns the number of messages dropped to make room for it.
    pub(super) fn push(&mut self, message: Message) -> u64 {
        let cost = cost_of(&message);
        let mut dropped = 0;
        while self.cost + cost > self.budget && self.drop_oldest() {
            dropped += 1;
        }
        // The lane is looked up after the drops, because they may remove it.
        let index = self.lane_of(message.payload());
        // The lane is counted as empty if it is new, or if all its messages were dropped.
        let lane = &mut self.lanes[index];
        self.empty -= usize::from(lane.messages.is_empty());
        lane.cost += cost;
        lane.messages.push_back(message);
        self.cost += cost;
        if lane.is_heavy() {
            self.heavy.insert(index);
        }
        dropped
    }

    pub(super) fn is_empty(&self) -> bool {
        self.empty == self.turns.len()
    }

    /// Decodes messages, up to about [`SLICE`] bytes. Returns an empty list if no messages wait, if all lanes with
    /// messages are paused, or if the decoded messages have no parts.
    pub(super) fn take(&mut self) -> Vec<Inbound> {
        let (mut taken, mut bytes) = (Vec::new(), 0);
        while bytes < SLICE
            && let Some(lane) = self.next_lane()
        {
            // Only of heavy lanes: reading the clock would make up a noticeable part of the work on a short message.
            let began = self.lanes[lane].is_heavy().then(Instant::now);
            bytes += self.turn(lane, &mut taken);
            self.forget_if_light(lane);
            if self.lanes[lane].messages.is_empty() {
                self.remove(lane);
            } else {
                self.turns.push_back(lane);
            }
            if let Some(began) = began {
                // Pausing for as long as the work took limits heavy lanes to half of one core.
                self.rests_until = Some(Instant::now() + began.elapsed());
            }
        }
        taken
    }

    /// Returns the time after which [`Backlog::take`] should be called again; `None` if no messages wait.
    pub(super) fn rest(&self) -> Option<Duration> {
        if self.is_empty() {
            return None;
        }
        // Without a pause, the messages decoded last had no parts. Those behind them must not wait until another
        // message arrives.
        let left = self
            .rests_until
            .map(|until| until.saturating_duration_since(Instant::now()));
        Some(left.unwrap_or_default())
    }

    /// Removes the next lane that has messages and is not paused from the turns, and returns it.
    fn next_lane(&mut self) -> Option<usize> {
        if self.rests_until.is_some_and(|until| until <= Instant::now()) {
            self.rests_until = None;
        }
        let rests = self.rests_until.is_some();
        loop {
            // This search is short: the budget has room for few heavy lanes at a time.
            let next = self
                .turns
                .iter()
                .position(|lane| !(rests && self.lanes[*lane].is_heavy()))?;
            let lane = self.turns.remove(next)?;
            if !self.lanes[lane].messages.is_empty() {
                return Some(lane);
            }
            self.empty -= 1;
            self.remove(lane);
        }
    }

    /// Removes a lane that is no longer in `turns`.
    fn remove(&mut self, lane: usize) {
        let lane = self.lanes.remove(lane);
        self.by_publisher.remove(&lane.publisher);
    }

    /// Removes empty lanes once they are the majority of all lanes.
    fn sweep(&mut self) {
        // Waiting for a majority keeps the cost per dropped message constant on average.
        if self.empty <= self.turns.len() / 2 {
            return;
        }
        for lane in std::mem::take(&mut self.turns) {
            if self.lanes[lane].messages.is_empty() {
                self.remove(lane);
            } else {
                self.turns.push_back(lane);
            }
        }
        self.empty = 0;
    }

    /// Decodes about [`TURN`] bytes of a lane, and returns the number of bytes decoded.
    fn turn(&mut self, lane: usize, taken: &mut Vec<Inbound>) -> usize {
        let lane = &mut self.lanes[lane];
        let mut bytes = 0;
        while bytes < TURN
            && let Some(message) = lane.messages.front_mut()
        {
            // Most messages have one part. A vector without a capacity would allocate room for four.
            let mut items = Vec::with_capacity(1);
            let is_done = loop {
                let before = message.undecoded();
                let item = message.next_item();
                // Counting the bytes of items alone is not enough: an array may consist of a megabyte of blanks.
                bytes += before - message.undecoded() + 1;
                match item {
                    Some(item) => {
                        items.push(item);
                        // The remaining elements of an array wait for the lane's next turn.
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

    /// Drops all messages of heavy lanes. Returns the number of messages dropped.
    pub(super) fn drop_heavy(&mut self) -> u64 {
        let mut dropped = 0;
        for (_, lane) in self.lanes.iter_mut().filter(|(_, lane)| lane.is_heavy()) {
            dropped += lane.messages.len() as u64;
            self.cost -= lane.cost;
            self.empty += 1;
            lane.cost = 0;
            // `clear` would keep the memory of the queue.
            lane.messages = VecDeque::new();
        }
        self.heavy.clear();
        self.sweep();
        dropped
    }

    /// Drops the oldest message of [`Self::lane_to_shorten`]. Returns `false` if all lanes are empty.
    fn drop_oldest(&mut self) -> bool {
        let Some(index) = self.lane_to_shorten() else {
            return false;
        };
        let lane = &mut self.lanes[index];
        if let Some(message) = lane.messages.pop_front() {
            let cost = cost_of(&message);
            lane.cost -= cost;
            self.cost -= cost;
        }
        let is_empty = lane.messages.is_empty();
        self.forget_if_light(index);
        if is_empty {
            self.empty += 1;
            self.sweep();
        }
        true
    }

    /// Removes a lane from `heavy` if it is no longer heavy. This must precede its removal from `lanes`, because
    /// another lane may then get its index.
    fn forget_if_light(&mut self, lane: usize) {
        if !self.lanes[lane].is_heavy() {
            self.heavy.remove(&lane);
        }
    }

    /// Returns the heaviest lane. If none is heavy and more than [`FEW`] lanes have messages, it returns the one whose
    /// turn is next instead: searching all lanes for each message would take longer than decoding it.
    fn lane_to_shorten(&mut self) -> Option<usize> {
        let cost = |lane: &usize| self.lanes[*lane].cost;
        if let Some(heaviest) = self.heavy.iter().copied().max_by_key(cost) {
            return Some(heaviest);
        }
        if self.turns.len() - self.empty <= FEW {
            let heaviest = self.turns.iter().copied().max_by_key(cost);
            return heaviest.filter(|lane| !self.lanes[*lane].messages.is_empty());
        }
        loop {
            let next = *self.turns.front()?;
            if !self.lanes[next].messages.is_empty() {
                return Some(next);
            }
            self.turns.pop_front();
            self.empty -= 1;
            self.remove(next);
        }
    }

    /// Returns the lane of the first vehicle that the start of a message names. All messages without one share a lane.
    fn lane_of(&mut self, payload: &[u8]) -> usize {
        let name = vehicle_named_in(&payload[..payload.len().min(HEAD)]);
        // The hasher has random keys, so that a publisher cannot choose an id whose hash collides with another's.
        let publisher = self.hasher.hash_one(name);
        *self.by_publisher.entry(publisher).or_insert_with(|| {
            let lane = self.lanes.insert(Lane {
                publisher,
                messages: VecDeque::new(),
                cost: 0,
            });
            self.turns.push_back(lane);
            self.empty += 1;
            lane
        })
    }
}

impl Lane {
    const fn is_heavy(&self) -> bool {
        self.cost > HEAVY
    }
}

/// Returns the text between the first two quotation marks after the first `"vehicleId"`.
fn vehicle_named_in(mut head: &[u8]) -> Option<&[u8]> {
    const NAME: &[u8] = b"\"vehicleId\"";
    loop {
        let at = head.iter().position(|byte| *byte == b'"')?;
        head = &head[at..];
        if let Some(rest) = head.strip_prefix(NAME) {
            return rest.split(|byte| *byte == b'"').nth(1);
        }
        head = &head[1..];
    }
}

fn cost_of(message: &Message) -> usize {
    message.payload().len() + OVERHEAD
}

#[cfg(test)]
mod tests {
    use application::{Moment, telemetry::Channel};
    use bytes::Bytes;
    use rstest::rstest;

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

    /// Returns an array of about half a megabyte.
    fn flood(vehicle: &str) -> Message {
        let element = format!(r#"{{"vehicleId":"{vehicle}","x":1}}"#);
        message(format!("[{}]", vec![element; MAX / 64].join(",")))
    }

    /// Returns the number of messages that wait.
    fn waiting(backlog: &Backlog) -> usize {
        backlog.lanes.iter().map(|(_, lane)| lane.messages.len()).sum()
    }

    /// Checks that the heavy lanes are known.
    fn check_heavy_lanes(backlog: &Backlog) {
        let heavy = backlog.lanes.iter().filter(|(_, lane)| lane.is_heavy());
        let heavy: BTreeSet<_> = heavy.map(|(index, _)| index).collect();
        assert_eq!(backlog.heavy, heavy);
    }

    fn items(taken: &[Inbound]) -> usize {
        taken.iter().map(|message| message.items.len()).sum()
    }

    #[rstest]
    #[case("", None)]
    #[case(r#""vehicleId"#, None)]
    #[case(r#"{"vehicleId":"a","x":1}"#, Some("a"))]
    #[case(r#"{"x":1, "vehicleId" : "a"}"#, Some("a"))]
    #[case(r#"[{"vehicleId":"a"},{"vehicleId":"b"}]"#, Some("a"))]
    #[case(r#"{"":"vehicleId","vehicleId":"a"}"#, Some("vehicleId"))]
    #[case(r#"{"msg":""vehicleId":"a"}"#, Some("a"))]
    #[case(r#"{"vehicleId":7}"#, None)]
    #[case(r#"{"vehicleId":"cut"#, Some("cut"))]
    #[case(r#"{"vehicleId"#, None)]
    fn a_publisher_is_named_by_its_first_vehicle_id(#[case] head: &str, #[case] expected: Option<&str>) {
        assert_eq!(vehicle_named_in(head.as_bytes()), expected.map(str::as_bytes));
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
        let is_delivered = taken
            .iter()
            .flat_map(|message| &message.items)
            .any(|item| item.source.starts_with(br#"{"vehicleId":"innocent"#));
        assert!(is_delivered, "after {} others", items(&taken));
    }

    #[test]
    fn blanks_are_part_of_a_turn() {
        let mut backlog = Backlog::new(MAX);
        for _ in 0..20 {
            backlog.push(message(format!("[{}]", " ".repeat(MAX - 2))));
        }
        assert!(backlog.take().is_empty());
        assert_eq!(waiting(&backlog), 19);
    }

    #[test]
    fn messages_behind_blanks_do_not_wait_for_another_message() {
        let mut backlog = Backlog::new(MAX);
        for _ in 0..10 {
            backlog.push(message(format!("[{}]", " ".repeat(20 << 10))));
        }
        assert!(backlog.take().is_empty());
        assert_eq!(waiting(&backlog), 6);
        assert_eq!(backlog.rest(), Some(Duration::ZERO));
    }

    #[test]
    fn a_flood_loses_its_surplus_and_other_publishers_lose_nothing() {
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
        check_heavy_lanes(&backlog);
        let mut delivered = 0;
        while delivered < 100 {
            let taken = backlog.take();
            delivered += taken
                .iter()
                .flat_map(|message| &message.items)
                .filter(|item| item.source.starts_with(br#"{"vehicleId":"vehicle "#))
                .count();
        }
    }

    #[test]
    fn a_flood_that_has_stopped_loses_messages_before_other_publishers() {
        let mut backlog = Backlog::new(MAX);
        for _ in 0..12 {
            backlog.push(message(format!("[{}]", " ".repeat(MAX - 2))));
        }
        for _ in 0..10 {
            backlog.push(flood("attacker"));
        }
        while waiting(&backlog) > 10 {
            std::thread::sleep(backlog.rest().unwrap_or_default());
            backlog.take();
        }
        let mut dropped = 0;
        for vehicle in 0..481 {
            let messages = if vehicle == 0 { 100 } else { 40 };
            for _ in 0..messages {
                dropped += backlog.push(of_vehicle(vehicle, 1_000));
            }
        }
        let light = backlog.lanes.iter().filter(|(_, lane)| !lane.is_heavy());
        let kept: usize = light.map(|(_, lane)| lane.messages.len()).sum();
        assert_eq!(kept, 100 + 480 * 40);
        assert!(dropped > 0);
        check_heavy_lanes(&backlog);
    }

    #[test]
    fn only_floods_are_dropped_at_once() {
        let mut backlog = Backlog::new(MAX);
        backlog.push(of_vehicle(1, 200));
        backlog.push(flood("attacker"));
        backlog.push(flood("attacker"));
        assert_eq!(backlog.drop_heavy(), 2);
        check_heavy_lanes(&backlog);
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
        // At most half of the lanes are empty.
        assert!(backlog.turns.len() <= 2 * BUDGET / OVERHEAD);
        assert_eq!(backlog.turns.len(), backlog.lanes.len());
        assert_eq!(backlog.turns.len(), backlog.by_publisher.len());
        let mut left = 0;
        while !backlog.is_empty() {
            left += backlog.take().len() as u64;
        }
        assert_eq!(left + dropped, 200_000);
        assert_eq!((backlog.cost, backlog.empty, backlog.lanes.len()), (0, 0, 0));
    }

    #[test]
    fn many_publishers_of_large_messages_are_bounded_and_leave_room_for_others() {
        let mut backlog = Backlog::new(MAX);
        backlog.push(of_vehicle(0, 200));
        let mut dropped = 0;
        for number in 1..5_000 {
            dropped += backlog.push(of_vehicle(number, 60_000));
        }
        assert!(backlog.cost <= BUDGET && dropped > 4_000, "{dropped}");
        assert!(backlog.turns.len() <= FEW, "{}", backlog.turns.len());
        let is_delivered = std::iter::from_fn(|| Some(backlog.take()).filter(|taken| !taken.is_empty()))
            .flatten()
            .flat_map(|message| message.items)
            .any(|item| item.source.starts_with(br#"{"vehicleId":"vehicle 0""#));
        assert!(is_delivered);
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
            check_heavy_lanes(&backlog);
            rounds += 1;
            assert!(rounds < 10_000, "the backlog must drain");
        }
    }

    #[test]
    fn only_the_start_of_an_oversized_message_is_kept() {
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
