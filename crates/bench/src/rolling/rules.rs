//! The rules that must hold, and the messages about broken ones.

use super::report::{RollingReport, Run};

/// Returns a message for each broken rule.
pub(super) fn broken(report: &RollingReport) -> Vec<String> {
    let of_run = |run: &Run| {
        let title = format!("{}, {} servers", run.scenario.kind.title(), run.scenario.servers);
        broken_by(run, report)
            .into_iter()
            .map(move |rule| format!("{title}: {rule}"))
            .collect::<Vec<_>>()
    };
    report.runs.iter().flat_map(of_run).collect()
}

fn broken_by(run: &Run, report: &RollingReport) -> Vec<String> {
    let mut broken = Vec::new();
    let requests = &run.requests;
    for (failures, all, what) in [
        (
            &requests.failures,
            requests.reads + requests.writes,
            "failed requests; all requests",
        ),
        (
            &run.failures,
            run.returns.len() as u64,
            "refused handshakes or sockets closed for another reason; reconnections",
        ),
    ] {
        if let Some(first) = failures.first() {
            broken.push(format!(
                "{} {what}: {all}; first failure: {first}",
                failures.len()
            ));
        }
    }
    let grace = report.scale.grace;
    let late = run.returns.iter().filter(|back| back.late() > grace).count();
    if late > 0 {
        broken.push(format!(
            "{late} clients were not back within {grace:?} after the time that the server had asked them to wait"
        ));
    }
    // Sockets are distributed evenly at first, so each restart of a server closes some.
    if run.returns.len() < run.scenario.servers {
        broken.push(format!("only {} sockets were closed", run.returns.len()));
    }
    if run.wrong > 0 {
        broken.push(format!("{} clients do not have the current state", run.wrong));
    }
    if !run.has_client_address() {
        broken.push(format!("the servers see {} as a client's address", run.address));
    }
    broken
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::rolling::report::tests::a_sound_report;

    /// Checks that a report with one change breaks one rule, with this message.
    fn check_broken(spoil: impl FnOnce(&mut Run), sentence: &str) {
        let mut report = a_sound_report();
        spoil(&mut report.runs[0]);
        assert_eq!(broken(&report), [format!("HAProxy, 2 servers: {sentence}")]);
    }

    #[test]
    fn a_sound_run_breaks_no_rule() {
        assert_eq!(broken(&a_sound_report()), [""; 0]);
    }

    #[test]
    fn each_broken_rule_is_reported() {
        check_broken(
            |run| run.requests.failures.push("502".to_owned()),
            "1 failed requests; all requests: 4000; first failure: 502",
        );
        check_broken(
            |run| run.failures.push("refused".to_owned()),
            "1 refused handshakes or sockets closed for another reason; reconnections: 3; first failure: refused",
        );
        check_broken(
            |run| run.returns[1].took += Duration::from_secs(3),
            "1 clients were not back within 2s after the time that the server had asked them to wait",
        );
        check_broken(|run| run.returns.truncate(1), "only 1 sockets were closed");
        check_broken(|run| run.wrong = 2, "2 clients do not have the current state");
        check_broken(
            |run| run.address = "203.0.113.9".to_owned(),
            "the servers see 203.0.113.9 as a client's address",
        );
    }
}
