//! Tests of the endpoints through HTTP requests.

mod auth;
mod bulk;
mod conditional;
mod dead_letters;
mod endpoints;
mod exposure;
mod fuzz;
mod groups;
mod health;
mod log_level;
mod metrics;
mod openapi;
mod organizations;
mod problem;
mod query_parameters;
mod readiness;
mod refusals;
mod stage;
mod surveys;
mod users;
mod vehicles;
