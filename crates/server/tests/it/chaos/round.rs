//! A round: clients at work, a fault, its repair, and the judgement.

use std::time::{Duration, Instant};

use tokio::time::sleep;

use super::{
    checker::{Verdict, judge},
    faults::{Fault, Form},
    history::{History, Outcome, Truth},
    load::{CLIENTS, Load},
    recorder::Recorder,
    recovery::{noticed, recovered},
    stage::Stage,
    truth,
};

/// Time limit for the recovery of all clients.
const RECOVERY: Duration = Duration::from_secs(90);

/// Time limit for the arrival of everything at every watcher, after the last change. Keys that Redis has lost are
/// written again within 10 s.
const ARRIVAL: Duration = Duration::from_secs(30);

/// Time for which clients continue after the recovery.
const AFTERWARDS: Duration = Duration::from_secs(1);

/// Time between two checks of the history.
const PAUSE: Duration = Duration::from_millis(100);

/// Results of a round in which nothing was wrong.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) fault: Fault,
    pub(super) noticed: Option<Duration>,
    pub(super) recovered: Duration,
    pub(super) acknowledged: usize,
    pub(super) unknown: usize,
    pub(super) verdict: Verdict,
}

/// Runs a round. Returns `None`, with a message, if this machine does not allow the fault.
///
/// # Errors
/// Returns the reasons and the last signs of faults if a guarantee is broken, or the clients do not recover.
pub(super) async fn run(fault: Fault, form: Form) -> Result<Option<Report>, String> {
    let mut stage = match Box::pin(Stage::start(fault.equipment())).await {
        Ok(stage) => stage,
        Err(reason) => {
            eprintln!("NOT TESTED: {}: {reason}", fault.title());
            return Ok(None);
        }
    };
    let robots = stage.register_robots().await;
    let recorder = Recorder::new();
    let mut load = Load::start(&stage, robots.clone(), &recorder);
    until_recovered(&recorder, Duration::ZERO).await?;

    let injected = recorder.now();
    fault.inject(&mut stage).await;
    let repaired = match fault.duration(form) {
        Some(duration) => {
            sleep(duration).await;
            let repaired = recorder.now();
            fault.repair(&mut stage).await;
            repaired
        }
        None => injected,
    };
    let recovered = until_recovered(&recorder, repaired).await?;
    if fault.duration(form).is_none() {
        let repaired = recorder.now();
        fault.repair(&mut stage).await;
        until_recovered(&recorder, repaired).await?;
    }
    sleep(AFTERWARDS).await;
    load.end_changes().await?;
    let (history, verdict) = settle(&stage, &robots, &recorder).await?;
    if !verdict.is_clean() {
        let signs = signs(&history);
        return Err(format!("{}: {verdict:#?}\n{signs}", fault.title()));
    }
    let count = |wanted: fn(&Outcome) -> bool| {
        let outcomes = history.writes.iter().map(|write| &write.outcome);
        outcomes.filter(|outcome| wanted(outcome)).count()
    };
    Ok(Some(Report {
        fault,
        noticed: noticed(&history, injected),
        recovered,
        acknowledged: count(|outcome| matches!(outcome, Outcome::Acknowledged { .. })),
        unknown: count(|outcome| matches!(outcome, Outcome::Unknown(_))),
        verdict,
    }))
}

/// Waits until every client works again after `repaired`, and returns the time that it took.
async fn until_recovered(recorder: &Recorder, repaired: Duration) -> Result<Duration, String> {
    let began = Instant::now();
    loop {
        if let Some(time) = recorder.with(|history| recovered(history, repaired, CLIENTS)) {
            return Ok(time);
        }
        if began.elapsed() > RECOVERY {
            let signs = recorder.with(|history| signs(history));
            return Err(format!(
                "some clients have not recovered after {RECOVERY:?}\n{signs}"
            ));
        }
        sleep(PAUSE).await;
    }
}

/// Waits until all changes have ended and everything has arrived. Returns the history and the verdict on it. If
/// something does not arrive in time, the verdict is that of the last check.
async fn settle(stage: &Stage, robots: &[String], recorder: &Recorder) -> Result<(History, Verdict), String> {
    let (began, access) = (Instant::now(), stage.access());
    let mut before: Option<Truth> = None;
    loop {
        let truth = truth::read(&access, &stage.redis, robots).await;
        let is_late = began.elapsed() > ARRIVAL;
        match truth {
            Ok(truth) => {
                let history = recorder.with(|history| history.clone());
                let verdict = judge(&history, &truth);
                let is_still = before.as_ref() == Some(&truth);
                if is_late || (is_still && verdict.is_clean()) {
                    return Ok((history, verdict));
                }
                before = Some(truth);
            }
            Err(reason) if is_late => return Err(format!("the state cannot be read: {reason}")),
            Err(_) => {}
        }
        sleep(PAUSE).await;
    }
}

/// Describes the last signs of faults.
fn signs(history: &History) -> String {
    let last = history.troubles.iter().rev().take(10);
    let lines: Vec<_> = last
        .map(|trouble| format!("{:?} {}", trouble.at, trouble.sign))
        .collect();
    format!(
        "the last signs of faults, the newest first:\n{}",
        lines.join("\n")
    )
}
