//! The program `fleetwatch`.

use std::process::ExitCode;

use clap::Parser as _;
use server::cli::Cli;

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
