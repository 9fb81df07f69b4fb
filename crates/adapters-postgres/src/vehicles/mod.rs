//! Vehicles in tables: one of what all share, one per kind of what only that kind has.

mod details;
mod repository;
mod rows;
mod selection;
mod writing;

pub use repository::PgVehicleRepository;
