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
    /// When it was recorded, in nanoseconds.
    pub log_time: u64,
    /// What it says.
    pub sample: Result<Sample, SkipReason>,
}

/// What a player has done so far.
#[derive(Debug, Default)]
pub struct Tally {
    /// Positions that were published.
    pub sent: u64,
    /// Positions that were due while the bus was away.
    pub lost: u64,
    /// Messages that give no position, or one that the server's rules refuse: how many of each kind of fault, with the
    /// first one's details.
    pub refused: BTreeMap<&'static str, (u64, SkipReason)>,
    /// The position that was published last.
    pub last: Option<VehiclePosition>,
}

impl Tally {
    /// Whether there was no position to publish.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.sent + self.lost == 0
    }
}

/// Publishes a recording's positions as its robot would, each when it is due.
pub struct Player {
    publisher: Publisher,
    clock: Arc<dyn Clock>,
    vehicle_id: VehicleId,
    plausibility: PlausibilityRules,
    keeps_time: bool,
    timeline: Timeline,
    /// Samples that are due and not published yet.
    due: Vec<Sample>,
    tally: Tally,
}

impl Player {
    /// So many positions are published at once at most, when they are due together.
    const LARGEST_BATCH: usize = 256;

    /// A player whose first sample is due now. Positions get the time at which they are published, or, if `keeps_time`,
    /// that of their recording. Those outside the bounds or too far in the future are refused: every server would
    /// reject them.
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

    /// What it has done so far.
    #[must_use]
    pub const fn tally(&self) -> &Tally {
        &self.tally
    }

    /// What it has done.
    #[must_use]
    pub fn into_tally(self) -> Tally {
        self.tally
    }

    /// Plays one round, until the samples end or `shutdown` is asked for. `told` hears how many messages of each batch are done with.
    ///
    /// # Errors
    /// When the bus cannot be published to.
    pub async fn play(
        &mut self,
        samples: mpsc::Receiver<Recorded>,
        shutdown: &CancellationToken,
        told: impl FnMut(u64),
    ) -> anyhow::Result<()> {
        // What is dropped half-way is at most a batch that nobody waits for any more.
        tokio::select! {
            biased;
            () = shutdown.cancelled() => Ok(()),
            played = self.play_to_the_end(samples, told) => played,
        }
    }

    /// Makes ready for the same recording once more; tells whether it had any message.
    pub fn next_round(&mut self) -> bool {
        self.timeline.next_round()
    }

    async fn play_to_the_end(
        &mut self,
        mut samples: mpsc::Receiver<Recorded>,
        mut told: impl FnMut(u64),
    ) -> anyhow::Result<()> {
        loop {
            let next = match samples.try_recv() {
                Ok(recorded) => Some(recorded),
                Err(TryRecvError::Disconnected) => None,
                Err(TryRecvError::Empty) => {
                    self.publish(&mut told).await?;
                    samples.recv().await
                }
            };
            let Some(Recorded { log_time, sample }) = next else {
                break;
            };
            let due = self.timeline.due(log_time);
            if due > Instant::now() {
                self.publish(&mut told).await?;
                sleep_until(due).await;
            }
            match sample {
                Ok(sample) => self.due.push(sample),
                Err(refusal) => self.refuse(refusal),
            }
            if self.due.len() >= Self::LARGEST_BATCH {
                self.publish(&mut told).await?;
            }
        }
        self.publish(&mut told).await
    }

    async fn publish(&mut self, told: &mut impl FnMut(u64)) -> anyhow::Result<()> {
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
        told(reports.len() as u64);
        Ok(())
    }

    /// The position that a sample is published as.
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
