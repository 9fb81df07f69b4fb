//! The subcommands of `fleetwatch`.

pub mod asyncapi;
pub mod config;
mod credentials;
pub mod demo;
pub mod dlq;
pub mod export;
pub mod healthcheck;
pub mod import;
pub mod migrate;
mod number;
pub mod openapi;
pub mod plant;
pub mod publish;
pub mod replay;
pub mod schema;
pub mod seed;
pub mod serve;
pub mod simulate;
mod staff;
pub mod user;

use std::io::{self, ErrorKind, Write as _};

/// Writes to standard output. A closed pipe is not an error: programs such as `head` stop reading early.
fn print(text: &str) -> anyhow::Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}
