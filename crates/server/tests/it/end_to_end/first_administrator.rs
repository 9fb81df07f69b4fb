//! The first administrator, and users created from the command line.

use std::process::Output;

use rstest::rstest;
use serde_json::json;
use test_stores::postgres::{PrivatePostgres, TestDatabase};

use super::support::{ADMINISTRATOR, Program, until_ok};
use crate::command_line::{fleetwatch_with_input, stderr, stdout};

const OTHER_PASSWORD: &str = "quite another password";

async fn log_in(program: &Program, username: &str, password: &str) -> u16 {
    let body = json!({"username": username, "password": password});
    program.rest("POST", "/api/auth/login", None, Some(body)).await.0
}

#[tokio::test(flavor = "multi_thread")]
async fn the_configuration_creates_only_the_first_administrator() {
    let database = TestDatabase::create().await;
    let url = database.url();
    let first = Program::serve(&[("DATABASE__URL", &url)]).await;
    assert_eq!(log_in(&first, ADMINISTRATOR.0, ADMINISTRATOR.1).await, 200);
    drop(first);

    // Once there is a user, another password or name in the configuration has no effect.
    for name in [ADMINISTRATOR.0, "somebody-else"] {
        let again = Program::serve(&[
            ("DATABASE__URL", &url),
            ("AUTH__ADMIN_USERNAME", name),
            ("AUTH__ADMIN_PASSWORD", OTHER_PASSWORD),
        ])
        .await;
        assert_eq!(log_in(&again, name, OTHER_PASSWORD).await, 401, "{name}");
        assert_eq!(
            log_in(&again, ADMINISTRATOR.0, ADMINISTRATOR.1).await,
            200,
            "{name}"
        );
        let (_, users) = again.as_administrator("GET", "/api/users", None).await;
        assert_eq!(users["totalCount"], 1, "{users}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_start_together_create_one_administrator() {
    let database = TestDatabase::create().await;
    let url = database.url();
    let variables = [("DATABASE__URL", &*url)];
    let (one, other) = tokio::join!(Program::serve(&variables), Program::serve(&variables));
    for program in [&one, &other] {
        let (_, users) = program.as_administrator("GET", "/api/users", None).await;
        assert_eq!(users["totalCount"], 1, "{users}");
    }
}

/// Starts the server while the database is unavailable, so the administrator is created later than usual.
#[tokio::test(flavor = "multi_thread")]
async fn a_ready_server_accepts_the_first_administrator() {
    let postgres = PrivatePostgres::launch().await;
    postgres.stop().await;
    let (url, directory) = (postgres.url(), tempfile::tempdir().expect("a directory"));
    let log = directory.path().join("log");
    let file = log.to_str().expect("a plain path").to_owned();
    let starting =
        tokio::spawn(async move { Program::serve(&[("DATABASE__URL", &url), ("LOG__FILE", &file)]).await });
    until_ok("it listens", || async {
        let printed = std::fs::read_to_string(&log).unwrap_or_default();
        printed.contains("listening").then_some(())
    })
    .await;
    postgres.start().await;
    let program = starting.await.expect("it becomes ready");
    assert_eq!(log_in(&program, ADMINISTRATOR.0, ADMINISTRATOR.1).await, 200);
}

/// Runs `fleetwatch user create` on a database.
fn create(url: &str, arguments: &[&str], input: &str) -> Output {
    let arguments = [&["user", "create"], arguments].concat();
    fleetwatch_with_input(&arguments, &[("FLEETWATCH_DATABASE__URL", url)], input)
}

#[tokio::test(flavor = "multi_thread")]
async fn users_are_created_with_a_password_from_standard_input() {
    let database = TestDatabase::create().await;
    let url = database.url();
    let administrator = ["--username", "Ana", "--role", "ADMIN"];
    let made = create(
        &url,
        &administrator,
        &format!("{OTHER_PASSWORD}\r\nand another line\n"),
    );
    assert_eq!(made.status.code(), Some(0), "{}", stderr(&made));
    assert!(
        stdout(&made).starts_with("created ADMIN ana: "),
        "{}",
        stdout(&made)
    );
    // A final newline is not required.
    let viewer = create(&url, &["--username", "vic", "--role", "VIEWER"], OTHER_PASSWORD);
    assert_eq!(viewer.status.code(), Some(0), "{}", stderr(&viewer));

    // Usernames are unique regardless of case.
    for name in ["Ana", "ANA", "vic"] {
        let taken = create(&url, &["--username", name, "--role", "VIEWER"], OTHER_PASSWORD);
        assert_eq!(taken.status.code(), Some(1), "{}", stderr(&taken));
        assert!(stderr(&taken).contains("has this name"), "{}", stderr(&taken));
        assert!(stdout(&taken).is_empty());
    }

    // There are users, so the configured administrator is not created.
    let program = Program::serve(&[("DATABASE__URL", &url)]).await;
    assert_eq!(log_in(&program, ADMINISTRATOR.0, ADMINISTRATOR.1).await, 401);
    let ana = program.log_in("ana", OTHER_PASSWORD).await;
    let (_, users) = program.rest("GET", "/api/users", Some(&ana.access), None).await;
    assert_eq!(users["totalCount"], 2, "{users}");
    program.log_in("vic", OTHER_PASSWORD).await;
    let (_, audit) = program
        .rest("GET", "/api/audit?action=user.create", Some(&ana.access), None)
        .await;
    assert_eq!(audit["totalCount"], 2, "{audit}");
}

#[rstest]
#[case::a_name_with_a_space(&["--username", "two words", "--role", "ADMIN"], OTHER_PASSWORD, "username")]
#[case::no_name(&["--username", "", "--role", "ADMIN"], OTHER_PASSWORD, "username")]
#[case::no_role(&["--username", "ana"], OTHER_PASSWORD, "--role")]
#[case::an_unknown_role(&["--username", "ana", "--role", "ROOT"], OTHER_PASSWORD, "--role")]
#[case::no_organization(&["--username", "ana", "--role", "ADMIN", "--organization", "1"], OTHER_PASSWORD, "--organization")]
#[case::a_short_password(&["--username", "ana", "--role", "ADMIN"], "2short\n", "password")]
#[case::no_password(&["--username", "ana", "--role", "ADMIN"], "", "password")]
#[case::the_name_as_password(&["--username", "ana.lopez", "--role", "ADMIN"], "ANA.lopez\n", "password")]
#[case::a_password_as_an_argument(&["--username", "ana", "--role", "ADMIN", "--password", "x"], "", "--password")]
#[tokio::test(flavor = "multi_thread")]
async fn invalid_input_is_bad_usage_and_is_named(
    #[case] arguments: &[&str],
    #[case] input: &str,
    #[case] named: &str,
) {
    let database = TestDatabase::create().await;
    let refused = create(&database.url(), arguments, input);
    assert_eq!(refused.status.code(), Some(2), "{}", stderr(&refused));
    assert!(stderr(&refused).contains(named), "{}", stderr(&refused));
    assert!(stdout(&refused).is_empty());
}

#[test]
fn users_cannot_be_created_without_a_database() {
    let arguments = ["user", "create", "--username", "ana", "--role", "ADMIN"];
    let refused = fleetwatch_with_input(&arguments, &[], OTHER_PASSWORD);
    assert_eq!(refused.status.code(), Some(2));
    let printed = stderr(&refused);
    assert!(
        printed.contains("FLEETWATCH_DATABASE__URL: must be given"),
        "{printed}"
    );
}
