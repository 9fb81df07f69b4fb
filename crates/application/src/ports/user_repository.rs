use async_trait::async_trait;
use domain::{AccessScope, OrganizationId, Role, User, UserChanges, UserId, Username};

use super::PasswordHash;
use crate::{
    Actor,
    error::Result,
    paging::{Page, PageRequest},
};

/// A user to create.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// Name that the user logs in with.
    pub username: Username,
    /// Role of the user.
    pub role: Role,
    /// Organisation of the user; `None` for a user that belongs to none.
    pub organization_id: Option<OrganizationId>,
    /// Hash of the user's password.
    pub password: PasswordHash,
}

/// The users. A caller sees the users that its scope covers ([`AccessScope::has_user`]). A change to any other user
/// returns [`crate::Error::NotFound`].
///
/// Every change adds an entry to the audit log, in the same transaction. An update or a deletion also adds the change
/// of the user's rights to the log of the registry.
///
/// Every method returns [`crate::Error::Unavailable`] promptly when the registry is unreachable.
#[async_trait]
pub trait UserRepository: Send + Sync {
    /// Returns a user; `None` if it does not exist in the scope.
    async fn find_by_id(&self, scope: &AccessScope, id: UserId) -> Result<Option<User>>;

    /// Returns several users in no particular order. Users that don't exist in the scope are omitted.
    async fn find_by_ids(&self, scope: &AccessScope, ids: &[UserId]) -> Result<Vec<User>>;

    /// Returns a page of the users, in the order of their creation.
    async fn find_all(&self, scope: &AccessScope, page: &PageRequest<UserId>) -> Result<Page<User>>;

    /// Returns the number of users on all pages.
    async fn count(&self, scope: &AccessScope) -> Result<u64>;

    /// Creates an enabled user.
    ///
    /// # Errors
    /// Returns [`crate::Error::Conflict`] (`username`) when another user has this name or one that looks like it;
    /// [`crate::Error::NotFound`] when the organisation does not exist for the caller, or none is given by a caller
    /// that is limited to organisations.
    async fn create(&self, by: &Actor, user: NewUser) -> Result<User>;

    /// Creates a user if there are no users, and otherwise returns `None`. Only one of several concurrent calls creates
    /// a user.
    async fn create_first(&self, by: &Actor, user: NewUser) -> Result<Option<User>>;

    /// Changes a user. Disabling the user or replacing their password ends their sessions. A change that leaves all
    /// values unchanged writes nothing.
    ///
    /// # Errors
    /// Returns [`crate::Error::NotFound`] for a user that does not exist for the caller; [`crate::Error::Conflict`]
    /// when no global administrator would remain, see
    /// [`refusal_without_another`](crate::users::refusal_without_another); [`crate::Error::Protected`] when the change
    /// would hand over grants ([`UserChanges::hands_on_grants`]) whose targets are outside the caller's scope.
    async fn update(
        &self,
        by: &Actor,
        id: UserId,
        changes: UserChanges,
        password: Option<PasswordHash>,
    ) -> Result<User>;

    /// Deletes a user, together with their grants and sessions. The user's entries in the audit log are kept.
    ///
    /// # Errors
    /// Returns [`crate::Error::NotFound`] for a user that does not exist for the caller; [`crate::Error::Conflict`]
    /// (`id`) when no global administrator would remain.
    async fn delete(&self, by: &Actor, id: UserId) -> Result<()>;
}
