//! Migrations of the schema, applied and reverted.

use application::Error;
use futures::future::join_all;
use test_stores::postgres::TestDatabase;

const VERSIONS: [&str; 16] = [
    "20261124000000",
    "20261124000100",
    "20261125000000",
    "20261125000100",
    "20261125000200",
    "20261125000300",
    "20261125000301",
    "20261125000302",
    "20261125000303",
    "20261125000304",
    "20261125000305",
    "20261125000306",
    "20261129000300",
    "20261129000301",
    "20261129000302",
    "20261129000400",
];

/// Returns the names of all relations, types and functions in the schema, except those of the table of migrations.
async fn contents(database: &TestDatabase) -> Vec<String> {
    let statement = "
        SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace
        UNION ALL SELECT typname::text FROM pg_type WHERE typnamespace = 'public'::regnamespace
        UNION ALL SELECT proname::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace
        ORDER BY 1";
    let rows = database
        .client()
        .await
        .query(statement, &[])
        .await
        .expect("a list");
    let names = rows.iter().map(|row| row.get::<_, String>(0));
    names
        .filter(|name| !name.contains("__diesel_schema_migrations"))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_migration_is_applied_once() {
    let database = TestDatabase::empty().await;
    assert_eq!(database.database().migrate().await.expect("they apply"), VERSIONS);
    assert_eq!(
        database
            .database()
            .migrate()
            .await
            .expect("no pending migrations"),
        [""; 0]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn only_one_of_several_starting_servers_migrates() {
    let database = TestDatabase::empty().await;
    let servers: Vec<_> = (0..4).map(|_| database.database()).collect();
    let mut applied = Vec::new();
    for outcome in join_all(servers.iter().map(adapters_postgres::Database::migrate)).await {
        applied.extend(outcome.expect("the migrations apply, or none are pending"));
    }
    assert_eq!(applied, VERSIONS);
}

#[tokio::test]
async fn migrations_run_on_a_single_threaded_runtime() {
    let database = TestDatabase::empty().await;
    assert_eq!(database.database().migrate().await.expect("they apply"), VERSIONS);
}

#[tokio::test(flavor = "multi_thread")]
async fn all_migrations_can_be_reverted_and_applied_again() {
    let database = TestDatabase::create().await;
    let full = contents(&database).await;
    assert!(full.contains(&"vehicles".to_owned()));

    let reverted = database.database().revert_all().await.expect("they are reverted");
    let backwards: Vec<&str> = VERSIONS.into_iter().rev().collect();
    assert_eq!(reverted, backwards);
    assert_eq!(contents(&database).await, [""; 0]);

    database.database().migrate().await.expect("they apply");
    assert_eq!(contents(&database).await, full);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_migration_can_be_reverted_individually() {
    let database = TestDatabase::empty().await;
    let pool = database.database();
    pool.migrate().await.expect("they apply");
    let mut shapes = vec![contents(&database).await];
    for version in VERSIONS.iter().rev() {
        assert_eq!(pool.revert(1).await.expect("it is reverted"), [*version]);
        shapes.push(contents(&database).await);
    }
    pool.migrate().await.expect("they apply");
    for (steps, shape) in shapes.iter().enumerate() {
        pool.revert(steps).await.expect("they are reverted");
        assert_eq!(&contents(&database).await, shape);
        pool.migrate().await.expect("they apply");
    }

    let too_many = pool.revert(VERSIONS.len() + 1).await;
    assert!(matches!(too_many, Err(Error::Invalid(_))), "{too_many:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_default_organization_exists_from_the_start() {
    let database = TestDatabase::create().await;
    let statement = "SELECT id::text FROM organizations";
    let rows = database
        .client()
        .await
        .query(statement, &[])
        .await
        .expect("a list");
    let ids: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    assert_eq!(ids, [domain::OrganizationId::DEFAULT.to_string()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn existing_rows_are_migrated_to_new_rules() {
    let there = TestDatabase::empty().await;
    let database = there.database();
    database.migrate().await.expect("they apply");
    database.revert(4).await.expect("they are reverted");
    let client = there.client().await;
    let older = "
        INSERT INTO users (id, username, username_key, role, password_hash) VALUES
            ('0190a5f2-7c1e-7d54-9a00-000000000001', 'Ana', 'ana', 'OPERATOR', '$test$1'),
            ('0190a5f2-7c1e-7d54-9a00-000000000002', '\u{430}na', '\u{430}na', 'VIEWER', '$test$1'),
            ('0190a5f2-7c1e-7d54-9a00-000000000003', 'ＢＥＮ', 'ｂｅｎ', 'VIEWER', '$test$1'),
            ('0190a5f2-7c1e-7d54-9a00-000000000004', 'command-line', 'command-line', 'VIEWER', '$test$1'),
            ('0190a5f2-7c1e-7d54-9a00-000000000005', repeat('\u{130}', 33), repeat('i\u{307}', 33), 'VIEWER', '$test$1');
        INSERT INTO grants (id, user_id, organization_id, owner_organization_id)
        SELECT gen_random_uuid(), users.id, organizations.id, organizations.id FROM users, organizations;
        INSERT INTO organizations (id, name) VALUES
            (gen_random_uuid(), 'Cafe\u{301}'), (gen_random_uuid(), repeat('\u{958}', 51)),
            (gen_random_uuid(), 'Zo\u{eb}'), (gen_random_uuid(), 'Zoe\u{308}');
        INSERT INTO audit_log (id, at, actor_name, action, subject_id) VALUES
            (gen_random_uuid(), now(), 'hunter2-hunter2', 'auth.loginFailed', NULL),
            (gen_random_uuid(), now(), 'ana', 'auth.loginFailed', '0190a5f2-7c1e-7d54-9a00-000000000001'),
            (gen_random_uuid(), now(), 'command-line', 'user.create', NULL)";
    client
        .batch_execute(older)
        .await
        .expect("rows from before the rules");
    assert_eq!(database.migrate().await.expect("they apply").len(), 4);

    let texts = async |statement: &str| {
        let rows = client.query(statement, &[]).await.expect("rows");
        let texts = rows
            .iter()
            .map(|row| row.get::<_, Option<String>>(0).unwrap_or_default());
        texts.collect::<Vec<_>>()
    };
    let (long_name, its_key) = ("\u{130}".repeat(33), "i\u{307}".repeat(33));
    assert_eq!(
        texts("SELECT username_key FROM users ORDER BY id").await,
        ["ana", "\u{430}na", "ben", "command-line", its_key.as_str()]
    );
    assert_eq!(
        texts("SELECT username FROM users ORDER BY id").await,
        ["ana", "\u{430}na", "ben", "command-line", long_name.as_str()],
        "a name whose lower-case form would be too long is kept"
    );
    let long_name = "\u{958}".repeat(51);
    assert_eq!(
        texts("SELECT name FROM organizations WHERE name <> 'Default' ORDER BY name COLLATE \"C\"").await,
        ["Caf\u{e9}", "Zoe\u{308}", "Zo\u{eb}", long_name.as_str()],
        "two names that differ only in their normalisation are both kept, as is one that would become too long"
    );
    let skeletons = texts("SELECT username_skeleton FROM users ORDER BY id").await;
    assert_eq!(
        skeletons[..2],
        ["ana", ""],
        "of two names that look alike, the older one has the skeleton"
    );
    assert!(
        !skeletons[2].is_empty() && !skeletons[3].is_empty(),
        "{skeletons:?}"
    );
    // A grant allows what it allowed before.
    assert_eq!(
        texts("SELECT grants.role FROM grants JOIN users ON users.id = user_id ORDER BY user_id").await,
        ["OPERATOR", "VIEWER", "VIEWER", "VIEWER", "VIEWER"]
    );
    assert_eq!(
        texts("SELECT actor_name FROM audit_log ORDER BY actor_name").await,
        ["ana", "command-line", "unknown"]
    );
    let refused = client.batch_execute("DELETE FROM audit_log").await;
    refused.expect_err("the audit log is protected as before");
}
