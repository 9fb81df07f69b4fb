//! The program `fleetwatch`.

use std::process::ExitCode;

use clap::Parser as _;
use server::cli::Cli;

// A burst of large bodies leaves glibc's arenas full of holes, which it never gives back.
#[cfg(all(feature = "jemalloc", not(target_env = "msvc")))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

#[tokio::main]
async fn main() -> ExitCode {
    // Everything that speaks TLS asks for this process's provider, so it comes before everything else.
    rustls::crypto::ring::default_provider()
        .install_default()
        .expect("nobody chose another provider before");
    match Cli::parse().run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            failure.exit_code()
        }
    }
}
