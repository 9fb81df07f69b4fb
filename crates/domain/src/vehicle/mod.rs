//! Vehicles: the fields that all of them have, and the details of each kind.

mod agv;
mod amr;
mod changes;
mod config_object;
mod draft;
mod forklift;
mod kind;
mod name;
mod oht;
mod redis_mapping;
mod search;
mod specification;
mod status;

use std::{collections::BTreeSet, fmt};

use time::OffsetDateTime;

pub use agv::{AgvChanges, AgvDetails, GuideType};
pub use amr::{AmrChanges, AmrDetails, AutonomyLevel};
pub use changes::{DetailsChanges, VehicleChanges};
pub use config_object::{ConfigObject, InvalidConfigObject};
pub use draft::{RawDraft, Remains, VehicleDraft};
pub use forklift::{ForkliftChanges, ForkliftDetails, RawForklift};
pub use kind::{VehicleDetails, VehicleType};
pub use name::{Label, Manufacturer, ModelName, VehicleName};
pub use oht::{HoistStatus, OhtChanges, OhtDetails, RailSegment, RawOht, RawRailSegment};
pub use redis_mapping::{LastMismatch, LastRejection, MismatchKind, SyncStatus, VehicleRedisMapping};
pub use search::SearchText;
pub use specification::{SpecificationChanges, VehicleSpecification};
pub use status::{ForbiddenTransition, VehicleStatus};

use crate::id::{GroupId, OrganizationId, VehicleId};

/// Vehicle in the registry.
#[derive(Debug, Clone, PartialEq)]
pub struct Vehicle {
    /// Id of the vehicle. It never changes.
    pub id: VehicleId,
    /// Organisation to which the vehicle belongs.
    pub organization_id: OrganizationId,
    /// Groups that contain the vehicle.
    pub group_ids: BTreeSet<GroupId>,
    /// Name, unique among the vehicles of the organisation that are not deleted.
    pub name: VehicleName,
    /// Manufacturer of the vehicle.
    pub manufacturer: Manufacturer,
    /// Model name given by the manufacturer; `None` if it is not known.
    pub model: Option<ModelName>,
    /// Operational status.
    pub status: VehicleStatus,
    /// Whether the vehicle's messages are processed and delivered.
    pub is_enabled: bool,
    /// Figures of the vehicle's data sheet.
    pub specification: VehicleSpecification,
    /// Details specific to the kind of vehicle, which determine [`Vehicle::kind`].
    pub details: VehicleDetails,
    /// Version of the vehicle. Every change by a user increments it.
    pub version: Version,
    /// Time of the first registration.
    pub created_at: OffsetDateTime,
    /// Time of the last change.
    pub updated_at: OffsetDateTime,
    /// Time of deletion; `None` if the vehicle is not deleted. A deleted vehicle stays in the registry, so it can be
    /// restored, but callers cannot see it.
    pub deleted_at: Option<OffsetDateTime>,
}

impl Vehicle {
    /// Returns the kind of the vehicle.
    #[must_use]
    pub const fn kind(&self) -> VehicleType {
        self.details.kind()
    }

    /// Returns the vehicle after its deletion at the time `at`, still with its groups: subscribers of a group must be
    /// notified of the removal too.
    #[must_use]
    pub fn deleted(self, at: OffsetDateTime) -> Self {
        Self {
            version: self.version.next(),
            updated_at: at,
            deleted_at: Some(at),
            ..self
        }
    }

    /// Returns a deleted vehicle as it stays in the registry: in no group.
    #[must_use]
    pub fn without_groups(self) -> Self {
        Self {
            group_ids: BTreeSet::new(),
            ..self
        }
    }

    /// Returns a deleted vehicle after its restoration at the time `at`. It is disabled until a user enables it.
    #[must_use]
    pub fn restored(self, at: OffsetDateTime) -> Self {
        Self {
            version: self.version.next(),
            is_enabled: false,
            updated_at: at,
            deleted_at: None,
            ..self
        }
    }
}

/// Version of a vehicle in the registry, starting at 1. A change can name the version that it is based on, and is
/// rejected if the vehicle has a newer one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(i64);

impl Version {
    /// Version of a newly registered vehicle.
    pub const FIRST: Self = Self(1);

    /// Wraps a stored number.
    #[must_use]
    pub const fn from_i64(number: i64) -> Self {
        Self(number)
    }

    /// Returns the number.
    #[must_use]
    pub const fn as_i64(self) -> i64 {
        self.0
    }

    /// Returns the version after one more change.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_restored_vehicle_is_disabled_and_in_no_group() {
        let draft = VehicleDraft::check(RawDraft {
            name: "Stapler 1".into(),
            manufacturer: "Acme".into(),
            model: None,
            specification: (2.0, 1500.0, 20_000.0),
            details: Ok(VehicleDetails::Forklift(ForkliftDetails::default())),
        })
        .expect("valid data");
        let [registered_at, deleted_at, restored_at] =
            [0, 1, 2].map(|day| OffsetDateTime::UNIX_EPOCH + time::Duration::days(day));
        let id = VehicleId::from_uuid(Uuid::from_u128(1));
        let registered = Vehicle {
            group_ids: [GroupId::from_uuid(Uuid::from_u128(2))].into(),
            ..draft.registered(id, OrganizationId::DEFAULT, true, None, registered_at)
        };
        let deleted = registered.clone().deleted(deleted_at);
        let expected = Vehicle {
            version: Version::FIRST.next(),
            updated_at: deleted_at,
            deleted_at: Some(deleted_at),
            ..registered.clone()
        };
        assert_eq!(deleted, expected);
        let restored = deleted.without_groups().restored(restored_at);
        let expected = Vehicle {
            group_ids: BTreeSet::new(),
            is_enabled: false,
            version: Version::FIRST.next().next(),
            updated_at: restored_at,
            ..registered
        };
        assert_eq!(restored, expected);
    }
}
