use domain::{AccessScope, VehicleId};

use super::{
    Synchronization,
    round::{Round, SyncReport},
};
use crate::{Error, error::Result};

impl Synchronization {
    /// Compares the registry, the live table and the live keys of one vehicle, repairs and announces mismatches, and
    /// adopts newer data from the keys. A disabled vehicle is unmapped.
    ///
    /// # Errors
    /// Returns [`Error::NotFound`] for a vehicle that is not registered; [`Error::Unavailable`] when the registry or
    /// the store of the keys is unreachable.
    pub async fn sync_vehicle_position(&self, id: VehicleId) -> Result<SyncReport> {
        let registered = self.repository.find_by_id(&AccessScope::All, id).await?;
        let vehicle = registered.ok_or_else(Error::vehicle_not_found)?;
        self.live.upsert(&vehicle);
        let (ids, mut round) = ([id], Round::default());
        if !vehicle.is_enabled {
            self.unlist(&ids).await?;
            return Ok(round.report);
        }
        self.adopt(&ids, &mut round).await?;
        self.list(&ids, &mut round).await?;
        let expected = self.live.read(|core, now| core.expected_keys(id, now));
        self.compare(expected.into_iter().collect(), &mut round).await?;
        Ok(round.report)
    }
}
