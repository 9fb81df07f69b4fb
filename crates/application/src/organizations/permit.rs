use domain::{Operation, OrganizationId};

use crate::{Actor, Error, error::Result, ports::OrganizationRepository};

/// Lets those pass who may manage organisations. Who may not, and can't see this one, hears that there is none.
pub(super) async fn on_organization(
    organizations: &dyn OrganizationRepository,
    actor: &Actor,
    id: OrganizationId,
) -> Result<()> {
    let look = async {
        let found = organizations.find_by_id(&actor.scope, id).await?;
        found.ok_or_else(Error::organization_not_found)
    };
    actor
        .must_be_allowed_on(Operation::ManageOrganizations, look)
        .await
}
