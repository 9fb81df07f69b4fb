//! GraphQL probes of each operation.

use domain::Operation::*;

use super::{
    probe::{Kind, Probe, graphql},
    subjects::*,
};

/// Root fields that need no permission.
pub(super) const PUBLIC: &[&str] = &["login", "refreshToken", "logout"];

pub(super) fn probes() -> Vec<Probe> {
    [
        vehicles(),
        vehicle_changes(),
        groups(),
        organizations(),
        users(),
        user_changes(),
        account(),
        cache(),
    ]
    .concat()
}

fn vehicles() -> Vec<Probe> {
    let read = |name, document| graphql(ReadVehicles, name, document);
    vec![
        read(
            "vehicles",
            "{ vehicles(pagination: {first: 100}) { nodes { id name groups { id name } mapping { redisKey } position { x } runtimeState { batteryLevel } } } }",
        )
        .shows(VEHICLES),
        read(
            "vehicles",
            "query($name: String!) { vehicles(filter: {search: $name}) { totalCount } }",
        )
        .finds(VEHICLES),
        read(
            "vehicles",
            "query($beside: ID!) { vehicles(filter: {groupId: $beside}) { totalCount } }",
        )
        .finds(VEHICLES_BY_GROUP),
        read("vehicles", "{ vehicles { totalCount } }").counts(Kind::Vehicles),
        read(
            "vehicle",
            "query($id: ID!) { vehicle(id: $id) { id name groups { name } mapping { redisKey } } }",
        )
        .gets(VEHICLES),
        read(
            "node",
            "query($id: ID!) { node(id: $id) { id ... on Vehicle { name groups { name } mapping { redisKey } } } }",
        )
        .gets(VEHICLES),
        read(
            "nodes",
            "query($id: ID!) { nodes(ids: [$id]) { id ... on Vehicle { name groups { name } } } }",
        )
        .shows(VEHICLES),
        read("vehiclesByType", "{ vehiclesByType(type: FORKLIFT) { id name } }").shows(VEHICLES),
        read("enabledVehicles", "{ enabledVehicles { id name } }").shows(VEHICLES),
        read(
            "vehiclePosition",
            "query($id: ID!) { vehiclePosition(vehicleId: $id) { x } }",
        )
        .gets(VEHICLES),
        read(
            "vehicleRuntimeState",
            "query($id: ID!) { vehicleRuntimeState(vehicleId: $id) { batteryLevel } }",
        )
        .gets(VEHICLES),
    ]
}

fn vehicle_changes() -> Vec<Probe> {
    let operate = |name, document| graphql(OperateVehicles, name, document).changes(VEHICLES);
    let create = |document| graphql(CreateVehicles, "createVehicle", document);
    vec![
        create(
            r#"mutation($new: String!) { createVehicle(input: {type: FORKLIFT, name: $new, manufacturer: "Acme",
                forklift: {}, specification: {maxSpeed: 1, maxLoad: 1, batteryCapacity: 1}}) { id } }"#,
        )
        .makes_in(NOTHING),
        create(
            r#"mutation($new: String!, $id: ID!) { createVehicle(input: {type: FORKLIFT, name: $new, manufacturer: "Acme",
                forklift: {}, specification: {maxSpeed: 1, maxLoad: 1, batteryCapacity: 1}, organizationId: $id}) { id } }"#,
        )
        .makes_in(ORGANIZATIONS),
        graphql(
            UpdateVehicles,
            "updateVehicle",
            "mutation($id: ID!, $new: String!) { updateVehicle(id: $id, input: {name: $new}) { id groups { name } } }",
        )
        .changes(VEHICLES),
        graphql(
            DeleteVehicles,
            "deleteVehicle",
            "mutation($id: ID!) { deleteVehicle(id: $id) }",
        )
        .changes(VEHICLES),
        graphql(
            DeleteVehicles,
            "restoreVehicle",
            "mutation($id: ID!) { restoreVehicle(id: $id) { id groups { name } } }",
        )
        .changes(DELETED_VEHICLES),
        graphql(
            DeleteVehicles,
            "deleteVehicles",
            "mutation($id: ID!) { deleteVehicles(ids: [$id]) { deletedVehicleIds } }",
        )
        .changes(VEHICLES),
        operate(
            "enableVehicles",
            "mutation($id: ID!) { enableVehicles(ids: [$id]) { vehicles { id groups { name } } } }",
        ),
        operate(
            "disableVehicles",
            "mutation($id: ID!) { disableVehicles(ids: [$id]) { vehicles { id } } }",
        ),
        operate(
            "enableVehicle",
            "mutation($id: ID!) { enableVehicle(id: $id) { id } }",
        ),
        operate(
            "disableVehicle",
            "mutation($id: ID!) { disableVehicle(id: $id) { id } }",
        ),
        operate(
            "updateVehicleStatus",
            "mutation($id: ID!) { updateVehicleStatus(id: $id, status: MAINTENANCE) { id } }",
        ),
    ]
}

fn groups() -> Vec<Probe> {
    let read = |name, document| graphql(ReadGroups, name, document);
    let manage = |name, document| graphql(ManageGroups, name, document);
    vec![
        read("groups", "{ groups(pagination: {first: 100}) { nodes { id name } } }").shows(GROUPS),
        read(
            "groups",
            "query($beside: ID!) { groups(organizationId: $beside) { nodes { id name } } }",
        )
        .shows(GROUPS),
        read("groups", "{ groups { totalCount } }").counts(Kind::Groups),
        read("node", "query($id: ID!) { node(id: $id) { id ... on Group { name } } }").gets(GROUPS),
        read("group", "query($id: ID!) { group(id: $id) { id name } }").gets(GROUPS),
        manage(
            "createGroup",
            "mutation($new: String!) { createGroup(input: {name: $new}) { id } }",
        )
        .makes_in(NOTHING),
        manage(
            "createGroup",
            "mutation($new: String!, $id: ID!) { createGroup(input: {name: $new, organizationId: $id}) { id } }",
        )
        .makes_in(ORGANIZATIONS),
        manage(
            "updateGroup",
            "mutation($id: ID!, $new: String!) { updateGroup(id: $id, input: {name: $new}) { id } }",
        )
        .changes(GROUPS),
        manage("deleteGroup", "mutation($id: ID!) { deleteGroup(id: $id) }").changes(GROUPS),
        manage(
            "addVehicleToGroup",
            "mutation($id: ID!, $beside: ID!) { addVehicleToGroup(groupId: $id, vehicleId: $beside) { id } }",
        )
        .changes(MEMBERS_TO_BE),
        manage(
            "removeVehicleFromGroup",
            "mutation($id: ID!, $beside: ID!) { removeVehicleFromGroup(groupId: $id, vehicleId: $beside) { id } }",
        )
        .changes(MEMBERS),
    ]
}

fn organizations() -> Vec<Probe> {
    let read = |name, document| graphql(ReadOrganizations, name, document);
    let manage = |name, document| graphql(ManageOrganizations, name, document);
    vec![
        read("organizations", "{ organizations { nodes { id name } } }").shows(ORGANIZATIONS),
        read("organizations", "{ organizations { totalCount } }").counts(Kind::Organizations),
        read(
            "node",
            "query($id: ID!) { node(id: $id) { id ... on Organization { name } } }",
        )
        .gets(ORGANIZATIONS),
        read(
            "organization",
            "query($id: ID!) { organization(id: $id) { id name } }",
        )
        .gets(ORGANIZATIONS),
        manage(
            "createOrganization",
            "mutation($new: String!) { createOrganization(input: {name: $new}) { id } }",
        )
        .makes_in(NOTHING),
        manage(
            "updateOrganization",
            "mutation($id: ID!, $new: String!) { updateOrganization(id: $id, input: {name: $new}) { id } }",
        )
        .changes(ORGANIZATIONS),
        manage(
            "deleteOrganization",
            "mutation($id: ID!) { deleteOrganization(id: $id) }",
        )
        .changes(ORGANIZATIONS),
    ]
}

fn users() -> Vec<Probe> {
    let read = |name, document| graphql(ReadUsers, name, document).for_administrators();
    let audit = |document| graphql(ReadAudit, "auditLog", document).for_administrators();
    vec![
        read("users", "{ users { nodes { id username } } }").shows(USERS),
        read("users", "{ users { totalCount } }").counts(Kind::Users),
        read("user", "query($id: ID!) { user(id: $id) { id username } }").gets(USERS),
        read(
            "grants",
            "{ grants { nodes { id userId organizationId groupId vehicleId } } }",
        )
        .shows(GRANTS),
        read(
            "grants",
            "query($beside: ID!) { grants(userId: $beside) { nodes { id } } }",
        )
        .shows(GRANTS),
        read("grants", "{ grants { totalCount } }").counts(Kind::Grants),
        audit("{ auditLog(pagination: {first: 500}) { nodes { subjectId organizationId before after } } }")
            .shows(ENTRIES),
        audit("query($id: ID!) { auditLog(filter: {subjectId: $id}) { totalCount } }").finds(ENTRIES),
    ]
}

fn user_changes() -> Vec<Probe> {
    let manage = |name, document| graphql(ManageUsers, name, document).for_administrators();
    let grant = |document| manage("createGrant", document);
    vec![
        manage(
            "createUser",
            r#"mutation($new: String!) { createUser(input: {username: $new, password: "correct horse", role: VIEWER}) { id } }"#,
        )
        .makes_in(NOTHING),
        manage(
            "createUser",
            r#"mutation($new: String!, $id: ID!) { createUser(input: {username: $new, password: "correct horse", role: VIEWER, organizationId: $id}) { id } }"#,
        )
        .makes_in(ORGANIZATIONS),
        manage(
            "updateUser",
            "mutation($id: ID!) { updateUser(id: $id, input: {role: OPERATOR}) { id } }",
        )
        .touches(USERS),
        manage("deleteUser", "mutation($id: ID!) { deleteUser(id: $id) }").changes(USERS),
        grant(
            "mutation($id: ID!, $beside: ID!) { createGrant(input: {userId: $id, vehicleId: $beside}) { id } }",
        )
        .changes(GRANTINGS_OF_VEHICLES),
        grant("mutation($id: ID!, $beside: ID!) { createGrant(input: {userId: $id, groupId: $beside}) { id } }")
            .changes(GRANTINGS_OF_GROUPS),
        grant(
            "mutation($id: ID!, $beside: ID!) { createGrant(input: {userId: $id, organizationId: $beside}) { id } }",
        )
        .changes(GRANTINGS_OF_ORGANIZATIONS),
        manage("deleteGrant", "mutation($id: ID!) { deleteGrant(id: $id) }").changes(GRANTS),
    ]
}

fn cache() -> Vec<Probe> {
    vec![graphql(ClearCache, "clearCache", "mutation { clearCache }").makes_in(NOTHING)]
}

fn account() -> Vec<Probe> {
    let manage = |name, document| graphql(ManageOwnAccount, name, document);
    vec![
        manage("me", "{ me { id } }").shows(ONESELF),
        manage("sessions", "{ sessions { id } }").shows(SESSIONS),
        manage("revokeSession", "mutation($id: ID!) { revokeSession(id: $id) }").changes(SESSIONS),
        manage(
            "changePassword",
            r#"mutation($new: String!) { changePassword(currentPassword: "correct horse battery staple", newPassword: $new) }"#,
        )
        .changes(ONESELF),
    ]
}
