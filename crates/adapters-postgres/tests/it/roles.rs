//! The server with a role that has fewer rights than the owner of the tables.

use std::time::Duration;

use adapters_postgres::{
    Database, DatabaseOptions, PgAuditLog, PgGrantRepository, PgGroupRepository, PgOrganizationRepository,
    PgSessionRepository, PgUserRepository, PgVehicleRepository,
};
use application::{
    ports::{
        AuditFilter, AuditLog as _, GrantRepository as _, GroupRepository as _, NewSession,
        OrganizationRepository as _, SessionRepository as _, UserRepository as _, VehicleRepository as _,
    },
    sessions::RefreshToken,
};
use domain::{
    AccessScope, GrantTarget, GrantTerms, GroupName, OrganizationId, OrganizationName, UserChanges,
};
use test_builders::{a_user, a_vehicle, an_administrator, an_origin, lasting};
use test_stores::postgres::TestDatabase;
use tokio_postgres::NoTls;
use uuid::Uuid;

/// Creates a role with the rights of a server. Returns its name, and the URL of the database with this role.
async fn lesser_role(database: &TestDatabase) -> (String, String) {
    let role = format!("server_{}", Uuid::now_v7().simple());
    let owner = database.client().await;
    owner
        .batch_execute(&format!("CREATE ROLE {role} LOGIN"))
        .await
        .expect("a role");
    database
        .database()
        .open_to(&role)
        .await
        .expect("the rights are granted");
    let url = database.url().replace("//postgres@", &format!("//{role}@"));
    (role, url)
}

async fn forget(database: &TestDatabase, role: &str) {
    let owner = database.client().await;
    owner
        .batch_execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}"))
        .await
        .expect("the role is dropped");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_works_with_a_role_that_owns_nothing() {
    let there = TestDatabase::create().await;
    let (role, url) = lesser_role(&there).await;
    let database = Database::connect(DatabaseOptions {
        url: url.parse().expect("a URL"),
        pool_size: 2,
    });
    // This role can find out that there is nothing to migrate.
    assert_eq!(database.migrate().await.expect("no pending migrations"), [""; 0]);
    assert!(!database.can_alter_audit_log().await.expect("an answer"));
    assert!(there.database().can_alter_audit_log().await.expect("an answer"));

    let by = an_administrator();
    let organizations = PgOrganizationRepository::new(database.clone());
    let name = OrganizationName::new("North").expect("a name");
    let organization = organizations.create(by, name).await.expect("an organisation").id;
    let vehicles = PgVehicleRepository::new(database.clone());
    let vehicle = a_vehicle().of(organization).register(&vehicles).await;
    let groups = PgGroupRepository::new(database.clone());
    let name = GroupName::new("Night shift").expect("a name");
    let group = groups.create(by, organization, name).await.expect("a group").id;
    groups
        .add_vehicle(by, group, vehicle.id)
        .await
        .expect("it is added");
    vehicles
        .enable(by, vehicle.id, None)
        .await
        .expect("it is enabled");
    let users = PgUserRepository::new(database.clone());
    let user = a_user().operator().of(organization).register(&users).await;
    let grants = PgGrantRepository::new(database.clone());
    let terms = GrantTerms::to_operate(GrantTarget::Group(group));
    let grant = grants.create(by, user.id, terms).await.expect("it is granted");
    let sessions = PgSessionRepository::new(database.clone());
    let known = sessions
        .credentials(&user.username)
        .await
        .expect("an answer")
        .expect("the user");
    let first = RefreshToken::random().hash();
    let ttl = lasting(Duration::from_secs(60));
    let session = NewSession {
        token: first,
        ttl,
        user_agent: None,
    };
    sessions
        .open(&known, &an_origin(), session)
        .await
        .expect("an answer")
        .expect("a session");
    let next = RefreshToken::random().hash();
    sessions
        .rotate(&first, next, ttl, &an_origin())
        .await
        .expect("an answer");
    sessions
        .forget_ended(Duration::ZERO)
        .await
        .expect("ended sessions are deleted");
    grants.delete(by, grant.id).await.expect("it is withdrawn");
    let changes = UserChanges {
        is_enabled: Some(false),
        ..UserChanges::default()
    };
    users
        .update(by, user.id, changes, None)
        .await
        .expect("it is changed");
    users.delete(by, user.id).await.expect("it is deleted");
    groups.delete(by, group).await.expect("it is deleted");
    vehicles
        .delete(by, vehicle.id, None)
        .await
        .expect("it is deleted");
    let audit = PgAuditLog::new(database.clone());
    let written = audit.count(&AccessScope::All, &AuditFilter::default()).await;
    assert!(written.expect("a number") > 10);
    assert_ne!(organization, OrganizationId::DEFAULT);
    forget(&there, &role).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_servers_role_cannot_change_the_audit_log() {
    let there = TestDatabase::create().await;
    let (role, url) = lesser_role(&there).await;
    a_user().register(&PgUserRepository::new(there.database())).await;
    let (client, connection) = tokio_postgres::connect(&url, NoTls).await.expect("a connection");
    let connection = tokio::spawn(connection);
    for statement in [
        "UPDATE audit_log SET actor_name = 'somebody else'",
        "DELETE FROM audit_log",
        "TRUNCATE audit_log",
        "ALTER TABLE audit_log DISABLE TRIGGER ALL",
        "DROP TRIGGER audit_log_is_only_added_to ON audit_log",
        "DROP TABLE audit_log",
        "CREATE OR REPLACE FUNCTION audit_log_is_only_added_to() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "SET session_replication_role = replica",
        "DELETE FROM __diesel_schema_migrations",
        "ALTER TABLE users DROP COLUMN role",
    ] {
        let outcome = client.batch_execute(statement).await;
        let refused = outcome.expect_err(statement);
        let code = refused.code().map(|code| code.code().to_owned());
        assert_eq!(code.as_deref(), Some("42501"), "{statement}: {refused:?}");
    }
    let row = client.query_one("SELECT count(*) FROM audit_log", &[]).await;
    assert_eq!(row.expect("a row").get::<_, i64>(0), 1);
    drop(client);
    let _ = connection.await;
    forget(&there, &role).await;
}
