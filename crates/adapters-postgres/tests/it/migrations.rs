//! The database's shape goes up and down.

use application::Error;
use futures::future::join_all;
use testkit::postgres::TestDatabase;

const VERSIONS: [&str; 12] = [
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
];

/// Everything that is in the schema but the list of migrations.
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
            .expect("there is nothing to do"),
        [""; 0]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_servers_that_start_at_once_one_migrates() {
    let database = TestDatabase::empty().await;
    let servers: Vec<_> = (0..4).map(|_| database.database()).collect();
    let mut applied = Vec::new();
    for outcome in join_all(servers.iter().map(adapters_postgres::Database::migrate)).await {
        applied.extend(outcome.expect("they apply, or there is nothing to do"));
    }
    assert_eq!(applied, VERSIONS);
}

#[tokio::test]
async fn migrating_needs_no_second_thread() {
    let database = TestDatabase::empty().await;
    assert_eq!(database.database().migrate().await.expect("they apply"), VERSIONS);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_up_comes_down_to_nothing_and_goes_up_again() {
    let database = TestDatabase::create().await;
    let full = contents(&database).await;
    assert!(full.contains(&"vehicles".to_owned()));

    let reverted = database
        .database()
        .revert_all()
        .await
        .expect("they are taken back");
    let backwards: Vec<&str> = VERSIONS.into_iter().rev().collect();
    assert_eq!(reverted, backwards);
    assert_eq!(contents(&database).await, [""; 0]);

    database.database().migrate().await.expect("they apply");
    assert_eq!(contents(&database).await, full);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_migration_can_be_taken_back_by_itself() {
    let database = TestDatabase::empty().await;
    let pool = database.database();
    pool.migrate().await.expect("they apply");
    let mut shapes = vec![contents(&database).await];
    for version in VERSIONS.iter().rev() {
        assert_eq!(pool.revert(1).await.expect("it is taken back"), [*version]);
        shapes.push(contents(&database).await);
    }
    pool.migrate().await.expect("they apply");
    for (steps, shape) in shapes.iter().enumerate() {
        pool.revert(steps).await.expect("they are taken back");
        assert_eq!(&contents(&database).await, shape);
        pool.migrate().await.expect("they apply");
    }

    let too_many = pool.revert(VERSIONS.len() + 1).await;
    assert!(matches!(too_many, Err(Error::Internal(_))), "{too_many:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_default_organization_is_there_from_the_start() {
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
