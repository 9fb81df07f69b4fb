//! Measurement of all series on new servers, and the report and plot of the results.

use std::fmt;

use anyhow::{Context as _, ensure};
use time::OffsetDateTime;

use super::{
    figures::{Growth, Point},
    series::LoadSeries,
    table,
};
use crate::{
    measure::Timing,
    plot::{self, Axis, Chart, Scale},
    protocols::Settings,
    report::{DAY, Machine, run},
    target::{ServerOptions, System},
    workload::UPDATES_INSIDE,
};

/// Maximum exponent. Above 1, the cost of a delivery grows with the number of deliveries; the excess over 1 is a
/// tolerance for measurement errors.
const MOST: f64 = 1.05;

#[derive(Debug, Clone)]
pub(crate) struct GrowthReport {
    machine: Machine,
    day: String,
    timing: Timing,
    growths: Vec<Growth>,
}

impl GrowthReport {
    /// Measures the loads of all series, each on a new server.
    ///
    /// # Errors
    /// Fails if something can't be measured.
    pub(crate) async fn measure(options: ServerOptions, timing: &Timing) -> anyhow::Result<Self> {
        let server = System::Server(options);
        let mut growths = Vec::new();
        for series in LoadSeries::all() {
            let mut points = Vec::new();
            for load in series.loads {
                let updates = load.updates_per_vehicle(timing.warm_up + timing.measured);
                ensure!(
                    updates <= UPDATES_INSIDE,
                    "in a measurement of this duration, vehicles would leave the areas of the clients"
                );
                let outcome = run(&server, Settings::default(), &load, timing).await?;
                let cpu = outcome.cpu_in_time.context("the server was started here")?;
                let cores = cpu.as_secs_f64() / outcome.measured.as_secs_f64();
                points.push(Point { load, outcome, cores });
            }
            growths.push(Growth {
                name: series.name,
                points,
            });
        }
        Ok(Self {
            machine: Machine::this(),
            day: OffsetDateTime::now_utc().format(DAY)?,
            timing: *timing,
            growths,
        })
    }

    /// Returns a message for each series whose exponent is greater than [`MOST`] or unknown.
    #[must_use]
    pub(crate) fn too_steep(&self) -> Vec<String> {
        let steep = self.growths.iter().filter_map(|growth| match growth.exponent() {
            Some(exponent) if exponent <= MOST => None,
            Some(exponent) => Some(format!(
                "{}: the exponent is {exponent:.2}, more than {MOST}",
                growth.name
            )),
            None => Some(format!("{}: there is no exponent", growth.name)),
        });
        steep.collect()
    }

    /// Draws the CPU time over the number of deliveries.
    ///
    /// # Errors
    /// Fails if there is no room for a part of the plot.
    pub(crate) fn plot(&self) -> anyhow::Result<String> {
        let axis = |label: &str| Axis {
            label: label.to_owned(),
            scale: Scale::Logarithmic,
        };
        let series = self.growths.iter().map(|growth| plot::Series {
            name: growth.name.to_owned(),
            points: growth.curve(),
        });
        plot::to_svg(&[Chart {
            title: "CPU time of the server as it delivers more".to_owned(),
            x: axis("deliveries per second"),
            y: axis("CPU seconds per second"),
            series: series.collect(),
        }])
    }
}

impl fmt::Display for GrowthReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            machine,
            day,
            timing,
            growths,
        } = self;
        let seconds = timing.measured.as_secs();
        writeln!(f, "Measured on {day}, each load for {seconds} s.\n")?;
        writeln!(
            f,
            "- Machine: {} (shared with the load generator, Redis and PostgreSQL)",
            machine.hardware
        )?;
        writeln!(f, "- Software: {}", machine.software)?;
        writeln!(f, "- Command: `just bench-growth`\n")?;
        writeln!(f, "{}", table::exponents(growths))?;
        writeln!(
            f,
            "![CPU time over deliveries per second, both logarithmic](growth.svg)\n"
        )?;
        write!(f, "{}", table::loads(growths))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{
        clients::Tally,
        measure::Outcome,
        workload::{Interest, WORKLOADS, Workload},
    };

    fn growth(name: &'static str, cores: &[f64]) -> Growth {
        let points = (1u32..).zip(cores).map(|(decade, cores)| Point {
            load: Workload {
                interest: Interest::AreaEach,
                ..WORKLOADS[0]
            },
            outcome: Outcome {
                tally: Tally {
                    delivered: 10_u64.pow(decade + 3),
                    ..Tally::default()
                },
                measured: Duration::from_secs(10),
                cpu: None,
                cpu_in_time: None,
                resident_bytes: None,
                own_cpu: Duration::from_secs(5),
                publisher_late: Duration::ZERO,
                published: 0,
                caught_up: None,
            },
            cores: *cores,
        });
        Growth {
            name,
            points: points.collect(),
        }
    }

    fn report(growths: Vec<Growth>) -> GrowthReport {
        GrowthReport {
            machine: Machine {
                hardware: "a machine".to_owned(),
                software: "its software".to_owned(),
            },
            day: "2026-01-01".to_owned(),
            timing: Timing {
                warm_up: Duration::ZERO,
                measured: Duration::from_secs(10),
                interval: Duration::ZERO,
            },
            growths,
        }
    }

    #[test]
    fn figures_are_written_as_tables() {
        let text = report(vec![growth("sockets", &[0.01, 0.1, 1.0])]).to_string();
        assert!(text.contains("| sockets | 1.00 |\n"), "{text}");
        assert!(
            text.contains(
                "| sockets | 100 vehicles × 10 Hz → 100 clients subscribed to an area each | 1,000 | 0.010 | 10.00 |"
            ),
            "{text}"
        );
        assert!(
            text.contains(
                "|  | 100 vehicles × 10 Hz → 100 clients subscribed to an area each | 100,000 | 1.000 | 10.00 |"
            ),
            "{text}"
        );
    }

    #[test]
    fn a_cost_that_grows_faster_than_deliveries_is_found() {
        let growths = vec![
            growth("vehicles", &[0.5, 0.6, 0.9]),
            growth("sockets", &[0.01, 0.2, 4.0]),
            growth("one load", &[1.0]),
        ];
        assert_eq!(
            report(growths).too_steep(),
            [
                "sockets: the exponent is 1.30, more than 1.05",
                "one load: there is no exponent"
            ]
        );
    }

    #[test]
    fn every_series_is_drawn() {
        let growths = ["a", "b"].map(|name| growth(name, &[0.01, 0.1])).to_vec();
        let svg = report(growths).plot().unwrap();
        let lines = svg.matches(r#"stroke-width="2" points="#).count();
        assert_eq!(lines, 2, "{svg}");
    }
}
