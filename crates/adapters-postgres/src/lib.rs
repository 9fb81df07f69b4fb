//! PostgreSQL adapter of the registry: organisations, groups, vehicles, users with their grants and sessions, the log
//! of changes, and the audit log.
//!
//! * [`DatabaseUrl`]: the address of the database, and the verification of its TLS certificate.
//! * [`Database`]: a pool of connections that fails at once while PostgreSQL is unavailable, and the migrations.
//! * [`PgVehicleRepository`], [`PgGroupRepository`], [`PgOrganizationRepository`], [`PgUserRepository`],
//!   [`PgGrantRepository`], [`PgSessionRepository`], [`PgEventLog`], [`PgAuditLog`]: implementations of
//!   [`application::ports`].

mod audit;
mod database;
mod disk_space;
#[cfg(test)]
mod explain;
mod failure;
mod grants;
mod groups;
mod limits;
mod migrations;
mod organizations;
mod outbox;
mod owner;
mod paging;
mod portions;
mod reach;
mod schema;
mod sessions;
mod shares;
mod sql_summary;
mod statement_spans;
mod tls;
mod url;
mod users;
mod vehicles;
mod waiting;

pub use audit::PgAuditLog;
pub use database::{Database, DatabaseOptions};
pub use grants::PgGrantRepository;
pub use groups::PgGroupRepository;
pub use organizations::PgOrganizationRepository;
pub use outbox::PgEventLog;
pub use sessions::PgSessionRepository;
pub use url::{DatabaseUrl, InvalidDatabaseUrl};
pub use users::PgUserRepository;
pub use vehicles::PgVehicleRepository;
