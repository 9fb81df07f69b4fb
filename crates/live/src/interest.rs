//! The vehicles that a subscriber wants to see.

use std::collections::BTreeSet;

use domain::{GroupId, VehicleId, vehicle::VehicleType};

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

/// The combined topics of one subscriber. Subscribers with equal interests can share a room.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Interest {
    all: bool,
    kinds: BTreeSet<VehicleType>,
    groups: BTreeSet<GroupId>,
    vehicles: BTreeSet<VehicleId>,
}

impl Interest {
    /// Adds a topic.
    #[must_use]
    pub fn with(mut self, topic: &Topic) -> Self {
        match topic {
            Topic::All => self.all = true,
            Topic::Type(kind) => {
                self.kinds.insert(*kind);
            }
            Topic::Group(id) => {
                self.groups.insert(*id);
            }
            Topic::Vehicle(id) => {
                self.vehicles.insert(*id);
            }
        }
        self
    }

    /// Returns the number of topics.
    pub(crate) fn len(&self) -> usize {
        usize::from(self.all) + self.kinds.len() + self.groups.len() + self.vehicles.len()
    }

    /// Returns `true` if the interest contains a topic.
    pub(crate) fn has(&self, topic: &Topic) -> bool {
        match topic {
            Topic::All => self.all,
            Topic::Type(kind) => self.kinds.contains(kind),
            Topic::Group(id) => self.groups.contains(id),
            Topic::Vehicle(id) => self.vehicles.contains(id),
        }
    }

    /// Removes a topic. The other topics remain, even if they cover the same vehicles.
    #[must_use]
    pub fn without(mut self, topic: &Topic) -> Self {
        match topic {
            Topic::All => self.all = false,
            Topic::Type(kind) => {
                self.kinds.remove(kind);
            }
            Topic::Group(id) => {
                self.groups.remove(id);
            }
            Topic::Vehicle(id) => {
                self.vehicles.remove(id);
            }
        }
        self
    }

    #[must_use]
    pub(crate) fn and(mut self, other: &Self) -> Self {
        self.all |= other.all;
        self.kinds.extend(&other.kinds);
        self.groups.extend(&other.groups);
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
        self.all || !self.kinds.is_empty() || !self.groups.is_empty()
    }

    /// Returns `true` if `other` covers every vehicle that this interest covers. `false` may be a false negative,
    /// because kinds, groups and vehicles are compared separately.
    pub(crate) fn is_within(&self, other: &Self) -> bool {
        other.all
            || (!self.all
                && self.kinds.is_subset(&other.kinds)
                && self.groups.is_subset(&other.groups)
                && self.vehicles.is_subset(&other.vehicles))
    }

    /// Returns `true` if there is no topic.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.is_wide() && self.vehicles.is_empty()
    }

    /// Returns `true` if a topic covers the vehicle. `is_in` determines whether the vehicle is in a group.
    #[must_use]
    pub fn wants(&self, id: VehicleId, kind: VehicleType, is_in: impl Fn(GroupId) -> bool) -> bool {
        self.all
            || self.kinds.contains(&kind)
            || self.vehicles.contains(&id)
            || self.groups.iter().any(|group| is_in(*group))
    }

    pub(crate) const fn named(&self) -> &BTreeSet<VehicleId> {
        &self.vehicles
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn topics_are_added_and_removed_independently() {
        let id = VehicleId::from_uuid(Uuid::from_u128(1));
        let other = VehicleId::from_uuid(Uuid::from_u128(2));
        let group = GroupId::from_uuid(Uuid::from_u128(3));
        let (in_none, in_group) = (|_| false, |other| other == group);
        let some = Interest::default()
            .with(&Topic::Type(VehicleType::Agv))
            .with(&Topic::Group(group))
            .with(&Topic::Vehicle(id));
        assert!(some.wants(id, VehicleType::Amr, in_none));
        assert!(
            some.wants(other, VehicleType::Agv, in_none) && !some.wants(other, VehicleType::Amr, in_none)
        );
        assert!(some.wants(other, VehicleType::Amr, in_group));
        let all = some.clone().with(&Topic::All);
        assert!(all.wants(other, VehicleType::Amr, in_none));
        assert_eq!(all.without(&Topic::All), some);
        let without_group = some.without(&Topic::Group(group));
        assert!(!without_group.wants(other, VehicleType::Amr, in_group));
        assert!(
            without_group
                .without(&Topic::Type(VehicleType::Agv))
                .without(&Topic::Vehicle(id))
                .is_empty()
        );
    }
}
