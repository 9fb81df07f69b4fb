use async_trait::async_trait;
use domain::{AccessScope, Group, GroupId, GroupName, OrganizationId, VehicleId, vehicle::Vehicle};

use crate::{
    Actor,
    error::Result,
    paging::{Page, PageRequest},
};

/// The groups of vehicles. A caller sees the groups that its scope covers ([`AccessScope::has_group`]). A change to any
/// other group returns [`crate::Error::NotFound`].
///
/// Membership is part of the vehicle ([`Vehicle::group_ids`]), so changing it raises the version of the vehicle and
/// adds an event to the log of the registry. Every change adds an entry to the audit log. All of this happens in one
/// transaction.
///
/// Every method returns [`crate::Error::Unavailable`] promptly when the registry is unreachable.
#[async_trait]
pub trait GroupRepository: Send + Sync {
    /// Returns a group; `None` if it does not exist in the scope.
    async fn find_by_id(&self, scope: &AccessScope, id: GroupId) -> Result<Option<Group>> {
        Ok(self.find_by_ids(scope, &[id]).await?.pop())
    }

    /// Returns several groups in no particular order. Groups that don't exist in the scope are omitted.
    async fn find_by_ids(&self, scope: &AccessScope, ids: &[GroupId]) -> Result<Vec<Group>>;

    /// Returns a page of the groups of one organisation, or of all organisations if `organization` is `None`, in the
    /// order of their creation.
    async fn find_all(
        &self,
        scope: &AccessScope,
        organization: Option<OrganizationId>,
        page: &PageRequest<GroupId>,
    ) -> Result<Page<Group>>;

    /// Returns the number of groups on all pages.
    async fn count(&self, scope: &AccessScope, organization: Option<OrganizationId>) -> Result<u64>;

    /// Creates a group without vehicles.
    ///
    /// # Errors
    /// Returns [`crate::Error::Conflict`] when the organisation has a group of this name; [`crate::Error::NotFound`]
    /// when the organisation does not exist for the caller.
    async fn create(&self, by: &Actor, organization: OrganizationId, name: GroupName) -> Result<Group>;

    /// Renames a group. Giving it the name that it already has changes nothing.
    ///
    /// # Errors
    /// Returns [`crate::Error::NotFound`] for a group that does not exist for the caller; [`crate::Error::Conflict`]
    /// when the organisation has another group of this name.
    async fn rename(&self, by: &Actor, id: GroupId, name: GroupName) -> Result<Group>;

    /// Deletes a group, but not its vehicles. Returns the vehicles that were in the group, after the change.
    ///
    /// # Errors
    /// Returns [`crate::Error::NotFound`] for a group that does not exist for the caller.
    async fn delete(&self, by: &Actor, id: GroupId) -> Result<Vec<Vehicle>>;

    /// Adds a vehicle to a group, and returns the vehicle after the change. Adding a member again changes nothing.
    ///
    /// # Errors
    /// Returns [`crate::Error::NotFound`] when the group or the vehicle does not exist for the caller;
    /// [`crate::Error::Invalid`] (`vehicleId`) when they belong to different organisations, see
    /// [`must_share_organization`](crate::groups::must_share_organization).
    async fn add_vehicle(&self, by: &Actor, group: GroupId, vehicle: VehicleId) -> Result<Vehicle>;

    /// Removes a vehicle from a group, and returns the vehicle after the change.
    ///
    /// # Errors
    /// Returns [`crate::Error::NotFound`] when the group or the vehicle does not exist for the caller, or the vehicle
    /// is not in the group.
    async fn remove_vehicle(&self, by: &Actor, group: GroupId, vehicle: VehicleId) -> Result<Vehicle>;
}
