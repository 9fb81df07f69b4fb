//! Channels and payloads of canaries.
//!
//! The channel of a bus is unique, so servers do not receive each other's canaries. The bus subscribes to it on the
//! connections that carry the messages from robots: alongside the plain channels and, with a hash tag that selects the
//! same slot, alongside one sharded channel of each master.

use application::ports::Canary;
use fred::types::Value;
use uuid::Uuid;

const PREFIX: &str = "fleetwatch:canary:";

/// Returns the name of a new channel.
pub(super) fn new_channel() -> String {
    format!("{PREFIX}{}", Uuid::new_v4())
}

/// Returns the sharded channel in the slot of another sharded channel, whose name has no hash tag.
pub(super) fn beside(channel: &str, sharded: &str) -> String {
    format!("{channel}:{{{sharded}}}")
}

/// Returns `true` for a channel of canaries, sharded or not.
pub(super) fn is_channel(name: &str) -> bool {
    name.starts_with(PREFIX)
}

pub(super) fn encode(Canary { number, route }: Canary) -> String {
    format!("{number} {route}")
}

/// Parses the payload of a canary; `None` if another program wrote it.
pub(super) fn parse(payload: &Value) -> Option<Canary> {
    let text = payload.as_str()?;
    let (number, route) = text.split_once(' ')?;
    Some(Canary {
        number: number.parse().ok()?,
        route: route.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topology::slot_of;

    #[test]
    fn every_bus_has_a_channel_of_its_own() {
        let [one, other] = [(); 2].map(|()| new_channel());
        assert_ne!(one, other);
        assert!(is_channel(&one) && is_channel(&beside(&one, "vehicle:state:update:0")));
        assert!(!is_channel("vehicle:state:update"));
    }

    #[test]
    fn a_sharded_channel_shares_the_slot_of_the_channel_beside_it() {
        for sharded in ["vehicle:position:update:0", "vehicle:state:update:1023"] {
            let name = beside(&new_channel(), sharded);
            assert_eq!(slot_of(name.as_bytes()), slot_of(sharded.as_bytes()), "{name}");
        }
    }

    #[test]
    fn payloads_are_parsed_as_they_were_encoded() {
        for (number, route) in [(0, 0), (u64::MAX, u16::MAX)] {
            let canary = Canary { number, route };
            assert_eq!(parse(&encode(canary).into()), Some(canary));
        }
        for payload in ["", "1", "1 x", "-1 0", "1 65536", "1 2 3"] {
            assert_eq!(parse(&payload.into()), None, "{payload}");
        }
    }
}
