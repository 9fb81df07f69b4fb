use std::{collections::HashSet, fmt};

use async_trait::async_trait;
use domain::{VehicleId, named_enum, telemetry::Timestamp, vehicle::MismatchKind};

pub use ::live::record::{BrokenParts, LiveRecord, Roll, Series, SeriesTime};

use crate::error::Result;

/// Raw member of a [`Roll`]. It can be any bytes, because other programs can write to the store.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RollMember(pub Vec<u8>);

impl RollMember {
    /// Parses the id of a vehicle; `None` unless the bytes are exactly what the server writes for it.
    #[must_use]
    pub fn vehicle_id(&self) -> Option<VehicleId> {
        let text = std::str::from_utf8(&self.0).ok()?;
        let id: VehicleId = text.parse().ok()?;
        (id.to_string() == text).then_some(id)
    }
}

/// Page of the members of a [`Roll`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RollPage {
    /// Members of this page. A member may be on several pages.
    pub members: Vec<RollMember>,
    /// Cursor of the next page; `None` on the last page.
    pub next: Option<u64>,
}

named_enum! {
    /// Part of a vehicle's data in the shared store.
    KeyPart {
        /// The position.
        Position = "position",
        /// The runtime state.
        State = "state",
        /// The time of the last update.
        LastUpdate = "last_update",
        /// The entry in the geo index.
        Map = "vehicles:positions",
        /// The membership in the set of active vehicles.
        Active = "vehicles:active",
    }
}

named_enum! {
    /// Kind of a [`KeyDifference`].
    KeyFault {
        /// The part is missing.
        Missing = "missing",
        /// The part is older, has other content or another type, or cannot be parsed.
        Different = "different",
        /// The expiry is missing or wrong.
        Expiry = "expiry",
        /// The part exists, but should not.
        Unexpected = "unexpected",
    }
}

/// Difference between a part of a vehicle's live data and its expected content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyDifference {
    /// The part.
    pub part: KeyPart,
    /// Kind of the difference.
    pub fault: KeyFault,
    /// Description for operators, such as `x is 9 instead of 1`.
    pub detail: String,
}

impl KeyDifference {
    /// Creates a difference with a description.
    pub fn new(part: KeyPart, fault: KeyFault, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self { part, fault, detail }
    }
}

impl fmt::Display for KeyDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.part, self.detail)
    }
}

/// A vehicle whose keys must be written again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutdatedKeys {
    /// The vehicle.
    pub vehicle_id: VehicleId,
    /// The differences, of which there is at least one.
    pub differences: Vec<KeyDifference>,
}

impl OutdatedKeys {
    /// Returns the kind under which the differences are counted together.
    #[must_use]
    pub fn kind(&self) -> MismatchKind {
        let is_missing = |difference: &KeyDifference| difference.fault == KeyFault::Missing;
        match self.differences.iter().any(is_missing) {
            true => MismatchKind::LostKeys,
            false => MismatchKind::WrongKeys,
        }
    }

    /// Returns `true` if only the expiry of keys is wrong.
    #[must_use]
    pub fn is_about_expiry(&self) -> bool {
        let is_expiry = |difference: &KeyDifference| difference.fault == KeyFault::Expiry;
        self.differences.iter().all(is_expiry)
    }
}

/// Result of comparing live keys with their expected content. A vehicle may be in both lists.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Differences {
    /// Vehicles whose keys must be written again. A key is missing, is older, or has other content with the same time;
    /// its expiry is missing or wrong; or the geo index contains another position.
    pub outdated: Vec<OutdatedKeys>,
    /// Vehicles whose keys must be read, because the stored position or state is newer or belongs to a later series.
    pub newer: Vec<VehicleId>,
}

/// The live keys: the current position and state of each vehicle in the shared store. They are read by other programs,
/// and by servers when they start. Every server writes them, after the delivery to subscribers.
///
/// The position, the state and the last update of a vehicle change in one atomic step, which includes the comparison
/// with the stored timestamps, because several servers write the same keys. The geo index follows in a second step. A
/// call for several vehicles is not atomic: after a failure or a cancellation, any of them may have been written. Every
/// method may return [`crate::Error::Unavailable`] when the store is unreachable.
#[async_trait]
pub trait LiveKeys: Send + Sync {
    /// Returns the common prefix of a vehicle's keys, such as `vehicle:{0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70}`.
    fn key_of(&self, id: VehicleId) -> String;

    /// Writes records. The position and the state of a record are each written unless a newer one is stored. With an
    /// equal timestamp or a later series they are written too, see [`SeriesTime::overwrites`]. In a store to which
    /// other programs can write, neither a stored timestamp that lies too far in the future nor a key of another type
    /// prevents the write.
    ///
    /// Returns the vehicles whose stored position or state belongs to a later series and was therefore kept. The caller
    /// must read them.
    ///
    /// # Errors
    /// Returns [`crate::Error::Unavailable`] when the store is unreachable; some of the records may have been written.
    async fn write(&self, records: &[LiveRecord]) -> Result<Vec<VehicleId>>;

    /// Reads the records of several vehicles in one round trip. Vehicles that have neither a position nor a state are
    /// omitted. A position or state that cannot be parsed is marked in [`LiveRecord::broken`].
    async fn read(&self, ids: &[VehicleId]) -> Result<Vec<LiveRecord>>;

    /// Compares the keys of several vehicles with their expected content. A position or state that is newer, or belongs
    /// to a later series, is not [outdated](Differences::outdated) unless its time is after `latest`. Rounding errors
    /// are not reported as differences.
    async fn differing(&self, expected: &[LiveRecord], latest: Timestamp) -> Result<Differences>;

    /// Reads a page of the members of a roll. The first page has cursor 0. A member that is present during the whole
    /// scan is on at least one page. If the key of the roll has another type, it is deleted.
    async fn members(&self, roll: Roll, cursor: u64) -> Result<RollPage>;

    /// Returns those of the vehicles that are members of a roll. If the key of the roll has another type, it has no
    /// members.
    async fn members_among(&self, roll: Roll, ids: &[VehicleId]) -> Result<HashSet<VehicleId>>;

    /// Removes members from a roll, and returns those that were members. Of several servers that remove the same member
    /// at the same time, exactly one receives it.
    async fn strike(&self, roll: Roll, members: &[RollMember]) -> Result<Vec<RollMember>>;

    /// Adds vehicles to the set of active ones, and returns those that were not in it. Of several servers that add the
    /// same vehicle at the same time, exactly one receives it.
    async fn activate(&self, ids: &[VehicleId]) -> Result<Vec<VehicleId>>;

    /// Removes vehicles from the set of active ones and from the geo index.
    async fn deactivate(&self, ids: &[VehicleId]) -> Result<()>;

    /// Deletes all data of these vehicles from the store.
    async fn forget(&self, ids: &[VehicleId]) -> Result<()>;
}
