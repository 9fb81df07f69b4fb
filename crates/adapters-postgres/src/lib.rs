//! The registry on PostgreSQL: organisations, groups, vehicles, users with what they were granted and their sessions, the
//! log of what happens to these, and who did it.
//!
//! * [`DatabaseUrl`]: where the database is, and how far its TLS certificate is to be trusted.
//! * [`Database`]: a pool of connections that says at once when PostgreSQL is away, and the migrations.
//! * [`PgVehicleRepository`], [`PgGroupRepository`], [`PgOrganizationRepository`], [`PgUserRepository`],
//!   [`PgGrantRepository`], [`PgSessionRepository`], [`PgEventLog`], [`PgAuditLog`]: the ports of [`application::ports`].

mod audit;
mod availability;
mod database;
#[cfg(test)]
mod explain;
mod failure;
mod grants;
mod groups;
mod migrations;
mod organizations;
mod outbox;
mod owner;
mod paging;
mod portions;
mod schema;
mod sessions;
mod shares;
mod tls;
mod url;
mod users;
mod vehicles;

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
