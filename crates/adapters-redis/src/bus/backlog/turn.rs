//! Messages that are decoded in one go.

use std::{
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
};

use application::telemetry::{Inbound, Item, Reason, Rejection};

use crate::wire::Message;

/// Messages that have left the backlog to be decoded, on any thread.
pub(super) struct Turn {
    /// Index of the lane of the messages; `None` if they have none. Such messages are decoded completely, because they
    /// cannot be returned to a lane.
    pub(super) lane: Option<usize>,
    /// The messages. After decoding, only those that are not decoded completely.
    pub(super) messages: VecDeque<Message>,
    /// Cost of the messages when they left the backlog.
    pub(super) cost: usize,
    /// Number of bytes that are left to decode in the messages. The turn may end before all of them are decoded.
    pub(super) bytes: usize,
}

/// Number of decoded bytes after which the turn of a lane ends.
const TURN: usize = 16 << 10;
/// Cost of a message in addition to its bytes, for the memory and the work that every message takes.
pub(super) const OVERHEAD: usize = 512;

/// Returns the cost of a message, which does not change while the message is decoded.
pub(super) fn cost_of(message: &Message) -> usize {
    message.payload().len() + OVERHEAD
}

impl Turn {
    /// Takes messages with a total of about [`TURN`] bytes from the front of a queue.
    pub(super) fn of(lane: Option<usize>, queue: &mut VecDeque<Message>) -> Self {
        let (mut count, mut bytes, mut cost) = (0, 0, 0);
        for message in queue.iter() {
            if bytes >= TURN {
                break;
            }
            count += 1;
            bytes += message.undecoded() + 1;
            cost += cost_of(message);
        }
        let messages = if lane.is_some() && count == queue.len() {
            // Most lanes are removed after their turn, so the memory of their queues is not needed again.
            std::mem::take(queue)
        } else {
            queue.drain(..count).collect()
        };
        Self {
            lane,
            messages,
            cost,
            bytes,
        }
    }

    /// Decodes the messages; if they are from a lane, only about [`TURN`] bytes of them. Returns the number of bytes
    /// decoded.
    pub(super) fn decode(&mut self, decoded: &mut Vec<Inbound>) -> usize {
        self.decode_with(Message::next_item, decoded)
    }

    fn decode_with(
        &mut self,
        next_item: impl Fn(&mut Message) -> Option<Item>,
        decoded: &mut Vec<Inbound>,
    ) -> usize {
        let most = if self.lane.is_some() { TURN } else { usize::MAX };
        let mut bytes = 0;
        while bytes < most
            && let Some(message) = self.messages.front_mut()
        {
            // Most messages have one part. A vector without a capacity would allocate room for four.
            let mut items = Vec::with_capacity(1);
            let decoding = catch_unwind(AssertUnwindSafe(|| {
                loop {
                    let before = message.undecoded();
                    let item = next_item(message);
                    // Counting the bytes of items alone is not enough: an array may consist of a megabyte of blanks.
                    bytes += before - message.undecoded() + 1;
                    match item {
                        Some(item) => {
                            items.push(item);
                            // The remaining elements of an array wait for the lane's next turn.
                            if bytes >= most {
                                break message.is_done();
                            }
                        }
                        None => break true,
                    }
                }
            }));
            let is_done = decoding.unwrap_or_else(|_| {
                items.push(undecodable(message));
                true
            });
            if !items.is_empty() {
                decoded.push(Inbound {
                    channel: message.channel(),
                    received_at: message.received_at(),
                    items,
                });
            }
            if is_done {
                self.messages.pop_front();
            }
        }
        bytes
    }
}

/// Returns the rejection of a message, or of the rest of an array, whose decoding has panicked. A panic is an error in
/// the decoder, but it must neither end the feed nor lose the message without a trace: the rejection is kept as a dead
/// letter.
fn undecodable(message: &Message) -> Item {
    let channel = message.channel().as_str();
    tracing::error!(channel, "a message was rejected because the decoder panicked");
    let rejection = Rejection::new(
        Reason::InvalidField,
        "the message could not be decoded because of an error in fleetwatch",
    );
    Item::rejected(message.payload().clone(), None, rejection)
}

#[cfg(test)]
mod tests {
    use application::{Moment, telemetry::Channel};
    use bytes::Bytes;

    use super::*;

    fn message(payload: &'static str) -> Message {
        Message::new(
            Channel::Position,
            Bytes::from_static(payload.as_bytes()),
            Moment::default(),
            1_000,
        )
    }

    #[test]
    fn a_message_on_which_the_decoder_panics_is_rejected_alone() {
        let mut queue = VecDeque::from(["1", "[2,3,4]", "5"].map(message));
        let mut turn = Turn::of(Some(0), &mut queue);
        let mut decoded = Vec::new();
        let fails_at_3 = |message: &mut Message| {
            let item = message.next_item()?;
            assert_ne!(item.source, "3", "the tested panic");
            Some(item)
        };
        turn.decode_with(fails_at_3, &mut decoded);
        assert!(turn.messages.is_empty());
        let sources: Vec<Vec<_>> = decoded
            .iter()
            .map(|message| message.items.iter().map(|item| item.source.clone()).collect())
            .collect();
        assert_eq!(sources, [vec!["1"], vec!["2", "[2,3,4]"], vec!["5"]]);
        let rejection = decoded[1].items[1].report.as_ref().expect_err("a rejection");
        assert!(
            rejection.detail.contains("because of an error in fleetwatch"),
            "{rejection:?}"
        );
    }

    #[test]
    fn the_rest_of_a_long_array_is_left_for_the_next_turn() {
        let element = format!(r#"{{"filler":"{}"}}"#, "x".repeat(60));
        let array = format!("[{}]", vec![element; 500].join(","));
        let array = Message::new(Channel::State, array.into(), Moment::default(), 1 << 20);
        let mut queue = VecDeque::from([message("{1"), array, message("{2")]);
        let mut turn = Turn::of(Some(0), &mut queue);
        assert_eq!((turn.messages.len(), queue.len()), (2, 1));
        let cost = turn.messages.iter().map(cost_of).sum::<usize>();
        assert_eq!(turn.cost, cost);
        let mut decoded = Vec::new();
        let bytes = turn.decode(&mut decoded);
        assert!((TURN..TURN + 100).contains(&bytes), "{bytes}");
        assert_eq!((decoded.len(), turn.messages.len()), (2, 1));
        // The cost of a message is freed only once its last element is decoded: its bytes stay in memory until then.
        assert_eq!(cost_of(&turn.messages[0]), cost - cost_of(&message("{1")));
    }
}
