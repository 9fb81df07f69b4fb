use application::{
    Actor, Error, Result,
    groups::must_share_organization,
    paging::{Page, PageRequest},
    ports::{AuditRecord, GroupRepository},
};
use async_trait::async_trait;
use domain::{
    AccessScope, GrantTarget, Group, GroupId, GroupName, OrganizationId, VehicleId, vehicle::Vehicle,
};
use uuid::Uuid;

use super::{
    MemoryRegistry,
    state::{State, now},
};

#[async_trait]
impl GroupRepository for MemoryRegistry {
    async fn find_by_ids(&self, scope: &AccessScope, ids: &[GroupId]) -> Result<Vec<Group>> {
        let state = self.state.read();
        let found = ids.iter().filter_map(|id| state.group(scope, *id).ok());
        let mut found: Vec<Group> = found.cloned().collect();
        found.sort_by_key(|group| group.id);
        found.dedup_by_key(|group| group.id);
        Ok(found)
    }

    async fn find_all(
        &self,
        scope: &AccessScope,
        organization: Option<OrganizationId>,
        page: &PageRequest<GroupId>,
    ) -> Result<Page<Group>> {
        let state = self.state.read();
        let list = state.groups_of(scope, organization);
        Ok(page.cut(list, |group| group.id, Ord::cmp).map(Clone::clone))
    }

    async fn count(&self, scope: &AccessScope, organization: Option<OrganizationId>) -> Result<u64> {
        Ok(self.state.read().groups_of(scope, organization).count() as u64)
    }

    async fn create(&self, by: &Actor, organization_id: OrganizationId, name: GroupName) -> Result<Group> {
        let mut state = self.state.write();
        state.organization(&by.scope, organization_id)?;
        state.group_name_must_be_free(organization_id, &name, None)?;
        let created_at = now();
        let group = Group {
            id: GroupId::from_uuid(Uuid::now_v7()),
            organization_id,
            name,
            created_at,
            updated_at: created_at,
        };
        state.groups.insert(group.id, group.clone());
        state.write_down(by, AuditRecord::group_created(&group));
        Ok(group)
    }

    async fn rename(&self, by: &Actor, id: GroupId, name: GroupName) -> Result<Group> {
        let mut state = self.state.write();
        let before = state.group(&by.scope, id)?.clone();
        if before.name == name {
            return Ok(before);
        }
        state.group_name_must_be_free(before.organization_id, &name, Some(id))?;
        let group = Group {
            name,
            updated_at: now(),
            ..before.clone()
        };
        state.groups.insert(id, group.clone());
        state.write_down(by, AuditRecord::group_changed(&before, &group));
        Ok(group)
    }

    async fn delete(&self, by: &Actor, id: GroupId) -> Result<Vec<Vehicle>> {
        let mut state = self.state.write();
        let group = state.group(&by.scope, id)?.clone();
        let members: Vec<Vehicle> = state
            .vehicles
            .values()
            .filter(|vehicle| vehicle.group_ids.contains(&id))
            .cloned()
            .collect();
        let leave = |mut vehicle: Vehicle| {
            vehicle.group_ids.remove(&id);
            state.change(by, vehicle)
        };
        let members = members.into_iter().map(leave).collect();
        state.write_down(by, AuditRecord::group_deleted(&group));
        state.withdraw_all(by, GrantTarget::Group(id));
        state.groups.remove(&id);
        Ok(members)
    }

    async fn add_vehicle(&self, by: &Actor, group: GroupId, vehicle: VehicleId) -> Result<Vehicle> {
        let mut state = self.state.write();
        let target = state.group(&by.scope, group)?;
        let mut vehicle = state.vehicle(&by.scope, vehicle, None)?.clone();
        must_share_organization(target, &vehicle)?;
        if !vehicle.group_ids.insert(group) {
            return Ok(vehicle);
        }
        Ok(state.change(by, vehicle))
    }

    async fn remove_vehicle(&self, by: &Actor, group: GroupId, vehicle: VehicleId) -> Result<Vehicle> {
        let mut state = self.state.write();
        state.group(&by.scope, group)?;
        let mut vehicle = state.vehicle(&by.scope, vehicle, None)?.clone();
        if !vehicle.group_ids.remove(&group) {
            return Err(Error::vehicle_not_found());
        }
        Ok(state.change(by, vehicle))
    }
}

impl State {
    pub(super) fn group(&self, scope: &AccessScope, id: GroupId) -> Result<&Group> {
        let found = self.groups.get(&id);
        found
            .filter(|group| scope.has_group(group.organization_id, group.id))
            .ok_or_else(Error::group_not_found)
    }

    fn groups_of<'a>(
        &'a self,
        scope: &'a AccessScope,
        organization: Option<OrganizationId>,
    ) -> impl DoubleEndedIterator<Item = &'a Group> {
        self.groups.values().filter(move |group| {
            scope.has_group(group.organization_id, group.id)
                && organization.is_none_or(|wanted| wanted == group.organization_id)
        })
    }

    fn group_name_must_be_free(
        &self,
        organization: OrganizationId,
        name: &GroupName,
        owner: Option<GroupId>,
    ) -> Result<()> {
        let is_taken = self.groups.values().any(|group| {
            group.organization_id == organization && group.name == *name && Some(group.id) != owner
        });
        match is_taken {
            true => Err(Error::group_name_is_taken()),
            false => Ok(()),
        }
    }
}
