//! Private PostgreSQL and Redis servers that stop with the tests that started them.
//!
//! * [`postgres`]: a PostgreSQL cluster per test run with a database per test, or a server for one test.
//! * [`redis`]: Redis servers: standalone, cluster, replica or sentinel.
//! * [`small_disk`]: small file systems, which tests fill.
//! * [`ports`]: allocation of free ports.

pub mod ports;
pub mod postgres;
pub mod redis;
pub mod small_disk;
