//! Private PostgreSQL servers.
//!
//! * [`TestDatabase`]: a database of a test's own on a server that all tests share, in threads and processes.
//! * [`PrivatePostgres`]: a server of a test's own, to be stopped, frozen and started again.
//!
//! Nothing stays behind, however a test ends: each server has a watchdog that waits for the locks of those who
//! use it, which the kernel releases with their processes, then stops the server and removes its files.

mod cluster;
mod installation;
mod private;
mod server;
mod shared;
mod test_database;

pub use installation::program;
pub use private::PrivatePostgres;
pub use test_database::TestDatabase;

#[cfg(test)]
mod tests;
