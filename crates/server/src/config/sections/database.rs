//! The `DATABASE__*` settings.

use std::time::Duration;

use adapters_postgres::DatabaseUrl;

use crate::config::{
    form::Form,
    mask::without_passwords,
    reader::Reader,
    shape::Shape,
    value::{millis, number, parsed},
};

/// The `DATABASE__*` settings.
#[derive(Debug, Clone)]
pub struct Database {
    /// PostgreSQL URL; `None` for the embedded store.
    pub url: Option<DatabaseUrl>,
    /// URL of the same database with the role that owns the tables, for `fleetwatch migrate`. `None` if that is the
    /// server's own role.
    pub owner_url: Option<DatabaseUrl>,
    /// Maximum number of connections in the pool.
    pub pool_size: usize,
    /// Time for which a command waits for the database to be available.
    pub startup_wait: Duration,
}

impl Database {
    pub(in crate::config) fn read(from: &mut Reader) -> Self {
        Self {
            url: from.store_of_production(
                "DATABASE__URL",
                "URL of the PostgreSQL database; without it, the embedded store is used, which keeps its data in \
                 memory. With the parameter `sslmode=require`, TLS is used, and the certificate is verified against \
                 the root certificates in the PEM file that the parameter `sslrootcert` names, or, without this \
                 parameter, against Mozilla's",
                url(),
            ),
            owner_url: from.secret(
                "DATABASE__OWNER_URL",
                "URL of the same database with the role that owns its tables; only used by `fleetwatch migrate`",
                url(),
                without_passwords,
            ),
            pool_size: from.value(
                "DATABASE__POOL_SIZE",
                "Maximum number of connections in the pool of a server; requests from one user can use a quarter of \
                 them at a time, and those from one organisation half, but at least two each",
                "10",
                number(1..=1000),
            ),
            startup_wait: from.value(
                "DATABASE__STARTUP_WAIT_MS",
                "Time for which `migrate`, `seed`, `user`, `import`, `export`, `dlq replay` and `dlq drop` wait for a \
                 database that is unavailable; `serve` waits without a limit",
                "30000",
                millis(0..=3_600_000),
            ),
        }
    }
}

fn url() -> Form<DatabaseUrl> {
    parsed(Shape::text_like(
        "a URL that begins with postgres:// or postgresql://",
        "postgres(ql)?://.+",
    ))
}
