//! The `fleetwatch` program: parses the command line, runs the command, and sets the exit code.

use std::{process::ExitCode, time::Duration};

use clap::Parser as _;
use server::{cli::Cli, printable};
use tokio::runtime::Runtime;

// A burst of large request bodies fragments glibc's arenas, which then never return their memory to the system.
#[cfg(all(feature = "jemalloc", not(target_env = "msvc")))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Time for tasks to end after the command. It is short, because the command has awaited all tasks that matter.
const REMAINING_TASKS: Duration = Duration::from_millis(10);

fn main() -> ExitCode {
    // All TLS clients use the process-wide provider, so it is installed before anything else.
    rustls::crypto::ring::default_provider()
        .install_default()
        .expect("no other provider is installed yet");
    let cli = Cli::parse();
    let runtime = Runtime::new().expect("the operating system provides threads and an event queue");
    let outcome = runtime.block_on(cli.run());
    // Dropping the runtime would wait for blocking calls without a limit.
    runtime.shutdown_timeout(REMAINING_TASKS);
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {}", printable::lines(&failure.to_string()));
            failure.exit_code()
        }
    }
}
