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
