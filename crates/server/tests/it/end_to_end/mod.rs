//! The whole way through the real program, real PostgreSQL and real Redis.

mod demo;
mod faults;
pub mod graphql_ws;
mod live_path;
mod other_origins;
mod registry_events;
mod rejections;
mod round_trips;
mod shutdown;
mod support;
mod traces;
mod two_servers;
