//! `fleetwatch migrate` and the server with two database roles.

use std::process::Output;

use test_stores::postgres::PrivatePostgres;
use tokio_postgres::{Client, NoTls};

use super::support::{ADMINISTRATOR, Program, until_ok};
use crate::command_line::{fleetwatch, stderr, stdout};

/// A PostgreSQL server with the two roles of docs/operations.md and their database.
struct Roles {
    postgres: PrivatePostgres,
}

impl Roles {
    async fn make() -> Self {
        let postgres = PrivatePostgres::launch().await;
        let superuser = postgres.client().await;
        for statement in [
            "CREATE ROLE fleetwatch_owner LOGIN",
            "CREATE ROLE fleetwatch LOGIN",
            "CREATE DATABASE fleetwatch OWNER fleetwatch_owner",
        ] {
            superuser.batch_execute(statement).await.expect("a statement");
        }
        Self { postgres }
    }

    fn url(&self, role: &str) -> String {
        format!("postgres://{role}@127.0.0.1:{}/fleetwatch", self.postgres.port())
    }

    async fn connect(&self, role: &str) -> Client {
        let (client, connection) = tokio_postgres::connect(&self.url(role), NoTls)
            .await
            .expect("the role may log in");
        tokio::spawn(connection);
        client
    }

    fn migrate(&self, arguments: &[&str]) -> Output {
        let arguments = [&["migrate"], arguments].concat();
        let variables = [
            ("FLEETWATCH_DATABASE__URL", &*self.url("fleetwatch")),
            ("FLEETWATCH_DATABASE__OWNER_URL", &*self.url("fleetwatch_owner")),
        ];
        fleetwatch(&arguments, &variables)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_migrates_and_the_server_runs_with_fewer_rights() {
    let roles = Roles::make().await;
    let output = roles.migrate(&[]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).starts_with("applied "), "{}", stdout(&output));
    let again = roles.migrate(&[]);
    assert_eq!(again.status.code(), Some(0), "{}", stderr(&again));
    assert_eq!(stdout(&again), "the database is up to date\n");

    let program = Program::serve(&[("DATABASE__URL", &roles.url("fleetwatch"))]).await;
    let vehicle = program.create_enabled("Tugger").await;
    let (_, log) = program
        .as_administrator("GET", &format!("/api/audit?subjectId={vehicle}"), None)
        .await;
    assert_eq!(log["totalCount"], 2, "{log}");
    assert!(
        !program.log().contains("could change entries of the audit log"),
        "{}",
        program.log()
    );

    let server = roles.connect("fleetwatch").await;
    for statement in [
        "UPDATE audit_log SET actor_name = 'nobody'",
        "DELETE FROM audit_log",
        "TRUNCATE audit_log",
        "ALTER TABLE audit_log DISABLE TRIGGER ALL",
        "DROP TABLE vehicles",
        "CREATE TABLE more (id int)",
        "DELETE FROM __diesel_schema_migrations",
    ] {
        let refused = server.batch_execute(statement).await.expect_err(statement);
        let code = refused.code().map(|code| code.code().to_owned());
        assert_eq!(code.as_deref(), Some("42501"), "{statement}: {refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_grant_exits_with_1_and_names_the_role() {
    let roles = Roles::make().await;
    let superuser = roles.postgres.client().await;
    superuser
        .batch_execute("DROP ROLE fleetwatch")
        .await
        .expect("it owns nothing");
    let output = roles.migrate(&[]);
    assert_eq!(output.status.code(), Some(1), "{}", stdout(&output));
    assert!(
        stderr(&output).contains("cannot grant the server's role fleetwatch its privileges"),
        "{}",
        stderr(&output)
    );
    superuser
        .batch_execute("CREATE ROLE fleetwatch LOGIN")
        .await
        .expect("a role");
    let again = roles.migrate(&[]);
    assert_eq!(again.status.code(), Some(0), "{}", stderr(&again));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_waits_until_the_owner_has_migrated() {
    let roles = Roles::make().await;
    let program = Program::serve_unready(&[("DATABASE__URL", &roles.url("fleetwatch"))]).await;
    until_ok("the log says who has to migrate", || async {
        program
            .log()
            .contains("owns the tables, run `fleetwatch migrate`")
            .then_some(())
    })
    .await;
    assert_eq!(program.get("/health/ready").await.0, 503);
    let output = roles.migrate(&[]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    program.until_status("/health/ready", 200).await;
    program.log_in(ADMINISTRATOR.0, ADMINISTRATOR.1).await;
}
