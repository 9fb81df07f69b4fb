//! A caller that may not perform an operation gets `Forbidden` for a visible entity, and `NotFound` for any other.

use application::{Actor, Error, Result};
use domain::{
    AccessScope, GroupId, GroupName, Operation, OrganizationId, OrganizationName, Role, VehicleId,
    vehicle::{VehicleChanges, VehicleStatus},
};

use crate::stage::{Stage, an_administrator};

/// Builds an actor with a role and a scope.
fn a(role: Role, scope: AccessScope) -> Actor {
    Actor {
        role,
        organization_id: Some(OrganizationId::DEFAULT),
        operable: scope.clone().into(),
        scope: scope.into(),
        ..an_administrator()
    }
}

/// Attempted operations with their outcomes.
type Tried = Vec<(Operation, Result<()>)>;

fn check_all_forbidden(tried: Tried) {
    for (expected, outcome) in tried {
        assert!(
            matches!(outcome, Err(Error::Forbidden { operation }) if operation == expected),
            "{expected}: {outcome:?}"
        );
    }
}

fn check_all_missing(missing: &str, tried: Tried) {
    for (operation, outcome) in tried {
        assert!(
            matches!(outcome, Err(Error::NotFound { what }) if what == missing),
            "{operation}: {outcome:?}"
        );
    }
}

impl Stage {
    async fn try_vehicle(&self, actor: &Actor, id: VehicleId) -> Tried {
        let changes = Ok(VehicleChanges::default());
        vec![
            (
                Operation::UpdateVehicles,
                self.app.vehicles.update(actor, id, None, changes).await.map(drop),
            ),
            (
                Operation::DeleteVehicles,
                self.app.vehicles.delete(actor, id, None).await,
            ),
        ]
    }

    async fn try_to_operate(&self, actor: &Actor, id: VehicleId) -> Tried {
        let maintain = self
            .app
            .vehicles
            .change_status(actor, id, None, VehicleStatus::Maintenance);
        let outcomes = [
            self.app.vehicles.enable(actor, id, None).await.map(drop),
            self.app.vehicles.disable(actor, id, None).await.map(drop),
            maintain.await.map(drop),
        ];
        outcomes
            .map(|outcome| (Operation::OperateVehicles, outcome))
            .into()
    }

    async fn try_group(&self, actor: &Actor, id: GroupId, vehicle: VehicleId) -> Tried {
        let name = Ok(GroupName::new("another").expect("a name"));
        let outcomes = [
            self.app.groups.rename(actor, id, name).await.map(drop),
            self.app.groups.add_vehicle(actor, id, vehicle).await.map(drop),
            self.app.groups.remove_vehicle(actor, id, vehicle).await.map(drop),
            self.app.groups.delete(actor, id).await,
        ];
        outcomes.map(|outcome| (Operation::ManageGroups, outcome)).into()
    }

    async fn try_organization(&self, actor: &Actor, id: OrganizationId) -> Tried {
        let name = Ok(OrganizationName::new("another").expect("a name"));
        let outcomes = [
            self.app.organizations.rename(actor, id, name).await.map(drop),
            self.app.organizations.delete(actor, id).await,
        ];
        outcomes
            .map(|outcome| (Operation::ManageOrganizations, outcome))
            .into()
    }
}

#[tokio::test]
async fn unauthorized_changes_are_forbidden_for_visible_vehicles_only() {
    let stage = Stage::new();
    let seen = stage.forklift("seen", true).await;
    let hidden = stage.forklift("hidden", true).await;
    let scope = AccessScope::of_vehicles([seen.id]);
    let (viewer, operator) = (a(Role::Viewer, scope.clone()), a(Role::Operator, scope));
    for actor in [&viewer, &operator] {
        check_all_forbidden(stage.try_vehicle(actor, seen.id).await);
        check_all_missing("vehicle", stage.try_vehicle(actor, hidden.id).await);
        check_all_missing("vehicle", stage.try_to_operate(actor, hidden.id).await);
    }
    check_all_forbidden(stage.try_to_operate(&viewer, seen.id).await);
    for (operation, outcome) in stage.try_to_operate(&operator, seen.id).await {
        outcome.unwrap_or_else(|error| panic!("{operation}: {error}"));
    }
}

#[tokio::test]
async fn an_operator_operates_only_granted_vehicles() {
    let stage = Stage::new();
    let seen = stage.forklift("seen", true).await;
    let operated = stage.forklift("operated", true).await;
    let hidden = stage.forklift("hidden", true).await;
    let operator = Actor {
        scope: AccessScope::of_vehicles([seen.id, operated.id]).into(),
        operable: AccessScope::of_vehicles([operated.id]).into(),
        ..a(Role::Operator, AccessScope::nothing())
    };
    for (operation, outcome) in stage.try_to_operate(&operator, seen.id).await {
        // The operator has the role that the operation requires.
        let error = outcome.expect_err("it may not be operated");
        assert_eq!(error.refused_operation(), Some(operation));
        assert_eq!(
            error.to_string(),
            "not allowed: your grants allow you to see the vehicle, but not to operate it"
        );
    }
    check_all_missing("vehicle", stage.try_to_operate(&operator, hidden.id).await);
    for (operation, outcome) in stage.try_to_operate(&operator, operated.id).await {
        outcome.unwrap_or_else(|error| panic!("{operation}: {error}"));
    }
}

#[tokio::test]
async fn unauthorized_changes_are_forbidden_for_visible_groups_only() {
    let stage = Stage::new();
    let make = async |name| {
        let name = Ok(GroupName::new(name).expect("a name"));
        let made = stage.app.groups.create(&an_administrator(), None, name).await;
        made.expect("it is new").id
    };
    let (seen, hidden) = (make("seen").await, make("hidden").await);
    let vehicle = stage.forklift("Lift 1", true).await.id;
    for role in [Role::Viewer, Role::Operator] {
        let actor = a(role, AccessScope::of_groups([seen]));
        check_all_forbidden(stage.try_group(&actor, seen, vehicle).await);
        check_all_missing("group", stage.try_group(&actor, hidden, vehicle).await);
    }
}

/// An administrator of an organisation may not manage the organisation either.
#[tokio::test]
async fn unauthorized_changes_are_forbidden_for_visible_organizations_only() {
    let stage = Stage::new();
    let name = Ok(OrganizationName::new("hidden").expect("a name"));
    let hidden = stage
        .app
        .organizations
        .create(&an_administrator(), name)
        .await
        .expect("it is new")
        .id;
    for role in [Role::Viewer, Role::Operator, Role::Admin] {
        let actor = a(role, AccessScope::of_organization(OrganizationId::DEFAULT));
        check_all_forbidden(stage.try_organization(&actor, OrganizationId::DEFAULT).await);
        check_all_missing("organisation", stage.try_organization(&actor, hidden).await);
    }
}
