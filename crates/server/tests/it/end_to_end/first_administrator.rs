//! How the first administrator comes in, and how others are made from the command line.

use std::process::Output;

use rstest::rstest;
use serde_json::json;
use test_stores::postgres::{PrivatePostgres, TestDatabase};

use super::support::{ADMINISTRATOR, Program, until_ok};
use crate::command_line::{fleetwatch_told, stderr, stdout};

const OTHER_PASSWORD: &str = "quite another password";

async fn log_in(program: &Program, username: &str, password: &str) -> u16 {
    let body = json!({"username": username, "password": password});
    program.rest("POST", "/api/auth/login", None, Some(body)).await.0
}

#[tokio::test(flavor = "multi_thread")]
async fn the_configuration_makes_the_first_administrator_and_no_other() {
    let database = TestDatabase::create().await;
    let url = database.url();
    let first = Program::serve(&[("DATABASE__URL", &url)]).await;
    assert_eq!(log_in(&first, ADMINISTRATOR.0, ADMINISTRATOR.1).await, 200);
    drop(first);

    // Another password, or another name, changes nothing once there is somebody.
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
async fn servers_that_start_together_make_one_administrator() {
    let database = TestDatabase::create().await;
    let url = database.url();
    let variables = [("DATABASE__URL", &*url)];
    let (one, other) = tokio::join!(Program::serve(&variables), Program::serve(&variables));
    for program in [&one, &other] {
        let (_, users) = program.as_administrator("GET", "/api/users", None).await;
        assert_eq!(users["totalCount"], 1, "{users}");
    }
}

/// The database is away when the server starts, so that the administrator is made later than usual.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_waits_until_the_server_is_ready_may_log_in() {
    let postgres = PrivatePostgres::launch().await;
    postgres.stop().await;
    let (url, directory) = (postgres.url(), tempfile::tempdir().expect("a directory"));
    let log = directory.path().join("log");
    let file = log.to_str().expect("a plain path").to_owned();
    let starting =
        tokio::spawn(async move { Program::serve(&[("DATABASE__URL", &url), ("LOG__FILE", &file)]).await });
    until_ok("it listens", || async {
        let told = std::fs::read_to_string(&log).unwrap_or_default();
        told.contains("listening").then_some(())
    })
    .await;
    postgres.start().await;
    let program = starting.await.expect("it becomes ready");
    assert_eq!(log_in(&program, ADMINISTRATOR.0, ADMINISTRATOR.1).await, 200);
}

/// Runs `fleetwatch user create` on a database.
fn create(url: &str, arguments: &[&str], input: &str) -> Output {
    let arguments = [&["user", "create"], arguments].concat();
    fleetwatch_told(&arguments, &[("FLEETWATCH_DATABASE__URL", url)], input)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_makes_users_with_a_password_from_standard_input() {
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
        stdout(&made).starts_with("ADMIN ana is there: "),
        "{}",
        stdout(&made)
    );
    // Without a line's end it is a password as well.
    let viewer = create(&url, &["--username", "vic", "--role", "VIEWER"], OTHER_PASSWORD);
    assert_eq!(viewer.status.code(), Some(0), "{}", stderr(&viewer));

    // However it is written, and whoever asks, a name is given once.
    for name in ["Ana", "ANA", "vic"] {
        let taken = create(&url, &["--username", name, "--role", "VIEWER"], OTHER_PASSWORD);
        assert_eq!(taken.status.code(), Some(1), "{}", stderr(&taken));
        assert!(stderr(&taken).contains("has this name"), "{}", stderr(&taken));
        assert!(stdout(&taken).is_empty());
    }

    // There is somebody: the configuration's own administrator is not made.
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
#[case::a_role_that_there_is_not(&["--username", "ana", "--role", "ROOT"], OTHER_PASSWORD, "--role")]
#[case::no_organization(&["--username", "ana", "--role", "ADMIN", "--organization", "1"], OTHER_PASSWORD, "--organization")]
#[case::a_short_password(&["--username", "ana", "--role", "ADMIN"], "2short\n", "password")]
#[case::no_password(&["--username", "ana", "--role", "ADMIN"], "", "password")]
#[case::the_name_as_password(&["--username", "ana.lopez", "--role", "ADMIN"], "ANA.lopez\n", "password")]
#[case::a_password_as_an_argument(&["--username", "ana", "--role", "ADMIN", "--password", "x"], "", "--password")]
#[tokio::test(flavor = "multi_thread")]
async fn what_can_not_be_is_bad_usage_and_named(
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
fn without_a_database_nobody_can_be_made() {
    let arguments = ["user", "create", "--username", "ana", "--role", "ADMIN"];
    let refused = fleetwatch_told(&arguments, &[], OTHER_PASSWORD);
    assert_eq!(refused.status.code(), Some(2));
    let told = stderr(&refused);
    assert!(told.contains("FLEETWATCH_DATABASE__URL: must be given"), "{told}");
}
