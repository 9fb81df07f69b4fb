//! `fleetwatch-bench idle`: the memory of an idle socket.

use clap::Args;

use super::options::{Against, ServerArguments};
use crate::{report, target::System};

#[derive(Debug, Args)]
pub(super) struct IdleArguments {
    /// System to measure
    #[arg(long, value_enum, default_value = "server")]
    against: Against,
    /// Number of sockets, over which the memory is averaged
    #[arg(long, default_value_t = 5_000, value_parser = clap::value_parser!(u32).range(1..))]
    sockets: u32,
    #[command(flatten)]
    server: ServerArguments,
}

impl IdleArguments {
    #[expect(clippy::print_stdout, reason = "the figure is what this command is for")]
    pub(super) async fn run(&self) -> anyhow::Result<()> {
        let system = match self.against {
            Against::Server => System::Server(self.server.options()?),
            Against::Forwarder => System::Forwarder,
        };
        let bytes = report::idle_memory(&system, self.sockets).await?;
        println!("{:.2} KiB per socket", bytes as f64 / 1_024.0);
        Ok(())
    }
}
