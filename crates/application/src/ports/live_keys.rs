use async_trait::async_trait;
use domain::{VehicleId, telemetry::Timestamp};

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

/// Result of comparing live keys with their expected content. A vehicle may be in both lists.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Differences {
    /// Vehicles whose keys must be written again. A key is missing, is older, or has other content with the same time;
    /// its expiry is missing or wrong; or the geo index contains another position.
    pub outdated: Vec<VehicleId>,
    /// Vehicles whose keys must be read, because the stored position or state is newer or belongs to a later series.
    pub newer: Vec<VehicleId>,
}

/// The live keys: the current position and state of each vehicle in the shared store. They are read by other programs,
/// and by servers that start. Every server writes them, after the delivery to subscribers.
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
    /// equal timestamp or a later series they are written too, see [`SeriesTime::overwrites`]. A stored timestamp that
    /// lies in the future, or a key of another type, does not prevent the write.
    ///
    /// Returns the vehicles whose stored position or state belongs to a later series and was therefore kept. The caller
    /// must read them.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`] when the store is unreachable; some of the records may have been written.
    async fn write(&self, records: &[LiveRecord]) -> Result<Vec<VehicleId>>;

    /// Reads the records of several vehicles in one round trip. Vehicles without a position and a state are omitted. A
    /// position or state that cannot be parsed is marked in [`LiveRecord::broken`].
    async fn read(&self, ids: &[VehicleId]) -> Result<Vec<LiveRecord>>;

    /// Compares the keys of several vehicles with their expected content. A position or state that is newer, or belongs
    /// to a later series, is not [outdated](Differences::outdated) unless its time is after `latest`. Rounding errors
    /// are not reported as differences.
    async fn differing(&self, expected: &[LiveRecord], latest: Timestamp) -> Result<Differences>;

    /// Reads a page of the members of a roll. The first page has cursor 0. A member that is present during the whole
    /// scan is on at least one page. If the key of the roll has another type, it is deleted.
    async fn members(&self, roll: Roll, cursor: u64) -> Result<RollPage>;

    /// Removes members from a roll.
    async fn strike(&self, roll: Roll, members: &[RollMember]) -> Result<()>;

    /// Adds vehicles to the set of active ones.
    async fn activate(&self, ids: &[VehicleId]) -> Result<()>;

    /// Removes vehicles from the set of active ones and from the geo index.
    async fn deactivate(&self, ids: &[VehicleId]) -> Result<()>;

    /// Deletes all data of these vehicles from the store.
    async fn forget(&self, ids: &[VehicleId]) -> Result<()>;
}
