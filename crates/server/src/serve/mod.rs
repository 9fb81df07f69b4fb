//! Start, operation and shutdown of a server.

mod compression;
mod cors;
mod descriptors;
mod endpoints;
mod expectations;
mod gauges;
mod identity;
mod listening;
mod migrate;
mod observe;
mod retry;
mod run;
mod schedule;
mod settings;
mod shutdown;

pub use identity::password_hasher;
pub use observe::observe;
pub use run::{Server, finish, serve};
pub use shutdown::StopRequest;
