use domain::{VehicleId, vehicle::VehicleRedisMapping};

use super::VehicleMapping;
use crate::{
    Actor, Error,
    error::Result,
    observation::{Subject, is_complete},
};

/// The mapping of an enabled vehicle.
#[derive(Debug, Clone, PartialEq)]
pub struct MappingStatus {
    pub mapping: VehicleRedisMapping,
    /// Whether the mapping may be incomplete because the live keys could not be read.
    pub is_incomplete: bool,
}

impl VehicleMapping {
    /// Returns the mapping of a vehicle; `None` if it is disabled and therefore not mapped.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the vehicle does not exist for the caller; [`Error::Unavailable`] if the registry is
    /// unavailable.
    pub async fn get_mapping_status(&self, actor: &Actor, id: VehicleId) -> Result<Option<MappingStatus>> {
        let found = self.repository.find_by_id(&actor.scope, id).await?;
        let subjects = [Subject::from(&found.ok_or_else(Error::vehicle_not_found)?)];
        let mut observed = self
            .observer
            .observe(&subjects, |_, present| present.is_some_and(is_complete))
            .await;
        let observation = observed.next().map(|(_, observation)| observation);
        Ok(observation.and_then(|observation| {
            Some(MappingStatus {
                mapping: observation.mapping?,
                is_incomplete: observation.is_incomplete,
            })
        }))
    }
}
