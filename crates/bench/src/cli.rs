//! The command line of the load tool: its commands and their arguments.

use std::{fs, net::SocketAddr, path::PathBuf, time::Duration};

use anyhow::{Context as _, bail, ensure};
use clap::{Args, Parser, Subcommand, ValueEnum};
use tokio::signal::unix::{SignalKind, signal};

use crate::{
    capacity::CapacityReport,
    forwarder,
    growth::GrowthReport,
    hostile::{self, HostileReport},
    log_ins::LogInReport,
    measure::{self, Timing},
    peers::PeerReport,
    profile::ProfileReport,
    protocols::{Encoding, Mode, Settings},
    registry::RegistryReport,
    report::{self, Report, summary},
    rolling::{self, RollingReport},
    scaling::ScalingReport,
    soak::{self, SoakReport},
    target::{Installation, Peer, Running, ServerOptions, System},
    trace_sink::TraceSink,
    tracing_cost::TracingCostReport,
    workload::Workload,
};

/// Runs load tests against fleetwatch and reports the results
#[derive(Debug, Parser)]
#[command(name = "fleetwatch-bench", version)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Measure every load on the server and on the bare forwarder, and write the figures into a document
    Report(ReportArguments),
    /// Measure pages of a registry of 100,000 vehicles and of plain SQL, and write the figures into a document
    Registry(RegistryArguments),
    /// Measure live delivery during password guessing, and write the figures into a document
    LogIns(LogInArguments),
    /// Measure the loads on other live servers, and write the figures into a document
    Peers(PeerArguments),
    /// Measure the CPU time under increasing loads, write the figures and a plot into a document, and fail if it grows
    /// faster than the number of deliveries
    Growth(GrowthArguments),
    /// Model the limits of the live core on larger machines from the results of `cargo bench`, and write them into a
    /// document
    Scaling(ScalingArguments),
    /// Measure what Redis does for each server and what clients cost when they connect, and write the costs and what a
    /// large fleet needs into a document
    Capacity(CapacityArguments),
    /// Measure the CPU time under W1 without tracing, with 1 % of the messages traced and with all, in turn, and write
    /// the figures into a document
    Traces(TracesArguments),
    /// Sample the call stacks of the server under loads, and write the shares of its parts into a document and the
    /// stacks as flame graphs beside it. Needs `perf`, and a server that was built with frame pointers
    Profile(ProfileArguments),
    /// Attack a server under load in every known way, write the figures into a document, and fail if a bound is broken
    Hostile(HostileArguments),
    /// Open and close sockets under load for a long time, write the figures into a document, and fail if the server
    /// keeps resources of closed sockets
    Soak(SoakArguments),
    /// Restart servers behind HAProxy and nginx one after another under load, write the figures into a document, and
    /// fail if a request fails, or a client is not back in time with the current state
    Rolling(RollingArguments),
    /// Measure one load once, and print the figures
    Run(RunArguments),
    /// Measure the memory of an idle socket once, and print the figure
    Idle(IdleArguments),
    /// Run the bare forwarder with which the server is compared
    #[command(hide = true)]
    Forwarder(ForwarderArguments),
}

#[derive(Debug, Args)]
struct TimingArguments {
    /// Duration of a measurement, in seconds
    #[arg(long, default_value_t = 15)]
    seconds: u64,
    /// Duration of the load before the measurement, in seconds
    #[arg(long, default_value_t = 3)]
    warm_up: u64,
    /// Delivery interval, in milliseconds; that of the forwarder is always 100
    #[arg(long, default_value_t = 100)]
    interval_ms: u64,
}

impl From<&TimingArguments> for Timing {
    fn from(arguments: &TimingArguments) -> Self {
        Self {
            warm_up: Duration::from_secs(arguments.warm_up),
            measured: Duration::from_secs(arguments.seconds),
            interval: Duration::from_millis(arguments.interval_ms),
        }
    }
}

#[derive(Debug, Args)]
struct ServerArguments {
    /// The server's binary [default: the one in the directory of this program]
    #[arg(long, value_name = "FILE")]
    server: Option<PathBuf>,
    /// Store vehicles in the server's memory instead of a PostgreSQL database
    #[arg(long)]
    no_database: bool,
}

impl ServerArguments {
    fn options(&self) -> anyhow::Result<ServerOptions> {
        let binary = self
            .server
            .clone()
            .map_or_else(ServerOptions::sibling_binary, |path| Ok(path.canonicalize()?))?;
        Ok(ServerOptions {
            binary,
            has_database: !self.no_database,
            open_files: None,
            is_limited: false,
            traces: None,
        })
    }
}

#[derive(Debug, Args)]
struct ReportArguments {
    #[command(flatten)]
    server: ServerArguments,
    #[command(flatten)]
    timing: TimingArguments,
    /// Document to write the figures into, between its markers
    #[arg(long, value_name = "FILE", default_value = "docs/benchmarks.md")]
    out: PathBuf,
    /// Number of sockets opened to measure the memory per socket
    #[arg(long, default_value_t = 5_000)]
    idle_sockets: u32,
    /// Time for which a client stops reading, in seconds
    #[arg(long, default_value_t = 30)]
    stall_seconds: u64,
}

#[derive(Debug, Args)]
struct RegistryArguments {
    #[command(flatten)]
    server: ServerArguments,
    /// Document to write the figures into, between its markers
    #[arg(long, value_name = "FILE", default_value = "docs/benchmarks.md")]
    out: PathBuf,
}

#[derive(Debug, Args)]
struct LogInArguments {
    #[command(flatten)]
    server: ServerArguments,
    #[command(flatten)]
    timing: TimingArguments,
    /// Number of password guesses, spread over the measured time
    #[arg(long, default_value_t = 10_000)]
    guesses: u32,
    /// Document to write the figures into, between its markers
    #[arg(long, value_name = "FILE", default_value = "docs/benchmarks.md")]
    out: PathBuf,
}

#[derive(Debug, Args)]
struct PeerArguments {
    #[command(flatten)]
    server: ServerArguments,
    #[command(flatten)]
    timing: TimingArguments,
    /// Measure only this one, and print the figures instead of writing them into the document
    #[arg(long, value_enum, value_name = "NAME")]
    peer: Option<Peer>,
    /// Directory into which deploy/peers.sh has installed them
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

#[derive(Debug, Args)]
struct GrowthArguments {
    #[command(flatten)]
    server: ServerArguments,
    #[command(flatten)]
    timing: TimingArguments,
    /// Document to write the figures into, between its markers; the plot growth.svg is written into the same directory
    #[arg(long, value_name = "FILE", default_value = "docs/benchmarks.md")]
    out: PathBuf,
}

#[derive(Debug, Args)]
struct ScalingArguments {
    #[command(flatten)]
    server: ServerArguments,
    #[command(flatten)]
    timing: TimingArguments,
    /// Directory of the results of `cargo bench`
    #[arg(long, value_name = "DIRECTORY", default_value = "target/criterion")]
    criterion: PathBuf,
    /// Document to write the figures into, between its markers
    #[arg(long, value_name = "FILE", default_value = "docs/scaling.md")]
    out: PathBuf,
}

#[derive(Debug, Args)]
struct CapacityArguments {
    #[command(flatten)]
    server: ServerArguments,
    /// Document to write the figures into, between its markers
    #[arg(long, value_name = "FILE", default_value = "docs/scaling.md")]
    out: PathBuf,
}

#[derive(Debug, Args)]
struct TracesArguments {
    #[command(flatten)]
    server: ServerArguments,
    #[command(flatten)]
    timing: TimingArguments,
    /// Number of measurements of each kind
    #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u16).range(1..))]
    rounds: u16,
    /// Document to write the figures into, between its markers
    #[arg(long, value_name = "FILE", default_value = "docs/benchmarks.md")]
    out: PathBuf,
}

#[derive(Debug, Args)]
struct ProfileArguments {
    /// Loads
    #[arg(value_parser = workload, default_values = ["W1", "W2", "W3", "W5"])]
    workloads: Vec<Workload>,
    #[command(flatten)]
    server: ServerArguments,
    #[command(flatten)]
    timing: TimingArguments,
    /// Document to write the figures into, between its markers; the flame graphs are written into the same directory
    #[arg(long, value_name = "FILE", default_value = "docs/benchmarks.md")]
    out: PathBuf,
}

#[derive(Debug, Args)]
struct HostileArguments {
    #[command(flatten)]
    server: ServerArguments,
    #[command(flatten)]
    timing: TimingArguments,
    /// Attack with a tenth of the force, check no times, and write no document: for builds without optimization
    #[arg(long)]
    short: bool,
    /// Document to write the figures into, between its markers
    #[arg(
        long,
        value_name = "FILE",
        default_value = "docs/benchmarks.md",
        conflicts_with = "short"
    )]
    out: PathBuf,
}

#[derive(Debug, Args)]
struct SoakArguments {
    #[command(flatten)]
    server: ServerArguments,
    /// Time in which sockets are opened and closed, in minutes
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=1_440))]
    minutes: u64,
    /// Run for about ten seconds with a small load, do not check memory, and write nothing: for builds without
    /// optimization
    #[arg(long, conflicts_with = "minutes")]
    short: bool,
    /// Document to write the figures into, between its markers
    #[arg(
        long,
        value_name = "FILE",
        default_value = "docs/benchmarks.md",
        conflicts_with = "short"
    )]
    out: PathBuf,
    /// File name of the plot, which is written into the directory of the document
    #[arg(
        long,
        value_name = "NAME",
        default_value = "soak.svg",
        conflicts_with = "short"
    )]
    plot: String,
}

#[derive(Debug, Args)]
struct RollingArguments {
    #[command(flatten)]
    server: ServerArguments,
    /// Run with a small load, and write nothing: for builds without optimization
    #[arg(long)]
    short: bool,
    /// Document to write the figures into, between its markers
    #[arg(
        long,
        value_name = "FILE",
        default_value = "docs/load-balancing.md",
        conflicts_with = "short"
    )]
    out: PathBuf,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Against {
    /// A server that is started for the measurement, with its own Redis and database
    Server,
    /// The bare forwarder
    Forwarder,
}

#[derive(Debug, Args)]
struct RunArguments {
    /// W1: 100 vehicles at 10 Hz, 100 clients of all; W2: 1,000 clients of one vehicle each; W3: 1,000 clients of all;
    /// W4: 1,000 vehicles at 1 Hz, 10 clients of all; W5: 2,000 vehicles at 100 Hz, 10 clients of one vehicle each;
    /// W5-arrays: 5,000 vehicles at 100 Hz in arrays of 100
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
    /// Process id of the server, if it runs on this machine
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

#[derive(Debug, Args)]
struct IdleArguments {
    /// System to measure
    #[arg(long, value_enum, default_value = "server")]
    against: Against,
    /// Number of sockets, over which the memory is averaged
    #[arg(long, default_value_t = 5_000, value_parser = clap::value_parser!(u32).range(1..))]
    sockets: u32,
    #[command(flatten)]
    server: ServerArguments,
}

#[derive(Debug, Args)]
struct ForwarderArguments {
    /// URL of the Redis to subscribe to
    #[arg(long)]
    redis: String,
    /// Interval between frames, in milliseconds
    #[arg(long, default_value_t = 100)]
    interval_ms: u64,
    /// File to write the port to, once it listens
    #[arg(long)]
    port_file: PathBuf,
}

fn share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok();
    share
        .filter(|share| (0.0..=1.0).contains(share))
        .ok_or_else(|| "must be a number from 0 to 1".to_owned())
}

fn workload(name: &str) -> Result<Workload, String> {
    Workload::named(name).ok_or_else(|| "the loads are W1, W2, W3, W4, W5 and W5-arrays".to_owned())
}

impl Cli {
    /// Runs the command.
    ///
    /// # Errors
    /// The reason for its failure.
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        match self.command {
            Command::Report(arguments) => Box::pin(unless_ended(write_report(&arguments))).await,
            Command::Registry(arguments) => Box::pin(unless_ended(measure_registry(&arguments))).await,
            Command::LogIns(arguments) => Box::pin(unless_ended(measure_log_ins(&arguments))).await,
            Command::Peers(arguments) => Box::pin(unless_ended(measure_peers(&arguments))).await,
            Command::Growth(arguments) => Box::pin(unless_ended(measure_growth(&arguments))).await,
            Command::Scaling(arguments) => Box::pin(unless_ended(model_scaling(&arguments))).await,
            Command::Capacity(arguments) => Box::pin(unless_ended(measure_capacity(&arguments))).await,
            Command::Traces(arguments) => Box::pin(unless_ended(measure_traces(&arguments))).await,
            Command::Profile(arguments) => Box::pin(unless_ended(measure_profiles(&arguments))).await,
            Command::Hostile(arguments) => Box::pin(unless_ended(measure_hostile(&arguments))).await,
            Command::Soak(arguments) => Box::pin(unless_ended(measure_soak(&arguments))).await,
            Command::Rolling(arguments) => Box::pin(unless_ended(restart_in_turn(&arguments))).await,
            Command::Run(arguments) => Box::pin(unless_ended(measure_once(&arguments))).await,
            Command::Idle(arguments) => Box::pin(unless_ended(measure_idle(&arguments))).await,
            Command::Forwarder(arguments) => {
                let pause = Duration::from_millis(arguments.interval_ms.max(1));
                forwarder::run(&arguments.redis, pause, &arguments.port_file).await
            }
        }
    }
}

/// Drops the work at SIGTERM or SIGINT, which also ends the processes started for it.
async fn unless_ended(work: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    // Only one branch ever completes, so none has to be cancel-safe.
    tokio::select! {
        outcome = work => outcome,
        _ = terminate.recv() => bail!("ended by SIGTERM"),
        _ = interrupt.recv() => bail!("ended by SIGINT"),
    }
}

async fn write_report(arguments: &ReportArguments) -> anyhow::Result<()> {
    let options = arguments.server.options()?;
    let stall = Duration::from_secs(arguments.stall_seconds);
    let report = Report::measure(
        options,
        &(&arguments.timing).into(),
        arguments.idle_sockets,
        stall,
    )
    .await?;
    report::write_into(&arguments.out, "figures", &report.to_string())?;
    eprintln!("written into {}", arguments.out.display());
    Ok(())
}

async fn measure_registry(arguments: &RegistryArguments) -> anyhow::Result<()> {
    let report = RegistryReport::measure(&arguments.server.options()?).await?;
    report::write_into(&arguments.out, "registry", &report.to_string())?;
    eprintln!("written into {}", arguments.out.display());
    Ok(())
}

async fn measure_log_ins(arguments: &LogInArguments) -> anyhow::Result<()> {
    let (options, timing) = (arguments.server.options()?, (&arguments.timing).into());
    let report = LogInReport::measure(&options, &timing, arguments.guesses).await?;
    report::write_into(&arguments.out, "log-ins", &report.to_string())?;
    eprintln!("written into {}", arguments.out.display());
    Ok(())
}

#[expect(
    clippy::print_stdout,
    reason = "the figures of one peer are what this command is for"
)]
async fn measure_peers(arguments: &PeerArguments) -> anyhow::Result<()> {
    let installation = Installation::open(&arguments.installed)?;
    let (server, peers) = match arguments.peer {
        Some(peer) => (None, vec![peer]),
        None => (Some(arguments.server.options()?), Peer::ALL.to_vec()),
    };
    let timing = (&arguments.timing).into();
    let report = PeerReport::measure(server, &installation, &peers, &timing, arguments.idle_sockets).await?;
    if arguments.peer.is_some() {
        println!("{report}");
    } else {
        report::write_into(&arguments.out, "peers", &report.to_string())?;
        eprintln!("written into {}", arguments.out.display());
    }
    Ok(())
}

async fn measure_growth(arguments: &GrowthArguments) -> anyhow::Result<()> {
    let report = GrowthReport::measure(arguments.server.options()?, &(&arguments.timing).into()).await?;
    let (plot, out) = (arguments.out.with_file_name("growth.svg"), &arguments.out);
    fs::write(&plot, report.plot()?).with_context(|| format!("cannot write {}", plot.display()))?;
    report::write_into(out, "growth", &report.to_string())?;
    eprintln!("{report}\nwritten into {} and {}", out.display(), plot.display());
    let too_steep = report.too_steep();
    ensure!(too_steep.is_empty(), "{}", too_steep.join("\n"));
    Ok(())
}

async fn model_scaling(arguments: &ScalingArguments) -> anyhow::Result<()> {
    let (options, timing) = (arguments.server.options()?, (&arguments.timing).into());
    let report = ScalingReport::measure(options, &timing, &arguments.criterion).await?;
    report::write_into(&arguments.out, "scaling", &report.to_string())?;
    eprintln!("written into {}", arguments.out.display());
    Ok(())
}

async fn measure_capacity(arguments: &CapacityArguments) -> anyhow::Result<()> {
    let report = CapacityReport::measure(&arguments.server.options()?).await?;
    report::write_into(&arguments.out, "capacity", &report.to_string())?;
    eprintln!("{report}\nwritten into {}", arguments.out.display());
    Ok(())
}

async fn measure_traces(arguments: &TracesArguments) -> anyhow::Result<()> {
    let (options, timing) = (arguments.server.options()?, (&arguments.timing).into());
    let report = TracingCostReport::measure(&options, &timing, arguments.rounds.into()).await?;
    report::write_into(&arguments.out, "traces", &report.to_string())?;
    eprintln!("{report}\nwritten into {}", arguments.out.display());
    Ok(())
}

async fn measure_profiles(arguments: &ProfileArguments) -> anyhow::Result<()> {
    let timing = (&arguments.timing).into();
    let mut reports = Vec::new();
    for workload in &arguments.workloads {
        let report = ProfileReport::measure(arguments.server.options()?, workload, &timing).await?;
        let plot = arguments.out.with_file_name(report.plot_name());
        fs::write(&plot, report.flame_graph()).with_context(|| format!("cannot write {}", plot.display()))?;
        eprintln!("{report}\nwritten into {}", plot.display());
        reports.push(report.to_string());
    }
    report::write_into(&arguments.out, "profile", &reports.join("\n\n"))
}

async fn measure_hostile(arguments: &HostileArguments) -> anyhow::Result<()> {
    let (options, timing) = (arguments.server.options()?, (&arguments.timing).into());
    let scale = if arguments.short {
        hostile::Scale::SHORT
    } else {
        hostile::Scale::FULL
    };
    let report = HostileReport::measure(&options, &timing, scale).await?;
    eprintln!("{report}");
    if !arguments.short {
        report::write_into(&arguments.out, "hostile", &report.to_string())?;
        eprintln!("written into {}", arguments.out.display());
    }
    let broken = report.broken_bounds();
    ensure!(
        broken.is_empty(),
        "these bounds are broken:\n{}",
        broken.join("\n")
    );
    Ok(())
}

async fn measure_soak(arguments: &SoakArguments) -> anyhow::Result<()> {
    let options = arguments.server.options()?;
    let scale = if arguments.short {
        soak::Scale::SHORT
    } else {
        soak::Scale::full(Duration::from_secs(arguments.minutes * 60))
    };
    let report = SoakReport::measure(&options, scale).await?;
    eprintln!("{report}");
    if !arguments.short {
        let plot = arguments.out.with_file_name(&arguments.plot);
        fs::write(&plot, report.plot()?).with_context(|| format!("cannot write {}", plot.display()))?;
        let figures = format!(
            "{report}\n![Memory, connections and descriptors of the server over time]({})",
            arguments.plot
        );
        report::write_into(&arguments.out, "soak", &figures)?;
        eprintln!("written into {} and {}", arguments.out.display(), plot.display());
    }
    let broken = report.broken_rules();
    ensure!(
        broken.is_empty(),
        "these rules are broken:\n{}",
        broken.join("\n")
    );
    Ok(())
}

async fn restart_in_turn(arguments: &RollingArguments) -> anyhow::Result<()> {
    let scale = if arguments.short {
        rolling::Scale::SHORT
    } else {
        rolling::Scale::FULL
    };
    let report = RollingReport::measure(&arguments.server.options()?, scale).await?;
    eprintln!("{report}");
    if !arguments.short {
        report::write_into(&arguments.out, "rolling", &report.to_string())?;
        eprintln!("written into {}", arguments.out.display());
    }
    let broken = report.broken_rules();
    ensure!(
        broken.is_empty(),
        "these rules are broken:\n{}",
        broken.join("\n")
    );
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the figures are what this command is for")]
async fn measure_once(arguments: &RunArguments) -> anyhow::Result<()> {
    let sink = arguments.trace_ratio.map(|_| TraceSink::start()).transpose()?;
    let (system, settings, workload) = (
        arguments.system(sink.as_ref())?,
        arguments.settings()?,
        arguments.workload(),
    );
    let mut target = system.launch().await?;
    target.use_settings(settings);
    let ids = target.register(workload.vehicles).await?;
    let outcome = measure::load(
        &target,
        &workload,
        &ids,
        &(&arguments.timing).into(),
        arguments.threads,
    )
    .await;
    target.finish(&ids).await?;
    println!("{}: {}\n{}", system.name(), workload.title(), summary(&outcome?));
    if let Some(sink) = sink {
        println!("{}", sink.summary());
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the figure is what this command is for")]
async fn measure_idle(arguments: &IdleArguments) -> anyhow::Result<()> {
    let system = match arguments.against {
        Against::Server => System::Server(arguments.server.options()?),
        Against::Forwarder => System::Forwarder,
    };
    let bytes = report::idle_memory(&system, arguments.sockets).await?;
    println!("{:.2} KiB per socket", bytes as f64 / 1_024.0);
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

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

    #[test]
    fn a_short_soak_has_its_own_duration_and_writes_nothing() {
        let parse = |more: &[&str]| Cli::try_parse_from(["bench", "soak"].iter().chain(more)).is_ok();
        assert!(parse(&[]));
        assert!(parse(&["--minutes", "90", "--plot", "long.svg"]));
        assert!(parse(&["--short"]));
        assert!(!parse(&["--short", "--minutes", "1"]));
        assert!(!parse(&["--short", "--plot", "short.svg"]));
        assert!(!parse(&["--minutes", "0"]));
    }

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
