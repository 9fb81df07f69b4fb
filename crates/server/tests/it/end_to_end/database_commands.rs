//! Commands that need a database, and their messages if it is not migrated.

use test_stores::postgres::TestDatabase;

use crate::command_line::{fleetwatch, fleetwatch_with_input, stderr, stdout};

#[tokio::test(flavor = "multi_thread")]
async fn a_command_on_an_empty_database_explains_how_to_migrate_it() {
    let database = TestDatabase::empty().await;
    let variables = [("FLEETWATCH_DATABASE__URL", &*database.url())];
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("fleet.csv");
    std::fs::write(&file, "type,name\n").expect("it is written");
    for arguments in [
        &["user", "create", "--username", "ana", "--role", "ADMIN"][..],
        &["export"],
        &["import", file.to_str().expect("a plain path")],
        &["seed"],
    ] {
        let output = fleetwatch_with_input(arguments, &variables, "a long enough password");
        assert_eq!(output.status.code(), Some(1), "{arguments:?} {}", stderr(&output));
        assert!(
            stderr(&output).contains("the database is not up to date: run `fleetwatch migrate` first"),
            "{arguments:?} {}",
            stderr(&output)
        );
    }
    let output = fleetwatch(&["migrate"], &variables);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let output = fleetwatch(&["export"], &variables);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
}

#[tokio::test(flavor = "multi_thread")]
async fn reverting_more_migrations_than_are_applied_is_rejected() {
    let database = TestDatabase::create().await;
    let variables = [("FLEETWATCH_DATABASE__URL", &*database.url())];
    let output = fleetwatch(&["migrate", "--down", "99"], &variables);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    let message = stderr(&output);
    assert!(message.contains("--down must be at most "), "{message}");
    assert!(!message.contains("diesel"), "{message}");
    let output = fleetwatch(&["migrate"], &variables);
    assert_eq!(
        stdout(&output),
        "the database is up to date\n",
        "nothing was reverted"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_for_spreadsheets_may_specify_its_format() {
    let database = TestDatabase::create().await;
    let variables = [("FLEETWATCH_DATABASE__URL", &*database.url())];
    for arguments in [
        &["export", "--excel"][..],
        &["export", "--format", "csv", "--excel"],
    ] {
        let output = fleetwatch(arguments, &variables);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert!(stdout(&output).starts_with("\u{feff}id,"), "{arguments:?}");
    }
    let output = fleetwatch(&["export", "--format", "jsonl", "--excel"], &variables);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert!(stderr(&output).contains("--excel"), "{}", stderr(&output));
}
