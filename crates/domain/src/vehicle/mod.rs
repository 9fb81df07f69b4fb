//! A vehicle: the base that all share, and the details of its kind.

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
pub use redis_mapping::{LastRejection, SyncStatus, VehicleRedisMapping};
pub use search::SearchText;
pub use specification::{SpecificationChanges, VehicleSpecification};
pub use status::{ForbiddenTransition, VehicleStatus};

use crate::id::{GroupId, OrganizationId, VehicleId};

/// A vehicle as the registry knows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Vehicle {
    /// Its identity, for ever.
    pub id: VehicleId,
    /// The organisation that it belongs to.
    pub organization_id: OrganizationId,
    /// The groups of its organisation that it is in.
    pub group_ids: BTreeSet<GroupId>,
    /// Unique in its organisation among the vehicles that are not deleted.
    pub name: VehicleName,
    /// Who built it.
    pub manufacturer: Manufacturer,
    /// The manufacturer's name of this kind of machine.
    pub model: Option<ModelName>,
    /// What it is doing.
    pub status: VehicleStatus,
    /// Whether its messages are taken and delivered.
    pub is_enabled: bool,
    /// What it is able to do.
    pub specification: VehicleSpecification,
    /// What only its kind has; decides [`Vehicle::kind`].
    pub details: VehicleDetails,
    /// Raised by every change that a person makes.
    pub version: Version,
    /// When it was registered.
    pub created_at: OffsetDateTime,
    /// When it was changed last.
    pub updated_at: OffsetDateTime,
    /// When it was deleted, if it was: a deleted vehicle's row is kept, and is nobody's to see.
    pub deleted_at: Option<OffsetDateTime>,
}

impl Vehicle {
    /// Its kind, as its details say.
    #[must_use]
    pub const fn kind(&self) -> VehicleType {
        self.details.kind()
    }
}

/// The number of a vehicle's state in the registry, from 1. Who changes a vehicle may say which version it has
/// seen; when another change came first, nothing is overwritten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(i64);

impl Version {
    /// The version of a vehicle that was never changed.
    pub const FIRST: Self = Self(1);

    /// Wraps a stored number.
    #[must_use]
    pub const fn from_i64(number: i64) -> Self {
        Self(number)
    }

    /// The number.
    #[must_use]
    pub const fn as_i64(self) -> i64 {
        self.0
    }

    /// The version after one more change.
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
