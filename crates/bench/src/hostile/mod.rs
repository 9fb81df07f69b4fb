//! Attacks on a server under load: the cost of each for the server, and its effect on others.
//!
//! * `scene`: the server, its users and its vehicles; `scale`: the size of the run.
//! * `requests`: single expensive requests; `raw`: the way they are sent.
//! * `floods`: attacks by volume; `import`: a large but legitimate import.
//! * `watch`: observation from outside.
//! * `bounds`: the bounds that must hold; `table`: the figures.

mod bounds;
mod floods;
mod import;
mod raw;
mod report;
mod requests;
mod scale;
mod scene;
mod table;
mod watch;

use std::time::Duration;

use floods::{Answers, Flood};
use report::Attack;
pub(crate) use report::HostileReport;
pub(crate) use scale::Scale;
use scene::Scene;
use time::OffsetDateTime;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use watch::watch;

use crate::{
    measure::{self, Timing},
    report::{DAY, Machine},
    target::ServerOptions,
};

/// Pause in which the last requests of a flood complete before the next flood.
const PAUSE: Duration = Duration::from_millis(300);

impl HostileReport {
    /// Sends single expensive requests, then attacks the server under load in each way, one after another. All of it
    /// runs on one server with its default limits and 1,024 open files.
    ///
    /// # Errors
    /// Fails if something can't be measured, or the server does not survive.
    pub(crate) async fn measure(
        options: &ServerOptions,
        timing: &Timing,
        scale: Scale,
    ) -> anyhow::Result<Self> {
        let scene = Scene::set_up(options, scale).await?;
        let mut attacks = vec![attack(&scene, timing, None).await?];
        let bytes_before = scene.process.resident_bytes()?;
        eprintln!("single requests");
        let costs = requests::measure_each(&scene).await?;
        for flood in Flood::ALL {
            attacks.push(attack(&scene, timing, Some(flood)).await?);
            sleep(PAUSE).await;
        }
        sleep(scale.afterwards).await;
        let bytes_after = scene.process.resident_bytes()?;
        eprintln!("a large import");
        let import = import::import(&scene).await?;
        scene.target.finish(&[]).await?;
        Ok(Self {
            machine: Machine::this(),
            day: OffsetDateTime::now_utc().format(DAY)?,
            measured: timing.measured,
            scale,
            costs,
            attacks,
            import,
            bytes_before,
            bytes_after,
        })
    }

    /// Returns a message for each violated bound.
    #[must_use]
    pub(crate) fn broken_bounds(&self) -> Vec<String> {
        bounds::broken(self)
    }
}

/// Runs the load with a flood beside it.
async fn attack(scene: &Scene, timing: &Timing, flood: Option<Flood>) -> anyhow::Result<Attack> {
    let is_over = CancellationToken::new();
    let load = async {
        let workload = &scene.scale.workload;
        let outcome = measure::load(&scene.target, workload, &scene.vehicles, timing, 1).await;
        is_over.cancel();
        outcome
    };
    let flooding = async {
        match flood {
            Some(flood) => flood.run(scene, &is_over).await,
            None => Ok(Answers::default()),
        }
    };
    let (outcome, answers, seen) = tokio::try_join!(load, flooding, watch(scene, &is_over))?;
    let attack = Attack {
        flood,
        answers,
        outcome,
        seen,
    };
    eprintln!("{}", table::row(&attack));
    Ok(attack)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        clients::Tally,
        hostile::{
            import::Import,
            requests::Cost,
            watch::{Asked, Seen},
        },
        measure::Outcome,
    };

    /// Returns the figures of a run in which every bound holds.
    pub(super) fn a_sound_report() -> HostileReport {
        let attack = |flood| {
            let mut tally = Tally::default();
            tally.latency_us.record_n(50_000, 10_000).expect("in range");
            let asked = Asked {
                times: 10,
                failed: 0,
                slowest: Duration::from_millis(5),
            };
            Attack {
                flood,
                answers: Answers::default(),
                outcome: Outcome {
                    tally,
                    measured: Duration::from_secs(10),
                    cpu: None,
                    cpu_in_time: None,
                    resident_bytes: None,
                    own_cpu: Duration::ZERO,
                    publisher_late: Duration::ZERO,
                    published: 0,
                    caught_up: Some(Duration::ZERO),
                },
                seen: Seen {
                    live: asked,
                    health: asked,
                    neighbour: asked,
                    peak_bytes: 200 << 20,
                    logged_bytes: 1_000,
                },
            }
        };
        HostileReport {
            machine: Machine::this(),
            day: "2026-01-01".to_owned(),
            measured: Duration::from_secs(10),
            scale: Scale::FULL,
            costs: vec![Cost {
                name: "a request",
                sent: 1_000,
                status: Some(422),
                answer_bytes: 1_000,
                cpu: Duration::from_millis(5),
            }],
            attacks: vec![attack(None), attack(Some(Flood::Counts))],
            import: Import {
                rows: 100_000,
                status: Some(200),
                took: Duration::from_secs(9),
                seen: Seen::default(),
            },
            bytes_before: 100 << 20,
            bytes_after: 110 << 20,
        }
    }

    #[test]
    fn the_figures_are_written_as_tables() {
        let text = a_sound_report().to_string();
        assert!(text.contains("| a request | 1 | 422 | 1.0 | 5 |"), "{text}");
        assert!(
            text.contains("| the load by itself |  | 50.0 | 50.0 | 50.0 | 5 | 5 | 5 | 200 | 1 |"),
            "{text}"
        );
    }
}
