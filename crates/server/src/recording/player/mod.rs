use std::{collections::BTreeMap, sync::Arc};

use application::{
    ports::Clock,
    telemetry::{Content, Report},
};
use domain::{
    VehicleId,
    telemetry::{PlausibilityRules, Timestamp, VehiclePosition},
};
use tokio::{
    sync::mpsc::{self, error::TryRecvError},
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;

use super::{Sample, SkipReason, Speed, timeline::Timeline};
use crate::publisher::Publisher;

/// A message of a recording.
#[derive(Debug)]
pub struct Recorded {
    /// Time of recording, in nanoseconds.
    pub log_time: u64,
    /// Its position, or the reason why it contains none.
    pub sample: Result<Sample, SkipReason>,
}

/// Counters of a player.
#[derive(Debug, Default)]
pub struct Tally {
    /// Number of published positions.
    pub sent: u64,
    /// Number of positions that were due while the bus was unavailable.
    pub lost: u64,
    /// Messages without an acceptable position: for each kind of fault, their number and the first fault.
    pub refused: BTreeMap<&'static str, (u64, SkipReason)>,
    /// Last published position; `None` before the first one.
    pub last: Option<VehiclePosition>,
}

impl Tally {
    /// Returns `true` if there was no position to publish.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.sent + self.lost == 0
    }
}

/// Player that publishes a recording's positions as its robot would, each at its due time.
pub struct Player {
    publisher: Publisher,
    clock: Arc<dyn Clock>,
    vehicle_id: VehicleId,
    plausibility: PlausibilityRules,
    keeps_time: bool,
    timeline: Timeline,
    /// Samples that are due but not published yet.
    due: Vec<Sample>,
    tally: Tally,
}

impl Player {
    /// Maximum number of positions that are published at once, if they are due together.
    const LARGEST_BATCH: usize = 256;

    /// Creates a player whose first sample is due now. Positions are stamped with the time at which they are published
    /// or, if `keeps_time`, with their recorded time, if there is one. Positions outside the bounds or too far in the
    /// future are skipped, because every server would reject them.
    #[must_use]
    pub fn new(
        publisher: Publisher,
        clock: Arc<dyn Clock>,
        vehicle_id: VehicleId,
        plausibility: PlausibilityRules,
        speed: Speed,
        keeps_time: bool,
    ) -> Self {
        Self {
            publisher,
            clock,
            vehicle_id,
            plausibility,
            keeps_time,
            timeline: Timeline::starting_now(speed),
            due: Vec::new(),
            tally: Tally::default(),
        }
    }

    #[must_use]
    pub const fn tally(&self) -> &Tally {
        &self.tally
    }

    #[must_use]
    pub fn into_tally(self) -> Tally {
        self.tally
    }

    /// Plays one round, until the samples end or `shutdown` is cancelled. Calls `on_batch` with the number of positions
    /// in each batch.
    ///
    /// # Errors
    /// Fails if the bus rejects positions or was never available.
    pub async fn play(
        &mut self,
        samples: mpsc::Receiver<Recorded>,
        shutdown: &CancellationToken,
        on_batch: impl FnMut(u64),
    ) -> anyhow::Result<()> {
        // Cancellation drops at most one batch, which is acceptable because playing ends anyway.
        tokio::select! {
            biased;
            () = shutdown.cancelled() => Ok(()),
            played = self.play_to_the_end(samples, on_batch) => played,
        }
    }

    /// Prepares for another round of the same recording. Returns `true` if the finished round contained any messages.
    pub fn next_round(&mut self) -> bool {
        self.timeline.next_round()
    }

    async fn play_to_the_end(
        &mut self,
        mut samples: mpsc::Receiver<Recorded>,
        mut on_batch: impl FnMut(u64),
    ) -> anyhow::Result<()> {
        loop {
            let next = match samples.try_recv() {
                Ok(recorded) => Some(recorded),
                Err(TryRecvError::Disconnected) => None,
                // Publish due positions before waiting: the reader may be slower than the recording.
                Err(TryRecvError::Empty) => {
                    self.publish(&mut on_batch).await?;
                    samples.recv().await
                }
            };
            let Some(Recorded { log_time, sample }) = next else {
                break;
            };
            let due = self.timeline.due(log_time);
            if due > Instant::now() {
                self.publish(&mut on_batch).await?;
                sleep_until(due).await;
            }
            match sample {
                Ok(sample) => self.due.push(sample),
                Err(refusal) => self.refuse(refusal),
            }
            if self.due.len() >= Self::LARGEST_BATCH {
                self.publish(&mut on_batch).await?;
            }
        }
        self.publish(&mut on_batch).await
    }

    async fn publish(&mut self, on_batch: &mut impl FnMut(u64)) -> anyhow::Result<()> {
        let now = self.clock.now().wall();
        let mut reports = Vec::with_capacity(self.due.len());
        for sample in std::mem::take(&mut self.due) {
            match self.position(&sample, now) {
                Ok(position) => {
                    let speed = sample.speed;
                    let content = Content::Position { position, speed };
                    reports.push(Report {
                        vehicle_id: self.vehicle_id,
                        content,
                        trace_parent: None,
                    });
                }
                Err(refusal) => self.refuse(refusal),
            }
        }
        let Some(newest) = reports.last() else {
            return Ok(());
        };
        if self.publisher.publish(&reports).await? {
            self.tally.sent += reports.len() as u64;
            if let Content::Position { position, .. } = &newest.content {
                self.tally.last = Some(position.clone());
            }
        } else {
            self.tally.lost += reports.len() as u64;
        }
        on_batch(reports.len() as u64);
        Ok(())
    }

    /// Returns the position to publish for a sample.
    fn position(&self, sample: &Sample, now: Timestamp) -> Result<VehiclePosition, SkipReason> {
        let recorded = match self.keeps_time {
            true => sample.recorded_at(self.timeline.earlier_rounds())?,
            false => None,
        };
        let position = sample.position(recorded.unwrap_or(now));
        self.plausibility.check_kept(&position, now)?;
        Ok(position)
    }

    fn refuse(&mut self, refusal: SkipReason) {
        self.tally.refused.entry(refusal.kind()).or_insert((0, refusal)).0 += 1;
    }
}

#[cfg(test)]
mod tests;
