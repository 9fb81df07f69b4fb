use async_trait::async_trait;
use domain::{AccessScope, Organization, OrganizationId, OrganizationName};

use crate::{
    Actor,
    error::Result,
    paging::{Page, PageRequest},
};

/// The organisations, one of which ([`OrganizationId::DEFAULT`]) is always there. For a caller there are those in
/// its scope; any other answers [`crate::Error::NotFound`] to a change. Every change is written into the audit log, in the
/// same step.
///
/// Every method may answer [`crate::Error::Unavailable`] when the registry is away: at once, not by hanging.
#[async_trait]
pub trait OrganizationRepository: Send + Sync {
    /// One organisation.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    async fn find_by_id(&self, scope: &AccessScope, id: OrganizationId) -> Result<Option<Organization>>;

    /// Several organisations by their ids, in no order; those that are not there for this caller are left out.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    async fn find_by_ids(&self, scope: &AccessScope, ids: &[OrganizationId]) -> Result<Vec<Organization>>;

    /// A page of the organisations, in the order in which they were made.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    async fn find_all(
        &self,
        scope: &AccessScope,
        page: &PageRequest<OrganizationId>,
    ) -> Result<Page<Organization>>;

    /// How many organisations there are on all pages.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    async fn count(&self, scope: &AccessScope) -> Result<u64>;

    /// Makes an organisation without vehicles and groups.
    ///
    /// # Errors
    /// [`crate::Error::Conflict`] when there is one of this name.
    async fn create(&self, by: &Actor, name: OrganizationName) -> Result<Organization>;

    /// Renames an organisation; to the name that it has already changes nothing.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`]; [`crate::Error::Conflict`] as for a new one.
    async fn rename(&self, by: &Actor, id: OrganizationId, name: OrganizationName) -> Result<Organization>;

    /// Deletes an organisation that has nothing any more; its deleted vehicles are forgotten with it.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`]; [`crate::Error::Conflict`] (`id`) while it has vehicles, groups or users, and always
    /// for the default one.
    async fn delete(&self, by: &Actor, id: OrganizationId) -> Result<()>;
}
