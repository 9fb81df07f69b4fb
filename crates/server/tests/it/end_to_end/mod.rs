//! The whole way through the real program, real PostgreSQL and real Redis.

mod demo;
mod faults;
mod live_path;
mod rejections;
mod shutdown;
mod support;
mod traces;
mod two_servers;
