//! `fleetwatch-bench run`: one load, once.

use std::net::SocketAddr;

use anyhow::ensure;
use clap::Args;

use super::options::{Against, ServerArguments, TimingArguments, workload};
use crate::{
    measure,
    protocols::{Encoding, Mode, Settings},
    report::summary,
    target::{Running, ServerOptions, System},
    trace_sink::TraceSink,
    workload::Workload,
};

#[derive(Debug, Args)]
pub(super) struct RunArguments {
    /// W1: 100 vehicles at 10 Hz, 100 clients subscribed to all vehicles; W2: 1,000 clients subscribed to one vehicle
    /// each; W3: 1,000 clients subscribed to all vehicles; W4: 1,000 vehicles at 1 Hz, 10 clients subscribed to all
    /// vehicles; W5: 2,000 vehicles at 100 Hz, 10 clients subscribed to one vehicle each; W5-arrays: 5,000 vehicles at
    /// 100 Hz in arrays of 100
    #[arg(value_parser = workload)]
    workload: Workload,
    /// System to measure
    #[arg(long, value_enum, default_value = "server", conflicts_with = "endpoint")]
    against: Against,
    /// Address of a running server; vehicles are registered there and deleted afterwards
    #[arg(long, value_name = "ADDRESS:PORT", requires = "redis")]
    endpoint: Option<SocketAddr>,
    /// Address of its Redis, which must not require a password
    #[arg(long, value_name = "ADDRESS:PORT", requires = "endpoint")]
    redis: Option<SocketAddr>,
    /// Process id of the server, if it is running on this machine
    #[arg(long, requires = "endpoint")]
    pid: Option<u32>,
    /// Name of a user with the role ADMIN on that server; the password is read from FLEETWATCH_BENCH_PASSWORD
    #[arg(long, value_name = "NAME", default_value = "admin")]
    username: String,
    /// Password of that user
    #[arg(long, env = "FLEETWATCH_BENCH_PASSWORD", hide = true, default_value = "")]
    password: String,
    #[command(flatten)]
    server: ServerArguments,
    #[command(flatten)]
    timing: TimingArguments,
    /// Encoding of the server's frames
    #[arg(long, value_enum, default_value = "json")]
    encoding: Encoding,
    /// Form in which the server sends changed vehicles
    #[arg(long, value_enum, default_value = "full")]
    mode: Mode,
    /// Number of vehicles, instead of the load's
    #[arg(long)]
    vehicles: Option<u32>,
    /// Updates per second and vehicle, instead of the load's
    #[arg(long)]
    rate: Option<f64>,
    /// Number of clients, instead of the load's
    #[arg(long)]
    clients: Option<u32>,
    /// Number of threads for the clients
    #[arg(long, default_value_t = 1)]
    threads: u32,
    /// Share of messages and requests that the server traces, from 0 to 1; it exports the traces to a receiver in this
    /// program. Without it, the server has no tracer
    #[arg(long, value_name = "SHARE", value_parser = share, conflicts_with = "endpoint")]
    trace_ratio: Option<f64>,
}

impl RunArguments {
    #[expect(clippy::print_stdout, reason = "the figures are what this command is for")]
    pub(super) async fn run(&self) -> anyhow::Result<()> {
        let sink = self.trace_ratio.map(|_| TraceSink::start()).transpose()?;
        let (system, settings, workload) = (self.system(sink.as_ref())?, self.settings()?, self.workload());
        let mut target = system.launch().await?;
        target.use_settings(settings);
        let ids = target.register(workload.vehicles).await?;
        let outcome = measure::load(&target, &workload, &ids, &(&self.timing).into(), self.threads).await;
        target.finish(&ids).await?;
        println!("{}: {}\n{}", system.name(), workload.title(), summary(&outcome?));
        if let Some(sink) = sink {
            println!("{}", sink.summary());
        }
        Ok(())
    }

    fn system(&self, sink: Option<&TraceSink>) -> anyhow::Result<System> {
        let traces = sink.zip(self.trace_ratio);
        Ok(match (self.endpoint.zip(self.redis), self.against) {
            (Some((address, redis)), _) => System::Running(Running {
                address,
                redis,
                process: self.pid,
                username: self.username.clone(),
                password: self.password.clone(),
            }),
            (None, Against::Server) => System::Server(ServerOptions {
                traces: traces.map(|(sink, ratio)| sink.export(ratio)),
                ..self.server.options()?
            }),
            (None, Against::Forwarder) => {
                ensure!(traces.is_none(), "the forwarder has no traces");
                System::Forwarder
            }
        })
    }

    /// Returns the settings of the clients' sockets.
    fn settings(&self) -> anyhow::Result<Settings> {
        let settings = Settings::new(self.encoding, self.mode);
        let is_server = self.endpoint.is_some() || matches!(self.against, Against::Server);
        ensure!(
            is_server || settings == Settings::default(),
            "the forwarder sends only JSON, in mode full"
        );
        Ok(settings)
    }

    fn workload(&self) -> Workload {
        let mut workload = self.workload;
        workload.vehicles = self.vehicles.unwrap_or(workload.vehicles).max(1);
        workload.rate_hz = self.rate.unwrap_or(workload.rate_hz).clamp(0.001, 10_000.0);
        workload.clients = self.clients.unwrap_or(workload.clients);
        workload
    }
}

fn share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok();
    share
        .filter(|share| (0.0..=1.0).contains(share))
        .ok_or_else(|| "must be a number from 0 to 1".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::{Cli, Command};

    #[test]
    fn the_forwarder_has_one_encoding() {
        let settings = |against, encoding, mode| {
            let arguments = [
                "bench",
                "run",
                "w1",
                "--against",
                against,
                "--encoding",
                encoding,
                "--mode",
                mode,
            ];
            let Command::Run(arguments) = Cli::try_parse_from(arguments).unwrap().command else {
                panic!("another command")
            };
            arguments.settings()
        };
        let expected = Settings::new(Encoding::MessagePackDeflate, Mode::Delta);
        assert_eq!(settings("server", "msgpack.deflate", "delta").unwrap(), expected);
        assert!(settings("forwarder", "json", "full").is_ok());
        assert!(settings("forwarder", "json", "delta").is_err());
        assert!(settings("forwarder", "msgpack", "full").is_err());
    }

    #[test]
    fn only_a_server_of_this_program_is_traced() {
        let parse = |more: &[&str]| Cli::try_parse_from(["bench", "run", "w1"].iter().chain(more));
        let Command::Run(arguments) = parse(&["--trace-ratio", "0.01"]).unwrap().command else {
            panic!("another command")
        };
        assert_eq!(arguments.trace_ratio, Some(0.01));
        assert!(parse(&["--trace-ratio", "1.5"]).is_err());
        let running = ["--endpoint", "127.0.0.1:8080", "--redis", "127.0.0.1:6379"];
        assert!(parse(&running).is_ok());
        assert!(parse(&[&running[..], &["--trace-ratio", "1"]].concat()).is_err());
    }

    #[test]
    fn a_load_can_be_overridden() {
        let cli = Cli::try_parse_from(["bench", "run", "w1", "--vehicles", "7", "--rate", "2.5"]).unwrap();
        let Command::Run(arguments) = cli.command else {
            panic!("another command")
        };
        let workload = arguments.workload();
        assert_eq!(
            (workload.vehicles, workload.rate_hz, workload.clients),
            (7, 2.5, 100)
        );
    }
}
