//! Tests with a real PostgreSQL server.

mod audit;
mod availability;
mod constraints;
mod dependency;
mod event_log;
mod grants;
mod groups;
mod identity_constraints;
mod language;
mod migrations;
mod organizations;
mod outbox;
mod read_only;
mod registry;
mod roles;
mod sessions;
mod shares;
mod statement_spans;
mod tls;
mod together;
mod unavailable;
mod upgrade;
mod users;
mod vehicles;

use std::time::Duration;

/// Timeout of any operation; far longer than an operation takes.
const DEADLINE: Duration = Duration::from_secs(30);
