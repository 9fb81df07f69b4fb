use async_trait::async_trait;
use domain::{AccessScope, Group, GroupId, GroupName, OrganizationId, VehicleId, vehicle::Vehicle};

use crate::{
    Actor,
    error::Result,
    paging::{Page, PageRequest},
};

/// The groups of vehicles. For a caller there are those of the organisations in its scope; any other answers
/// [`crate::Error::NotFound`] to a change.
///
/// Who is in which group is a part of the vehicle ([`Vehicle::group_ids`]): such a change raises the vehicle's
/// version and is in the log of the registry, in the same step. So is the entry of every change in the audit log.
///
/// Every method may answer [`crate::Error::Unavailable`] when the registry is away: at once, not by hanging.
#[async_trait]
pub trait GroupRepository: Send + Sync {
    /// One group.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    async fn find_by_id(&self, scope: &AccessScope, id: GroupId) -> Result<Option<Group>> {
        Ok(self.find_by_ids(scope, &[id]).await?.pop())
    }

    /// Several groups in one round trip, in no order; those that are not there are left out.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    async fn find_by_ids(&self, scope: &AccessScope, ids: &[GroupId]) -> Result<Vec<Group>>;

    /// A page of the groups, of one organisation or of all, in the order in which they were made.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    async fn find_all(
        &self,
        scope: &AccessScope,
        organization: Option<OrganizationId>,
        page: &PageRequest<GroupId>,
    ) -> Result<Page<Group>>;

    /// How many groups there are on all pages.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    async fn count(&self, scope: &AccessScope, organization: Option<OrganizationId>) -> Result<u64>;

    /// Makes a group without vehicles.
    ///
    /// # Errors
    /// [`crate::Error::Conflict`] when the organisation has a group of this name; [`crate::Error::NotFound`]
    /// when there is no such organisation.
    async fn create(&self, by: &Actor, organization: OrganizationId, name: GroupName) -> Result<Group>;

    /// Renames a group; to the name that it has already changes nothing.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`]; [`crate::Error::Conflict`] as for a new one.
    async fn rename(&self, by: &Actor, id: GroupId, name: GroupName) -> Result<Group>;

    /// Deletes a group; its vehicles stay. Gives those that were in it, as they are now.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`].
    async fn delete(&self, by: &Actor, id: GroupId) -> Result<Vec<Vehicle>>;

    /// Puts a vehicle into a group and gives it as it is now; one that is in it already stays as it is.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`] for the group or the vehicle; [`crate::Error::Invalid`] (`vehicleId`) when they
    /// are of different organisations.
    async fn add_vehicle(&self, by: &Actor, group: GroupId, vehicle: VehicleId) -> Result<Vehicle>;

    /// Takes a vehicle out of a group and gives it as it is now.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`] for the group, the vehicle, or one that is not in the group.
    async fn remove_vehicle(&self, by: &Actor, group: GroupId, vehicle: VehicleId) -> Result<Vehicle>;
}
