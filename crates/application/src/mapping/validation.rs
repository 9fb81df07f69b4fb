use domain::VehicleId;

use super::VehicleMapping;
use crate::{
    Actor, Error,
    error::Result,
    ports::{KeyDifference, KeyFault, KeyPart, Roll},
};

/// Result of comparing the live keys of a vehicle with their expected content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappingValidation {
    /// Common prefix of the vehicle's keys.
    pub redis_key: String,
    /// The differences; empty if the mapping is valid. Newer data in the keys is not a difference, and neither is data
    /// that this server is about to write.
    pub differences: Vec<KeyDifference>,
}

impl MappingValidation {
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.differences.is_empty()
    }
}

impl VehicleMapping {
    /// Compares the live keys of a vehicle with what they should contain, and changes nothing. An enabled vehicle must
    /// be in the set of active ones, and its keys must contain the data that this server knows. A disabled one must be
    /// neither in that set nor in the geo index.
    ///
    /// # Errors
    /// Returns [`Error::NotFound`] if the vehicle does not exist for the caller; [`Error::Unavailable`] if the registry
    /// or the store of the keys is unavailable.
    pub async fn validate_mapping(&self, actor: &Actor, id: VehicleId) -> Result<MappingValidation> {
        let found = self.repository.find_by_id(&actor.scope, id).await?;
        let vehicle = found.ok_or_else(Error::vehicle_not_found)?;
        let differences = match vehicle.is_enabled {
            true => self.differences_of_enabled(id).await?,
            false => self.differences_of_disabled(id).await?,
        };
        Ok(MappingValidation {
            redis_key: self.keys.key_of(id),
            differences,
        })
    }

    async fn differences_of_enabled(&self, id: VehicleId) -> Result<Vec<KeyDifference>> {
        let mut differences = Vec::new();
        if !self.is_member(Roll::Active, id).await? {
            let missing = KeyDifference::new(KeyPart::Active, KeyFault::Missing, "the vehicle is missing");
            differences.push(missing);
        }
        if let Some(expected) = self.live.read(|core, now| core.expected_keys(id, now)) {
            let latest = self.live.latest_believed();
            let found = self.keys.differing(&[expected], latest).await?.outdated;
            differences.extend(found.into_iter().flat_map(|keys| keys.differences));
        }
        Ok(differences)
    }

    async fn differences_of_disabled(&self, id: VehicleId) -> Result<Vec<KeyDifference>> {
        let mut differences = Vec::new();
        for (roll, part) in [(Roll::Active, KeyPart::Active), (Roll::Map, KeyPart::Map)] {
            if self.is_member(roll, id).await? {
                let detail = "the vehicle is listed, although it is disabled";
                differences.push(KeyDifference::new(part, KeyFault::Unexpected, detail));
            }
        }
        Ok(differences)
    }

    async fn is_member(&self, roll: Roll, id: VehicleId) -> Result<bool> {
        Ok(!self.keys.members_among(roll, &[id]).await?.is_empty())
    }
}
