//! The bounds that must hold, and the messages about violated ones.

use std::time::Duration;

use super::{
    import::Import,
    report::{Attack, HostileReport, mebibytes},
    requests::Cost,
};

/// Maximum length of the response to any of the requests, in bytes.
const MAX_ANSWER_BYTES: usize = 1 << 20;
/// Maximum CPU time of one request.
const MAX_CPU: Duration = Duration::from_secs(1);
/// Maximum memory of the server at any time, in bytes.
const MAX_BYTES: u64 = 512 << 20;
/// Maximum ratio of the memory some time after the last attack to the memory before the first one.
const MAX_GROWTH: f64 = 1.2;
/// Maximum response time of `/health/live`.
const MAX_LIVE: Duration = Duration::from_secs(1);
/// Maximum response time of `/health`, whose checks of the stores are limited to 5 s.
const MAX_HEALTH: Duration = Duration::from_secs(5);
/// Maximum time for a page of vehicles of a tenant who is not involved in the attack.
const MAX_NEIGHBOUR: Duration = Duration::from_secs(2);
/// Maximum ratio of the 99th percentile of latency during an attack to that without one.
const MAX_SLOWDOWN: f64 = 2.0;
/// Maximum additional delay of any update while one publisher floods, in milliseconds.
const MAX_DELAY_MS: f64 = 200.0;
/// Maximum length of the log of one attack, in bytes.
const MAX_LOGGED_BYTES: u64 = 1 << 20;

/// Returns a message for each violated bound.
pub(super) fn broken(report: &HostileReport) -> Vec<String> {
    let mut broken = Vec::new();
    for cost in &report.costs {
        broken.extend(broken_by_request(cost, report.scale.judges_times));
    }
    for attack in &report.attacks {
        broken.extend(broken_by_attack(attack, report.scale.judges_times));
        if report.scale.judges_times {
            broken.extend(broken_by_latency(attack, &report.attacks[0]));
        }
    }
    broken.extend(broken_by_import(&report.import));
    if report.bytes_after as f64 > report.bytes_before as f64 * MAX_GROWTH {
        let [before, after] = [report.bytes_before, report.bytes_after].map(mebibytes);
        broken.push(format!("{after} MiB of memory a while later, {before} before"));
    }
    broken
}

fn broken_by_request(cost: &Cost, judges_times: bool) -> Vec<String> {
    let Cost {
        name,
        answer_bytes,
        cpu,
        status,
        ..
    } = cost;
    let mut broken = Vec::new();
    if *answer_bytes > MAX_ANSWER_BYTES {
        broken.push(format!("{name}: an answer of {answer_bytes} bytes"));
    }
    if judges_times && *cpu > MAX_CPU {
        broken.push(format!("{name}: {cpu:?} of CPU time"));
    }
    if status.is_none_or(|status| status == 500) {
        broken.push(format!("{name}: the answer is {status:?}"));
    }
    broken
}

fn broken_by_attack(attack: &Attack, judges_times: bool) -> Vec<String> {
    let (name, seen) = (attack.title(), &attack.seen);
    let mut broken = Vec::new();
    for (what, asked, limit) in [
        ("/health/live", seen.live, MAX_LIVE),
        ("/health", seen.health, MAX_HEALTH),
        ("a page of another tenant", seen.neighbour, MAX_NEIGHBOUR),
    ] {
        if asked.failed > 0 {
            broken.push(format!(
                "{name}: {what} failed {} of {} times",
                asked.failed, asked.times
            ));
        }
        if asked.slowest > limit {
            broken.push(format!("{name}: {what} took {:?}", asked.slowest));
        }
    }
    if seen.peak_bytes > MAX_BYTES {
        broken.push(format!("{name}: {} MiB of memory", mebibytes(seen.peak_bytes)));
    }
    if seen.logged_bytes > MAX_LOGGED_BYTES {
        broken.push(format!("{name}: {} bytes were logged", seen.logged_bytes));
    }
    let tally = &attack.outcome.tally;
    // Without optimization the server reads more slowly than Redis buffers, and Redis drops the rest.
    let may_lose = attack.is_by_publisher() && !judges_times;
    if tally.lost > 0 && !may_lose {
        broken.push(format!("{name}: {} updates lost", tally.lost));
    }
    if tally.closed > 0 {
        broken.push(format!(
            "{name}: {} sockets of the load were closed",
            tally.closed
        ));
    }
    let internal = attack.answers.of_kind("500");
    if internal > 0 {
        broken.push(format!("{name}: {internal} answers are 500"));
    }
    broken
}

fn broken_by_latency(attack: &Attack, calm: &Attack) -> Vec<String> {
    let name = attack.title();
    let [before, during] = [calm, attack].map(|attack| attack.outcome.tally.latency_ms(0.99));
    let mut broken = Vec::new();
    if during > before * MAX_SLOWDOWN {
        broken.push(format!(
            "{name}: p99 of live delivery {during:.1} ms instead of {before:.1}"
        ));
    }
    let [before, during] = [calm, attack].map(|attack| attack.outcome.tally.latency_ms(1.0));
    if attack.is_by_publisher() && during > before + MAX_DELAY_MS {
        broken.push(format!(
            "{name}: an update arrived after {during:.1} ms, without the attack after {before:.1} at most"
        ));
    }
    broken
}

fn broken_by_import(import: &Import) -> Vec<String> {
    let mut broken = Vec::new();
    if import.status != Some(200) {
        broken.push(format!(
            "an import of all rows: the answer is {:?}",
            import.status
        ));
    }
    if import.seen.neighbour.failed > 0 || import.seen.neighbour.slowest > MAX_NEIGHBOUR {
        broken.push(format!(
            "an import of all rows: a page of another tenant took up to {:?}, and failed {} times",
            import.seen.neighbour.slowest, import.seen.neighbour.failed
        ));
    }
    if import.seen.peak_bytes > MAX_BYTES {
        broken.push(format!(
            "an import of all rows: {} MiB of memory",
            mebibytes(import.seen.peak_bytes)
        ));
    }
    broken
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hostile::{floods::Flood, tests::a_sound_report, watch::Asked};

    #[test]
    fn a_sound_run_breaks_no_bound() {
        assert_eq!(broken(&a_sound_report()), [""; 0]);
    }

    /// Checks that a change of a sound report breaks one bound, with this message.
    fn check_broken(spoil: impl FnOnce(&mut HostileReport), sentence: &str) {
        let mut report = a_sound_report();
        spoil(&mut report);
        assert_eq!(broken(&report), [sentence]);
    }

    #[test]
    fn each_broken_bound_is_reported() {
        check_broken(
            |report| report.costs[0].answer_bytes = MAX_ANSWER_BYTES + 1,
            "a request: an answer of 1048577 bytes",
        );
        check_broken(
            |report| report.costs[0].cpu = MAX_CPU * 2,
            "a request: 2s of CPU time",
        );
        check_broken(
            |report| report.costs[0].status = None,
            "a request: the answer is None",
        );
        let counts = Flood::Counts.title();
        check_broken(
            |report| report.attacks[1].seen.live.slowest = MAX_LIVE * 2,
            &format!("{counts}: /health/live took 2s"),
        );
        check_broken(
            |report| report.attacks[1].seen.live.failed = 1,
            &format!("{counts}: /health/live failed 1 of 10 times"),
        );
        check_broken(
            |report| report.attacks[1].seen.health.failed = 2,
            &format!("{counts}: /health failed 2 of 10 times"),
        );
        check_broken(
            |report| report.attacks[1].seen.neighbour.slowest = MAX_NEIGHBOUR * 2,
            &format!("{counts}: a page of another tenant took 4s"),
        );
        check_broken(
            |report| report.attacks[1].seen.peak_bytes = 513 << 20,
            &format!("{counts}: 513 MiB of memory"),
        );
        check_broken(
            |report| report.attacks[1].seen.logged_bytes = 2_000_000,
            &format!("{counts}: 2000000 bytes were logged"),
        );
        check_broken(
            |report| report.attacks[1].outcome.tally.lost = 3,
            &format!("{counts}: 3 updates lost"),
        );
        check_broken(
            |report| report.attacks[1].outcome.tally.closed = 1,
            &format!("{counts}: 1 sockets of the load were closed"),
        );
        check_broken(
            |report| report.attacks[1].answers.count("500"),
            &format!("{counts}: 1 answers are 500"),
        );
        check_broken(
            |report| report.bytes_after = 121 << 20,
            "121 MiB of memory a while later, 100 before",
        );
        check_broken(
            |report| report.import.status = Some(503),
            "an import of all rows: the answer is Some(503)",
        );
        check_broken(
            |report| {
                report.import.seen.neighbour = Asked {
                    times: 9,
                    failed: 1,
                    ..Asked::default()
                };
            },
            "an import of all rows: a page of another tenant took up to 0ns, and failed 1 times",
        );
    }

    #[test]
    fn latency_is_compared_with_that_of_the_load_alone() {
        check_broken(
            |report| {
                report.attacks[1]
                    .outcome
                    .tally
                    .latency_us
                    .record_n(150_000, 5_000)
                    .expect("in range")
            },
            &format!(
                "{}: p99 of live delivery 150.0 ms instead of 50.0",
                Flood::Counts.title()
            ),
        );
        check_broken(
            |report| {
                report.attacks[1].flood = Some(Flood::BigMessages);
                report.attacks[1]
                    .outcome
                    .tally
                    .latency_us
                    .record(260_000)
                    .expect("in range");
            },
            &format!(
                "{}: an update arrived after 260.1 ms, without the attack after 50.0 at most",
                Flood::BigMessages.title()
            ),
        );
    }

    #[test]
    fn times_are_not_checked_in_a_short_run() {
        let mut report = a_sound_report();
        report.scale = crate::hostile::Scale::SHORT;
        report.costs[0].cpu = MAX_CPU * 2;
        report.attacks[1].flood = Some(Flood::BigMessages);
        report.attacks[1].outcome.tally.lost = 3;
        report.attacks[1]
            .outcome
            .tally
            .latency_us
            .record_n(150_000, 5_000)
            .expect("in range");
        assert_eq!(broken(&report), [""; 0]);
    }
}
