use std::collections::BTreeSet;

use application::{
    Actor, Error, Result,
    grants::must_need_grants,
    paging::{Page, PageRequest},
    ports::{AuditRecord, GrantRepository},
};
use async_trait::async_trait;
use domain::{AccessScope, Grant, GrantId, GrantTarget, GrantTerms, OrganizationId, UserId};
use uuid::Uuid;

use super::{
    MemoryRegistry,
    state::{State, now},
};

#[async_trait]
impl GrantRepository for MemoryRegistry {
    async fn find_by_ids(&self, scope: &AccessScope, ids: &[GrantId]) -> Result<Vec<Grant>> {
        let state = self.state.read();
        let ids: BTreeSet<_> = ids.iter().copied().collect();
        Ok(ids
            .into_iter()
            .filter_map(|id| state.grant(scope, id).ok().cloned())
            .collect())
    }

    async fn find_by_id(&self, scope: &AccessScope, id: GrantId) -> Result<Option<Grant>> {
        Ok(self.state.read().grant(scope, id).ok().cloned())
    }

    async fn find_all(
        &self,
        scope: &AccessScope,
        user: Option<UserId>,
        page: &PageRequest<GrantId>,
    ) -> Result<Page<Grant>> {
        let state = self.state.read();
        let list = state.grants_of(scope, user);
        Ok(page.cut(list, |grant| grant.id, Ord::cmp).map(Clone::clone))
    }

    async fn count(&self, scope: &AccessScope, user: Option<UserId>) -> Result<u64> {
        Ok(self.state.read().grants_of(scope, user).count() as u64)
    }

    async fn create(&self, by: &Actor, user: UserId, terms: GrantTerms) -> Result<Grant> {
        let GrantTerms { target, role } = terms;
        let mut state = self.state.write();
        let user = state.user(&by.scope, user)?.user.clone();
        match target {
            GrantTarget::Organization(id) => state.organization(&by.scope, id).map(drop)?,
            GrantTarget::Group(id) => state.group(&by.scope, id).map(drop)?,
            GrantTarget::Vehicle(id) => state.vehicle(&by.scope, id, None).map(drop)?,
        }
        must_need_grants(&user)?;
        let is_the_same = |grant: &Grant| grant.user_id == user.id && grant.target == target;
        if state.grants.values().any(is_the_same) {
            return Err(Error::already_granted());
        }
        let grant = Grant {
            id: GrantId::from_uuid(Uuid::now_v7()),
            user_id: user.id,
            target,
            role,
            created_at: now(),
        };
        state.grants.insert(grant.id, grant.clone());
        state.note_rights(user.id);
        let owner = state.owner_of(target);
        state.write_down(by, AuditRecord::granted(&grant, owner));
        Ok(grant)
    }

    async fn delete(&self, by: &Actor, id: GrantId) -> Result<Grant> {
        let mut state = self.state.write();
        let grant = state.grant(&by.scope, id)?.clone();
        state.remove_grants(by, |known| known.id == id);
        state.note_rights(grant.user_id);
        Ok(grant)
    }
}

impl State {
    fn grant(&self, scope: &AccessScope, id: GrantId) -> Result<&Grant> {
        let found = self.grants.get(&id);
        found
            .filter(|grant| self.is_visible(scope, grant))
            .ok_or_else(Error::grant_not_found)
    }

    fn grants_of<'a>(
        &'a self,
        scope: &'a AccessScope,
        user: Option<UserId>,
    ) -> impl DoubleEndedIterator<Item = &'a Grant> {
        self.grants
            .values()
            .filter(move |grant| user.is_none_or(|user| user == grant.user_id))
            .filter(|grant| self.is_visible(scope, grant))
    }

    fn is_visible(&self, scope: &AccessScope, grant: &Grant) -> bool {
        scope.has_organization(self.owner_of(grant.target))
    }

    /// Rejects a change to a user who has a grant on a target outside the scope of the change's author.
    pub(super) fn must_hold_no_foreign_grants(&self, scope: &AccessScope, user: UserId) -> Result<()> {
        let mut held = self.grants.values().filter(|grant| grant.user_id == user);
        match held.all(|grant| self.is_visible(scope, grant)) {
            true => Ok(()),
            false => Err(Error::holds_foreign_grants()),
        }
    }

    /// Returns the organisation that a target belongs to. The target exists, because no grant outlives its target.
    fn owner_of(&self, target: GrantTarget) -> OrganizationId {
        match target {
            GrantTarget::Organization(id) => id,
            GrantTarget::Group(id) => self.groups[&id].organization_id,
            GrantTarget::Vehicle(id) => self.vehicles[&id].organization_id,
        }
    }

    /// Withdraws the grants on a target that is being deleted.
    pub(super) fn withdraw_all(&mut self, by: &Actor, target: GrantTarget) {
        for user in self.remove_grants(by, |grant| grant.target == target) {
            self.note_rights(user);
        }
    }

    /// Removes grants, and returns their users. The caller must record that the rights of these users have changed.
    pub(super) fn remove_grants(&mut self, by: &Actor, goes: impl Fn(&Grant) -> bool) -> BTreeSet<UserId> {
        let going: Vec<Grant> = self
            .grants
            .values()
            .filter(|grant| goes(grant))
            .cloned()
            .collect();
        for grant in &going {
            self.grants.remove(&grant.id);
            let record = AuditRecord::withdrawn(grant, self.owner_of(grant.target));
            self.write_down(by, record);
        }
        going.iter().map(|grant| grant.user_id).collect()
    }
}
