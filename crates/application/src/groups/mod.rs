//! Use cases about groups of vehicles, one file each.

mod add_vehicle;
mod create;
mod delete;
mod get;
mod list;
mod remove_vehicle;
mod rename;

use std::sync::Arc;

use domain::{Group, GroupId, Operation, Violations, vehicle::Vehicle};

use crate::{
    Actor, Error,
    error::Result,
    ports::{GroupRepository, Ports},
    registry_changes::RegistryChanges,
};

/// Checks that a vehicle can be added to a group. Every registry calls this between locking and writing.
///
/// # Errors
/// Returns [`Error::Invalid`] (`vehicleId`) for a vehicle of another organisation.
pub fn must_share_organization(group: &Group, vehicle: &Vehicle) -> Result<()> {
    match vehicle.organization_id == group.organization_id {
        true => Ok(()),
        false => Err(Violations::of("vehicleId", "must be a vehicle of the group's organisation").into()),
    }
}

pub struct Groups {
    repository: Arc<dyn GroupRepository>,
    changes: Arc<RegistryChanges>,
}

impl Groups {
    #[must_use]
    pub fn new(ports: &Ports, changes: Arc<RegistryChanges>) -> Self {
        Self {
            repository: Arc::clone(&ports.groups),
            changes,
        }
    }

    /// Checks that an actor may manage groups. If it may not, the error is [`Error::Forbidden`], or [`Error::NotFound`]
    /// if the actor can't see the group either.
    async fn permit(&self, actor: &Actor, id: GroupId) -> Result<()> {
        let look = async {
            let found = self.repository.find_by_id(&actor.scope, id).await?;
            found.ok_or_else(Error::group_not_found)
        };
        actor.must_be_allowed_on(Operation::ManageGroups, look).await
    }
}

#[cfg(test)]
mod tests {
    use domain::{GroupName, OrganizationId};
    use test_builders::a_vehicle;
    use time::OffsetDateTime;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_group_accepts_vehicles_of_its_organisation_only() {
        let vehicle = a_vehicle().forklift().build();
        let in_organization = |organization_id| Group {
            id: GroupId::from_uuid(Uuid::from_u128(1)),
            organization_id,
            name: GroupName::new("Hall 1").expect("a name"),
            created_at: OffsetDateTime::UNIX_EPOCH,
            updated_at: OffsetDateTime::UNIX_EPOCH,
        };
        let own = in_organization(vehicle.organization_id);
        assert!(must_share_organization(&own, &vehicle).is_ok());
        let other = in_organization(OrganizationId::from_uuid(Uuid::from_u128(7)));
        let Err(Error::Invalid(faults)) = must_share_organization(&other, &vehicle) else {
            panic!("the vehicle belongs to another organisation");
        };
        let fields: Vec<_> = faults.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(fields, ["vehicleId"]);
    }
}
