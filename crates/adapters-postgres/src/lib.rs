//! The registry of vehicles on PostgreSQL.
//!
//! * [`DatabaseUrl`]: where the database is, and how far its TLS certificate is to be trusted.
//! * [`Database`]: a pool of connections that says at once when PostgreSQL is away, and the migrations.
//! * [`PgVehicleRepository`]: the port [`application::ports::VehicleRepository`].

mod availability;
mod database;
mod failure;
mod migrations;
mod schema;
mod tls;
mod url;
mod vehicles;

pub use database::{Database, DatabaseOptions};
pub use url::{DatabaseUrl, InvalidDatabaseUrl};
pub use vehicles::PgVehicleRepository;
