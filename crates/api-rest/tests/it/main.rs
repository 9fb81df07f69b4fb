//! The doors, asked as clients do.

mod bulk;
mod doors;
mod groups;
mod health;
mod metrics;
mod openapi;
mod organizations;
mod problem;
mod readiness;
mod refusals;
mod stage;
mod vehicles;
