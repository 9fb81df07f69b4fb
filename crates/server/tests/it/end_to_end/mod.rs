//! The whole way through the real program, real PostgreSQL and real Redis.

mod chorus;
mod demo;
mod doors;
mod faults;
mod first_administrator;
mod forgery;
pub mod graphql_ws;
mod limits;
mod live_path;
mod log_ins;
mod other_origins;
mod production;
mod recorder;
mod registry_events;
mod rejections;
mod round_trips;
mod scopes;
mod secrets;
mod sessions;
mod shutdown;
pub mod support;
mod tokens;
mod traces;
mod two_servers;
mod visitor;
mod watcher;
