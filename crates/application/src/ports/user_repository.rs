use async_trait::async_trait;
use domain::{AccessScope, OrganizationId, Role, User, UserChanges, UserId, Username};

use super::PasswordHash;
use crate::{
    Actor,
    error::Result,
    paging::{Page, PageRequest},
};

/// A user that is to be.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// What it logs in with.
    pub username: Username,
    /// What it may do.
    pub role: Role,
    /// The organisation that it is to belong to.
    pub organization_id: Option<OrganizationId>,
    /// How its password is checked.
    pub password: PasswordHash,
}

/// The users. For a caller there are those of the organisations in its scope ([`AccessScope::has_user`]); any other
/// answers [`crate::Error::NotFound`] to a change.
///
/// Every change is written into the audit log, and that a user's rights have changed into the log of the registry, in
/// the same step as the change.
///
/// Every method may answer [`crate::Error::Unavailable`] when the registry is away: at once, not by hanging.
#[async_trait]
pub trait UserRepository: Send + Sync {
    /// One user.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    async fn find_by_id(&self, scope: &AccessScope, id: UserId) -> Result<Option<User>>;

    /// Several users by their ids, in no order; those that are not there for this caller are left out.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    async fn find_by_ids(&self, scope: &AccessScope, ids: &[UserId]) -> Result<Vec<User>>;

    /// A page of the users, in the order in which they were made.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    async fn find_all(&self, scope: &AccessScope, page: &PageRequest<UserId>) -> Result<Page<User>>;

    /// How many users there are on all pages.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    async fn count(&self, scope: &AccessScope) -> Result<u64>;

    /// Makes a user, who may log in at once.
    ///
    /// # Errors
    /// [`crate::Error::Conflict`] (`username`) when there is one of this name; [`crate::Error::NotFound`] when there
    /// is no such organisation.
    async fn create(&self, by: &Actor, user: NewUser) -> Result<User>;

    /// Makes a user if there is none at all; of several who try at once, one does.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    async fn create_first(&self, by: &Actor, user: NewUser) -> Result<Option<User>>;

    /// Changes a user. Its sessions end when it is disabled, or gets another password; what changes nothing leaves all
    /// as it is.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`]; [`crate::Error::Conflict`] when nobody would be left who administers everything;
    /// [`crate::Error::Protected`] when the change hands on grants ([`UserChanges::hands_on_grants`]) of what is outside
    /// of the caller's scope.
    async fn update(
        &self,
        by: &Actor,
        id: UserId,
        changes: UserChanges,
        password: Option<PasswordHash>,
    ) -> Result<User>;

    /// Deletes a user, its grants and its sessions; what it did stays in the audit log.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`]; [`crate::Error::Conflict`] (`id`) when nobody would be left who administers
    /// everything.
    async fn delete(&self, by: &Actor, id: UserId) -> Result<()>;
}
