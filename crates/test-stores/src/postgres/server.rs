//! A running server.

use tokio_postgres::{Client, Config, NoTls};

/// Where a server listens.
#[derive(Debug, Clone, Copy)]
pub(super) struct Server {
    /// On 127.0.0.1.
    pub(super) port: u16,
}

impl Server {
    pub(super) fn url(self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// A connection of the superuser's.
    pub(super) async fn client(self, database: &str) -> Client {
        let mut config = Config::new();
        config
            .host("127.0.0.1")
            .port(self.port)
            .user("postgres")
            .dbname(database);
        let (client, connection) = config
            .connect(NoTls)
            .await
            .expect("the private PostgreSQL server is there");
        // It ends with the client.
        tokio::spawn(connection);
        client
    }

    /// Runs a statement outside any test's database.
    pub(super) async fn administer(self, statement: &str) {
        let outcome = self.client("postgres").await.batch_execute(statement).await;
        outcome.unwrap_or_else(|error| panic!("{statement}: {error:?}"));
    }
}
