use std::collections::HashMap;

use domain::{VehicleId, vehicle::VehicleRedisMapping};

use super::VehicleMapping;
use crate::{
    Actor, Error,
    error::Result,
    health::VehicleBridge,
    observation::{Subject, is_complete},
};

/// The mapping of an enabled vehicle.
#[derive(Debug, Clone, PartialEq)]
pub struct MappingStatus {
    pub mapping: VehicleRedisMapping,
    /// Bridge that publishes the robot's messages; `None` if there is none.
    pub bridge: Option<VehicleBridge>,
    /// Whether the mapping may be incomplete because the live keys could not be read.
    pub is_incomplete: bool,
}

impl VehicleMapping {
    /// Returns the mapping of a vehicle; `None` if it is disabled and therefore not mapped. If the heartbeats of
    /// bridges cannot be read, the bridge is unknown, which is not an error.
    ///
    /// # Errors
    /// Returns [`Error::NotFound`] if the vehicle does not exist for the caller; [`Error::Unavailable`] if the registry
    /// is unavailable.
    pub async fn get_mapping_status(&self, actor: &Actor, id: VehicleId) -> Result<Option<MappingStatus>> {
        let found = self.repository.find_by_id(&actor.scope, id).await?;
        let vehicle = found.ok_or_else(Error::vehicle_not_found)?;
        if !vehicle.is_enabled {
            return Ok(None);
        }
        let subjects = [Subject::from(&vehicle)];
        let observing = self
            .observer
            .observe(&subjects, |_, present| present.is_some_and(is_complete));
        let (mut observed, bridges) = tokio::join!(observing, self.bridges.health());
        let observation = observed.next().map(|(_, observation)| observation);
        Ok(observation.and_then(|observation| {
            Some(MappingStatus {
                mapping: observation.mapping?,
                bridge: bridges.bridge_of(id),
                is_incomplete: observation.is_incomplete,
            })
        }))
    }

    /// Returns the bridges of vehicles. Vehicles that have none are omitted. However many vehicles there are, the
    /// heartbeats are read at most once. Rights are not checked: the vehicles must be visible to the caller.
    pub async fn bridges_of(&self, ids: &[VehicleId]) -> HashMap<VehicleId, VehicleBridge> {
        let bridges = self.bridges.health().await;
        let bridge_of = |&id: &VehicleId| Some((id, bridges.bridge_of(id)?));
        ids.iter().filter_map(bridge_of).collect()
    }
}
