//! Who may not do something hears so of what it may see, and nothing of what it may not.

use application::{
    Actor, Error, Result,
    groups::{AddVehicleToGroup, CreateGroup, DeleteGroup, RemoveVehicleFromGroup, RenameGroup},
    organizations::{CreateOrganization, DeleteOrganization, RenameOrganization},
    vehicles::{ChangeVehicleStatus, DeleteVehicle, DisableVehicle, EnableVehicle, UpdateVehicle},
};
use domain::{
    AccessScope, GroupId, GroupName, Operation, OrganizationId, OrganizationName, Role, VehicleId,
    vehicle::{VehicleChanges, VehicleStatus},
};

use crate::stage::{Stage, an_administrator};

/// Somebody of that role who sees something.
fn a(role: Role, scope: AccessScope) -> Actor {
    Actor {
        role,
        organization_id: Some(OrganizationId::DEFAULT),
        operable: scope.clone().into(),
        scope: scope.into(),
        ..an_administrator()
    }
}

/// What came of trying everything, with the operation that it would have been.
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
        let (repository, live) = (|| self.repository.clone(), || self.live.clone());
        let changes = Ok(VehicleChanges::default());
        let update = UpdateVehicle::new(repository(), live());
        let delete = DeleteVehicle::new(repository(), live(), self.store.clone());
        vec![
            (
                Operation::UpdateVehicles,
                update.execute(actor, id, None, changes).await.map(drop),
            ),
            (Operation::DeleteVehicles, delete.execute(actor, id, None).await),
        ]
    }

    async fn try_to_operate(&self, actor: &Actor, id: VehicleId) -> Tried {
        let (repository, live) = (|| self.repository.clone(), || self.live.clone());
        let enable = EnableVehicle::new(repository(), live(), self.store.clone());
        let disable = DisableVehicle::new(repository(), live(), self.store.clone());
        let change = ChangeVehicleStatus::new(repository(), live());
        let maintain = change.execute(actor, id, None, VehicleStatus::Maintenance);
        let outcomes = [
            enable.execute(actor, id, None).await.map(drop),
            disable.execute(actor, id, None).await.map(drop),
            maintain.await.map(drop),
        ];
        outcomes
            .map(|outcome| (Operation::OperateVehicles, outcome))
            .into()
    }

    async fn try_group(&self, actor: &Actor, id: GroupId, vehicle: VehicleId) -> Tried {
        let (repository, live) = (|| self.repository.clone(), || self.live.clone());
        let name = Ok(GroupName::new("another").expect("a name"));
        let rename = RenameGroup::new(repository());
        let delete = DeleteGroup::new(repository(), live());
        let add = AddVehicleToGroup::new(repository(), live());
        let remove = RemoveVehicleFromGroup::new(repository(), live());
        let outcomes = [
            rename.execute(actor, id, name).await.map(drop),
            add.execute(actor, id, vehicle).await.map(drop),
            remove.execute(actor, id, vehicle).await.map(drop),
            delete.execute(actor, id).await,
        ];
        outcomes.map(|outcome| (Operation::ManageGroups, outcome)).into()
    }

    async fn try_organization(&self, actor: &Actor, id: OrganizationId) -> Tried {
        let name = Ok(OrganizationName::new("another").expect("a name"));
        let rename = RenameOrganization::new(self.repository.clone());
        let delete = DeleteOrganization::new(self.repository.clone());
        let outcomes = [
            rename.execute(actor, id, name).await.map(drop),
            delete.execute(actor, id).await,
        ];
        outcomes
            .map(|outcome| (Operation::ManageOrganizations, outcome))
            .into()
    }
}

#[tokio::test]
async fn who_may_not_change_a_vehicle_hears_so_only_of_one_that_it_sees() {
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
async fn an_operator_operates_no_more_than_its_grants_let_it() {
    let stage = Stage::new();
    let seen = stage.forklift("seen", true).await;
    let operated = stage.forklift("operated", true).await;
    let hidden = stage.forklift("hidden", true).await;
    let operator = Actor {
        scope: AccessScope::of_vehicles([seen.id, operated.id]).into(),
        operable: AccessScope::of_vehicles([operated.id]).into(),
        ..a(Role::Operator, AccessScope::nothing())
    };
    check_all_forbidden(stage.try_to_operate(&operator, seen.id).await);
    check_all_missing("vehicle", stage.try_to_operate(&operator, hidden.id).await);
    for (operation, outcome) in stage.try_to_operate(&operator, operated.id).await {
        outcome.unwrap_or_else(|error| panic!("{operation}: {error}"));
    }
}

#[tokio::test]
async fn who_may_not_manage_a_group_hears_so_only_of_one_that_it_sees() {
    let stage = Stage::new();
    let create = CreateGroup::new(stage.repository.clone());
    let make = async |name| {
        let name = Ok(GroupName::new(name).expect("a name"));
        let made = create.execute(&an_administrator(), None, name).await;
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

/// Not even its own administrator.
#[tokio::test]
async fn who_may_not_manage_an_organization_hears_so_only_of_one_that_it_sees() {
    let stage = Stage::new();
    let name = Ok(OrganizationName::new("hidden").expect("a name"));
    let create = CreateOrganization::new(stage.repository.clone());
    let hidden = create
        .execute(&an_administrator(), name)
        .await
        .expect("it is new")
        .id;
    for role in [Role::Viewer, Role::Operator, Role::Admin] {
        let actor = a(role, AccessScope::of_organization(OrganizationId::DEFAULT));
        check_all_forbidden(stage.try_organization(&actor, OrganizationId::DEFAULT).await);
        check_all_missing("organization", stage.try_organization(&actor, hidden).await);
    }
}
