use async_trait::async_trait;
use domain::{VehicleId, telemetry::Timestamp};

pub use ::live::record::{BrokenParts, LiveRecord, Roll, Series, SeriesTime};

use crate::error::Result;

/// Raw member of a [`Roll`]. Other programs can write to the store as well, so the bytes may be anything.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RollMember(pub Vec<u8>);

impl RollMember {
    /// Returns the vehicle whose id this is; `None` unless the bytes are an id in exactly the form that the server
    /// writes.
    #[must_use]
    pub fn vehicle_id(&self) -> Option<VehicleId> {
        let text = std::str::from_utf8(&self.0).ok()?;
        let id: VehicleId = text.parse().ok()?;
        (id.to_string() == text).then_some(id)
    }
}

/// One page of the members of a [`Roll`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RollPage {
    /// Members of this page. A member may be on several pages.
    pub members: Vec<RollMember>,
    /// Cursor of the next page; `None` at the end.
    pub next: Option<u64>,
}

/// Vehicles whose keys differ from the expected content. A vehicle may be in both lists.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Differences {
    /// Vehicles whose keys must be written again: a key is missing, older, or has the same time but different content;
    /// its expiry is missing or wrong; or the geo index has another position.
    pub outdated: Vec<VehicleId>,
    /// Vehicles whose keys must be read, because a part of them is newer or belongs to a later series.
    pub newer: Vec<VehicleId>,
}

/// The live keys: the current position and state of each vehicle in the shared store, for other programs and for
/// servers that are starting. All servers write them, after the delivery to subscribers.
///
/// The keys of one vehicle change in one atomic step. The comparison with the stored timestamp is part of this step,
/// because several servers write the same keys. A call for several vehicles is not atomic as a whole: after a failure
/// or a cancellation any of them may have been written. Every method may return [`crate::Error::Unavailable`] when the
/// store is unreachable.
#[async_trait]
pub trait LiveKeys: Send + Sync {
    /// Returns the common prefix of a vehicle's keys, such as `vehicle:{0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70}`.
    fn key_of(&self, id: VehicleId) -> String;

    /// Writes records in a pipeline. Neither the position nor the state of a vehicle is overwritten by an older one. An
    /// equal timestamp overwrites, and so does a later series, see [`SeriesTime::overwrites`]. A stored timestamp that
    /// lies in the future, or a key of another type, does not prevent the write.
    ///
    /// Returns the vehicles that were not written because their keys belong to a later series; the caller must read
    /// them.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`] when the store is unreachable; any part of the records may have been written.
    async fn write(&self, records: &[LiveRecord]) -> Result<Vec<VehicleId>>;

    /// Reads the records of several vehicles in one round trip. A vehicle without keys is left out. A part that cannot
    /// be parsed is logged and marked in [`LiveRecord::broken`].
    async fn read(&self, ids: &[VehicleId]) -> Result<Vec<LiveRecord>>;

    /// Compares the keys of several vehicles with their expected content. A part that is newer, or of a later series,
    /// is not [outdated](Differences::outdated) unless its time is after `latest`. Rounding errors don't count as
    /// differences.
    async fn differing(&self, expected: &[LiveRecord], latest: Timestamp) -> Result<Differences>;

    /// Reads a page of the members of a roll. The first page has cursor 0. A member that is present during the whole
    /// scan is on at least one page. A key of another type under the name of the roll is deleted.
    async fn members(&self, roll: Roll, cursor: u64) -> Result<RollPage>;

    /// Removes members from a roll.
    async fn strike(&self, roll: Roll, members: &[RollMember]) -> Result<()>;

    /// Adds vehicles to the set of active ones.
    async fn activate(&self, ids: &[VehicleId]) -> Result<()>;

    /// Removes vehicles from the set of active ones and from the geo index.
    async fn deactivate(&self, ids: &[VehicleId]) -> Result<()>;

    /// Deletes everything that is stored for these vehicles.
    async fn forget(&self, ids: &[VehicleId]) -> Result<()>;
}
