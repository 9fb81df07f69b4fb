//! Private PostgreSQL and Redis servers, which end with the tests that started them.
//!
//! * [`postgres`]: a PostgreSQL cluster per test run with a database per test, or a server of a test's own.
//! * [`redis`]: Redis servers, each by itself, as a cluster, as a replica or as a sentinel.
//! * [`ports`]: free ports.

pub mod ports;
pub mod postgres;
pub mod redis;
