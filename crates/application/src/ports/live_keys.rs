use std::time::Duration;

use async_trait::async_trait;
use domain::{
    VehicleId,
    telemetry::{Timestamp, VehiclePosition, VehicleRuntimeState},
};

use crate::error::Result;

/// All that is kept of one vehicle's present.
#[derive(Debug, Clone, PartialEq)]
pub struct LiveRecord {
    /// The vehicle.
    pub vehicle_id: VehicleId,
    /// Its newest position.
    pub position: Option<VehiclePosition>,
    /// Its newest state.
    pub state: Option<VehicleRuntimeState>,
    /// The newest timestamp of the two.
    pub last_update: Timestamp,
    /// How long the keys stay if nothing more is written. Counted from the vehicle's last message, not from the write:
    /// keys that are written again do not live longer.
    pub expires_in: Duration,
}

/// The times in the keys of one vehicle; `None` where there is no key, or none that can be understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct KeyTimes {
    /// The position's timestamp.
    pub position: Option<Timestamp>,
    /// The state's last update.
    pub state: Option<Timestamp>,
    /// The newest timestamp of the two.
    pub last_update: Option<Timestamp>,
}

/// A collection of vehicles beside their keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Roll {
    /// The set of active vehicles.
    Active,
    /// The map of positions.
    Map,
}

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

/// The live keys as the server writes them behind what it delivers.
#[async_trait]
pub trait LiveKeys: Send + Sync {
    /// What the keys of a vehicle begin with, such as `vehicle:{0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70}`.
    fn key_of(&self, id: VehicleId) -> String;

    /// Writes records, pipelined. One vehicle's keys change in one atomic step, and neither its position nor
    /// its state is overwritten by an older one (an equal timestamp overwrites).
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`] when the store is away; any part of the records may have been written.
    async fn write(&self, records: &[LiveRecord]) -> Result<()>;

    /// Reads the records of several vehicles in one round trip; who has neither position nor state is left
    /// out, and so is a part that cannot be read (which is logged).
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`] when the store is away.
    async fn read(&self, ids: &[VehicleId]) -> Result<Vec<LiveRecord>>;

    /// Reads the times in the keys of several vehicles, in their order.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`] when the store is away.
    async fn times(&self, ids: &[VehicleId]) -> Result<Vec<KeyTimes>>;

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
