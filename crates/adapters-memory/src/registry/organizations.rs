use std::collections::BTreeSet;

use application::{
    Actor, Error, Result,
    organizations::{OrganizationContents, must_be_deletable},
    paging::{Page, PageRequest},
    ports::{AuditRecord, Credentials, OrganizationRepository},
};
use async_trait::async_trait;
use domain::{AccessScope, GrantTarget, Organization, OrganizationId, OrganizationName};
use uuid::Uuid;

use super::{
    MemoryRegistry,
    state::{State, now},
};

#[async_trait]
impl OrganizationRepository for MemoryRegistry {
    async fn find_by_ids(&self, scope: &AccessScope, ids: &[OrganizationId]) -> Result<Vec<Organization>> {
        let state = self.state.read();
        let ids: BTreeSet<_> = ids.iter().copied().collect();
        Ok(ids
            .into_iter()
            .filter_map(|id| state.organization(scope, id).ok().cloned())
            .collect())
    }

    async fn find_by_id(&self, scope: &AccessScope, id: OrganizationId) -> Result<Option<Organization>> {
        Ok(self.state.read().organization(scope, id).ok().cloned())
    }

    async fn find_all(
        &self,
        scope: &AccessScope,
        page: &PageRequest<OrganizationId>,
    ) -> Result<Page<Organization>> {
        let state = self.state.read();
        let list = state
            .organizations
            .values()
            .filter(|organization| scope.has_organization(organization.id));
        Ok(page
            .cut(list, |organization| organization.id, Ord::cmp)
            .map(Clone::clone))
    }

    async fn count(&self, scope: &AccessScope) -> Result<u64> {
        let state = self.state.read();
        let found = state
            .organizations
            .keys()
            .filter(|id| scope.has_organization(**id));
        Ok(found.count() as u64)
    }

    async fn create(&self, by: &Actor, name: OrganizationName) -> Result<Organization> {
        let mut state = self.state.write();
        state.organization_name_must_be_free(&name, None)?;
        let created_at = now();
        let organization = Organization {
            id: OrganizationId::from_uuid(Uuid::now_v7()),
            name,
            created_at,
            updated_at: created_at,
        };
        state.organizations.insert(organization.id, organization.clone());
        state.write_down(by, AuditRecord::organization_created(&organization));
        Ok(organization)
    }

    async fn rename(&self, by: &Actor, id: OrganizationId, name: OrganizationName) -> Result<Organization> {
        let mut state = self.state.write();
        let before = state.organization(&by.scope, id)?.clone();
        if before.name == name {
            return Ok(before);
        }
        state.organization_name_must_be_free(&name, Some(id))?;
        let organization = Organization {
            name,
            updated_at: now(),
            ..before.clone()
        };
        state.organizations.insert(id, organization.clone());
        state.write_down(by, AuditRecord::organization_changed(&before, &organization));
        Ok(organization)
    }

    async fn delete(&self, by: &Actor, id: OrganizationId) -> Result<()> {
        let mut state = self.state.write();
        let organization = state.organization(&by.scope, id)?.clone();
        must_be_deletable(id, state.contents_of(id))?;
        state.vehicles.retain(|_, vehicle| vehicle.organization_id != id);
        state.organizations.remove(&id);
        state.write_down(by, AuditRecord::organization_deleted(&organization));
        state.withdraw_all(by, GrantTarget::Organization(id));
        Ok(())
    }
}

impl State {
    pub(super) fn organization(&self, scope: &AccessScope, id: OrganizationId) -> Result<&Organization> {
        let found = self.organizations.get(&id);
        found
            .filter(|organization| scope.has_organization(organization.id))
            .ok_or_else(Error::organization_not_found)
    }

    fn contents_of(&self, id: OrganizationId) -> OrganizationContents {
        let is_of_it = |known: &Credentials| known.user.organization_id == Some(id);
        OrganizationContents {
            has_vehicles: self
                .visible_to(&AccessScope::All)
                .any(|vehicle| vehicle.organization_id == id),
            has_groups: self.groups.values().any(|group| group.organization_id == id),
            has_users: self.users.values().any(is_of_it),
        }
    }

    fn organization_name_must_be_free(
        &self,
        name: &OrganizationName,
        owner: Option<OrganizationId>,
    ) -> Result<()> {
        let is_taken = self
            .organizations
            .values()
            .any(|organization| organization.name == *name && Some(organization.id) != owner);
        match is_taken {
            true => Err(Error::organization_name_is_taken()),
            false => Ok(()),
        }
    }
}
