//! Private PostgreSQL servers.
//!
//! * [`TestDatabase`]: a database for one test, on a server that all tests share across threads and processes.
//! * [`PrivatePostgres`]: a server for one test, which it may stop, freeze and restart.
//!
//! Nothing remains, no matter how a test ends: the users of a server hold file locks, which the kernel releases when
//! their processes exit. The server's watchdog waits for these locks, then stops the server and removes its files.

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
