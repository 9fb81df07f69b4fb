//! The forwarder in its own process, whose CPU time is measured like that of the server.

use std::{
    env, fs,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::bail;
use tokio::time::sleep;

use super::{Endpoint, Launched, Target, last_words, local, log_in, redis};
use crate::{
    process::OwnProcess,
    protocols::{Feed, Protocol, Settings},
};

const PATIENCE: Duration = Duration::from_secs(15);

pub(super) async fn launch() -> anyhow::Result<Target> {
    let redis = redis().await?;
    let directory = tempfile::tempdir()?;
    let port_file = directory.path().join("port");
    let mut command = Command::new(env::current_exe()?);
    command
        .args(["forwarder", "--redis", &redis.url(), "--port-file"])
        .arg(&port_file);
    let mut process = OwnProcess::start(&mut command, &log_in(&directory))?;
    let began = Instant::now();
    let port = loop {
        // The file may still be missing or empty.
        if let Some(port) = fs::read_to_string(&port_file)
            .ok()
            .and_then(|port| port.parse().ok())
        {
            break port;
        }
        if process.ended()?.is_some() || began.elapsed() > PATIENCE {
            bail!("the forwarder did not start:\n{}", last_words(&directory));
        }
        sleep(Duration::from_millis(10)).await;
    };
    Ok(Target {
        endpoint: Endpoint::open(local(port), Protocol::Fleetwatch(Settings::default())),
        feed: Feed::redis(local(redis.port())),
        process: Some(process.id()),
        has_registry: false,
        launched: Some(Launched {
            process,
            is_graceful: true,
            _redis: Some(redis),
            _database: None,
            directory,
        }),
    })
}
