use async_trait::async_trait;
use domain::{AccessScope, Grant, GrantId, GrantTerms, UserId};

use crate::{
    Actor,
    error::Result,
    paging::{Page, PageRequest},
};

/// What users were granted. For a caller there are the grants of what belongs to the organisations in its scope, for
/// users of any organisation; any other answers [`crate::Error::NotFound`] to a change.
///
/// Grants go with their user, group or organisation, and with the deletion of their vehicle. Every change is written
/// into the audit log, and that a user's rights have changed into the log of the registry, in the same step.
///
/// Every method may answer [`crate::Error::Unavailable`] when the registry is away: at once, not by hanging.
#[async_trait]
pub trait GrantRepository: Send + Sync {
    /// One grant.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    async fn find_by_id(&self, scope: &AccessScope, id: GrantId) -> Result<Option<Grant>>;

    /// Several grants by their ids, in no order; those that are not there for this caller are left out.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    async fn find_by_ids(&self, scope: &AccessScope, ids: &[GrantId]) -> Result<Vec<Grant>>;

    /// A page of the grants, of one user or of all, in the order in which they were made.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    async fn find_all(
        &self,
        scope: &AccessScope,
        user: Option<UserId>,
        page: &PageRequest<GrantId>,
    ) -> Result<Page<Grant>>;

    /// How many grants there are on all pages.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    async fn count(&self, scope: &AccessScope, user: Option<UserId>) -> Result<u64>;

    /// Grants.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`] for a user or a target that does not exist for the caller;
    /// [`crate::Error::Conflict`] (`userId`) when the user has this already, and for an administrator, who sees
    /// without grants what it sees.
    async fn create(&self, by: &Actor, user: UserId, terms: GrantTerms) -> Result<Grant>;

    /// Takes a grant away, and gives it as it was.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`].
    async fn delete(&self, by: &Actor, id: GrantId) -> Result<Grant>;
}
