//! Starting of visits at a steady rate, and counting of their results.

use std::time::Duration;

use rand::{SeedableRng as _, rngs::SmallRng};
use tokio::{task::JoinSet, time::interval};

use super::{
    Scene,
    visit::{Leave, Visit},
};

/// Seed of the visits, which are the same in every run.
const SEED: u64 = 23;

/// Numbers of visits that have ended.
#[derive(Debug, Clone, Default)]
pub(super) struct Visits {
    /// Numbers by the way of leaving, in the order of [`Leave::ALL`].
    by_leave: [u32; Leave::ALL.len()],
    /// Number of visits that failed.
    pub(super) failed: u32,
    /// Reason for the first failure.
    pub(super) first_failure: Option<String>,
}

impl Visits {
    pub(super) fn count(&mut self, leave: Leave, outcome: anyhow::Result<()>) {
        self.by_leave[leave as usize] += 1;
        if let Err(error) = outcome {
            self.failed += 1;
            self.first_failure
                .get_or_insert_with(|| format!("{}: {error:#}", leave.title()));
        }
    }

    /// Returns the number of visitors that left in this way.
    #[must_use]
    pub(super) const fn leaving(&self, leave: Leave) -> u32 {
        self.by_leave[leave as usize]
    }

    #[must_use]
    pub(super) fn all(&self) -> u32 {
        self.by_leave.iter().sum()
    }
}

/// Starts visits at regular intervals, and returns when the last visitor has left.
///
/// # Errors
/// Fails if a task panics.
pub(super) async fn receive(scene: &Scene) -> anyhow::Result<Visits> {
    let mut random = SmallRng::seed_from_u64(SEED);
    let (mut visits, mut visiting) = (Visits::default(), JoinSet::new());
    // Missed ticks follow at once, so that the number of visitors does not depend on the machine.
    let mut beat = interval(Duration::from_secs(1) / scene.scale.arrivals_hz);
    for _ in 0..scene.scale.arrivals() {
        beat.tick().await;
        let visit = Visit::random(scene, &mut random);
        let endpoint = scene.target.endpoint.clone();
        visiting.spawn(async move { (visit.leave, visit.carry_out(&endpoint).await) });
        while let Some(ended) = visiting.try_join_next() {
            let (leave, outcome) = ended?;
            visits.count(leave, outcome);
        }
    }
    while let Some(ended) = visiting.join_next().await {
        let (leave, outcome) = ended?;
        visits.count(leave, outcome);
    }
    Ok(visits)
}

#[cfg(test)]
impl Visits {
    /// Returns visits of which one left in each way.
    pub(super) fn one_of_each() -> Self {
        let mut visits = Self::default();
        for leave in Leave::ALL {
            visits.count(leave, Ok(()));
        }
        visits
    }
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

    #[test]
    fn failed_visits_are_counted_and_the_first_is_explained() {
        let mut visits = Visits::one_of_each();
        for reason in ["refused", "closed"] {
            visits.count(Leave::Reset, Err(anyhow!(reason)));
        }
        assert_eq!((visits.all(), visits.failed), (8, 2));
        assert_eq!(visits.leaving(Leave::Reset), 3);
        assert_eq!(
            visits.first_failure.as_deref(),
            Some("reset the connection: refused")
        );
    }
}
