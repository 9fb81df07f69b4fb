//! Attacks beside a load that has to go on: what each of them costs the server, and what everybody else notices.

mod floods;
mod raw;
mod requests;
mod scene;
mod watch;

use std::{fmt, time::Duration};

use floods::{Answers, Flood};
use requests::Cost;
use scene::{REGISTERED, Scene};
use time::OffsetDateTime;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use watch::{Seen, watch};

use crate::{
    measure::{self, Outcome, Timing},
    report::{DAY, Machine},
    target::ServerOptions,
    workload::WORKLOADS,
};

/// The most that an answer to any of the requests may have, in bytes.
const MAX_ANSWER_BYTES: usize = 1 << 20;
/// The most CPU time that one request may cost.
const MAX_CPU: Duration = Duration::from_secs(1);
/// The most memory that the server may ever have, in bytes.
const MAX_BYTES: u64 = 512 << 20;
/// How much more memory than before it may have a while after the last attack.
const MAX_GROWTH: f64 = 1.2;
/// That while.
const AFTERWARDS: Duration = Duration::from_secs(60);
/// How long `/health/live` may take at any time.
const MAX_HEALTH: Duration = Duration::from_secs(1);
/// How many times the latency of before the 99th percentile may have.
const MAX_SLOWDOWN: f64 = 2.0;

/// One flood, and what came of it.
#[derive(Debug, Clone)]
struct Attack {
    /// None for the load by itself.
    flood: Option<Flood>,
    answers: Answers,
    outcome: Outcome,
    seen: Seen,
}

/// All figures.
#[derive(Debug, Clone)]
pub struct HostileReport {
    machine: Machine,
    day: String,
    measured: Duration,
    costs: Vec<Cost>,
    attacks: Vec<Attack>,
    bytes_before: u64,
    bytes_after: u64,
}

impl HostileReport {
    /// Sends single requests that are made to be expensive, then attacks the server under the load W1 in one way after
    /// the other, all on one server with its own limits and 1,024 open files.
    ///
    /// # Errors
    /// When something can't be measured, or the server does not survive it.
    pub async fn measure(options: &ServerOptions, timing: &Timing) -> anyhow::Result<Self> {
        let scene = Scene::set_up(options).await?;
        let vehicles = scene.target.register(WORKLOADS[0].vehicles).await?;
        let attack = async |flood: Option<Flood>| {
            eprintln!("{}", flood.map_or("nothing but the load", Flood::title));
            let is_over = CancellationToken::new();
            let load = async {
                let outcome = measure::load(&scene.target, &WORKLOADS[0], &vehicles, timing, 1).await;
                is_over.cancel();
                outcome
            };
            let flooding = async {
                match flood {
                    Some(flood) => flood.run(&scene, &vehicles, &is_over).await,
                    None => Ok(Answers::default()),
                }
            };
            let watching = watch(scene.address, scene.process, &is_over);
            let (outcome, answers, seen) = tokio::try_join!(load, flooding, watching)?;
            anyhow::Ok(Attack {
                flood,
                answers,
                outcome,
                seen,
            })
        };
        let mut attacks = vec![attack(None).await?];
        let bytes_before = scene.process.resident_bytes()?;
        eprintln!("single requests");
        let costs = requests::measure_each(&scene).await?;
        for flood in Flood::ALL {
            attacks.push(attack(Some(flood)).await?);
        }
        sleep(AFTERWARDS).await;
        let bytes_after = scene.process.resident_bytes()?;
        scene.target.finish(&[]).await?;
        Ok(Self {
            machine: Machine::this(),
            day: OffsetDateTime::now_utc().format(DAY)?,
            measured: timing.measured,
            costs,
            attacks,
            bytes_before,
            bytes_after,
        })
    }

    /// Names each bound that did not hold.
    #[must_use]
    pub fn broken_bounds(&self) -> Vec<String> {
        let mut broken = Vec::new();
        for Cost {
            name,
            answer_bytes,
            cpu,
            ..
        } in &self.costs
        {
            if *answer_bytes > MAX_ANSWER_BYTES {
                broken.push(format!("{name}: an answer of {answer_bytes} bytes"));
            }
            if *cpu > MAX_CPU {
                broken.push(format!("{name}: {cpu:?} of CPU time"));
            }
        }
        let calm = self.attacks[0].outcome.tally.latency_ms(0.99);
        for Attack {
            flood, outcome, seen, ..
        } in &self.attacks
        {
            let name = flood.map_or("the load by itself", Flood::title);
            let p99 = outcome.tally.latency_ms(0.99);
            if p99 > calm * MAX_SLOWDOWN {
                broken.push(format!(
                    "{name}: p99 of live delivery {p99:.1} ms instead of {calm:.1}"
                ));
            }
            if outcome.tally.lost > 0 {
                broken.push(format!("{name}: {} updates lost", outcome.tally.lost));
            }
            if seen.slowest_health > MAX_HEALTH || seen.unhealthy > 0 {
                broken.push(format!(
                    "{name}: /health/live took up to {:?}, {} without an answer",
                    seen.slowest_health, seen.unhealthy
                ));
            }
            if seen.peak_bytes > MAX_BYTES {
                broken.push(format!("{name}: {} MiB of memory", mebibytes(seen.peak_bytes)));
            }
        }
        if self.bytes_after as f64 > self.bytes_before as f64 * MAX_GROWTH {
            let [before, after] = [self.bytes_before, self.bytes_after].map(mebibytes);
            broken.push(format!("{after} MiB of memory a minute later, {before} before"));
        }
        broken
    }
}

fn mebibytes(bytes: u64) -> u64 {
    bytes >> 20
}

impl fmt::Display for HostileReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.measured.as_secs();
        let [before, after] = [self.bytes_before, self.bytes_after].map(mebibytes);
        writeln!(
            f,
            "Measured on {}: each attack for {seconds} s beside {}, {REGISTERED} more vehicles in the registry, 1,024 open \
             files, limits as they are by default.\n",
            self.day,
            WORKLOADS[0].title()
        )?;
        writeln!(
            f,
            "- Machine: {} (shared with the attacker, Redis and PostgreSQL)",
            self.machine.hardware
        )?;
        writeln!(f, "- Software: {}", self.machine.software)?;
        writeln!(f, "- Command: `just test-hostile`")?;
        writeln!(
            f,
            "- Memory: {before} MiB before the attacks, {after} MiB a minute after the last\n"
        )?;
        writeln!(
            f,
            "| request | sent, KB | status | answer, KB | CPU, ms |\n|---|--:|--:|--:|--:|"
        )?;
        for cost in &self.costs {
            let status = cost.status.map_or("none".to_owned(), |status| status.to_string());
            writeln!(
                f,
                "| {} | {} | {status} | {:.1} | {} |",
                cost.name,
                cost.sent / 1_000,
                cost.answer_bytes as f64 / 1e3,
                cost.cpu.as_millis()
            )?;
        }
        writeln!(
            f,
            "\n| attack | answers | p50 ms | p99 ms | max ms | lost | slowest /health/live, ms | memory at most, MiB |\n\
             |---|---|--:|--:|--:|--:|--:|--:|"
        )?;
        for Attack {
            flood,
            answers,
            outcome: Outcome { tally, .. },
            seen,
        } in &self.attacks
        {
            let [p50, p99, max] = [0.5, 0.99, 1.0].map(|quantile| tally.latency_ms(quantile));
            writeln!(
                f,
                "| {} | {answers} | {p50:.1} | {p99:.1} | {max:.1} | {} | {} | {} |",
                flood.map_or("none", Flood::title),
                tally.lost,
                seen.slowest_health.as_millis(),
                mebibytes(seen.peak_bytes)
            )?;
        }
        Ok(())
    }
}
