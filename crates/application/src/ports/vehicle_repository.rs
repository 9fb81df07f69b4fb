use async_trait::async_trait;
use domain::{
    AccessScope, OrganizationId, VehicleId,
    vehicle::{Vehicle, VehicleChanges, VehicleDraft, VehicleStatus, VehicleType, Version},
};
use time::OffsetDateTime;

use crate::{
    error::Result,
    paging::{Page, PageRequest},
};

/// Which vehicles; what is `None` does not matter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct VehicleFilter {
    /// Of this kind.
    pub kind: Option<VehicleType>,
    /// In this status.
    pub status: Option<VehicleStatus>,
    /// Enabled, or disabled.
    pub enabled: Option<bool>,
}

/// The registry of vehicles. A deleted vehicle is found by nobody, and neither is one outside the caller's
/// scope; both answer [`crate::Error::NotFound`] to a change.
///
/// Every method may answer [`crate::Error::Unavailable`] when the registry is away: at once, not by hanging.
#[async_trait]
pub trait VehicleRepository: Send + Sync {
    /// One vehicle.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    async fn find_by_id(&self, scope: &AccessScope, id: VehicleId) -> Result<Option<Vehicle>>;

    /// A page of vehicles, in the order in which they were registered.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    async fn find_all(
        &self,
        scope: &AccessScope,
        filter: &VehicleFilter,
        page: &PageRequest<VehicleId>,
    ) -> Result<Page<Vehicle>>;

    /// All vehicles of a kind, in the order in which they were registered.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    async fn find_by_type(&self, scope: &AccessScope, kind: VehicleType) -> Result<Vec<Vehicle>>;

    /// All vehicles that are enabled, in the order in which they were registered.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    async fn find_enabled_vehicles(&self, scope: &AccessScope) -> Result<Vec<Vehicle>>;

    /// Registers a vehicle: IDLE, disabled, version 1.
    ///
    /// # Errors
    /// [`crate::Error::Conflict`] when the organisation has a vehicle of this name; [`crate::Error::NotFound`]
    /// when there is no such organisation.
    async fn create(&self, organization: OrganizationId, draft: VehicleDraft) -> Result<Vehicle>;

    /// Changes some fields and raises the version; changes that change nothing leave the version as it is.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`]; [`crate::Error::VersionMismatch`] when `expected` is given and is not the
    /// present one; [`crate::Error::Conflict`] for a name that is taken; [`crate::Error::Invalid`] for
    /// changes that the vehicle does not allow.
    async fn update(
        &self,
        scope: &AccessScope,
        id: VehicleId,
        expected: Option<Version>,
        changes: VehicleChanges,
    ) -> Result<Vehicle>;

    /// Deletes a vehicle softly: its row is kept and nobody finds it. Its name is free again. Gives the
    /// vehicle as it was deleted.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`]; [`crate::Error::VersionMismatch`] as for an update.
    async fn delete(&self, scope: &AccessScope, id: VehicleId, expected: Option<Version>) -> Result<Vehicle>;

    /// Enables a vehicle; enabling an enabled one changes nothing.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`].
    async fn enable(&self, scope: &AccessScope, id: VehicleId) -> Result<Vehicle> {
        self.update(scope, id, None, VehicleChanges::enable()).await
    }

    /// Disables a vehicle; disabling a disabled one changes nothing.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`].
    async fn disable(&self, scope: &AccessScope, id: VehicleId) -> Result<Vehicle> {
        self.update(scope, id, None, VehicleChanges::disable()).await
    }

    /// Takes down the robots' own word of their status: without asking the table of transitions and without
    /// raising the version. Unknown, disabled and deleted vehicles are passed over, and so is a status that is there
    /// already: several servers may say the same.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    async fn record_statuses(&self, statuses: &[(VehicleId, VehicleStatus)]) -> Result<()>;

    /// Every vehicle that was changed at `since` or later, the deleted ones included; all that are not
    /// deleted when it is `None`. For keeping what servers know in step with the registry.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    async fn changed_since(&self, since: Option<OffsetDateTime>) -> Result<Vec<Vehicle>>;

    /// The registry's own time now, for [`VehicleRepository::changed_since`]; proves that it is there.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    async fn now(&self) -> Result<OffsetDateTime>;
}
