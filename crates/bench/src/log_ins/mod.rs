//! Measurement of live delivery and of log-ins while the password of an account is being guessed.

mod guesses;
mod owner;

use std::{fmt, time::Duration};

use guesses::{Answers, guess};
use owner::{LogIns, Owner, log_in_again_and_again};
use time::OffsetDateTime;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::{
    measure::{self, Outcome, Timing},
    report::{DAY, Machine},
    target::{ADMINISTRATOR, ServerOptions, System, Target},
    workload::WORKLOADS,
};

/// Number of addresses from which passwords are guessed in each attack. With 0, none are guessed.
const ADDRESSES: [u16; 3] = [0, 1, 1_000];

/// Result of one attack: the responses to guesses, and the effect on the account's owner and on delivery.
#[derive(Debug, Clone)]
struct Attack {
    addresses: u16,
    answers: Answers,
    owner: Owner,
    outcome: Outcome,
}

#[derive(Debug, Clone)]
pub(crate) struct LogInReport {
    machine: Machine,
    day: String,
    guesses: u32,
    measured: Duration,
    attacks: Vec<Attack>,
}

impl LogInReport {
    /// Guesses the password of one account, spread over the measured time and over more addresses in each attack. Each
    /// attack runs on a new server under the load W1, while the account's owner logs in repeatedly.
    ///
    /// # Errors
    /// Fails if something can't be measured, a guess succeeds, or the owner's password is rejected.
    pub(crate) async fn measure(
        options: &ServerOptions,
        timing: &Timing,
        guesses: u32,
    ) -> anyhow::Result<Self> {
        let system = System::Server(options.clone());
        let mut attacks = Vec::new();
        for addresses in ADDRESSES {
            eprintln!("{guesses} wrong log-ins from {addresses} addresses");
            let target = system.launch().await?;
            attacks.push(attack(&target, timing, guesses, addresses).await?);
            target.finish(&[]).await?;
        }
        Ok(Self {
            machine: Machine::this(),
            day: OffsetDateTime::now_utc().format(DAY)?,
            guesses,
            measured: timing.measured,
            attacks,
        })
    }
}

async fn attack(target: &Target, timing: &Timing, guesses: u32, addresses: u16) -> anyhow::Result<Attack> {
    let workload = &WORKLOADS[0];
    let ids = target.register(workload.vehicles).await?;
    let endpoint = target.endpoint.address;
    let is_over = CancellationToken::new();
    let load = async {
        let outcome = measure::load(target, workload, &ids, timing, 1).await;
        is_over.cancel();
        outcome
    };
    let guessing = async {
        if addresses == 0 {
            return Ok(Answers::default());
        }
        sleep(timing.warm_up).await;
        guess(endpoint, ADMINISTRATOR.0, guesses, addresses, timing.measured).await
    };
    let (outcome, answers, owner) = tokio::try_join!(
        load,
        guessing,
        log_in_again_and_again(endpoint, ADMINISTRATOR, &is_over)
    )?;
    Ok(Attack {
        addresses,
        answers,
        owner,
        outcome,
    })
}

impl fmt::Display for LogInReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            machine,
            day,
            guesses,
            measured,
            attacks,
        } = self;
        let (workload, seconds) = (WORKLOADS[0].title(), measured.as_secs());
        writeln!(
            f,
            "Measured on {day}: {guesses} guesses in {seconds} s, under the load {workload}.\n"
        )?;
        writeln!(
            f,
            "- Machine: {} (shared with the load generator and Redis)",
            machine.hardware
        )?;
        writeln!(f, "- Software: {}", machine.software)?;
        writeln!(f, "- Command: `just bench-log-ins`\n")?;
        writeln!(
            f,
            "| guesses from | 401 | 429 | owner at home: log-ins | 429 | longest, s | on the road: log-ins | 429 | longest, s \
             | p50 ms | p99 ms | max ms | lost | gaps |\n\
             |---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
        )?;
        for attack in attacks {
            let (answers, owner, tally) = (&attack.answers, &attack.owner, &attack.outcome.tally);
            let [p50, p99, max] = [0.5, 0.99, 1.0].map(|quantile| tally.latency_ms(quantile));
            writeln!(
                f,
                "| {} | {} | {} | {} | {} | {p50:.1} | {p99:.1} | {max:.1} | {} | {} |",
                from(attack.addresses),
                answers.wrong,
                answers.too_many,
                cells(&owner.at_home),
                cells(&owner.on_the_road),
                tally.lost,
                tally.gaps,
            )?;
        }
        Ok(())
    }
}

fn cells(log_ins: &LogIns) -> String {
    let LogIns {
        count,
        refusals,
        longest,
    } = log_ins;
    format!("{count} | {refusals} | {:.2}", longest.as_secs_f64())
}

fn from(addresses: u16) -> String {
    match addresses {
        0 => "– (no guesses)".to_owned(),
        1 => "one address".to_owned(),
        many => format!("{many} addresses"),
    }
}
