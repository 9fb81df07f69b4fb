//! Names of channels, and the servers that deliver their messages.

use std::{collections::BTreeMap, num::NonZero};

use application::telemetry::Channel;
use domain::VehicleId;

use super::canaries;
use crate::{
    topology::{Layout, slot_of},
    url::Node,
};

/// Channels that a subscriber needs.
#[derive(Debug, Clone, Default)]
pub(super) struct Channels {
    /// Channels whose messages every server of an installation delivers.
    plain: Vec<String>,
    /// Sharded channels, each with its slot. Only the master of the slot, and its replicas, deliver their messages.
    sharded: Vec<(String, u16)>,
    /// The channel of canaries; `None` if none are sent.
    canaries: Option<String>,
}

/// Channels to which one connection subscribes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Subscriptions {
    pub(super) plain: Vec<String>,
    pub(super) sharded: Vec<String>,
}

impl Channels {
    pub(super) fn plain(names: impl IntoIterator<Item = &'static str>) -> Self {
        Self {
            plain: names.into_iter().map(str::to_owned).collect(),
            sharded: Vec::new(),
            canaries: None,
        }
    }

    /// Adds a channel of canaries alongside the plain channels, and one alongside the sharded channels of each master.
    pub(super) fn with_canaries(self, channel: String) -> Self {
        Self {
            canaries: Some(channel),
            ..self
        }
    }

    /// Returns the channels on which robots publish. With one shard, there are only the plain ones.
    pub(super) fn of_robots(shards: NonZero<u16>) -> Self {
        let numbers = 0..if shards.get() > 1 { shards.get() } else { 0 };
        let names =
            numbers.flat_map(|shard| Channel::ALL.iter().map(move |channel| sharded(*channel, shard)));
        Self {
            sharded: names
                .map(|name| (slot_of(name.as_bytes()), name))
                .map(|(slot, name)| (name, slot))
                .collect(),
            ..Self::plain(Channel::ALL.iter().map(|channel| channel.as_str()))
        }
    }

    /// Assigns each channel to a master. Returns the subscriptions at each of these masters, and `false` if the slot of
    /// a channel has no master.
    pub(super) fn plan(&self, layout: &Layout, plain_at: &Node) -> (BTreeMap<Node, Subscriptions>, bool) {
        let mut plan = BTreeMap::<Node, Subscriptions>::new();
        if !self.plain.is_empty() {
            let plain = &mut plan.entry(plain_at.clone()).or_default().plain;
            plain.clone_from(&self.plain);
            plain.extend(self.canaries.clone());
        }
        let mut is_complete = true;
        for (name, slot) in &self.sharded {
            match layout.master_of(*slot) {
                Some(master) => plan.entry(master.clone()).or_default().sharded.push(name.clone()),
                None => is_complete = false,
            }
        }
        if let Some(canaries) = &self.canaries {
            for Subscriptions { sharded, .. } in plan.values_mut() {
                let beside = sharded.first().map(|first| canaries::beside(canaries, first));
                sharded.extend(beside);
            }
        }
        (plan, is_complete)
    }

    /// Returns the commands that publish on the channels of canaries, each with its channel: one for the plain
    /// channels, and one for each master of sharded channels. They are the same channels as in [`Channels::plan`].
    pub(super) fn routes(&self, layout: &Layout) -> Vec<(&'static str, String)> {
        let Some(canaries) = &self.canaries else {
            return Vec::new();
        };
        let mut first_at = BTreeMap::new();
        for (name, slot) in &self.sharded {
            if let Some(master) = layout.master_of(*slot) {
                first_at.entry(master).or_insert(name);
            }
        }
        let plain = (!self.plain.is_empty()).then(|| ("PUBLISH", canaries.clone()));
        let sharded = first_at
            .into_values()
            .map(|first| ("SPUBLISH", canaries::beside(canaries, first)));
        plain.into_iter().chain(sharded).collect()
    }
}

/// Returns the shard to which the messages of a vehicle belong: the number in the last four hexadecimal digits of its
/// id, modulo the number of shards.
pub(super) fn shard_of(vehicle: VehicleId, shards: NonZero<u16>) -> u16 {
    let [.., high, low] = vehicle.as_uuid().into_bytes();
    u16::from_be_bytes([high, low]) % shards
}

pub(super) fn sharded(channel: Channel, shard: u16) -> String {
    format!("{}:{shard}", channel.as_str())
}

/// Returns the channel that a name denotes, with or without a shard.
pub(super) fn parse(name: &str) -> Option<Channel> {
    let is_shard = |rest: &str| {
        let number = rest.strip_prefix(':').unwrap_or_default();
        !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    };
    let is_it = |channel: &&Channel| {
        name.strip_prefix(channel.as_str())
            .is_some_and(|rest| rest.is_empty() || is_shard(rest))
    };
    Channel::ALL.iter().find(is_it).copied()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn node(port: u16) -> Node {
        Node {
            host: "h".to_owned(),
            port,
        }
    }

    fn shards(number: u16) -> NonZero<u16> {
        NonZero::new(number).expect("not zero")
    }

    #[rstest]
    #[case("vehicle:position:update", Some(Channel::Position))]
    #[case("vehicle:state:update:0", Some(Channel::State))]
    #[case("vehicle:state:update:1023", Some(Channel::State))]
    #[case("vehicle:state:update:", None)]
    #[case("vehicle:state:update:x", None)]
    #[case("vehicle:state:updates", None)]
    #[case("vehicle:colour:update", None)]
    fn names_denote_channels(#[case] name: &str, #[case] expected: Option<Channel>) {
        assert_eq!(parse(name), expected);
    }

    #[rstest]
    #[case("0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70", 16, 0)]
    #[case("0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b7f", 16, 15)]
    #[case("0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70", 10, 2)]
    #[case("0190a5f2-7c1e-7d54-9a3b-2f6c8e1dffff", 7, 1)]
    fn the_last_four_digits_of_an_id_name_its_shard(
        #[case] id: &str,
        #[case] number: u16,
        #[case] shard: u16,
    ) {
        // 0x4b70 is 19,312, and 0xffff is 65,535.
        assert_eq!(shard_of(id.parse().expect("an id"), shards(number)), shard);
    }

    #[test]
    fn one_shard_means_plain_channels_only() {
        let (plan, is_complete) = Channels::of_robots(shards(1)).plan(&Layout::single(node(1)), &node(1));
        let expected = Subscriptions {
            plain: ["vehicle:position:update", "vehicle:state:update"]
                .map(str::to_owned)
                .into(),
            sharded: Vec::new(),
        };
        assert!(is_complete);
        assert_eq!(plan, BTreeMap::from([(node(1), expected)]));
    }

    #[test]
    fn canaries_are_published_where_they_are_subscribed() {
        for number in [1, 2, 16] {
            let channels = Channels::of_robots(shards(number)).with_canaries("c".to_owned());
            let layout = Layout::single(node(1));
            let (plan, _) = channels.plan(&layout, &node(1));
            let Subscriptions { plain, sharded } = &plan[&node(1)];
            let subscribed = plain.iter().map(|name| ("PUBLISH", name));
            let subscribed = subscribed.chain(sharded.iter().map(|name| ("SPUBLISH", name)));
            let subscribed: Vec<_> = subscribed.filter(|(_, name)| name.starts_with('c')).collect();
            let routes = channels.routes(&layout);
            let routes: Vec<_> = routes.iter().map(|(command, name)| (*command, name)).collect();
            assert_eq!(routes, subscribed);
            assert_eq!(routes.len(), if number == 1 { 1 } else { 2 });
        }
        let without = Channels::of_robots(shards(2));
        assert!(without.routes(&Layout::single(node(1))).is_empty());
    }

    #[test]
    fn a_single_server_has_all_shards() {
        let (plan, _) = Channels::of_robots(shards(2)).plan(&Layout::single(node(1)), &node(1));
        let expected = [
            "vehicle:position:update:0",
            "vehicle:state:update:0",
            "vehicle:position:update:1",
            "vehicle:state:update:1",
        ];
        assert_eq!(plan[&node(1)].sharded, expected);
    }
}
