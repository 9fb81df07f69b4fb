use domain::{GroupId, Operation};

use crate::{Actor, Error, error::Result, ports::GroupRepository};

/// Lets those pass who may manage groups. Who may not, and can't see this one, hears that there is none.
pub(super) async fn on_group(groups: &dyn GroupRepository, actor: &Actor, id: GroupId) -> Result<()> {
    let look = async {
        let found = groups.find_by_id(&actor.scope, id).await?;
        found.ok_or_else(Error::group_not_found)
    };
    actor.must_be_allowed_on(Operation::ManageGroups, look).await
}
