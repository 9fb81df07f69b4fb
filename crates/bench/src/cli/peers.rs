//! `fleetwatch-bench peers`: the loads on other live servers.

use std::path::PathBuf;

use clap::Args;

use super::options::{ServerArguments, TimingArguments};
use crate::{
    peers::PeerReport,
    report,
    target::{Installation, Peer},
};

#[derive(Debug, Args)]
pub(super) struct PeerArguments {
    #[command(flatten)]
    server: ServerArguments,
    #[command(flatten)]
    timing: TimingArguments,
    /// Measure only this peer, and print the figures instead of writing them into the document
    #[arg(long, value_enum, value_name = "NAME")]
    peer: Option<Peer>,
    /// Directory into which deploy/peers.sh has installed the peers
    #[arg(long, value_name = "DIRECTORY", default_value = ".fleetwatch/peers")]
    installed: PathBuf,
    /// Number of sockets opened to measure the memory per socket
    #[arg(long, default_value_t = 5_000)]
    idle_sockets: u32,
    /// Document to write the figures into, between its markers
    #[arg(
        long,
        value_name = "FILE",
        default_value = "docs/benchmarks.md",
        conflicts_with = "peer"
    )]
    out: PathBuf,
}

impl PeerArguments {
    #[expect(
        clippy::print_stdout,
        reason = "the figures of one peer are what this command is for"
    )]
    pub(super) async fn run(&self) -> anyhow::Result<()> {
        let installation = Installation::open(&self.installed)?;
        let (server, peers) = match self.peer {
            Some(peer) => (None, vec![peer]),
            None => (Some(self.server.options()?), Peer::ALL.to_vec()),
        };
        let timing = (&self.timing).into();
        let report = PeerReport::measure(server, &installation, &peers, &timing, self.idle_sockets).await?;
        if self.peer.is_some() {
            println!("{report}");
        } else {
            report::write_into(&self.out, "peers", &report.to_string())?;
            eprintln!("written into {}", self.out.display());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use clap::Parser as _;

    use super::*;
    use crate::{
        cli::{Cli, Command},
        measure::Timing,
    };

    #[test]
    fn a_single_peer_can_be_measured_for_any_time() {
        let cli = Cli::try_parse_from(["bench", "peers", "--peer", "socket-io", "--seconds", "5"]).unwrap();
        let Command::Peers(arguments) = cli.command else {
            panic!("another command")
        };
        let timing = Timing::from(&arguments.timing);
        assert_eq!(
            (arguments.peer, timing.measured),
            (Some(Peer::SocketIo), Duration::from_secs(5))
        );
    }
}
