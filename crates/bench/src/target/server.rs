//! The server's binary, started with its own stores.

use std::{
    env,
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::bail;
use test_stores::postgres::TestDatabase;
use tokio::time::sleep;

use super::{Endpoint, Launched, Target, last_words, local, log_in, ports::free_ports, redis};
use crate::{process::OwnProcess, protocols::Feed};

/// Name and password of the administrator that the benchmark uses.
pub(crate) const ADMINISTRATOR: (&str, &str) = ("bench", "correct horse battery staple");

const PATIENCE: Duration = Duration::from_secs(60);

/// Binary and configuration of a server.
#[derive(Debug, Clone)]
pub(crate) struct ServerOptions {
    pub binary: PathBuf,
    /// Whether vehicles are stored in a PostgreSQL database instead of in memory.
    pub has_database: bool,
    /// Limit on open files of the server; `None` for the limit of this process.
    pub open_files: Option<u32>,
    /// Whether the server keeps its default rate limits and log level. Otherwise the limits are too high to be reached,
    /// and only warnings and errors are logged.
    pub is_limited: bool,
    /// Export of traces; `None` if the server has no tracer.
    pub traces: Option<TraceExport>,
}

/// Export of a server's traces.
#[derive(Debug, Clone)]
pub(crate) struct TraceExport {
    /// Base URL of an OTLP/HTTP receiver.
    pub endpoint: String,
    /// Share of traces that are kept, from 0 to 1.
    pub ratio: f64,
}

impl ServerOptions {
    /// Returns the path of `fleetwatch` in the directory of this program.
    ///
    /// # Errors
    /// Fails if there is no such file.
    pub(crate) fn sibling_binary() -> anyhow::Result<PathBuf> {
        let sibling = env::current_exe()?.with_file_name("fleetwatch");
        if !sibling.is_file() {
            bail!(
                "{} is missing: build it with the same profile, or name another with --server",
                sibling.display()
            );
        }
        Ok(sibling)
    }
}

pub(super) async fn launch(options: &ServerOptions) -> anyhow::Result<Target> {
    let database = if options.has_database {
        Some(TestDatabase::create().await)
    } else {
        None
    };
    launch_on(options, database).await
}

/// Starts the server on a database, or in memory, and waits until it is ready.
///
/// # Errors
/// Fails if the server does not become ready.
pub(crate) async fn launch_on(
    options: &ServerOptions,
    database: Option<TestDatabase>,
) -> anyhow::Result<Target> {
    let redis = redis().await?;
    let directory = tempfile::tempdir()?;
    let [port] = free_ports()?;
    let mut command = command(options);
    ignore_environment(&mut command);
    command
        .current_dir(directory.path())
        .env("FLEETWATCH_HTTP__BIND", format!("127.0.0.1:{port}"))
        .env("FLEETWATCH_REDIS__URL", redis.url())
        .env("FLEETWATCH_DATA__DIR", directory.path().join("data"))
        .env("FLEETWATCH_AUTH__ADMIN_USERNAME", ADMINISTRATOR.0)
        .env("FLEETWATCH_AUTH__ADMIN_PASSWORD", ADMINISTRATOR.1)
        .env("FLEETWATCH_AUTH__ACCESS_TTL_S", "86400")
        .envs(
            database
                .as_ref()
                .map(|database| ("FLEETWATCH_DATABASE__URL", database.url())),
        );
    if !options.is_limited {
        command
            .env("FLEETWATCH_LOG__LEVEL", "warn")
            .env("FLEETWATCH_LIMITS__API_PER_SECOND", "100000")
            .env("FLEETWATCH_LIMITS__API_BURST", "100000");
    }
    if let Some(TraceExport { endpoint, ratio }) = &options.traces {
        command
            .env("FLEETWATCH_TELEMETRY__OTLP_ENDPOINT", endpoint)
            .env("FLEETWATCH_TELEMETRY__SAMPLE_RATIO", ratio.to_string())
            .env("FLEETWATCH_TELEMETRY__MAX_TRACES_PER_S", "1000000");
    }
    let mut process = OwnProcess::start(&mut command, &log_in(&directory))?;
    let began = Instant::now();
    while !is_ready(port).await {
        if process.ended()?.is_some() || began.elapsed() > PATIENCE {
            bail!("the server did not start:\n{}", last_words(&directory));
        }
        sleep(Duration::from_millis(20)).await;
    }
    Ok(Target {
        endpoint: Endpoint::log_in(local(port), ADMINISTRATOR.0, ADMINISTRATOR.1).await?,
        feed: Feed::redis(local(redis.port())),
        process: Some(process.id()),
        has_registry: true,
        launched: Some(Launched {
            process,
            is_graceful: true,
            _redis: Some(redis),
            _database: database,
            directory,
        }),
    })
}

/// Returns the command that starts the server, through a shell that sets the limit on open files, if there is one.
fn command(options: &ServerOptions) -> Command {
    let Some(open_files) = options.open_files else {
        return Command::new(&options.binary);
    };
    let mut shell = Command::new("sh");
    shell
        .args(["-c", "ulimit -n \"$1\" && exec \"$0\""])
        .arg(&options.binary)
        .arg(open_files.to_string());
    shell
}

/// Removes the settings in the shell's environment, which must not affect a measurement.
pub(crate) fn ignore_environment(command: &mut Command) {
    env::vars_os()
        .filter(|(key, _)| key.to_string_lossy().starts_with("FLEETWATCH_"))
        .for_each(|(key, _)| {
            command.env_remove(key);
        });
}

async fn is_ready(port: u16) -> bool {
    let answer = reqwest::get(format!("http://127.0.0.1:{port}/health/ready")).await;
    answer.is_ok_and(|answer| answer.status().is_success())
}
