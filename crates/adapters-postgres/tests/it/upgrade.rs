//! Upgrades from the last release (docs/upgrade.md): its servers work while the schema is migrated, alongside servers
//! of this version, and after the migrations have been reverted. `just test-upgrade` does the same with the program of
//! that release.

use std::{
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use adapters_postgres::PgEventLog;
use application::{
    ports::{EventLog, NextEvents},
    registry::Sequence,
};
use test_stores::postgres::TestDatabase;
use tokio::time::{sleep, timeout};
use tokio_postgres::Client;

use crate::DEADLINE;

/// The schema of the last release.
const SCHEMA: &str = include_str!("../releases/0.1/schema.sql");

/// The statements of servers of the last release.
const STATEMENTS: &str = include_str!("../releases/0.1/statements.sql");

/// Session settings of servers of the last release.
const SESSION: &str = "SET statement_timeout = '6s'; SET plan_cache_mode = force_custom_plan";

/// A migration that the last release does not have.
struct Migration {
    version: String,
    up: String,
}

/// Returns the migrations since the last release, in order.
fn new_migrations() -> Vec<Migration> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations");
    let mut paths: Vec<_> = fs::read_dir(directory)
        .expect("a directory of the repository")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    let migrations = paths.iter().map(|path| {
        let name = path.file_name().and_then(|name| name.to_str()).expect("UTF-8");
        let (version, _) = name.split_once('_').expect("a version and a name");
        Migration {
            version: version.replace('-', ""),
            up: fs::read_to_string(path.join("up.sql")).expect("a migration"),
        }
    });
    migrations
        .filter(|migration| !SCHEMA.contains(&format!("'{}'", migration.version)))
        .collect()
}

/// Creates a database as the last release leaves it, and opens a session like one of its servers.
async fn of_last_release() -> (TestDatabase, Client) {
    let database = TestDatabase::empty().await;
    let server = database.client().await;
    server
        .batch_execute(SCHEMA)
        .await
        .expect("the schema of the last release");
    server.batch_execute(SESSION).await.expect("settings");
    (database, server)
}

/// Executes every transaction of a server of the last release.
async fn work_as_last_release(server: &Client, round: u64) {
    let number = format!("{round:012}");
    for part in STATEMENTS.split("\n--- ").skip(1) {
        let (heading, statements) = part.split_once('\n').expect("a heading");
        let done = server.batch_execute(&statements.replace("{n}", &number)).await;
        done.unwrap_or_else(|error| panic!("round {round}, {heading}: {error:?}"));
    }
}

async fn text(client: &Client, statement: &str) -> String {
    let row = client.query_one(statement, &[]).await.expect(statement);
    row.get(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn statements_of_the_last_release_work_after_each_migration() {
    let (_database, server) = of_last_release().await;
    work_as_last_release(&server, 1).await;
    for (round, migration) in (2..).zip(new_migrations()) {
        let applied = server.batch_execute(&migration.up).await;
        applied.unwrap_or_else(|error| panic!("{}: {error:?}", migration.version));
        work_as_last_release(&server, round).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_of_the_last_release_run_while_a_new_one_migrates_and_beside_it() {
    let (there, server) = of_last_release().await;
    let (is_over, rounds) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let working = tokio::spawn({
        let (is_over, rounds) = (Arc::clone(&is_over), Arc::clone(&rounds));
        async move {
            while !is_over.load(Ordering::Acquire) {
                let round = rounds.load(Ordering::Acquire) + 1;
                work_as_last_release(&server, round).await;
                rounds.store(round, Ordering::Release);
            }
        }
    });
    // Returns early if the task has panicked, which is reported below.
    let further_round = async || {
        let before = rounds.load(Ordering::Acquire);
        let waiting = async {
            // The round in progress may have begun before the call.
            while rounds.load(Ordering::Acquire) < before + 2 && !working.is_finished() {
                sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(DEADLINE, waiting).await.expect("rounds in time");
    };
    further_round().await;

    let database = there.database();
    let applied = database.migrate().await.expect("they apply");
    let expected: Vec<_> = new_migrations()
        .into_iter()
        .map(|migration| migration.version)
        .collect();
    assert_eq!(applied, expected);
    further_round().await;

    // A server of this version reads the changes of the others.
    let log = PgEventLog::new(database.clone());
    log.position().await.expect("a position");
    let events = log.read_after(Sequence::START).await.expect("events");
    assert!(
        matches!(&events, NextEvents::Events(events) if !events.is_empty()),
        "{events:?}"
    );
    is_over.store(true, Ordering::Release);
    working
        .await
        .expect("every statement of the last release succeeds");

    // The next migration completes the rows that the other servers have written since this one.
    assert_eq!(database.migrate().await.expect("none are pending"), [""; 0]);
    let client = there.client().await;
    let without_skeleton = "SELECT count(*)::text FROM users WHERE username_skeleton IS NULL";
    assert_eq!(text(&client, without_skeleton).await, "0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_of_the_last_release_confers_the_lowest_role() {
    let (there, server) = of_last_release().await;
    there.database().migrate().await.expect("they apply");
    let grant = "
        INSERT INTO users (id, username, username_key, role, password_hash)
            VALUES ('0190a5f2-0000-7000-a000-000000000001', 'ana', 'ana', 'OPERATOR', '$test$1');
        INSERT INTO grants (id, user_id, organization_id, owner_organization_id)
            SELECT gen_random_uuid(), users.id, organizations.id, organizations.id FROM users, organizations";
    server.batch_execute(grant).await.expect("a grant without a role");
    assert_eq!(text(&server, "SELECT role FROM grants").await, "VIEWER");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_release_works_after_the_migrations_are_reverted() {
    let (there, server) = of_last_release().await;
    work_as_last_release(&server, 1).await;
    let database = there.database();
    let steps = database.migrate().await.expect("they apply").len();
    work_as_last_release(&server, 2).await;
    let reverted = database.revert(steps).await.expect("they are reverted");
    assert_eq!(reverted.len(), steps);
    work_as_last_release(&server, 3).await;
}
