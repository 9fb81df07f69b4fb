//! A database whose messages are in another language, and a role that may not choose another one.

use adapters_postgres::{Database, DatabaseOptions, PgVehicleRepository};
use application::{Error, ports::VehicleRepository as _};
use domain::AccessScope;
use test_builders::{a_vehicle, an_administrator};
use test_stores::postgres::PrivatePostgres;
use tokio_postgres::NoTls;

use crate::unavailable::check_unavailable;

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_that_is_not_had_in_time_is_told_apart_from_a_fault_in_any_language() {
    let server = PrivatePostgres::launch_speaking("de").await;
    let superuser = server.client().await;
    let told = superuser
        .batch_execute("SELECT 1/0")
        .await
        .expect_err("it is none");
    let told = told.as_db_error().expect("an answer").message().to_owned();
    // Where PostgreSQL is installed without translations, this is the same as in any other test.
    eprintln!("the server says: {told}");
    for statement in ["CREATE ROLE plain LOGIN", "CREATE DATABASE plain OWNER plain"] {
        superuser.batch_execute(statement).await.expect("a statement");
    }
    let url = format!("postgres://plain@127.0.0.1:{}/plain", server.port());
    let database = Database::connect(DatabaseOptions {
        url: url.parse().expect("a URL"),
        pool_size: 2,
    });
    database.migrate().await.expect("it owns the database");
    let vehicles = PgVehicleRepository::new(database);
    let vehicle = a_vehicle().register(&vehicles).await;
    let by = an_administrator();

    let (other, connection) = tokio_postgres::connect(&url, NoTls).await.expect("it is there");
    tokio::spawn(connection);
    other
        .batch_execute("BEGIN; SELECT FROM vehicles FOR UPDATE")
        .await
        .expect("the vehicle is locked");
    check_unavailable(vehicles.enable(by, vehicle.id, None).await);
    other.batch_execute("ROLLBACK").await.expect("it is free again");
    let enabled = vehicles.enable(by, vehicle.id, None).await;
    assert!(enabled.expect("nobody is in the way").is_enabled);

    other
        .batch_execute("ALTER TABLE vehicles RENAME COLUMN manufacturer TO maker")
        .await
        .expect("another shape");
    let failed = vehicles.find_by_id(&AccessScope::All, vehicle.id).await;
    assert!(matches!(failed, Err(Error::Internal(_))), "{failed:?}");
}
