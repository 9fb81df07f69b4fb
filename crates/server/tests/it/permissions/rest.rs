//! REST probes of each operation.

use domain::Operation::*;

use super::{
    probe::{Kind, Probe, rest},
    subjects::*,
};

/// Ids of operations that need no permission.
pub(super) const PUBLIC: &[&str] = &["logIn", "refreshTokens", "logOut"];

/// Routes of the public operations, and of the documents that describe the APIs.
pub(super) const PUBLIC_ROUTES: &[&str] = &[
    "POST /auth/login",
    "POST /auth/refresh",
    "POST /auth/logout",
    "GET /openapi.json",
    "GET /asyncapi.json",
];

const VEHICLE: &str = r#"{"type": "FORKLIFT", "name": "{new}", "manufacturer": "Acme", "details": {},
    "specification": {"maxSpeed": 1, "maxLoad": 1, "batteryCapacity": 1}}"#;
const VEHICLE_IN_ORGANIZATION: &str = r#"{"type": "FORKLIFT", "name": "{new}", "manufacturer": "Acme", "details": {},
    "specification": {"maxSpeed": 1, "maxLoad": 1, "batteryCapacity": 1}, "organizationId": "{id}"}"#;
const CSV: &str = "type,name,manufacturer,specification.maxSpeed,specification.maxLoad,specification.batteryCapacity\n\
    FORKLIFT,{new},Acme,1,1,1\n";
const USER: &str = r#"{"username": "{new}", "password": "correct horse", "role": "VIEWER"}"#;
const USER_IN_ORGANIZATION: &str =
    r#"{"username": "{new}", "password": "correct horse", "role": "VIEWER", "organizationId": "{id}"}"#;

pub(super) fn probes() -> Vec<Probe> {
    [
        vehicles(),
        groups(),
        organizations(),
        users(),
        account(),
        cache(),
        log_level(),
        dead_letters(),
    ]
    .concat()
}

fn vehicles() -> Vec<Probe> {
    let list = || rest(ReadVehicles, "listVehicles", "GET /vehicles");
    let export = || rest(ReadVehicles, "exportVehicles", "GET /vehicles/export");
    let positions = || rest(ReadVehicles, "listPositions", "GET /positions");
    let states = || rest(ReadVehicles, "listStates", "GET /states");
    let create = || rest(CreateVehicles, "createVehicle", "POST /vehicles");
    let import = || {
        rest(CreateVehicles, "importVehicles", "POST /vehicles/import")
            .media_type("text/csv")
            .body(CSV)
    };
    vec![
        list().query("?first=500").shows(VEHICLES),
        list().query("?first=1&search={name}").finds(VEHICLES),
        list().query("?first=1&groupId={beside}").finds(VEHICLES_BY_GROUP),
        list().query("?first=1").counts(Kind::Vehicles),
        export().shows(VEHICLES),
        export()
            .query("?format=csv&groupId={beside}")
            .shows(VEHICLES_BY_GROUP),
        rest(ReadVehicles, "getVehicle", "GET /vehicles/{id}").gets(VEHICLES),
        rest(ReadVehicles, "getVehiclePosition", "GET /vehicles/{id}/position").gets(VEHICLES),
        rest(ReadVehicles, "getVehicleRuntimeState", "GET /vehicles/{id}/state").gets(VEHICLES),
        rest(ReadVehicles, "getVehicleMapping", "GET /vehicles/{id}/mapping").gets(VEHICLES),
        rest(ReadVehicles, "listVehiclesNear", "GET /vehicles/near")
            .query("?mapId=floor-1&x=0&y=0&radius=1000&first=500")
            .shows(VEHICLES),
        positions().shows(VEHICLES),
        positions().query("?ids={id}").shows(VEHICLES),
        positions().query("?groupId={beside}").shows(VEHICLES_BY_GROUP),
        states().shows(VEHICLES),
        states().query("?ids={id}").shows(VEHICLES),
        states().query("?groupId={beside}").shows(VEHICLES_BY_GROUP),
        create().body(VEHICLE).makes_in(NOTHING),
        create().body(VEHICLE_IN_ORGANIZATION).makes_in(ORGANIZATIONS),
        import().makes_in(NOTHING),
        import().query("?organizationId={id}").makes_in(ORGANIZATIONS),
        rest(UpdateVehicles, "updateVehicle", "PUT /vehicles/{id}")
            .body(r#"{"name": "{new}"}"#)
            .changes(VEHICLES),
        rest(DeleteVehicles, "deleteVehicle", "DELETE /vehicles/{id}").changes(VEHICLES),
        rest(DeleteVehicles, "restoreVehicle", "POST /vehicles/{id}/restore").changes(DELETED_VEHICLES),
        rest(OperateVehicles, "enableVehicle", "POST /vehicles/{id}/enable").changes(VEHICLES),
        rest(OperateVehicles, "disableVehicle", "POST /vehicles/{id}/disable").changes(VEHICLES),
        rest(
            OperateVehicles,
            "changeVehicleStatus",
            "PATCH /vehicles/{id}/status",
        )
        .body(r#"{"status": "MAINTENANCE"}"#)
        .changes(VEHICLES),
    ]
}

fn groups() -> Vec<Probe> {
    let list = || rest(ReadGroups, "listGroups", "GET /groups");
    let create = || rest(ManageGroups, "createGroup", "POST /groups");
    let add = "PUT /groups/{id}/vehicles/{vehicleId}";
    let remove = "DELETE /groups/{id}/vehicles/{vehicleId}";
    vec![
        list().query("?first=500").shows(GROUPS),
        list().query("?first=500&organizationId={beside}").shows(GROUPS),
        list().query("?first=1").counts(Kind::Groups),
        rest(ReadGroups, "getGroup", "GET /groups/{id}").gets(GROUPS),
        create().body(r#"{"name": "{new}"}"#).makes_in(NOTHING),
        create()
            .body(r#"{"name": "{new}", "organizationId": "{id}"}"#)
            .makes_in(ORGANIZATIONS),
        rest(ManageGroups, "updateGroup", "PUT /groups/{id}")
            .body(r#"{"name": "{new}"}"#)
            .changes(GROUPS),
        rest(ManageGroups, "deleteGroup", "DELETE /groups/{id}").changes(GROUPS),
        rest(ManageGroups, "addVehicleToGroup", add).changes(MEMBERS_TO_BE),
        rest(ManageGroups, "removeVehicleFromGroup", remove).changes(MEMBERS),
    ]
}

fn organizations() -> Vec<Probe> {
    let list = || rest(ReadOrganizations, "listOrganizations", "GET /organizations");
    vec![
        list().query("?first=500").shows(ORGANIZATIONS),
        list().query("?first=1").counts(Kind::Organizations),
        rest(ReadOrganizations, "getOrganization", "GET /organizations/{id}").gets(ORGANIZATIONS),
        rest(ManageOrganizations, "createOrganization", "POST /organizations")
            .body(r#"{"name": "{new}"}"#)
            .makes_in(NOTHING),
        rest(
            ManageOrganizations,
            "updateOrganization",
            "PUT /organizations/{id}",
        )
        .body(r#"{"name": "{new}"}"#)
        .changes(ORGANIZATIONS),
        rest(
            ManageOrganizations,
            "deleteOrganization",
            "DELETE /organizations/{id}",
        )
        .changes(ORGANIZATIONS),
    ]
}

fn users() -> Vec<Probe> {
    let list = || rest(ReadUsers, "listUsers", "GET /users").for_administrators();
    let grants = || rest(ReadUsers, "listGrants", "GET /grants").for_administrators();
    let create = || rest(ManageUsers, "createUser", "POST /users");
    let grant = || rest(ManageUsers, "createGrant", "POST /grants").for_administrators();
    let audit = || rest(ReadAudit, "listAudit", "GET /audit").for_administrators();
    vec![
        list().query("?first=500").shows(USERS),
        list().query("?first=1").counts(Kind::Users),
        rest(ReadUsers, "getUser", "GET /users/{id}")
            .gets(USERS)
            .for_administrators(),
        grants().query("?first=500").shows(GRANTS),
        grants().query("?first=500&userId={beside}").shows(GRANTS),
        grants().query("?first=1").counts(Kind::Grants),
        create().body(USER).makes_in(NOTHING),
        create().body(USER_IN_ORGANIZATION).makes_in(ORGANIZATIONS),
        rest(ManageUsers, "updateUser", "PATCH /users/{id}")
            .body(r#"{"role": "OPERATOR"}"#)
            .touches(USERS)
            .for_administrators(),
        rest(ManageUsers, "deleteUser", "DELETE /users/{id}")
            .changes(USERS)
            .for_administrators(),
        grant()
            .body(r#"{"userId": "{id}", "vehicleId": "{beside}"}"#)
            .changes(GRANTINGS_OF_VEHICLES),
        grant()
            .body(r#"{"userId": "{id}", "groupId": "{beside}"}"#)
            .changes(GRANTINGS_OF_GROUPS),
        grant()
            .body(r#"{"userId": "{id}", "organizationId": "{beside}"}"#)
            .changes(GRANTINGS_OF_ORGANIZATIONS),
        rest(ManageUsers, "deleteGrant", "DELETE /grants/{id}")
            .changes(GRANTS)
            .for_administrators(),
        audit().query("?first=500").shows(ENTRIES),
        audit().query("?first=1&subjectId={id}").finds(ENTRIES),
    ]
}

fn cache() -> Vec<Probe> {
    vec![rest(ClearCache, "clearCache", "DELETE /cache").makes_in(NOTHING)]
}

fn log_level() -> Vec<Probe> {
    vec![
        rest(ManageLogLevel, "getLogLevel", "GET /log-level").for_administrators(),
        rest(ManageLogLevel, "changeLogLevel", "PUT /log-level")
            .body(r#"{"level": "info", "forMs": 1000}"#)
            .makes_in(NOTHING),
    ]
}

fn dead_letters() -> Vec<Probe> {
    let list = || rest(ReadDeadLetters, "listDeadLetters", "GET /dead-letters").for_administrators();
    vec![
        list().query("?first=500").shows(LETTERS),
        rest(ReadDeadLetters, "getDeadLetter", "GET /dead-letters/{id}")
            .gets(LETTERS)
            .for_administrators(),
        rest(
            ManageDeadLetters,
            "replayDeadLetter",
            "POST /dead-letters/{id}/replay",
        )
        .changes(LETTERS)
        .for_administrators(),
        rest(ManageDeadLetters, "dropDeadLetter", "DELETE /dead-letters/{id}")
            .changes(LETTERS)
            .for_administrators(),
        // No letter has this reason.
        rest(
            ManageDeadLetters,
            "replayDeadLetters",
            "POST /dead-letters/replay",
        )
        .query("?reason=rate_limited")
        .makes_in(NOTHING),
        rest(ManageDeadLetters, "dropDeadLetters", "DELETE /dead-letters")
            .query("?reason=rate_limited")
            .makes_in(NOTHING),
    ]
}

fn account() -> Vec<Probe> {
    vec![
        rest(ManageOwnAccount, "getMe", "GET /auth/me").shows(ONESELF),
        rest(ManageOwnAccount, "listSessions", "GET /auth/sessions").shows(SESSIONS),
        rest(ManageOwnAccount, "revokeSession", "DELETE /auth/sessions/{id}").changes(SESSIONS),
        rest(ManageOwnAccount, "changePassword", "POST /auth/password")
            .body(r#"{"currentPassword": "correct horse battery staple", "newPassword": "{new} battery"}"#)
            .changes(ONESELF),
    ]
}
