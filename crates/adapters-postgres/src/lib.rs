//! The registry on PostgreSQL: organisations, groups, vehicles, and the log of what happens to these.
//!
//! * [`DatabaseUrl`]: where the database is, and how far its TLS certificate is to be trusted.
//! * [`Database`]: a pool of connections that says at once when PostgreSQL is away, and the migrations.
//! * [`PgVehicleRepository`], [`PgGroupRepository`], [`PgOrganizationRepository`], [`PgEventLog`]: the ports of
//!   [`application::ports`].

mod availability;
mod database;
mod failure;
mod groups;
mod migrations;
mod organizations;
mod outbox;
mod schema;
mod tls;
mod url;
mod vehicles;

pub use database::{Database, DatabaseOptions};
pub use groups::PgGroupRepository;
pub use organizations::PgOrganizationRepository;
pub use outbox::PgEventLog;
pub use url::{DatabaseUrl, InvalidDatabaseUrl};
pub use vehicles::PgVehicleRepository;
