//! Tables of the requests and attacks of a hostile run, as a section of a document.

use std::fmt;

use super::report::{Attack, HostileReport, mebibytes};
use crate::measure::Outcome;

impl fmt::Display for HostileReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scale, import, .. } = self;
        let [before, after] = [self.bytes_before, self.bytes_after].map(mebibytes);
        writeln!(
            f,
            "Measured on {}. Each attack takes {} s, under the load {}. The registry has {} more vehicles, the server \
             may open 1,024 files, and all limits have their defaults.\n",
            self.day,
            self.measured.as_secs(),
            scale.workload.title(),
            scale.registered
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
            "- Memory: {before} MiB before the attacks, {after} MiB {} s after the last",
            scale.afterwards.as_secs()
        )?;
        writeln!(
            f,
            "- Import of {} rows afterwards: status {} after {:.1} s, at most {} MiB of memory; a page of another \
             tenant took at most {} ms during the import\n",
            import.rows,
            status(import.status),
            import.took.as_secs_f64(),
            mebibytes(import.seen.peak_bytes),
            import.seen.neighbour.slowest.as_millis()
        )?;
        self.write_requests(f)?;
        self.write_attacks(f)
    }
}

impl HostileReport {
    fn write_requests(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "| request | sent, KB | status | answer, KB | CPU, ms |\n|---|--:|--:|--:|--:|"
        )?;
        for cost in &self.costs {
            writeln!(
                f,
                "| {} | {} | {} | {:.1} | {} |",
                cost.name,
                cost.sent / 1_000,
                status(cost.status),
                cost.answer_bytes as f64 / 1e3,
                cost.cpu.as_millis()
            )?;
        }
        Ok(())
    }

    fn write_attacks(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "\n*p50*, *p99* and *max* are latencies of live delivery. *live*, *health* and *page* are the maximum \
             durations of requests to `/health/live`, to `/health` and for a page of another tenant. All of these are \
             in ms. *memory* is the maximum in MiB, and *log* is in KB.\n\n\
             | attack | answers | p50 | p99 | max | live | health | page | memory | log |\n\
             |---|---|--:|--:|--:|--:|--:|--:|--:|--:|"
        )?;
        for attack in &self.attacks {
            writeln!(f, "{}", row(attack))?;
        }
        Ok(())
    }
}

/// Returns the table row of an attack.
pub(super) fn row(attack: &Attack) -> String {
    let Attack {
        answers,
        outcome: Outcome { tally, .. },
        seen,
        ..
    } = attack;
    let [p50, p99, max] = [0.5, 0.99, 1.0].map(|quantile| tally.latency_ms(quantile));
    let [live, health, page] =
        [seen.live, seen.health, seen.neighbour].map(|asked| asked.slowest.as_millis());
    format!(
        "| {} | {answers} | {p50:.1} | {p99:.1} | {max:.1} | {live} | {health} | {page} | {} | {} |",
        attack.title(),
        mebibytes(seen.peak_bytes),
        seen.logged_bytes / 1_000
    )
}

fn status(status: Option<u16>) -> String {
    status.map_or("none".to_owned(), |status| status.to_string())
}
