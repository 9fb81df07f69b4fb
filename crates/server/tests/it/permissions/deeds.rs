//! Actions of the callers in the audit log: a denied request must not have had any effect.

use domain::{AuditAction, Operation};
use serde_json::{Value, json};

use super::{
    reach::{Place::Elsewhere, Reach},
    table::Table,
    world::World,
};

const PAGE: &str = "query($actor: ID!, $after: String) { auditLog(filter: {actorId: $actor}, pagination: {first: 500, after: $after}) {
    nodes { action subjectId organizationId } pageInfo { hasNextPage endCursor } } }";

/// Describes the actions that the table or the caller's reach does not allow, and returns the number of all actions.
pub(super) async fn forbidden(world: &World, table: &Table) -> (Vec<String>, usize) {
    let elsewhere = world.organization(Elsewhere);
    let (mut forbidden, mut count) = (Vec::new(), 0);
    for (&standpoint, person) in &world.people {
        for deed in deeds_of(world, &person.id).await {
            let action = deed["action"].as_str().expect("a text");
            let Some(operation) = operation_of(action.parse().expect("an action")) else {
                continue;
            };
            count += 1;
            let is_allowed = table.allows(operation, standpoint.effective());
            let is_outside = deed["organizationId"].as_str() == elsewhere.as_deref();
            if !is_allowed || is_outside && standpoint.reach != Reach::Everything {
                forbidden.push(format!("{standpoint:?} did {deed}"));
            }
        }
    }
    (forbidden, count)
}

async fn deeds_of(world: &World, person: &str) -> Vec<Value> {
    let (mut deeds, mut after) = (Vec::new(), Value::Null);
    loop {
        let variables = json!({"actor": person, "after": after});
        let mut answer = world.program().graphql(PAGE, variables).await;
        let page = &mut answer["data"]["auditLog"];
        deeds.extend(page["nodes"].as_array().into_iter().flatten().cloned());
        if page["pageInfo"]["hasNextPage"] != true {
            return deeds;
        }
        after = page["pageInfo"]["endCursor"].take();
    }
}

/// Returns the operation that causes an action; `None` for actions on the caller's own account.
fn operation_of(action: AuditAction) -> Option<Operation> {
    use AuditAction as Action;
    match action {
        Action::CreateVehicle => Some(Operation::CreateVehicles),
        Action::UpdateVehicle => Some(Operation::UpdateVehicles),
        Action::DeleteVehicle | Action::RestoreVehicle => Some(Operation::DeleteVehicles),
        Action::EnableVehicle | Action::DisableVehicle | Action::ChangeVehicleStatus => {
            Some(Operation::OperateVehicles)
        }
        Action::RegroupVehicle | Action::CreateGroup | Action::UpdateGroup | Action::DeleteGroup => {
            Some(Operation::ManageGroups)
        }
        Action::CreateOrganization | Action::UpdateOrganization | Action::DeleteOrganization => {
            Some(Operation::ManageOrganizations)
        }
        Action::CreateUser
        | Action::UpdateUser
        | Action::DeleteUser
        | Action::CreateGrant
        | Action::DeleteGrant => Some(Operation::ManageUsers),
        Action::ChangeLogLevel => Some(Operation::ManageLogLevel),
        Action::ReplayDeadLetters | Action::DropDeadLetters => Some(Operation::ManageDeadLetters),
        Action::LogIn
        | Action::FailToLogIn
        | Action::LogOut
        | Action::ChangePassword
        | Action::RevokeSession
        | Action::ReuseRefreshToken
        | Action::RefuseAccess => None,
    }
}
