//! A database with messages in another language, and a role that may not change the language.

use adapters_postgres::{Database, DatabaseOptions, PgVehicleRepository};
use application::{Error, ports::VehicleRepository as _};
use domain::AccessScope;
use test_builders::{a_vehicle, an_administrator};
use test_stores::postgres::PrivatePostgres;
use tokio_postgres::NoTls;

use crate::unavailable::check_unavailable;

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_timeout_is_recognised_in_any_language() {
    let server = PrivatePostgres::launch_speaking("de").await;
    let superuser = server.client().await;
    let message = superuser
        .batch_execute("SELECT 1/0")
        .await
        .expect_err("a division by zero");
    let message = message.as_db_error().expect("an answer").message().to_owned();
    // If PostgreSQL was installed without translations, the message is in English.
    eprintln!("the server says: {message}");
    for statement in ["CREATE ROLE plain LOGIN", "CREATE DATABASE plain OWNER plain"] {
        superuser.batch_execute(statement).await.expect("a statement");
    }
    let url = format!("postgres://plain@127.0.0.1:{}/plain", server.port());
    let database = Database::connect(DatabaseOptions {
        url: url.parse().expect("a URL"),
        pool_size: 2,
    });
    database.migrate().await.expect("the migrations apply");
    let vehicles = PgVehicleRepository::new(database);
    let vehicle = a_vehicle().register(&vehicles).await;
    let by = an_administrator();

    let (other, connection) = tokio_postgres::connect(&url, NoTls).await.expect("a connection");
    tokio::spawn(connection);
    other
        .batch_execute("BEGIN; SELECT FROM vehicles FOR UPDATE")
        .await
        .expect("the vehicle is locked");
    check_unavailable(vehicles.enable(by, vehicle.id, None).await);
    other
        .batch_execute("ROLLBACK")
        .await
        .expect("the lock is released");
    let enabled = vehicles.enable(by, vehicle.id, None).await;
    assert!(enabled.expect("no lock in the way").is_enabled);

    other
        .batch_execute("ALTER TABLE vehicles RENAME COLUMN manufacturer TO maker")
        .await
        .expect("another shape");
    let failed = vehicles.find_by_id(&AccessScope::All, vehicle.id).await;
    assert!(matches!(failed, Err(Error::Internal(_))), "{failed:?}");
}
