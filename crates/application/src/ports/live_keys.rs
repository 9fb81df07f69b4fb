use async_trait::async_trait;
use domain::{VehicleId, telemetry::Timestamp};

pub use ::live::record::{BrokenParts, LiveRecord, Roll, Series, SeriesTime};

use crate::error::Result;

/// A member of a [`Roll`], as it is written there. Others write there too, so it may be anything.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RollMember(pub Vec<u8>);

impl RollMember {
    /// The vehicle that is meant; `None` for a member that is no id as the server writes it.
    #[must_use]
    pub fn vehicle_id(&self) -> Option<VehicleId> {
        let text = std::str::from_utf8(&self.0).ok()?;
        let id: VehicleId = text.parse().ok()?;
        (id.to_string() == text).then_some(id)
    }
}

/// A part of the members of a [`Roll`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RollPage {
    /// Some members; one may come twice.
    pub members: Vec<RollMember>,
    /// Where it goes on; `None` at the end.
    pub next: Option<u64>,
}

/// Vehicles whose keys are not as expected. A vehicle may be in both lists.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Differences {
    /// Their keys must be written again: a key is missing, older, or of the same time and of other content; it does not
    /// expire, or not when it should; or the vehicle is elsewhere on the map.
    pub outdated: Vec<VehicleId>,
    /// A part of their keys is newer, or of a later series: read them.
    pub newer: Vec<VehicleId>,
}

/// The live keys as the server writes them behind what it delivers.
#[async_trait]
pub trait LiveKeys: Send + Sync {
    /// What the keys of a vehicle begin with, such as `vehicle:{0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70}`.
    fn key_of(&self, id: VehicleId) -> String;

    /// Writes records, pipelined. One vehicle's keys change in one atomic step, and neither its position nor
    /// its state is overwritten by an older one (an equal timestamp overwrites, and so does a later series, see
    /// [`SeriesTime::overwrites`]). A timestamp that lies in the future, or a key of another type, holds nothing back.
    ///
    /// Returns the vehicles whose keys belong to a later series, and were left as they are: read them.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`] when the store is away; any part of the records may have been written.
    async fn write(&self, records: &[LiveRecord]) -> Result<Vec<VehicleId>>;

    /// Reads the records of several vehicles in one round trip. A vehicle without keys is left out; a part that cannot be
    /// understood is logged and named in [`LiveRecord::broken`].
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`] when the store is away.
    async fn read(&self, ids: &[VehicleId]) -> Result<Vec<LiveRecord>>;

    /// Compares the keys of several vehicles with their expected content. A part that is newer or of a later series is none
    /// to be written again, unless its time is after `latest`. Rounding errors are no difference.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`] when the store is away.
    async fn differing(&self, expected: &[LiveRecord], latest: Timestamp) -> Result<Differences>;

    /// Reads some members of a roll, from cursor 0 on. A member that is there all the time is on some page. A key of
    /// another type in the roll's place is removed.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`] when the store is away.
    async fn members(&self, roll: Roll, cursor: u64) -> Result<RollPage>;

    /// Removes members from a roll.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`] when the store is away.
    async fn strike(&self, roll: Roll, members: &[RollMember]) -> Result<()>;

    /// Adds vehicles to the set of active ones.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`] when the store is away.
    async fn activate(&self, ids: &[VehicleId]) -> Result<()>;

    /// Takes vehicles out of the set of active ones and off the map of positions.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`] when the store is away.
    async fn deactivate(&self, ids: &[VehicleId]) -> Result<()>;

    /// Forgets all that is kept of these vehicles.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`] when the store is away.
    async fn forget(&self, ids: &[VehicleId]) -> Result<()>;
}
