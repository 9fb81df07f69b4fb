//! Which vehicles somebody wants to see.

use std::collections::BTreeSet;

use domain::{VehicleId, vehicle::VehicleType};

/// What can be subscribed to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Topic {
    /// Every vehicle.
    All,
    /// Every vehicle of a kind.
    Type(VehicleType),
    /// One vehicle.
    Vehicle(VehicleId),
}

impl Topic {
    /// Whether it names a vehicle.
    #[must_use]
    pub fn names(&self, id: VehicleId, kind: VehicleType) -> bool {
        match self {
            Self::All => true,
            Self::Type(named) => *named == kind,
            Self::Vehicle(named) => *named == id,
        }
    }
}

/// The topics of one subscriber together. Two subscribers of equal interest get the same bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Interest {
    all: bool,
    kinds: BTreeSet<VehicleType>,
    vehicles: BTreeSet<VehicleId>,
}

impl Interest {
    /// With one more topic.
    #[must_use]
    pub fn with(mut self, topic: &Topic) -> Self {
        match topic {
            Topic::All => self.all = true,
            Topic::Type(kind) => {
                self.kinds.insert(*kind);
            }
            Topic::Vehicle(id) => {
                self.vehicles.insert(*id);
            }
        }
        self
    }

    /// Without a topic. The other topics stay, also those whose vehicles the removed one had covered.
    #[must_use]
    pub fn without(mut self, topic: &Topic) -> Self {
        match topic {
            Topic::All => self.all = false,
            Topic::Type(kind) => {
                self.kinds.remove(kind);
            }
            Topic::Vehicle(id) => {
                self.vehicles.remove(id);
            }
        }
        self
    }

    /// Whether there is no topic.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.all && self.kinds.is_empty() && self.vehicles.is_empty()
    }

    /// Whether a vehicle is wanted.
    #[must_use]
    pub fn wants(&self, id: VehicleId, kind: VehicleType) -> bool {
        self.all || self.kinds.contains(&kind) || self.vehicles.contains(&id)
    }

    /// The vehicles that are named one by one.
    pub(crate) const fn named(&self) -> &BTreeSet<VehicleId> {
        &self.vehicles
    }

    /// The single vehicles, when nothing else is wanted: who wants only these need not be compared with every
    /// vehicle there is.
    #[must_use]
    pub(crate) fn only_vehicles(&self) -> Option<&BTreeSet<VehicleId>> {
        (!self.all && self.kinds.is_empty()).then_some(&self.vehicles)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn topics_add_up_and_are_taken_away_one_by_one() {
        let id = VehicleId::from_uuid(Uuid::from_u128(1));
        let both = Interest::default()
            .with(&Topic::Type(VehicleType::Agv))
            .with(&Topic::Vehicle(id));
        assert!(both.wants(id, VehicleType::Amr));
        let other = VehicleId::from_uuid(Uuid::from_u128(2));
        assert!(both.wants(other, VehicleType::Agv) && !both.wants(other, VehicleType::Amr));
        let all = both.clone().with(&Topic::All);
        assert!(all.wants(other, VehicleType::Amr));
        assert_eq!(all.without(&Topic::All), both);
        assert!(
            both.without(&Topic::Type(VehicleType::Agv))
                .without(&Topic::Vehicle(id))
                .is_empty()
        );
    }
}
