use async_trait::async_trait;
use domain::{AccessScope, Organization, OrganizationId, OrganizationName};

use crate::{
    Actor,
    error::Result,
    paging::{Page, PageRequest},
};

/// The organisations. [`OrganizationId::DEFAULT`] always exists. A caller sees the organisations in its scope. A change
/// to any other organisation returns [`crate::Error::NotFound`]. Every change adds an entry to the audit log, in the
/// same transaction.
///
/// Every method returns [`crate::Error::Unavailable`] promptly when the registry is unreachable.
#[async_trait]
pub trait OrganizationRepository: Send + Sync {
    /// Returns an organisation; `None` if it does not exist in the scope.
    async fn find_by_id(&self, scope: &AccessScope, id: OrganizationId) -> Result<Option<Organization>>;

    /// Returns several organisations in no particular order. Organisations that don't exist in the scope are omitted.
    async fn find_by_ids(&self, scope: &AccessScope, ids: &[OrganizationId]) -> Result<Vec<Organization>>;

    /// Returns a page of the organisations, in the order of their creation.
    async fn find_all(
        &self,
        scope: &AccessScope,
        page: &PageRequest<OrganizationId>,
    ) -> Result<Page<Organization>>;

    /// Returns the number of organisations on all pages.
    async fn count(&self, scope: &AccessScope) -> Result<u64>;

    /// Creates an organisation without vehicles, groups or users.
    ///
    /// # Errors
    /// Returns [`crate::Error::Conflict`] when another organisation has this name.
    async fn create(&self, by: &Actor, name: OrganizationName) -> Result<Organization>;

    /// Renames an organisation. Giving it the name that it already has changes nothing.
    ///
    /// # Errors
    /// Returns [`crate::Error::NotFound`] for an organisation that does not exist for the caller;
    /// [`crate::Error::Conflict`] when another organisation has this name.
    async fn rename(&self, by: &Actor, id: OrganizationId, name: OrganizationName) -> Result<Organization>;

    /// Deletes an empty organisation, the rows of its deleted vehicles, and the grants on it.
    ///
    /// # Errors
    /// Returns [`crate::Error::NotFound`] for an organisation that does not exist for the caller;
    /// [`crate::Error::Conflict`] (`id`) if it has vehicles, groups or users, or is the default organisation, see
    /// [`must_be_deletable`](crate::organizations::must_be_deletable).
    async fn delete(&self, by: &Actor, id: OrganizationId) -> Result<()>;
}
