//! A soak run: a server under a steady load, while visitors open and close sockets for a long time. Anything that the
//! server keeps of a closed socket accumulates, and is detected at the end.
//!
//! * `scene`: the server and its vehicles; `scale`: the size of the run.
//! * `visit`: the subscription of a visitor, and its way of leaving; `visitor` carries it out, `visitors` starts the
//!   visits.
//! * `observer`: figures of the server from `/proc` and `/metrics`.
//! * `growth`: the memory of the server; `rules`: all rules that must hold.
//! * `table`: the figures; `charts`: the plot.

mod charts;
mod growth;
mod observer;
mod report;
mod rules;
mod scale;
mod scene;
mod table;
mod visit;
mod visitor;
mod visitors;

use std::time::Duration;

use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;

use crate::{
    measure::{self, Timing},
    plot::to_svg,
    report::{DAY, Machine},
    target::ServerOptions,
};

use observer::Observer;
use report::Course;
pub(crate) use report::SoakReport;
pub(crate) use scale::Scale;
use scene::Scene;

/// Delivery interval of the steady clients.
const INTERVAL: Duration = Duration::from_millis(100);
/// Load before the first visitor.
const WARM_UP: Duration = Duration::from_secs(3);
/// Maximum time from the last arrival until everything that visitors used is released.
const LEAVING: Duration = Duration::from_secs(180);

impl SoakReport {
    /// Runs the load and the visits on a separate server, and waits until the server has released everything that
    /// visitors used.
    ///
    /// # Errors
    /// Fails if a figure can't be measured, or the server exits.
    pub(crate) async fn measure(options: &ServerOptions, scale: Scale) -> anyhow::Result<Self> {
        let scene = Scene::set_up(options, scale.clone()).await?;
        let timing = Timing {
            warm_up: WARM_UP,
            measured: scale.duration + LEAVING,
            interval: INTERVAL,
        };
        let (outcome, course) = measure::load_during(
            &scene.target,
            &scale.workload,
            &scene.vehicles,
            &timing,
            1,
            run(&scene),
        )
        .await?;
        scene.target.finish(&[]).await?;
        Ok(Self {
            machine: Machine::this(),
            day: OffsetDateTime::now_utc().format(DAY)?,
            scale,
            outcome,
            course,
        })
    }

    /// Returns a message for each broken rule.
    #[must_use]
    pub(crate) fn broken_rules(&self) -> Vec<String> {
        rules::broken(self)
    }

    /// Draws memory, connections and descriptors over time, as SVG.
    ///
    /// # Errors
    /// Fails if there is no room for a part of a chart.
    pub(crate) fn plot(&self) -> anyhow::Result<String> {
        to_svg(&charts::of(&self.course))
    }
}

/// Runs the visits while the server is observed, and waits until everything that visitors used is released.
async fn run(scene: &Scene) -> anyhow::Result<Course> {
    let observer = Observer::of(scene)?;
    let before = observer.read().await?;
    let is_over = CancellationToken::new();
    let visiting = async {
        let visits = visitors::receive(scene).await;
        is_over.cancel();
        visits
    };
    let (visits, readings) = tokio::try_join!(visiting, observer.watch(&is_over))?;
    let after = observer
        .wait_until(|reading| rules::left_over(&scene.scale, &before, reading).is_empty())
        .await?;
    Ok(Course {
        before,
        visits,
        readings,
        after,
    })
}
