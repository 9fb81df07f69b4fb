//! PostgreSQL rejects writes for some time.

use std::time::Duration;

use adapters_postgres::{Database, DatabaseOptions, PgVehicleRepository};
use application::ports::{Capability, Dependency, VehicleRepository};
use domain::VehicleId;
use futures::future::join_all;
use test_builders::{a_vehicle, an_administrator};
use test_stores::postgres::PrivatePostgres;
use tokio::time::{Instant, sleep};
use tokio_postgres::Client;

use crate::{DEADLINE, unavailable::check_unavailable};

const POOL_SIZE: usize = 4;

struct Scene {
    _postgres: PrivatePostgres,
    database: Database,
    vehicles: PgVehicleRepository,
    ids: Vec<VehicleId>,
    /// A session that may always write.
    administrator: Client,
}

impl Scene {
    async fn set() -> Self {
        let postgres = PrivatePostgres::launch().await;
        let database = Database::connect(DatabaseOptions {
            url: postgres.url().parse().expect("a URL"),
            pool_size: POOL_SIZE,
        });
        database.migrate().await.expect("the migrations apply");
        let vehicles = PgVehicleRepository::new(database.clone());
        let mut ids = Vec::new();
        for _ in 0..POOL_SIZE {
            ids.push(a_vehicle().register(&vehicles).await.id);
        }
        let administrator = postgres.client().await;
        Self {
            _postgres: postgres,
            database,
            vehicles,
            ids,
            administrator,
        }
    }

    async fn execute(&self, statement: &str) {
        let executed = self.administrator.batch_execute(statement).await;
        executed.expect(statement);
    }

    /// Ends all other sessions, so that those of the pool get the current settings.
    async fn end_sessions(&self) {
        self.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'",
        )
        .await;
    }

    async fn accepts_writes(&self) -> bool {
        matches!(self.database.check().await, Ok(Capability::ReadWrite))
    }

    /// Changes as many vehicles at the same time as the pool has connections. Returns whether all changes succeeded.
    async fn changes_succeed(&self) -> bool {
        let changes = self
            .ids
            .iter()
            .map(|id| self.vehicles.enable(an_administrator(), *id, None));
        // Awaits all of them, because a change that is dropped closes its connection.
        join_all(changes).await.iter().all(Result::is_ok)
    }

    async fn until_it_rejects_writes(&self) {
        let began = Instant::now();
        while !matches!(self.database.check().await, Ok(Capability::ReadOnly { .. })) {
            assert!(began.elapsed() < DEADLINE, "it should be noticed");
            sleep(Duration::from_millis(10)).await;
        }
        // Uses every connection of the pool.
        join_all((0..POOL_SIZE).map(|_| self.database.check())).await;
    }

    async fn until_changes_succeed(&self) {
        let began = Instant::now();
        while !self.changes_succeed().await {
            assert!(began.elapsed() < DEADLINE, "changes should succeed again");
            sleep(Duration::from_millis(10)).await;
        }
        for _ in 0..10 {
            assert!(
                self.changes_succeed().await,
                "no connection is read-only any longer"
            );
            assert!(self.accepts_writes().await);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_to_a_database_that_was_read_only_are_replaced() {
    let scene = Scene::set().await;
    for subject in ["DATABASE postgres", "ROLE postgres"] {
        scene
            .execute(&format!("ALTER {subject} SET default_transaction_read_only = on"))
            .await;
        scene.end_sessions().await;
        scene.until_it_rejects_writes().await;
        check_unavailable(
            scene
                .vehicles
                .enable(an_administrator(), scene.ids[0], None)
                .await,
        );
        scene
            .execute(&format!("ALTER {subject} RESET default_transaction_read_only"))
            .await;
        scene.until_changes_succeed().await;
    }
}

/// Without checks, the failed changes themselves cause the replacement.
#[tokio::test(flavor = "multi_thread")]
async fn changes_alone_find_out_that_a_database_accepts_writes_again() {
    let scene = Scene::set().await;
    scene
        .execute("ALTER DATABASE postgres SET default_transaction_read_only = on")
        .await;
    scene.end_sessions().await;
    // The first ones find the ended sessions, and the others are rejected.
    for _ in 0..10 {
        assert!(!scene.changes_succeed().await);
    }
    scene
        .execute("ALTER DATABASE postgres RESET default_transaction_read_only")
        .await;
    let began = Instant::now();
    while !scene.changes_succeed().await {
        assert!(began.elapsed() < DEADLINE, "changes should succeed again");
        sleep(Duration::from_millis(10)).await;
    }
}
