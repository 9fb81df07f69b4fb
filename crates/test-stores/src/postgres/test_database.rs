//! A database for one test.

use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::Path,
};

use adapters_postgres::{Database, DatabaseOptions};
use tokio_postgres::Client;
use uuid::Uuid;

use super::{server::Server, shared};

/// A database on the shared server. It is removed when this value is dropped.
#[derive(Debug)]
pub struct TestDatabase {
    server: Server,
    name: String,
}

impl TestDatabase {
    /// Creates a database with all migrations applied, as a copy of a template that is built once.
    ///
    /// # Panics
    /// Panics if PostgreSQL is not installed, or does not start.
    pub async fn create() -> Self {
        let server = shared::server().await;
        let template = migrated_template(server).await;
        Self::create_from(server, &template).await
    }

    /// Creates an empty database.
    ///
    /// # Panics
    /// Panics in the same cases as [`TestDatabase::create`].
    pub async fn empty() -> Self {
        Self::create_from(shared::server().await, "template0").await
    }

    async fn create_from(server: Server, template: &str) -> Self {
        let name = format!("test_{}", Uuid::now_v7().simple());
        server
            .administer(&format!("CREATE DATABASE {name} TEMPLATE {template}"))
            .await;
        Self { server, name }
    }

    #[must_use]
    pub fn url(&self) -> String {
        self.server.url(&self.name)
    }

    /// Opens a pool of connections to the database.
    #[must_use]
    pub fn database(&self) -> Database {
        let url = self.url().parse().expect("our own URL");
        Database::connect(DatabaseOptions { url, pool_size: 4 })
    }

    /// Opens a connection as the superuser, for access that bypasses the code under test.
    pub async fn client(&self) -> Client {
        self.server.client(&self.name).await
    }
}

impl Drop for TestDatabase {
    /// Waits until the database is removed, on another thread because the test's runtime cannot block on its own work.
    fn drop(&mut self) {
        let (server, name) = (self.server, std::mem::take(&mut self.name));
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let statement = format!("DROP DATABASE {name} WITH (FORCE)");
            runtime
                .expect("a runtime")
                .block_on(server.administer(&statement));
        })
        .join();
        // A panic during unwinding would abort the process.
        assert!(
            dropped.is_ok() || std::thread::panicking(),
            "the test's database could not be dropped"
        );
    }
}

/// Returns the name of the template, which contains a hash of the migrations. Changed migrations therefore get another
/// template. The first caller builds the template and marks it as one once it is complete.
async fn migrated_template(server: Server) -> String {
    let name = format!("migrated_{:016x}", hash_of_migrations());
    let client = server.client("postgres").await;
    // Only one process may build the template; the lock is released when the connection closes.
    client
        .execute("SELECT pg_advisory_lock(1)", &[])
        .await
        .expect("a lock");
    let complete = "SELECT FROM pg_database WHERE datname = $1 AND datistemplate";
    if client
        .query_opt(complete, &[&name])
        .await
        .expect("a list of databases")
        .is_none()
    {
        make_template(server, &name).await;
    }
    name
}

async fn make_template(server: Server, name: &str) {
    server
        .administer(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        .await;
    server
        .administer(&format!("CREATE DATABASE {name} TEMPLATE template0"))
        .await;
    let url = server.url(name).parse().expect("our own URL");
    let database = Database::connect(DatabaseOptions { url, pool_size: 1 });
    database.migrate().await.expect("the migrations apply");
    drop(database);
    server
        .administer(&format!("ALTER DATABASE {name} IS_TEMPLATE true"))
        .await;
}

fn hash_of_migrations() -> u64 {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations");
    let mut files: Vec<_> = fs::read_dir(directory)
        .expect("the directory of migrations exists")
        .map(|entry| entry.expect("a readable directory").path().join("up.sql"))
        .collect();
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        fs::read_to_string(&file).expect("a migration").hash(&mut hasher);
    }
    hasher.finish()
}
