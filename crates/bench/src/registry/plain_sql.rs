//! The query in plain SQL, run by pgbench (<https://www.postgresql.org/docs/current/pgbench.html>).

use std::{fs, time::Duration};

use anyhow::{Context as _, ensure};
use test_stores::postgres::program;
use tokio::process::Command;

use super::questions::Question;

/// Returns the median time of a prepared statement over one connection.
pub(super) async fn median(
    database_url: &str,
    question: &Question,
    warm_up: usize,
    requests: usize,
) -> anyhow::Result<Duration> {
    let folder = tempfile::tempdir()?;
    let script = folder.path().join("page.sql");
    fs::write(&script, question.sql())?;
    let log = folder.path().join("log");
    let output = Command::new(program("pgbench"))
        .args(["--no-vacuum", "--protocol=prepared", "--client=1", "--log"])
        .arg(format!("--transactions={}", warm_up + requests))
        .arg(format!("--log-prefix={}", log.display()))
        .arg("--file")
        .arg(&script)
        .arg(database_url)
        .output()
        .await
        .context("pgbench can't be started")?;
    ensure!(
        output.status.success(),
        "pgbench: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let is_log = |name: &str| name.starts_with("log.");
    let entry = fs::read_dir(folder.path())?
        .filter_map(Result::ok)
        .find(|entry| entry.file_name().to_str().is_some_and(is_log))
        .context("pgbench wrote no log")?;
    median_in(&fs::read_to_string(entry.path())?, warm_up).context("pgbench's log cannot be read")
}

/// Returns the median of a log with a line per transaction, whose third field is its time in microseconds.
fn median_in(log: &str, warm_up: usize) -> Option<Duration> {
    let micros = |line: &str| line.split_whitespace().nth(2)?.parse().ok();
    let mut times = log
        .lines()
        .skip(warm_up)
        .map(micros)
        .collect::<Option<Vec<u64>>>()?;
    times.sort_unstable();
    times.get(times.len() / 2).copied().map(Duration::from_micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_warm_up_is_not_counted() {
        let log = "0 0 9000 0 1 1\n0 1 100 0 1 1\n0 2 300 0 1 1\n0 3 200 0 1 1\n";
        assert_eq!(median_in(log, 1), Some(Duration::from_micros(200)));
        assert_eq!(median_in("nonsense", 0), None);
        assert_eq!(median_in("", 0), None);
    }
}
