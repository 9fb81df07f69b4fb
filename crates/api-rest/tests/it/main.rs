//! The doors, asked as clients do.

mod auth;
mod bulk;
mod doors;
mod exposure;
mod fuzz;
mod groups;
mod health;
mod metrics;
mod openapi;
mod organizations;
mod problem;
mod readiness;
mod refusals;
mod stage;
mod users;
mod vehicles;
