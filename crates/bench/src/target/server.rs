//! The server's binary, with stores of its own.

use std::{
    env,
    net::TcpListener,
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use test_stores::postgres::TestDatabase;
use tokio::time::sleep;

use super::{Endpoint, Launched, Target, last_words, local, log_in, redis};
use crate::process::OwnProcess;

/// Who measures, and its password.
pub const ADMINISTRATOR: (&str, &str) = ("bench", "correct horse battery staple");

const PATIENCE: Duration = Duration::from_secs(60);

/// Which server, and how it keeps its vehicles.
#[derive(Debug, Clone)]
pub struct ServerOptions {
    /// The binary.
    pub binary: PathBuf,
    /// In a PostgreSQL database of its own, or in its memory.
    pub has_database: bool,
    /// The limit of open files of its process; none for that of this one.
    pub open_files: Option<u32>,
    /// Whether it limits requests and logs by its own defaults, or lets a load tool ask as often as it likes and logs
    /// warnings only.
    pub is_limited: bool,
}

impl ServerOptions {
    /// The `fleetwatch` beside this program.
    ///
    /// # Errors
    /// When there is none.
    pub fn sibling_binary() -> anyhow::Result<PathBuf> {
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

/// Starts the server on this database, and waits until it is ready.
///
/// # Errors
/// When it does not come up.
pub async fn launch_on(options: &ServerOptions, database: Option<TestDatabase>) -> anyhow::Result<Target> {
    let redis = redis().await?;
    let directory = tempfile::tempdir()?;
    let port = free_port()?;
    let mut command = command(options);
    // What this shell is set to is no part of a measurement.
    env::vars_os()
        .filter(|(key, _)| key.to_string_lossy().starts_with("FLEETWATCH_"))
        .for_each(|(key, _)| {
            command.env_remove(key);
        });
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
        redis: local(redis.port()),
        process: Some(process.id()),
        has_registry: true,
        launched: Some(Launched {
            process,
            _redis: redis,
            _database: database,
            directory,
        }),
    })
}

/// The server's own command line; a shell lowers the limit of open files first where that is asked for.
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

/// Free now; nobody else is likely to take it in the moment until the server does.
fn free_port() -> anyhow::Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("no free port")?;
    Ok(listener.local_addr()?.port())
}

async fn is_ready(port: u16) -> bool {
    let answer = reqwest::get(format!("http://127.0.0.1:{port}/health/ready")).await;
    answer.is_ok_and(|answer| answer.status().is_success())
}
