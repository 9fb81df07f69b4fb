//! Messages divided by publisher.

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    hash::{BuildHasher, BuildHasherDefault, Hasher, RandomState},
};

use slab::Slab;

use super::turn::{Turn, cost_of};
use crate::wire::Message;

/// The lanes of publishers, which take turns. A lane has at most one turn in flight: until that is finished, the lane
/// gets no other, so that the messages of a publisher stay in order on any number of threads.
pub(super) struct Lanes {
    lanes: Slab<Lane>,
    /// Index of each publisher's lane, by the hash of the publisher's name.
    by_publisher: HashMap<u64, usize, BuildHasherDefault<Unchanged>>,
    /// All lanes without a turn in flight, in the order of their turns. A lane whose messages were dropped remains
    /// until its turn or a sweep.
    turns: VecDeque<usize>,
    /// Number of empty lanes in `turns`.
    empty: usize,
    /// Indexes of the lanes whose waiting messages make them heavy. There are few of them at a time, because the budget
    /// limits their total cost.
    heavy: BTreeSet<usize>,
    hasher: RandomState,
}

struct Lane {
    publisher: u64,
    messages: VecDeque<Message>,
    /// Cost of `messages`.
    cost: usize,
    /// Cost of the messages of the turn in flight; 0 if there is none.
    in_flight: usize,
    /// Whether the messages that the turn in flight does not decode completely are dropped.
    drops_rest: bool,
}

/// Messages that no longer occupy memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Freed {
    /// Total cost of the messages.
    pub(super) cost: usize,
    /// Number of messages that were dropped instead of being decoded.
    pub(super) dropped: u64,
}

/// Hasher for numbers that are already hashes.
#[derive(Default)]
struct Unchanged(u64);

/// Cost above which a lane is considered heavy: its publisher is too fast. Heavy lanes are the first to lose messages,
/// but they are decoded like the others: after a pause of the whole server, all lanes may be heavy, and it has to catch
/// up.
const HEAVY: usize = 256 << 10;
/// Maximum number of lanes with messages that are searched for the heaviest.
pub(super) const FEW: usize = 1_024;
/// Number of bytes at the start of a message that are searched for a vehicle's id.
const HEAD: usize = 512;

impl Lanes {
    pub(super) fn new() -> Self {
        Self {
            lanes: Slab::new(),
            by_publisher: HashMap::default(),
            turns: VecDeque::new(),
            empty: 0,
            heavy: BTreeSet::new(),
            hasher: RandomState::new(),
        }
    }

    /// Returns `true` if there are no lanes, and therefore no messages either.
    pub(super) fn is_empty(&self) -> bool {
        self.lanes.is_empty()
    }

    pub(super) fn push(&mut self, message: Message) {
        let index = self.lane_of(message.payload());
        let lane = &mut self.lanes[index];
        if lane.messages.is_empty() && !lane.has_turn() {
            // The lane is new, or all its messages were dropped.
            self.empty -= 1;
        }
        lane.cost += cost_of(&message);
        lane.messages.push_back(message);
        if lane.is_heavy() {
            self.heavy.insert(index);
        }
    }

    /// Returns the next turn, which is in flight until it is passed to [`Lanes::finish`]. Returns `None` if all lanes
    /// with messages have a turn in flight.
    pub(super) fn next_turn(&mut self) -> Option<Turn> {
        let index = self.next_lane()?;
        let lane = &mut self.lanes[index];
        let turn = Turn::of(Some(index), &mut lane.messages);
        lane.cost -= turn.cost;
        lane.in_flight = turn.cost;
        self.forget_if_light(index);
        Some(turn)
    }

    /// Puts the messages that a turn has not decoded completely back at the front of its lane.
    pub(super) fn finish(&mut self, index: usize, turn: Turn) -> Freed {
        let mut rest = turn.messages;
        let lane = &mut self.lanes[index];
        lane.in_flight = 0;
        let mut dropped = 0;
        if std::mem::take(&mut lane.drops_rest) {
            dropped = rest.len() as u64;
            rest.clear();
        }
        let cost = rest.iter().map(cost_of).sum::<usize>();
        lane.cost += cost;
        if lane.messages.is_empty() {
            lane.messages = rest;
        } else {
            // `append` would move the newer messages, of which there may be many more.
            for message in rest.into_iter().rev() {
                lane.messages.push_front(message);
            }
        }
        if lane.messages.is_empty() {
            self.remove(index);
        } else {
            if lane.is_heavy() {
                self.heavy.insert(index);
            }
            self.turns.push_back(index);
        }
        Freed {
            cost: turn.cost - cost,
            dropped,
        }
    }

    /// Drops all messages of heavy lanes. Of a turn in flight, the messages that it does not decode completely are
    /// dropped when it is finished.
    pub(super) fn drop_heavy(&mut self) -> Freed {
        let mut freed = Freed::default();
        for (_, lane) in &mut self.lanes {
            if lane.cost + lane.in_flight <= HEAVY {
                continue;
            }
            freed.cost += lane.cost;
            freed.dropped += lane.messages.len() as u64;
            if lane.has_turn() {
                lane.drops_rest = true;
            } else {
                self.empty += 1;
            }
            lane.cost = 0;
            // `clear` would keep the memory of the queue.
            lane.messages = VecDeque::new();
        }
        self.heavy.clear();
        self.sweep();
        freed
    }

    /// Drops the oldest message of the lane that [`Self::lane_to_shorten`] returns. Returns `None` if no lane has
    /// messages that may be dropped.
    pub(super) fn drop_oldest(&mut self) -> Option<Freed> {
        let index = self.lane_to_shorten()?;
        let lane = &mut self.lanes[index];
        let cost = cost_of(&lane.messages.pop_front()?);
        lane.cost -= cost;
        let is_empty = lane.messages.is_empty() && !lane.has_turn();
        self.forget_if_light(index);
        if is_empty {
            self.empty += 1;
            self.sweep();
        }
        Some(Freed { cost, dropped: 1 })
    }

    /// Removes from `turns` the next lane that has messages, and returns that lane.
    fn next_lane(&mut self) -> Option<usize> {
        loop {
            let lane = self.turns.pop_front()?;
            if !self.lanes[lane].messages.is_empty() {
                return Some(lane);
            }
            self.empty -= 1;
            self.remove(lane);
        }
    }

    /// Removes a lane that is not in `turns`.
    fn remove(&mut self, lane: usize) {
        let lane = self.lanes.remove(lane);
        self.by_publisher.remove(&lane.publisher);
    }

    /// Removes empty lanes once they are the majority of the lanes in `turns`.
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

    /// Removes a lane from `heavy` if it is no longer heavy. This must precede its removal from `lanes`, because
    /// another lane may then get its index.
    fn forget_if_light(&mut self, lane: usize) {
        if !self.lanes[lane].is_heavy() {
            self.heavy.remove(&lane);
        }
    }

    /// Returns the heaviest lane. If none is heavy and more than [`FEW`] lanes have messages, the lane whose turn is
    /// next is returned instead: searching all lanes for each message would take longer than decoding the message. A
    /// lane with a turn in flight is returned only if it is heavy.
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
                in_flight: 0,
                drops_rest: false,
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

    const fn has_turn(&self) -> bool {
        self.in_flight > 0
    }
}

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

#[cfg(test)]
impl Lanes {
    pub(super) fn len(&self) -> usize {
        self.lanes.len()
    }

    /// Returns the number of messages that are waiting.
    pub(super) fn waiting(&self) -> usize {
        self.lanes.iter().map(|(_, lane)| lane.messages.len()).sum()
    }

    /// Returns the number of messages that are waiting in lanes that are not heavy.
    pub(super) fn waiting_in_light_lanes(&self) -> usize {
        let light = self.lanes.iter().filter(|(_, lane)| !lane.is_heavy());
        light.map(|(_, lane)| lane.messages.len()).sum()
    }

    /// Checks that the redundant fields are consistent. Returns the cost of the waiting messages.
    pub(super) fn check(&self) -> usize {
        let lanes = |has: fn(&Lane) -> bool| {
            let lanes = self.lanes.iter().filter(move |(_, lane)| has(lane));
            lanes.map(|(index, _)| index).collect::<BTreeSet<_>>()
        };
        assert_eq!(self.heavy, lanes(Lane::is_heavy));
        assert_eq!(
            self.turns.iter().copied().collect::<BTreeSet<_>>(),
            lanes(|lane| !lane.has_turn())
        );
        assert_eq!(
            self.empty,
            lanes(|lane| !lane.has_turn() && lane.messages.is_empty()).len()
        );
        assert_eq!(self.by_publisher.len(), self.lanes.len());
        for (_, lane) in &self.lanes {
            assert_eq!(lane.cost, lane.messages.iter().map(cost_of).sum::<usize>());
        }
        self.lanes.iter().map(|(_, lane)| lane.cost).sum()
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

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
}
