mod sort;

use std::borrow::Cow;

use async_trait::async_trait;
use domain::{
    AccessScope, GroupId, OrganizationId, VehicleId,
    vehicle::{SearchText, Vehicle, VehicleChanges, VehicleDraft, VehicleStatus, VehicleType, Version},
};
use time::OffsetDateTime;

use crate::{
    Actor,
    error::Result,
    paging::{Page, PageRequest},
};

pub use sort::{SortDirection, SortField, SortKey, VehiclePlace, VehicleSort, name_key};

/// Filter for vehicles. A field that is `None` matches every vehicle.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct VehicleFilter {
    /// Kind of the vehicle.
    pub kind: Option<VehicleType>,
    /// Status of the vehicle.
    pub status: Option<VehicleStatus>,
    /// Whether the vehicle is enabled.
    pub enabled: Option<bool>,
    /// Group that contains the vehicle.
    pub group: Option<GroupId>,
    /// Text that occurs in the name, manufacturer or model.
    pub search: Option<SearchText>,
}

impl VehicleFilter {
    /// Returns the scope within which the filter applies. A filter by group is limited to vehicles that the caller can
    /// see because of the group or its organisation. Otherwise, a caller that can see some vehicles for another reason
    /// could find out whether they are in a group that it can't see.
    #[must_use]
    pub fn scope_within<'a>(&self, scope: &'a AccessScope) -> Cow<'a, AccessScope> {
        match self.group {
            Some(group) => Cow::Owned(scope.through_group(group)),
            None => Cow::Borrowed(scope),
        }
    }

    /// Returns `true` if the vehicle matches all fields.
    #[must_use]
    pub fn matches(&self, vehicle: &Vehicle) -> bool {
        let Self {
            kind,
            status,
            enabled,
            group,
            search,
        } = self;
        kind.is_none_or(|kind| kind == vehicle.kind())
            && status.is_none_or(|status| status == vehicle.status)
            && enabled.is_none_or(|enabled| enabled == vehicle.is_enabled)
            && group.is_none_or(|group| vehicle.group_ids.contains(&group))
            && search.as_ref().is_none_or(|search| search.finds(vehicle))
    }
}

/// A vehicle to register as part of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Registration {
    /// Id of the vehicle; `None` to assign a new one.
    pub id: Option<VehicleId>,
    /// Whether the vehicle is enabled from the start.
    pub is_enabled: bool,
    /// Data of the vehicle.
    pub draft: VehicleDraft,
}

/// Reason why a vehicle in a list cannot be registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collision {
    /// Index of the vehicle in the list, from 0.
    pub index: usize,
    /// Conflicting field: `id`, `name` or `type`.
    pub field: &'static str,
    /// Description of the conflict, for the caller.
    pub message: Cow<'static, str>,
}

/// The part of a registered vehicle by which a server detects that its copy is outdated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RegisteredVersion {
    /// The vehicle.
    pub id: VehicleId,
    /// Current version.
    pub version: Version,
    /// Whether the vehicle is enabled.
    pub is_enabled: bool,
}

impl From<&Vehicle> for RegisteredVersion {
    fn from(vehicle: &Vehicle) -> Self {
        Self {
            id: vehicle.id,
            version: vehicle.version,
            is_enabled: vehicle.is_enabled,
        }
    }
}

/// Effect of registering a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The list is registered.
    Apply,
    /// The list is checked against the registry. Nothing is written.
    Rehearse,
}

/// The registry of vehicles. Reads don't return deleted vehicles or vehicles outside the caller's scope. Changing such
/// a vehicle returns [`crate::Error::NotFound`].
///
/// Every change by a caller adds an event to the log of the registry ([`crate::ports::EventLog`]) and an entry to the
/// audit log ([`crate::ports::AuditLog`]), in the same transaction. A change that leaves all values unchanged writes
/// nothing.
///
/// Every method returns [`crate::Error::Unavailable`] promptly when the registry is unreachable.
#[async_trait]
pub trait VehicleRepository: Send + Sync {
    /// Returns a vehicle; `None` if it does not exist in the scope.
    async fn find_by_id(&self, scope: &AccessScope, id: VehicleId) -> Result<Option<Vehicle>>;

    /// Returns several vehicles in no particular order. Vehicles that don't exist in the scope are omitted.
    async fn find_by_ids(&self, scope: &AccessScope, ids: &[VehicleId]) -> Result<Vec<Vehicle>>;

    /// Returns a page of the vehicles that match the filter, in the given order.
    async fn find_all(
        &self,
        scope: &AccessScope,
        filter: &VehicleFilter,
        sort: VehicleSort,
        page: &PageRequest<VehiclePlace>,
    ) -> Result<Page<Vehicle>>;

    /// Returns the number of vehicles on all pages.
    async fn count(&self, scope: &AccessScope, filter: &VehicleFilter) -> Result<u64>;

    /// Returns up to `limit` vehicles of a kind, in the order of their registration.
    async fn find_by_type(&self, scope: &AccessScope, kind: VehicleType, limit: u32) -> Result<Vec<Vehicle>>;

    /// Returns up to `limit` enabled vehicles, in the order of their registration.
    async fn find_enabled_vehicles(&self, scope: &AccessScope, limit: u32) -> Result<Vec<Vehicle>>;

    /// Registers a vehicle. It is IDLE and disabled, has version 1, and is in no group.
    ///
    /// # Errors
    /// Returns [`crate::Error::Conflict`] when the organisation has a vehicle of this name; [`crate::Error::NotFound`]
    /// when the organisation does not exist for the caller.
    async fn create(&self, by: &Actor, organization: OrganizationId, draft: VehicleDraft) -> Result<Vehicle>;

    /// Registers several vehicles, all or none of them, and returns them in the order of the list. New ones are IDLE,
    /// have version 1, and are in no group. A deleted vehicle whose id is in the list is restored with the data that
    /// the list gives for it. It keeps its status and creation time, and gets its next version.
    ///
    /// # Errors
    /// The inner error lists all conflicts that [`Registrar`](crate::vehicles::Registrar) finds; nothing is then
    /// registered. The outer error is [`crate::Error::NotFound`] when the organisation does not exist for the caller,
    /// and [`crate::Error::RateLimited`] while another list is being registered in it.
    async fn create_all(
        &self,
        by: &Actor,
        organization: OrganizationId,
        registrations: Vec<Registration>,
        mode: Mode,
    ) -> Result<Result<Vec<Vehicle>, Vec<Collision>>>;

    /// Changes some fields of a vehicle and raises its version.
    ///
    /// # Errors
    /// Returns [`crate::Error::NotFound`] for a vehicle that does not exist for the caller;
    /// [`crate::Error::VersionMismatch`] when `expected` is given and is not the current version;
    /// [`crate::Error::Conflict`] when another vehicle of the organisation has the name; [`crate::Error::Invalid`] for
    /// changes that the vehicle does not allow.
    async fn update(
        &self,
        by: &Actor,
        id: VehicleId,
        expected: Option<Version>,
        changes: VehicleChanges,
    ) -> Result<Vehicle>;

    /// Deletes a vehicle softly: its row is kept, but reads don't return it. Its name becomes free, it is removed from
    /// its groups, and the grants on it are deleted. Returns the deleted vehicle.
    ///
    /// # Errors
    /// Returns [`crate::Error::NotFound`] for a vehicle that does not exist for the caller;
    /// [`crate::Error::VersionMismatch`] as for an update.
    async fn delete(&self, by: &Actor, id: VehicleId, expected: Option<Version>) -> Result<Vehicle>;

    /// Restores a deleted vehicle under its id. It is disabled and in no group, and gets its next version; its other
    /// data is unchanged.
    ///
    /// # Errors
    /// Returns [`crate::Error::NotFound`] for a vehicle that does not exist for the caller; [`crate::Error::Conflict`]
    /// on `id` for a vehicle that is not deleted, or on `name` when another vehicle of the organisation has this name.
    async fn restore(&self, by: &Actor, id: VehicleId) -> Result<Vehicle>;

    /// Enables a vehicle. Enabling an enabled vehicle changes nothing.
    ///
    /// # Errors
    /// Returns [`crate::Error::NotFound`] for a vehicle that does not exist for the caller;
    /// [`crate::Error::VersionMismatch`] as for an update.
    async fn enable(&self, by: &Actor, id: VehicleId, expected: Option<Version>) -> Result<Vehicle> {
        self.update(by, id, expected, VehicleChanges::enable()).await
    }

    /// Disables a vehicle. Disabling a disabled vehicle changes nothing.
    ///
    /// # Errors
    /// Returns [`crate::Error::NotFound`] for a vehicle that does not exist for the caller;
    /// [`crate::Error::VersionMismatch`] as for an update.
    async fn disable(&self, by: &Actor, id: VehicleId, expected: Option<Version>) -> Result<Vehicle> {
        self.update(by, id, expected, VehicleChanges::disable()).await
    }

    /// Enables or disables several vehicles, all or none of them. Returns them after the change, in the order of their
    /// ids. Vehicles that need no change keep their version.
    ///
    /// # Errors
    /// Returns [`crate::Error::NoSuchVehicle`] with the first id that does not exist in the scope; in that case nothing
    /// is changed.
    async fn set_enabled(&self, by: &Actor, ids: &[VehicleId], is_enabled: bool) -> Result<Vec<Vehicle>>;

    /// Deletes several vehicles softly, all or none of them. Returns the deleted vehicles in the order of their ids.
    ///
    /// # Errors
    /// Returns [`crate::Error::NoSuchVehicle`] with the first id that does not exist in the scope; in that case nothing
    /// is deleted.
    async fn delete_all(&self, by: &Actor, ids: &[VehicleId]) -> Result<Vec<Vehicle>>;

    /// Stores statuses that robots have reported, without checking the table of transitions or raising versions.
    /// Unknown, disabled and deleted vehicles are skipped. Statuses that are already stored are skipped too, because
    /// several servers may write the same one. No event is logged, because every server receives the robots' reports
    /// itself. Returns the time, by the registry's clock, at which all of them were stored: a vehicle that was last
    /// changed before this time, and whose status is a different one, was read before its status was stored.
    async fn record_statuses(&self, statuses: &[(VehicleId, VehicleStatus)]) -> Result<OffsetDateTime>;

    /// Returns every vehicle that is not deleted, in no particular order, for servers that are starting.
    async fn load_all(&self) -> Result<Vec<Vehicle>>;

    /// Returns the version of every vehicle that is not deleted, in no particular order. Servers compare them with
    /// their copies every few seconds, so it should cost less than [`VehicleRepository::load_all`].
    async fn versions(&self) -> Result<Vec<RegisteredVersion>> {
        let all = self.load_all().await?;
        Ok(all.iter().map(RegisteredVersion::from).collect())
    }
}
