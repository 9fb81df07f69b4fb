//! PostgreSQL becomes unavailable and available again.

use std::{
    error::Error as _,
    future::Future,
    iter::successors,
    time::{Duration, Instant},
};

use adapters_postgres::{Database, DatabaseOptions, PgVehicleRepository};
use application::{
    Error,
    ports::{CircuitState, Dependency, VehicleRepository},
};
use domain::{
    AccessScope, VehicleId,
    vehicle::{Vehicle, VehicleStatus},
};
use futures::future::join_all;
use test_builders::{a_vehicle, an_administrator};
use test_stores::postgres::{PrivatePostgres, TestDatabase};
use tokio::time::{sleep, timeout};

use crate::{
    DEADLINE,
    unavailable::{self, check_unavailable},
};

const ALL: AccessScope = AccessScope::All;
const POOL_SIZE: usize = 4;

struct Scene {
    postgres: PrivatePostgres,
    database: Database,
    vehicles: PgVehicleRepository,
    vehicle: Vehicle,
}

impl Scene {
    async fn set() -> Self {
        let postgres = PrivatePostgres::launch().await;
        let database = connect(&postgres.url());
        database.migrate().await.expect("the migrations apply");
        let vehicles = PgVehicleRepository::new(database.clone());
        let vehicle = a_vehicle().enabled().register(&vehicles).await;
        Self {
            postgres,
            database,
            vehicles,
            vehicle,
        }
    }

    async fn check_works(&self) {
        self.database.check().await.expect("the database is available");
        let found = self
            .vehicles
            .find_by_id(&ALL, self.vehicle.id)
            .await
            .expect("the database is available");
        assert_eq!(found.as_ref(), Some(&self.vehicle));
    }

    async fn check_works_again(&self) {
        eventually(|| async { self.database.check().await.is_ok() }).await;
        self.check_works().await;
    }

    async fn check_everything_is_unavailable(&self) {
        unavailable::check_everything_is_unavailable(&self.database).await;
    }

    /// Checks that calls fail at once after the first failure. If each of them waited for the timeout of a connection
    /// or an answer, they would take hours.
    async fn check_refuses_at_once(&self) {
        let refused = async {
            for _ in 0..500 {
                self.check_everything_is_unavailable().await;
            }
        };
        timeout(DEADLINE, refused)
            .await
            .expect("no call should wait for a server that is known to be unavailable");
    }
}

fn connect(url: &str) -> Database {
    Database::connect(DatabaseOptions {
        url: url.parse().expect("a URL"),
        pool_size: POOL_SIZE,
    })
}

async fn eventually<F: Future<Output = bool>>(mut is_so: impl FnMut() -> F) {
    let began = Instant::now();
    while !is_so().await {
        assert!(
            began.elapsed() < DEADLINE,
            "the condition should become true in time"
        );
        sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restarted_database_is_used_again() {
    let scene = Scene::set().await;
    scene.check_works().await;

    scene.postgres.stop().await;
    scene.check_everything_is_unavailable().await;
    scene.check_refuses_at_once().await;
    scene.postgres.start().await;
    scene.check_works_again().await;

    scene.postgres.kill().await;
    scene.check_everything_is_unavailable().await;
    scene.check_refuses_at_once().await;
    scene.postgres.start().await;
    scene.check_works_again().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_to_a_silent_database_fail() {
    let scene = Scene::set().await;
    assert_eq!(scene.database.circuit(), Some(CircuitState::Closed));
    scene.postgres.freeze();
    let first = timeout(DEADLINE, scene.vehicles.find_by_id(&ALL, scene.vehicle.id)).await;
    check_unavailable(first.expect("the first call should end in time"));
    scene.check_refuses_at_once().await;
    assert_ne!(scene.database.circuit(), Some(CircuitState::Closed));
    scene.postgres.thaw();
    scene.check_works_again().await;
    assert_eq!(scene.database.circuit(), Some(CircuitState::Closed));
}

#[tokio::test(flavor = "multi_thread")]
async fn half_open_connections_fail_one_call_and_not_one_each() {
    let scene = Scene::set().await;
    // Uses every connection of the pool.
    let calls = (0..POOL_SIZE).map(|_| scene.database.check());
    for outcome in join_all(calls).await {
        outcome.expect("the database is available");
    }
    scene.postgres.freeze_connections();
    let first = scene.vehicles.find_by_id(&ALL, scene.vehicle.id);
    check_unavailable(timeout(DEADLINE, first).await.expect("it ends in time"));
    for _ in 0..POOL_SIZE {
        scene.check_works().await;
    }
    assert_eq!(scene.database.circuit(), Some(CircuitState::Closed));
    scene.postgres.thaw();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_error_of_a_call_that_was_given_up_states_the_limit() {
    let postgres = PrivatePostgres::launch().await;
    let database = Database::connect(DatabaseOptions {
        url: postgres.url().parse().expect("a URL"),
        pool_size: 1,
    });
    database.check().await.expect("the database is available");
    postgres.freeze_connections();
    // The first call has the only connection.
    let (first, second) = tokio::join!(database.check(), database.check());
    let [first, second] = [first, second].map(|outcome| outcome.expect_err("no answer").to_string());
    assert_eq!(first, "the database is unavailable: no answer within 5 s");
    assert_eq!(
        second,
        "the database is unavailable: no free connection within 2 s"
    );
    postgres.thaw();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_connection_and_an_open_circuit_have_errors_of_their_own() {
    let database = connect("postgres://fleetwatch@127.0.0.1:1/fleetwatch");
    for expected in ["refused", "the circuit is open"] {
        let error = database.check().await.expect_err("no server listens");
        assert_eq!(error.to_string(), "the database is unavailable");
        let causes: Vec<_> = successors(error.source(), |&cause| cause.source())
            .map(ToString::to_string)
            .collect();
        assert!(causes.concat().contains(expected), "{causes:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_between_two_requests_causes_no_error() {
    let scene = Scene::set().await;
    scene.check_works().await;
    scene.postgres.kill().await;
    scene.postgres.start().await;
    scene.check_works_again().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_may_start_before_its_database() {
    let postgres = PrivatePostgres::launch().await;
    postgres.stop().await;
    let database = connect(&postgres.url());
    check_unavailable(database.check().await);
    check_unavailable(database.migrate().await);
    postgres.start().await;
    eventually(|| async { database.check().await.is_ok() }).await;
    database.migrate().await.expect("the migrations apply");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_connection_counts_as_unavailable() {
    let postgres = PrivatePostgres::launch().await;
    let nowhere = postgres.url().replace("/postgres", "/nowhere");
    check_unavailable(connect(&nowhere).check().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_waits_for_its_database_up_to_a_limit() {
    let postgres = PrivatePostgres::launch().await;
    postgres.stop().await;
    let database = connect(&postgres.url());
    let mut failures = 0;
    let outcome = database.until_reachable(Duration::ZERO, |_| failures += 1).await;
    check_unavailable(outcome);
    assert_eq!(failures, 0, "there is one attempt");

    let limit = Duration::from_millis(700);
    let began = Instant::now();
    let outcome = database.until_reachable(limit, |_| failures += 1).await;
    check_unavailable(outcome);
    assert!(failures > 0 && began.elapsed() < DEADLINE, "{failures} failures");

    let (waiting, ()) = tokio::join!(
        database.until_reachable(DEADLINE, |_| failures += 1),
        postgres.start()
    );
    waiting.expect("it waits until the database has started");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_does_not_wait_for_a_database_that_refuses_it() {
    let postgres = PrivatePostgres::launch().await;
    let nowhere = connect(&postgres.url().replace("/postgres", "/nowhere"));
    let mut failures = 0;
    let outcome = nowhere.until_reachable(DEADLINE, |_| failures += 1).await;
    check_unavailable(outcome);
    assert_eq!(failures, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_for_another_servers_migration_ends_with_the_database() {
    let postgres = PrivatePostgres::launch().await;
    let database = connect(&postgres.url());
    let other = postgres.client().await;
    let lock = "SELECT pg_advisory_lock(x'666c656574776174'::bigint)";
    other.batch_execute(lock).await.expect("a lock");
    let migrating = tokio::spawn({
        let database = database.clone();
        async move { database.migrate().await }
    });
    let waiting = "SELECT 1 FROM pg_stat_activity \
                   WHERE query LIKE 'SELECT pg_try_advisory_lock%' AND pid <> pg_backend_pid()";
    eventually(|| async { !other.query(waiting, &[]).await.expect("rows").is_empty() }).await;
    assert!(!migrating.is_finished(), "another server migrates");
    postgres.freeze();
    let outcome = timeout(DEADLINE, migrating).await.expect("it ends in time");
    check_unavailable(outcome.expect("no panic"));
    postgres.thaw();
    drop(other);
    eventually(|| async { database.migrate().await.is_ok() }).await;
}

/// Under load and at any time, a request is either answered or fails with `Unavailable`.
#[tokio::test(flavor = "multi_thread")]
async fn requests_during_an_outage_are_never_internal_errors() {
    let scene = Scene::set().await;
    let work = |vehicles: PgVehicleRepository, id: VehicleId| async move {
        let (mut answered, mut refused) = (0_u32, 0_u32);
        // Repeats until the database has been available, has failed, and is back.
        while answered == 0 || refused == 0 || vehicles.find_by_id(&ALL, id).await.is_err() {
            for outcome in [
                vehicles.enable(an_administrator(), id, None).await.map(drop),
                vehicles.disable(an_administrator(), id, None).await.map(drop),
                vehicles
                    .record_statuses(&[(id, VehicleStatus::Moving), (id, VehicleStatus::Idle)])
                    .await
                    .map(drop),
                vehicles.find_enabled_vehicles(&ALL, 10).await.map(drop),
            ] {
                match outcome {
                    Ok(()) => answered += 1,
                    Err(Error::Unavailable { .. }) => refused += 1,
                    Err(other) => panic!("{other:?}"),
                }
            }
            tokio::task::yield_now().await;
        }
    };
    let workers: Vec<_> = (0..8)
        .map(|_| tokio::spawn(work(scene.vehicles.clone(), scene.vehicle.id)))
        .collect();
    for _ in 0..3 {
        scene.postgres.stop().await;
        scene.postgres.start().await;
        scene.postgres.kill().await;
        eventually(|| async { scene.database.check().await.is_err() }).await;
        scene.postgres.start().await;
        eventually(|| async { scene.database.check().await.is_ok() }).await;
    }
    for worker in workers {
        timeout(DEADLINE, worker)
            .await
            .expect("the worker should end")
            .expect("no panic");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn open_connections_are_used_while_new_ones_are_refused() {
    let (database, other) = (TestDatabase::create().await, TestDatabase::create().await);
    let vehicles = PgVehicleRepository::new(database.database());
    let id = a_vehicle().register(&vehicles).await.id;
    let name = database
        .url()
        .rsplit('/')
        .next()
        .map(str::to_owned)
        .expect("a name");
    let close = format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false");
    other
        .client()
        .await
        .batch_execute(&close)
        .await
        .expect("new connections are refused");

    for _ in 0..10 {
        let [one, two, three] = [(); 3].map(|()| vehicles.find_by_id(&ALL, id));
        let (one, two, three) = futures::join!(one, two, three);
        let answers = [one, two, three].into_iter().filter_map(Result::ok).count();
        assert!(answers >= 1, "the open connection should be used");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_that_is_never_released_only_delays_its_own_requests() {
    let database = TestDatabase::create().await;
    let pool = database.database();
    let vehicles = PgVehicleRepository::new(pool.clone());
    let [locked, free] = [
        a_vehicle().register(&vehicles).await.id,
        a_vehicle().register(&vehicles).await.id,
    ];
    let client = database.client().await;
    client
        .batch_execute(&format!(
            "BEGIN; SELECT FROM vehicles WHERE id = '{locked}' FOR UPDATE"
        ))
        .await
        .expect("a lock");

    let error = timeout(DEADLINE, vehicles.enable(an_administrator(), locked, None))
        .await
        .expect("the request should end in time")
        .expect_err("the vehicle is locked");
    assert_eq!(
        error.to_string(),
        "the database is unavailable: no lock could be obtained within 2 s"
    );
    eventually(|| async { vehicles.enable(an_administrator(), free, None).await.is_ok() }).await;

    client
        .batch_execute("ROLLBACK")
        .await
        .expect("the lock is released");
    eventually(|| async { vehicles.enable(an_administrator(), locked, None).await.is_ok() }).await;
}
