//! Address of a running server, and connections to it.

use tokio_postgres::{Client, Config, Error, NoTls};

/// Address of a running server.
#[derive(Debug, Clone, Copy)]
pub(super) struct Server {
    /// Port on 127.0.0.1.
    pub(super) port: u16,
}

impl Server {
    pub(super) fn url(self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// Opens a connection as the superuser.
    pub(super) async fn client(self, database: &str) -> Client {
        let client = self.try_client(database).await;
        client.expect("the private PostgreSQL server is there")
    }

    /// Opens a connection like [`Server::client`].
    ///
    /// # Errors
    /// Fails if the server does not accept connections.
    pub(super) async fn try_client(self, database: &str) -> Result<Client, Error> {
        let mut config = Config::new();
        config
            .host("127.0.0.1")
            .port(self.port)
            .user("postgres")
            .dbname(database);
        let (client, connection) = config.connect(NoTls).await?;
        // The connection task ends when the client is dropped.
        tokio::spawn(connection);
        Ok(client)
    }

    /// Runs a statement in the database `postgres`.
    pub(super) async fn administer(self, statement: &str) {
        let outcome = self.client("postgres").await.batch_execute(statement).await;
        outcome.unwrap_or_else(|error| panic!("{statement}: {error:?}"));
    }
}
