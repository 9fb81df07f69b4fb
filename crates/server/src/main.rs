//! The `fleetwatch` program: parses the command line, runs the command, and sets the exit code.

use std::process::ExitCode;

use clap::Parser as _;
use server::{cli::Cli, printable};

// A burst of large request bodies fragments glibc's arenas, which then never return their memory to the system.
#[cfg(all(feature = "jemalloc", not(target_env = "msvc")))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

#[tokio::main]
async fn main() -> ExitCode {
    // All TLS clients use the process-wide provider, so it is installed before anything else.
    rustls::crypto::ring::default_provider()
        .install_default()
        .expect("no other provider is installed yet");
    match Cli::parse().run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {}", printable::lines(&failure.to_string()));
            failure.exit_code()
        }
    }
}
