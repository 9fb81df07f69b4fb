//! The vehicles that a subscriber wants to see.

use std::collections::{BTreeMap, BTreeSet};

use domain::{GroupId, VehicleId, vehicle::VehicleType};

use crate::filter::{Condition, SharedFilter};

/// The subject of a subscription.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Topic {
    /// Every vehicle.
    All,
    /// Every vehicle of one kind.
    Type(VehicleType),
    /// Every vehicle in one group.
    Group(GroupId),
    /// One vehicle.
    Vehicle(VehicleId),
}

/// The data of a vehicle that topics and their filters evaluate.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Candidate<'a> {
    pub(crate) id: VehicleId,
    pub(crate) kind: VehicleType,
    pub(crate) condition: Condition<'a>,
}

/// The combined topics of one subscriber. Subscribers with equal interests can share a room.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct Interest {
    all: Option<SharedFilter>,
    kinds: BTreeMap<VehicleType, SharedFilter>,
    groups: BTreeMap<GroupId, SharedFilter>,
    vehicles: BTreeSet<VehicleId>,
}

impl Interest {
    /// Adds a topic without a filter.
    #[must_use]
    pub(crate) fn with(self, topic: &Topic) -> Self {
        self.with_filtered(topic, SharedFilter::NONE)
    }

    /// Adds a topic, or replaces its filter. A topic of a single vehicle has no filter.
    #[must_use]
    pub(crate) fn with_filtered(mut self, topic: &Topic, filter: SharedFilter) -> Self {
        match topic {
            Topic::All => self.all = Some(filter),
            Topic::Type(kind) => _ = self.kinds.insert(*kind, filter),
            Topic::Group(id) => _ = self.groups.insert(*id, filter),
            Topic::Vehicle(id) => _ = self.vehicles.insert(*id),
        }
        self
    }

    /// Returns the number of topics.
    pub(crate) fn len(&self) -> usize {
        usize::from(self.all.is_some()) + self.kinds.len() + self.groups.len() + self.vehicles.len()
    }

    /// Returns `true` if the interest contains a topic.
    pub(crate) fn has(&self, topic: &Topic) -> bool {
        match topic {
            Topic::All => self.all.is_some(),
            Topic::Type(kind) => self.kinds.contains_key(kind),
            Topic::Group(id) => self.groups.contains_key(id),
            Topic::Vehicle(id) => self.vehicles.contains(id),
        }
    }

    /// Removes a topic. The other topics remain, even if they cover the same vehicles.
    #[must_use]
    pub(crate) fn without(mut self, topic: &Topic) -> Self {
        match topic {
            Topic::All => self.all = None,
            Topic::Type(kind) => _ = self.kinds.remove(kind),
            Topic::Group(id) => _ = self.groups.remove(id),
            Topic::Vehicle(id) => _ = self.vehicles.remove(id),
        }
        self
    }

    /// Returns an interest that covers all vehicles of this interest and of `other`, and perhaps more: a topic that is
    /// in both loses its filter.
    #[must_use]
    pub(crate) fn and(mut self, other: &Self) -> Self {
        fn join<K: Ord + Copy>(mine: &mut BTreeMap<K, SharedFilter>, others: &BTreeMap<K, SharedFilter>) {
            for (&key, filter) in others {
                mine.entry(key)
                    .and_modify(|mine| *mine = SharedFilter::NONE)
                    .or_insert_with(|| filter.clone());
            }
        }
        self.all = match (self.all, &other.all) {
            (Some(_), Some(_)) => Some(SharedFilter::NONE),
            (mine, other) => mine.or_else(|| other.clone()),
        };
        join(&mut self.kinds, &other.kinds);
        join(&mut self.groups, &other.groups);
        self.vehicles.extend(&other.vehicles);
        self
    }

    pub(crate) fn everything() -> Self {
        Self::default().with(&Topic::All)
    }

    pub(crate) fn wide_part(&self) -> Self {
        Self {
            vehicles: BTreeSet::new(),
            ..self.clone()
        }
    }

    /// Returns `true` if a topic covers many vehicles. Subscribers without such a topic need not be compared with
    /// every vehicle.
    pub(crate) fn is_wide(&self) -> bool {
        self.filters().next().is_some()
    }

    /// Returns `true` if a topic has a filter, so the set of vehicles that the interest covers depends on their state.
    pub(crate) fn is_filtered(&self) -> bool {
        self.filters().any(|filter| filter.get().is_some())
    }

    /// Returns the filters of the topics that cover many vehicles.
    pub(crate) fn filters(&self) -> impl Iterator<Item = &SharedFilter> {
        self.all
            .iter()
            .chain(self.kinds.values())
            .chain(self.groups.values())
    }

    /// Returns `true` if `other` covers every vehicle that this interest covers. `false` may be a false negative,
    /// because kinds, groups and vehicles are compared separately.
    pub(crate) fn is_within(&self, other: &Self) -> bool {
        fn are_within<K: Ord>(mine: &BTreeMap<K, SharedFilter>, others: &BTreeMap<K, SharedFilter>) -> bool {
            mine.iter()
                .all(|(key, filter)| others.get(key).is_some_and(|other| filter.is_within(other)))
        }
        if other.all == Some(SharedFilter::NONE) {
            return true;
        }
        let all_is_within = self
            .all
            .as_ref()
            .is_none_or(|filter| other.all.as_ref().is_some_and(|other| filter.is_within(other)));
        all_is_within
            && are_within(&self.kinds, &other.kinds)
            && are_within(&self.groups, &other.groups)
            && self.vehicles.is_subset(&other.vehicles)
    }

    /// Returns `true` if there is no topic.
    #[must_use]
    pub(crate) fn is_empty(&self) -> bool {
        !self.is_wide() && self.vehicles.is_empty()
    }

    /// Returns `true` if a topic covers the vehicle, which is in `groups`. The cost grows only with the logarithm of
    /// the number of topics, of which there may be a thousand.
    pub(crate) fn wants(&self, vehicle: &Candidate<'_>, groups: impl IntoIterator<Item = GroupId>) -> bool {
        let accepts = |filter: &SharedFilter| filter.accepts(&vehicle.condition);
        self.all.as_ref().is_some_and(accepts)
            || self.kinds.get(&vehicle.kind).is_some_and(accepts)
            || self.vehicles.contains(&vehicle.id)
            || (!self.groups.is_empty()
                && groups
                    .into_iter()
                    .any(|group| self.groups.get(&group).is_some_and(accepts)))
    }

    pub(crate) const fn named(&self) -> &BTreeSet<VehicleId> {
        &self.vehicles
    }
}

#[cfg(test)]
mod tests {
    use domain::vehicle::VehicleStatus;
    use uuid::Uuid;

    use super::*;
    use crate::filter::Filter;

    fn candidate(id: VehicleId, kind: VehicleType) -> Candidate<'static> {
        let condition = Condition {
            status: VehicleStatus::Idle,
            state: None,
            position: None,
        };
        Candidate { id, kind, condition }
    }

    fn moving() -> SharedFilter {
        let is_moving = Some(true);
        Filter {
            is_moving,
            ..Filter::default()
        }
        .into()
    }

    #[test]
    fn topics_are_added_and_removed_independently() {
        let id = VehicleId::from_uuid(Uuid::from_u128(1));
        let other = VehicleId::from_uuid(Uuid::from_u128(2));
        let group = GroupId::from_uuid(Uuid::from_u128(3));
        let (in_none, in_group) = ([], [group]);
        let [amr, agv] = [VehicleType::Amr, VehicleType::Agv].map(|kind| candidate(other, kind));
        let some = Interest::default()
            .with(&Topic::Type(VehicleType::Agv))
            .with(&Topic::Group(group))
            .with(&Topic::Vehicle(id));
        assert!(some.wants(&candidate(id, VehicleType::Amr), in_none));
        assert!(some.wants(&agv, in_none) && !some.wants(&amr, in_none));
        assert!(some.wants(&amr, in_group));
        let all = some.clone().with(&Topic::All);
        assert!(all.wants(&amr, in_none));
        assert_eq!(all.without(&Topic::All), some);
        let without_group = some.without(&Topic::Group(group));
        assert!(!without_group.wants(&amr, in_group));
        assert!(
            without_group
                .without(&Topic::Type(VehicleType::Agv))
                .without(&Topic::Vehicle(id))
                .is_empty()
        );
    }

    #[test]
    fn each_topic_has_a_filter_of_its_own() {
        let vehicle = candidate(VehicleId::from_uuid(Uuid::from_u128(1)), VehicleType::Agv);
        let filtered = Interest::default().with_filtered(&Topic::All, moving());
        assert!(filtered.is_filtered() && !filtered.wants(&vehicle, []));
        let other = filtered.clone().with(&Topic::Type(VehicleType::Agv));
        assert!(other.is_filtered() && other.wants(&vehicle, []));
        let replaced = filtered.with(&Topic::All);
        assert!(!replaced.is_filtered() && replaced.wants(&vehicle, []));
    }

    #[test]
    fn a_filter_narrows_its_topic() {
        let all = Interest::everything();
        let filtered = Interest::default().with_filtered(&Topic::All, moving());
        assert!(filtered.is_within(&all) && filtered.is_within(&filtered));
        assert!(!all.is_within(&filtered));
        let agvs = Interest::default().with(&Topic::Type(VehicleType::Agv));
        assert!(agvs.is_within(&all) && !agvs.is_within(&filtered));
        assert_eq!(filtered.clone().and(&filtered), all);
    }
}
