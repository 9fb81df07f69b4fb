//! PostgreSQL as a dependency of the server, against the contract of the port.

use adapters_postgres::{Database, DatabaseOptions};
use application::ports::Dependency;
use async_trait::async_trait;
use port_contracts::dependency::Service;
use test_stores::postgres::PrivatePostgres;

struct InPostgres {
    database: Database,
    server: PrivatePostgres,
}

impl InPostgres {
    async fn start() -> Self {
        let server = PrivatePostgres::launch().await;
        let database = Database::connect(DatabaseOptions {
            url: server.url().parse().expect("a URL"),
            pool_size: 4,
        });
        Self { database, server }
    }
}

#[async_trait]
impl Service for InPostgres {
    fn dependency(&self) -> &dyn Dependency {
        &self.database
    }

    async fn go_away(&self) {
        self.server.kill().await;
    }

    async fn come_back(&self) {
        self.server.start().await;
    }

    async fn refuse_writes(&self) {
        let administrator = self.server.client().await;
        for statement in [
            "ALTER SYSTEM SET default_transaction_read_only = on",
            "SELECT pg_reload_conf()",
        ] {
            administrator.batch_execute(statement).await.expect("a setting");
        }
    }
}

port_contracts::dependency_contract!(InPostgres::start);
