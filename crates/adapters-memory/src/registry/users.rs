use std::collections::BTreeSet;

use application::{
    Actor, Error, Result,
    paging::{Page, PageRequest},
    ports::{AuditRecord, Credentials, NewUser, PasswordHash, UserRepository},
    users::{must_have_home, refusal_without_another},
};
use async_trait::async_trait;
use domain::{AccessScope, User, UserChanges, UserId};
use uuid::Uuid;

use super::{
    MemoryRegistry,
    state::{State, now},
};

#[async_trait]
impl UserRepository for MemoryRegistry {
    async fn find_by_ids(&self, scope: &AccessScope, ids: &[UserId]) -> Result<Vec<User>> {
        let state = self.state.read();
        let ids: BTreeSet<_> = ids.iter().copied().collect();
        Ok(ids
            .into_iter()
            .filter_map(|id| Some(state.user(scope, id).ok()?.user.clone()))
            .collect())
    }

    async fn find_by_id(&self, scope: &AccessScope, id: UserId) -> Result<Option<User>> {
        let state = self.state.read();
        Ok(state.user(scope, id).ok().map(|known| known.user.clone()))
    }

    async fn find_all(&self, scope: &AccessScope, page: &PageRequest<UserId>) -> Result<Page<User>> {
        let state = self.state.read();
        let list = state.users_of(scope);
        Ok(page.cut(list, |user| user.id, Ord::cmp).map(Clone::clone))
    }

    async fn count(&self, scope: &AccessScope) -> Result<u64> {
        Ok(self.state.read().users_of(scope).count() as u64)
    }

    async fn create(&self, by: &Actor, user: NewUser) -> Result<User> {
        let mut state = self.state.write();
        state.must_have_home(by, &user)?;
        if state
            .users
            .values()
            .any(|known| known.user.username == user.username)
        {
            return Err(Error::username_is_taken());
        }
        let looks_like = [user.username.skeleton(), user.username.given_skeleton()];
        if state
            .users
            .values()
            .any(|known| looks_like.contains(&known.user.username.skeleton()))
        {
            return Err(Error::username_looks_like_another());
        }
        Ok(state.take_in(by, user))
    }

    async fn create_first(&self, by: &Actor, user: NewUser) -> Result<Option<User>> {
        let mut state = self.state.write();
        if !state.users.is_empty() {
            return Ok(None);
        }
        state.must_have_home(by, &user)?;
        Ok(Some(state.take_in(by, user)))
    }

    async fn update(
        &self,
        by: &Actor,
        id: UserId,
        changes: UserChanges,
        password: Option<PasswordHash>,
    ) -> Result<User> {
        let mut state = self.state.write();
        let known = state.user(&by.scope, id)?.clone();
        let before = known.user;
        let after = changes.apply(&before);
        if after == before && password.is_none() {
            return Ok(after);
        }
        if changes.hands_on_grants(&before, password.is_some()) {
            state.must_hold_no_foreign_grants(&by.scope, id)?;
        }
        state.must_keep_an_administrator(&before, Some(&after))?;
        let after = User {
            updated_at: now(),
            ..after
        };
        let has_new_password = password.is_some();
        let changed = Credentials {
            user: after.clone(),
            password: password.unwrap_or(known.password),
        };
        state.users.insert(id, changed);
        if after.must_log_in_again(has_new_password) {
            state.end_sessions_of(id);
        }
        state.note_rights(id);
        state.write_down(by, AuditRecord::user_changed(&before, &after, has_new_password));
        Ok(after)
    }

    async fn delete(&self, by: &Actor, id: UserId) -> Result<()> {
        let mut state = self.state.write();
        let user = state.user(&by.scope, id)?.user.clone();
        state.must_keep_an_administrator(&user, None)?;
        state.end_sessions_of(id);
        state.remove_grants(by, |grant| grant.user_id == id);
        state.users.remove(&id);
        state.note_rights(id);
        state.write_down(by, AuditRecord::user_deleted(&user));
        Ok(())
    }
}

impl State {
    /// Returns a user that an administrator of a scope may see.
    pub(super) fn user(&self, scope: &AccessScope, id: UserId) -> Result<&Credentials> {
        let found = self.users.get(&id);
        found
            .filter(|known| scope.has_user(&known.user))
            .ok_or_else(Error::user_not_found)
    }

    fn users_of<'a>(&'a self, scope: &'a AccessScope) -> impl DoubleEndedIterator<Item = &'a User> {
        let users = self.users.values().map(|known| &known.user);
        users.filter(|user| scope.has_user(user))
    }

    /// Rejects a new user whom the creator could not see, or whose organisation does not exist.
    fn must_have_home(&self, by: &Actor, user: &NewUser) -> Result<()> {
        must_have_home(by, user)?;
        match user.organization_id {
            Some(organization) => self.organization(&by.scope, organization).map(drop),
            None => Ok(()),
        }
    }

    fn take_in(&mut self, by: &Actor, user: NewUser) -> User {
        let NewUser {
            username,
            role,
            organization_id,
            password,
        } = user;
        let created_at = now();
        let user = User {
            id: UserId::from_uuid(Uuid::now_v7()),
            username,
            role,
            organization_id,
            is_enabled: true,
            created_at,
            updated_at: created_at,
        };
        let known = Credentials {
            user: user.clone(),
            password,
        };
        self.users.insert(user.id, known);
        self.write_down(by, AuditRecord::user_created(&user));
        user
    }

    /// Rejects a change that would leave no global administrator.
    fn must_keep_an_administrator(&self, before: &User, after: Option<&User>) -> Result<()> {
        let is_another = |known: &Credentials| known.user.id != before.id && known.user.can_administer_all();
        match refusal_without_another(before, after) {
            Some(refusal) if !self.users.values().any(is_another) => Err(refusal),
            _ => Ok(()),
        }
    }
}
