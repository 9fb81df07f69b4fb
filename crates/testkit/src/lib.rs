//! What tests need: private servers, contract suites and builders.
//!
//! * [`postgres`]: a private PostgreSQL cluster per test run, a database per test.
//! * [`redis`]: private Redis servers.
//! * [`contracts`]: one suite per port, run against every adapter of it.
//! * [`staff`]: people who have logged in.
//! * [`builders`]: vehicles and users as tests want them.

pub mod builders;
pub mod contracts;
pub mod fuzz;
pub mod ports;
pub mod postgres;
pub mod redis;
pub mod staff;
