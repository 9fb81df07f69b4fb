mod sort;

use std::borrow::Cow;

use async_trait::async_trait;
use domain::{
    AccessScope, GroupId, OrganizationId, VehicleId,
    vehicle::{SearchText, Vehicle, VehicleChanges, VehicleDraft, VehicleStatus, VehicleType, Version},
};

use crate::{
    Actor,
    error::Result,
    paging::{Page, PageRequest},
};

pub use sort::{SortDirection, SortField, SortKey, VehiclePlace, VehicleSort, name_key};

/// Which vehicles; what is `None` does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct VehicleFilter {
    /// Of this kind.
    pub kind: Option<VehicleType>,
    /// In this status.
    pub status: Option<VehicleStatus>,
    /// Enabled, or disabled.
    pub enabled: Option<bool>,
    /// In this group.
    pub group: Option<GroupId>,
    /// With this in their name, manufacturer or model.
    pub search: Option<SearchText>,
}

impl VehicleFilter {
    /// Returns the scope that the filter is applied to. A caller that asks for the vehicles of a group gets those that it
    /// sees because it sees the group, and none that it sees for another reason; else it could find out which vehicles
    /// are in the group.
    #[must_use]
    pub fn scope_within<'a>(&self, scope: &'a AccessScope) -> Cow<'a, AccessScope> {
        match self.group {
            Some(group) => Cow::Owned(scope.through_group(group)),
            None => Cow::Borrowed(scope),
        }
    }

    /// Whether it lets a vehicle pass.
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

/// A vehicle that is to be registered with others.
#[derive(Debug, Clone, PartialEq)]
pub struct Registration {
    /// Its identity; a new one when there is none.
    pub id: Option<VehicleId>,
    /// Whether it is enabled from the beginning.
    pub is_enabled: bool,
    /// What is to be known of it.
    pub draft: VehicleDraft,
}

/// Why one of several vehicles can't be registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collision {
    /// Which of them, counted from 0.
    pub index: usize,
    /// The field that collides: `id`, `name` or `type`.
    pub field: &'static str,
    /// With what, as a sentence without a subject.
    pub message: Cow<'static, str>,
}

/// Whether what is asked for is done, or only tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// It is done.
    Apply,
    /// It is only found out whether it could be done. Nothing is written.
    Rehearse,
}

/// The registry of vehicles. A deleted vehicle is found by nobody, and neither is one outside the caller's
/// scope; both answer [`crate::Error::NotFound`] to a change.
///
/// Every change writes what others must hear of into the log of the registry
/// ([`crate::ports::EventLog`]), and who did it into the audit log ([`crate::ports::AuditLog`]), in the same step as the
/// change.
///
/// Every method may answer [`crate::Error::Unavailable`] when the registry is away: at once, not by hanging.
#[async_trait]
pub trait VehicleRepository: Send + Sync {
    /// One vehicle.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    async fn find_by_id(&self, scope: &AccessScope, id: VehicleId) -> Result<Option<Vehicle>>;

    /// Several vehicles by their ids, in no order; those that are not there for this caller are left out.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    async fn find_by_ids(&self, scope: &AccessScope, ids: &[VehicleId]) -> Result<Vec<Vehicle>>;

    /// A page of vehicles, sorted.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    async fn find_all(
        &self,
        scope: &AccessScope,
        filter: &VehicleFilter,
        sort: VehicleSort,
        page: &PageRequest<VehiclePlace>,
    ) -> Result<Page<Vehicle>>;

    /// How many vehicles there are on all pages.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    async fn count(&self, scope: &AccessScope, filter: &VehicleFilter) -> Result<u64>;

    /// The vehicles of a kind, in the order in which they were registered, at most `limit`.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    async fn find_by_type(&self, scope: &AccessScope, kind: VehicleType, limit: u32) -> Result<Vec<Vehicle>>;

    /// The vehicles that are enabled, in the order in which they were registered, at most `limit`.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    async fn find_enabled_vehicles(&self, scope: &AccessScope, limit: u32) -> Result<Vec<Vehicle>>;

    /// Registers a vehicle: IDLE, disabled, version 1, in no group.
    ///
    /// # Errors
    /// [`crate::Error::Conflict`] when the organisation has a vehicle of this name; [`crate::Error::NotFound`]
    /// when there is no such organisation.
    async fn create(&self, by: &Actor, organization: OrganizationId, draft: VehicleDraft) -> Result<Vehicle>;

    /// Registers several vehicles, all or none of them: IDLE, version 1, in no group. Gives them in their order. A
    /// deleted vehicle whose id is among them is restored with what is said of it here: it keeps its status and when it
    /// was created, and has its next version.
    ///
    /// # Errors
    /// The inner error has every name and id that stands in the way, as
    /// [`Registrar`](crate::vehicles::Registrar) judges them, and nothing is registered. The outer one is
    /// [`crate::Error::NotFound`] when there is no such organisation, [`crate::Error::RateLimited`] while another list
    /// is being registered in it.
    async fn create_all(
        &self,
        by: &Actor,
        organization: OrganizationId,
        registrations: Vec<Registration>,
        mode: Mode,
    ) -> Result<Result<Vec<Vehicle>, Vec<Collision>>>;

    /// Changes some fields and raises the version; changes that change nothing leave the version as it is.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`]; [`crate::Error::VersionMismatch`] when `expected` is given and is not the
    /// present one; [`crate::Error::Conflict`] for a name that is taken; [`crate::Error::Invalid`] for
    /// changes that the vehicle does not allow.
    async fn update(
        &self,
        by: &Actor,
        id: VehicleId,
        expected: Option<Version>,
        changes: VehicleChanges,
    ) -> Result<Vehicle>;

    /// Deletes a vehicle softly: its row is kept and nobody finds it. Its name is free again, and it is in no
    /// group any more. Gives the vehicle as it was deleted.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`]; [`crate::Error::VersionMismatch`] as for an update.
    async fn delete(&self, by: &Actor, id: VehicleId, expected: Option<Version>) -> Result<Vehicle>;

    /// Restores a deleted vehicle under its id, disabled and in no group, with everything else as it was when it
    /// was deleted.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`]; [`crate::Error::Conflict`] on `id` for a vehicle that is not deleted, on `name`
    /// when another vehicle of its organisation has its name by now.
    async fn restore(&self, by: &Actor, id: VehicleId) -> Result<Vehicle>;

    /// Enables a vehicle; enabling an enabled one changes nothing.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`]; [`crate::Error::VersionMismatch`] as for an update.
    async fn enable(&self, by: &Actor, id: VehicleId, expected: Option<Version>) -> Result<Vehicle> {
        self.update(by, id, expected, VehicleChanges::enable()).await
    }

    /// Disables a vehicle; disabling a disabled one changes nothing.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`]; [`crate::Error::VersionMismatch`] as for an update.
    async fn disable(&self, by: &Actor, id: VehicleId, expected: Option<Version>) -> Result<Vehicle> {
        self.update(by, id, expected, VehicleChanges::disable()).await
    }

    /// Enables several vehicles, or disables them, all or none. Gives all of them as they are then, in the order of their
    /// ids; those that need no change keep their version.
    ///
    /// # Errors
    /// [`crate::Error::NoSuchVehicle`] with the first id that is not there, and nothing is changed.
    async fn set_enabled(&self, by: &Actor, ids: &[VehicleId], is_enabled: bool) -> Result<Vec<Vehicle>>;

    /// Deletes several vehicles softly, all or none. Gives them as they were deleted, in the order of their ids.
    ///
    /// # Errors
    /// [`crate::Error::NoSuchVehicle`] with the first id that is not there, and nothing is deleted.
    async fn delete_all(&self, by: &Actor, ids: &[VehicleId]) -> Result<Vec<Vehicle>>;

    /// Takes down the robots' own word of their status: without asking the table of transitions and without
    /// raising the version. Unknown, disabled and deleted vehicles are passed over, and so is a status that is there
    /// already: several servers may say the same. The log does not have it: every server hears the robots itself.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    async fn record_statuses(&self, statuses: &[(VehicleId, VehicleStatus)]) -> Result<()>;

    /// Every vehicle that is not deleted, in no order: what a server begins with.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    async fn load_all(&self) -> Result<Vec<Vehicle>>;
}
