//! Measurement of all variants on new servers, and the report of the results.

use std::{fmt, time::Duration};

use anyhow::Context as _;
use time::OffsetDateTime;

use super::spread::Spread;
use crate::{
    measure::Timing,
    protocols::Settings,
    report::{DAY, Machine, run},
    target::{ServerOptions, System},
    trace_sink::TraceSink,
    workload::{WORKLOADS, Workload},
};

/// The load, W1.
const LOAD: &Workload = &WORKLOADS[0];

/// Shares of the messages that are traced; `None` for a server without a tracer, with which the others are compared.
const VARIANTS: [(&str, Option<f64>); 3] = [
    ("without tracing", None),
    ("1 % of the messages", Some(0.01)),
    ("all messages", Some(1.0)),
];

/// Result of one run.
#[derive(Debug, Clone, Copy)]
struct Run {
    cpu_s_per_million: f64,
    p99_ms: f64,
    lost: u64,
    exported_bytes_per_s: f64,
}

#[derive(Debug, Clone)]
pub(crate) struct TracingCostReport {
    machine: Machine,
    day: String,
    measured: Duration,
    /// Results in the order of [`VARIANTS`], one for each round.
    runs: [Vec<Run>; VARIANTS.len()],
}

impl TracingCostReport {
    /// Measures all variants in each of `rounds` rounds, each on a new server that exports its traces to a receiver in
    /// this program.
    ///
    /// # Errors
    /// Fails if something can't be measured.
    pub(crate) async fn measure(
        options: &ServerOptions,
        timing: &Timing,
        rounds: usize,
    ) -> anyhow::Result<Self> {
        let sink = TraceSink::start()?;
        let mut runs: [Vec<Run>; VARIANTS.len()] = Default::default();
        for (round, variant) in turns(rounds) {
            let (name, ratio) = VARIANTS[variant];
            eprintln!("round {} of {rounds}: {name}", round + 1);
            let server = System::Server(ServerOptions {
                traces: ratio.map(|ratio| sink.export(ratio)),
                ..options.clone()
            });
            let before = sink.bytes();
            let outcome = run(&server, Settings::default(), LOAD, timing).await?;
            let exported = sink.bytes() - before;
            let loaded = timing.warm_up + timing.measured;
            runs[variant].push(Run {
                cpu_s_per_million: outcome
                    .cpu_s_per_million()
                    .context("the server was started here")?,
                p99_ms: outcome.tally.latency_ms(0.99),
                lost: outcome.tally.lost,
                exported_bytes_per_s: exported as f64 / loaded.as_secs_f64(),
            });
        }
        Ok(Self {
            machine: Machine::this(),
            day: OffsetDateTime::now_utc().format(DAY)?,
            measured: timing.measured,
            runs,
        })
    }
}

/// Returns the rounds and the variants that are measured in them, in order. The variant that is measured first changes
/// from round to round, so a machine that becomes slower or faster affects all variants alike.
fn turns(rounds: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..rounds).flat_map(|round| {
        let variants = 0..VARIANTS.len();
        variants.map(move |step| (round, (round + step) % VARIANTS.len()))
    })
}

/// Returns the additional CPU time of runs, as a percentage of that of the runs without tracing in the same rounds.
fn differences_percent(runs: &[Run], without: &[Run]) -> Vec<f64> {
    let ratio = |(run, without): (&Run, &Run)| run.cpu_s_per_million / without.cpu_s_per_million;
    let ratios = runs.iter().zip(without).map(ratio);
    ratios.map(|ratio| (ratio - 1.0) * 100.0).collect()
}

impl fmt::Display for TracingCostReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            machine,
            day,
            measured,
            runs,
        } = self;
        let (seconds, rounds) = (measured.as_secs(), runs[0].len());
        writeln!(
            f,
            "Measured on {day} under {}: {}, {rounds} times for {seconds} s each.\n",
            LOAD.name,
            LOAD.title()
        )?;
        writeln!(
            f,
            "- Machine: {} (shared with the load generator, Redis, PostgreSQL and the receiver of traces)",
            machine.hardware
        )?;
        writeln!(f, "- Software: {}", machine.software)?;
        writeln!(f, "- Command: `just bench-traces`\n")?;
        writeln!(
            f,
            "| traced | CPU s per million | difference | p99 ms | lost | exported, KiB/s |\n\
             |---|--:|--:|--:|--:|--:|"
        )?;
        for ((name, ratio), variant) in VARIANTS.iter().zip(runs) {
            let spread = |value: fn(&Run) -> f64| {
                let values: Vec<_> = variant.iter().map(value).collect();
                Spread::of(&values)
            };
            let or_unknown = |text: Option<String>| text.unwrap_or_else(|| "–".to_owned());
            let cpu = spread(|run| run.cpu_s_per_million).map(Spread::absolute);
            let difference = ratio.and_then(|_| Spread::of(&differences_percent(variant, &runs[0])));
            let p99 = spread(|run| run.p99_ms).map(|p99| format!("{:.1}", p99.mean));
            let lost: u64 = variant.iter().map(|run| run.lost).sum();
            let exported = spread(|run| run.exported_bytes_per_s / 1_024.0);
            writeln!(
                f,
                "| {name} | {} | {} | {} | {lost} | {} |",
                or_unknown(cpu),
                or_unknown(difference.map(Spread::difference)),
                or_unknown(p99),
                or_unknown(exported.map(|exported| format!("{:.0}", exported.mean))),
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn a_run(cpu_s_per_million: f64) -> Run {
        Run {
            cpu_s_per_million,
            p99_ms: 100.0,
            lost: 0,
            exported_bytes_per_s: 2_048.0,
        }
    }

    #[test]
    fn every_variant_is_first_in_turn() {
        let turns: Vec<_> = turns(4).map(|(_, variant)| variant).collect();
        assert_eq!(turns, [0, 1, 2, 1, 2, 0, 2, 0, 1, 0, 1, 2]);
    }

    #[test]
    fn differences_are_those_within_a_round() {
        let report = TracingCostReport {
            machine: Machine {
                hardware: "a machine".to_owned(),
                software: "some software".to_owned(),
            },
            day: "2026-12-01".to_owned(),
            measured: Duration::from_secs(15),
            runs: [
                vec![a_run(1.0), a_run(2.0)],
                vec![a_run(1.02), a_run(2.08)],
                vec![a_run(1.5), a_run(2.0)],
            ],
        };
        let text = report.to_string();
        let rows: Vec<_> = text.lines().filter(|line| line.starts_with("| ")).collect();
        assert_eq!(
            rows[1..],
            [
                "| without tracing | 1.50 (1.00 to 2.00) | – | 100.0 | 0 | 2 |",
                "| 1 % of the messages | 1.55 (1.02 to 2.08) | +3.0 % (+2.0 to +4.0) | 100.0 | 0 | 2 |",
                "| all messages | 1.75 (1.50 to 2.00) | +25.0 % (+0.0 to +50.0) | 100.0 | 0 | 2 |",
            ]
        );
        assert!(text.contains("2 times for 15 s each"), "{text}");
    }
}
