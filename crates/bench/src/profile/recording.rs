//! Samples of the call stacks of a process, recorded by `perf`.

use std::{ffi::OsStr, process::Stdio, time::Duration};

use anyhow::{Context as _, ensure};
use tempfile::NamedTempFile;
use tokio::process::Command;

use crate::process::ProcessId;

/// Samples per second and running thread. The intervals of the server are not multiples of the interval between
/// samples, so that samples are not always taken at the same point of a tick.
const FREQUENCY: &str = "3989";

/// Recorded samples.
#[derive(Debug)]
pub(super) struct Recording(NamedTempFile);

/// Samples the call stacks of a process for the given duration.
///
/// # Errors
/// Fails if `perf` is not installed, or is not permitted to record.
pub(super) async fn record(process: ProcessId, duration: Duration) -> anyhow::Result<Recording> {
    let file = NamedTempFile::new()?;
    let (id, seconds) = (process.id().to_string(), duration.as_secs_f64().to_string());
    let record = [
        "record",
        "-g",
        "--call-graph",
        "fp",
        "-F",
        FREQUENCY,
        "-p",
        &id,
        "-o",
    ]
    .map(OsStr::new);
    let until = ["--", "sleep", &seconds].map(OsStr::new);
    perf(record.into_iter().chain([file.path().as_os_str()]).chain(until)).await?;
    Ok(Recording(file))
}

impl Recording {
    /// Returns the output of `perf script`, which uses a lot of CPU time.
    ///
    /// # Errors
    /// Fails if `perf` fails.
    pub(super) async fn script(&self) -> anyhow::Result<String> {
        let script = ["script", "-F", "comm,ip,sym", "-i"].map(OsStr::new);
        let output = perf(script.into_iter().chain([self.0.path().as_os_str()])).await?;
        String::from_utf8(output).context("perf script wrote invalid UTF-8")
    }
}

/// Runs `perf`, and returns its standard output.
async fn perf<'a>(arguments: impl IntoIterator<Item = &'a OsStr>) -> anyhow::Result<Vec<u8>> {
    let output = Command::new("perf")
        .args(arguments)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .context("perf can't be started (Debian package linux-perf)")?;
    ensure!(
        output.status.success(),
        "perf failed: {}",
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(output.stdout)
}
