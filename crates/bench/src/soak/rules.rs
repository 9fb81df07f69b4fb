//! The rules that must hold, and the messages about broken ones.

use super::{
    Scale,
    observer::{Reading, mebibytes},
    report::SoakReport,
};

/// Maximum number of connections to the stores that the server has opened since the first reading: the default sizes of
/// its pools, 10 for PostgreSQL and 8 for Redis.
const POOLED: u64 = 18;
/// Number of the observer's own connections.
const OBSERVING: u64 = 1;
/// Number of rooms of the steady clients, which all have the same subscription.
const ROOMS: u64 = 1;

/// Returns a message for each broken rule.
pub(super) fn broken(report: &SoakReport) -> Vec<String> {
    let mut broken = broken_by_deliveries(report);
    let course = &report.course;
    if course.visits.failed > 0 {
        broken.push(format!(
            "{} of {} visits failed; the first was that of a visitor that {}",
            course.visits.failed,
            course.visits.all(),
            course.visits.first_failure.as_deref().unwrap_or_default()
        ));
    }
    broken.extend(left_over(&report.scale, &course.before, &course.after));
    if report.scale.checks_memory {
        match course.growth() {
            Some(growth) if growth.is_flat() => {}
            Some(growth) => broken.push(format!(
                "the memory grew: its median was {:.1} MiB in the first quarter after the warm-up, and {:.1} in the \
                 last",
                mebibytes(growth.first),
                mebibytes(growth.last)
            )),
            None => broken.push("the memory was not read often enough".to_owned()),
        }
    }
    broken
}

fn broken_by_deliveries(report: &SoakReport) -> Vec<String> {
    let tally = &report.outcome.tally;
    let mut broken = Vec::new();
    for (count, what) in [
        (tally.lost, "updates did not reach the steady clients"),
        (tally.gaps, "gaps were detected by the steady clients"),
        (tally.closed, "sockets of the steady clients were closed"),
    ] {
        if count > 0 {
            broken.push(format!("{count} {what}"));
        }
    }
    if tally.delivered == 0 {
        broken.push("the steady clients received nothing".to_owned());
    }
    broken
}

/// Returns a message for each figure that is greater than the steady clients account for.
pub(super) fn left_over(scale: &Scale, before: &Reading, after: &Reading) -> Vec<String> {
    let clients = u64::from(scale.workload.clients);
    let expected = [
        ("sockets at /ws", after.sockets, clients),
        (
            "connections of HTTP clients",
            after.connections,
            clients + OBSERVING,
        ),
        ("subscribers", after.subscribers, clients),
        ("rooms", after.rooms, ROOMS),
        ("file descriptors", after.descriptors, before.descriptors + POOLED),
    ];
    expected
        .into_iter()
        .filter(|(_, found, most)| found > most)
        .map(|(what, found, most)| {
            format!("{found} {what} remain after the last visitor has left; at most {most} are expected")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use anyhow::anyhow;

    use super::*;
    use crate::soak::{report::tests::a_sound_report, visit::Leave};

    #[test]
    fn a_sound_run_breaks_no_rule() {
        assert_eq!(broken(&a_sound_report()), [""; 0]);
    }

    /// Checks that a report with one change breaks one rule, with this message.
    fn check_broken(spoil: impl FnOnce(&mut SoakReport), sentence: &str) {
        let mut report = a_sound_report();
        spoil(&mut report);
        assert_eq!(broken(&report), [sentence]);
    }

    #[test]
    fn each_broken_rule_is_reported() {
        check_broken(
            |report| report.outcome.tally.lost = 3,
            "3 updates did not reach the steady clients",
        );
        check_broken(
            |report| report.outcome.tally.gaps = 1,
            "1 gaps were detected by the steady clients",
        );
        check_broken(
            |report| report.outcome.tally.closed = 1,
            "1 sockets of the steady clients were closed",
        );
        check_broken(
            |report| report.outcome.tally.delivered = 0,
            "the steady clients received nothing",
        );
        check_broken(
            |report| report.course.visits.count(Leave::Reset, Err(anyhow!("refused"))),
            "1 of 7 visits failed; the first was that of a visitor that reset the connection: refused",
        );
        check_broken(
            |report| report.course.after.sockets = 11,
            "11 sockets at /ws remain after the last visitor has left; at most 10 are expected",
        );
        check_broken(
            |report| report.course.after.connections = 12,
            "12 connections of HTTP clients remain after the last visitor has left; at most 11 are expected",
        );
        check_broken(
            |report| report.course.after.subscribers = 11,
            "11 subscribers remain after the last visitor has left; at most 10 are expected",
        );
        check_broken(
            |report| report.course.after.rooms = 2,
            "2 rooms remain after the last visitor has left; at most 1 are expected",
        );
        check_broken(
            |report| report.course.after.descriptors = 69,
            "69 file descriptors remain after the last visitor has left; at most 68 are expected",
        );
        check_broken(
            |report| {
                for (second, reading) in (0_u64..).zip(&mut report.course.readings) {
                    reading.resident_bytes += second << 20;
                }
            },
            "the memory grew: its median was 101.0 MiB in the first quarter after the warm-up, and 169.0 in the last",
        );
        check_broken(
            |report| report.course.readings.clear(),
            "the memory was not read often enough",
        );
    }

    #[test]
    fn memory_is_not_checked_in_a_short_run() {
        let mut report = a_sound_report();
        report.scale = Scale {
            checks_memory: false,
            ..Scale::full(Duration::from_secs(100))
        };
        report.course.readings.clear();
        assert_eq!(broken(&report), [""; 0]);
    }
}
