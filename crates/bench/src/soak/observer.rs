//! Observation of the server from outside: `/proc` and `/metrics`.

use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;

use super::Scene;
use crate::{metrics_page::MetricsReader, process::ProcessId};

/// Interval of the readings.
const BEAT: Duration = Duration::from_secs(1);
/// Number of readings between two reports of progress.
const REPORTED: usize = 60;
/// Interval of the readings in [`Observer::wait_until`].
const PAUSE: Duration = Duration::from_millis(250);
/// Time limit for the server to release everything that visitors used. Exceeds all of the server's time limits for
/// clients.
const PATIENCE: Duration = Duration::from_secs(75);

/// Figures of the server at one time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Reading {
    /// Time since the observer was created.
    pub(super) at: Duration,
    pub(super) resident_bytes: u64,
    /// Open file descriptors.
    pub(super) descriptors: u64,
    pub(super) threads: u64,
    /// Open sockets at `/ws`.
    pub(super) sockets: u64,
    /// Connections of HTTP clients, including sockets and the observer.
    pub(super) connections: u64,
    pub(super) subscribers: u64,
    pub(super) rooms: u64,
}

/// Observer of a server, with one connection to it.
#[derive(Debug)]
pub(super) struct Observer {
    metrics: MetricsReader,
    process: ProcessId,
    began: Instant,
}

impl Observer {
    pub(super) fn of(scene: &Scene) -> anyhow::Result<Self> {
        Ok(Self {
            metrics: MetricsReader::of(scene.target.endpoint.address)?,
            process: scene.process,
            began: Instant::now(),
        })
    }

    /// Reads all figures.
    ///
    /// # Errors
    /// Fails if the server has exited, or `/metrics` lacks a figure.
    pub(super) async fn read(&self) -> anyhow::Result<Reading> {
        let page = self.metrics.read().await?;
        Ok(Reading {
            at: self.began.elapsed(),
            resident_bytes: self.process.resident_bytes()?,
            descriptors: self.process.descriptors()?,
            threads: self.process.threads()?,
            sockets: page.value("fleetwatch_ws_connections")?,
            connections: page.value("fleetwatch_http_connections")?,
            subscribers: page.value("fleetwatch_live_subscribers")?,
            rooms: page.value("fleetwatch_live_rooms")?,
        })
    }

    /// Reads all figures every second until `is_over` is cancelled.
    ///
    /// # Errors
    /// Returns the errors of [`Observer::read`].
    pub(super) async fn watch(&self, is_over: &CancellationToken) -> anyhow::Result<Vec<Reading>> {
        let mut beat = interval(BEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut readings = Vec::new();
        while is_over.run_until_cancelled(beat.tick()).await.is_some() {
            let reading = self.read().await?;
            if readings.len().is_multiple_of(REPORTED) {
                eprintln!(
                    "{} s: {:.1} MiB, {} sockets, {} descriptors",
                    reading.at.as_secs(),
                    mebibytes(reading.resident_bytes),
                    reading.sockets,
                    reading.descriptors
                );
            }
            readings.push(reading);
        }
        Ok(readings)
    }

    /// Reads all figures repeatedly until they are as expected or the time limit is exceeded, and returns the last
    /// ones.
    ///
    /// # Errors
    /// Returns the errors of [`Observer::read`].
    pub(super) async fn wait_until(&self, is_expected: impl Fn(&Reading) -> bool) -> anyhow::Result<Reading> {
        let began = Instant::now();
        loop {
            let reading = self.read().await?;
            if is_expected(&reading) || began.elapsed() > PATIENCE {
                return Ok(reading);
            }
            sleep(PAUSE).await;
        }
    }
}

pub(super) fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}
