use async_trait::async_trait;
use domain::{AccessScope, Grant, GrantId, GrantTerms, UserId};

use crate::{
    Actor,
    error::Result,
    paging::{Page, PageRequest},
};

/// The grants of users. A caller sees the grants on targets that belong to the organisations in its scope, including
/// those held by users of other organisations. A change to any other grant returns [`crate::Error::NotFound`].
///
/// A grant is deleted together with its user or its target. Every change adds an entry to the audit log, and an event
/// about the user's rights to the log of the registry, in the same transaction.
///
/// Every method returns [`crate::Error::Unavailable`] promptly when the registry is unreachable.
#[async_trait]
pub trait GrantRepository: Send + Sync {
    /// Returns a grant; `None` if it does not exist in the scope.
    async fn find_by_id(&self, scope: &AccessScope, id: GrantId) -> Result<Option<Grant>>;

    /// Returns several grants in no particular order. Grants that don't exist in the scope are omitted.
    async fn find_by_ids(&self, scope: &AccessScope, ids: &[GrantId]) -> Result<Vec<Grant>>;

    /// Returns a page of the grants of one user, or of all users if `user` is `None`, in the order of their creation.
    async fn find_all(
        &self,
        scope: &AccessScope,
        user: Option<UserId>,
        page: &PageRequest<GrantId>,
    ) -> Result<Page<Grant>>;

    /// Returns the number of grants on all pages.
    async fn count(&self, scope: &AccessScope, user: Option<UserId>) -> Result<u64>;

    /// Grants a user access to a target.
    ///
    /// # Errors
    /// Returns [`crate::Error::NotFound`] for a user or a target that does not exist for the caller;
    /// [`crate::Error::Conflict`] (`userId`) if the user already has a grant on this target, or is an administrator,
    /// see [`must_need_grants`](crate::grants::must_need_grants).
    async fn create(&self, by: &Actor, user: UserId, terms: GrantTerms) -> Result<Grant>;

    /// Deletes a grant and returns it.
    ///
    /// # Errors
    /// Returns [`crate::Error::NotFound`] for a grant that does not exist for the caller.
    async fn delete(&self, by: &Actor, id: GrantId) -> Result<Grant>;
}
