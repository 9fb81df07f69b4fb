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
    /// Organisation of the user; `None` for a user who belongs to none.
    pub organization_id: Option<OrganizationId>,
    /// Hash of the user's password.
    pub password: PasswordHash,
}

/// The users. A caller sees the users of the organisations in its scope ([`AccessScope::has_user`]). A change of any
/// other user is [`crate::Error::NotFound`].
///
/// Every change adds an entry to the audit log and the change of the user's rights to the log of the registry, in the
/// same transaction.
///
/// Every method returns [`crate::Error::Unavailable`] promptly when the registry is unreachable.
#[async_trait]
pub trait UserRepository: Send + Sync {
    /// Returns a user; `None` if it does not exist in the scope.
    async fn find_by_id(&self, scope: &AccessScope, id: UserId) -> Result<Option<User>>;

    /// Returns several users, in no particular order. Users that don't exist in the scope are left out.
    async fn find_by_ids(&self, scope: &AccessScope, ids: &[UserId]) -> Result<Vec<User>>;

    /// Returns a page of the users, in the order of their creation.
    async fn find_all(&self, scope: &AccessScope, page: &PageRequest<UserId>) -> Result<Page<User>>;

    /// Returns the number of users on all pages.
    async fn count(&self, scope: &AccessScope) -> Result<u64>;

    /// Creates a user, who may log in immediately.
    ///
    /// # Errors
    /// [`crate::Error::Conflict`] (`username`) when another user has this name or one that looks like it;
    /// [`crate::Error::NotFound`] when the organisation does not exist.
    async fn create(&self, by: &Actor, user: NewUser) -> Result<User>;

    /// Creates a user if there are no users, otherwise returns `None`. Of several concurrent calls, only one creates a
    /// user.
    async fn create_first(&self, by: &Actor, user: NewUser) -> Result<Option<User>>;

    /// Changes a user. Disabling the user or replacing its password ends its sessions. A change that leaves all values
    /// unchanged writes nothing.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`]; [`crate::Error::Conflict`] when no global administrator would remain, see
    /// [`refusal_without_another`](crate::users::refusal_without_another); [`crate::Error::Protected`] when the change
    /// would hand over grants ([`UserChanges::hands_on_grants`]) whose targets are outside the caller's scope.
    async fn update(
        &self,
        by: &Actor,
        id: UserId,
        changes: UserChanges,
        password: Option<PasswordHash>,
    ) -> Result<User>;

    /// Deletes a user with its grants and sessions. Its entries in the audit log are kept.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`]; [`crate::Error::Conflict`] (`id`) when no global administrator would remain.
    async fn delete(&self, by: &Actor, id: UserId) -> Result<()>;
}
