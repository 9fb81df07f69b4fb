//! Figures of rolling restarts, as a section of a document.

use std::{fmt, time::Duration};

use super::{
    gate::CLIENT,
    picture::Return,
    requests::Sent,
    scale::{Scale, Scenario},
};
use crate::report::{Machine, grouped};

/// Results of the restarts behind one load balancer.
#[derive(Debug, Clone)]
pub(super) struct Run {
    pub(super) scenario: Scenario,
    /// Time from the first SIGTERM until the last server was ready, including the pause after that.
    pub(super) restarting: Duration,
    pub(super) requests: Sent,
    /// Reconnections of the clients.
    pub(super) returns: Vec<Return>,
    /// Refused handshakes, and sockets that ended without the close code 1012.
    pub(super) failures: Vec<String>,
    /// Number of clients that do not have the current state at the end.
    pub(super) wrong: usize,
    /// Address of a client as the servers see it.
    pub(super) address: String,
}

#[derive(Debug, Clone)]
pub(crate) struct RollingReport {
    pub(super) machine: Machine,
    pub(super) day: String,
    pub(super) scale: Scale,
    pub(super) runs: Vec<Run>,
}

impl Run {
    /// Returns `true` if the servers see the address of the client, and not the one that it claims to have.
    pub(super) fn has_client_address(&self) -> bool {
        self.address == CLIENT
    }

    /// Returns a quantile of a duration over all reconnections.
    fn quantile(&self, quantile: f64, time: impl Fn(&Return) -> Duration) -> Duration {
        let mut times: Vec<_> = self.returns.iter().map(time).collect();
        times.sort_unstable();
        let last = times.len().saturating_sub(1);
        let index = (last as f64 * quantile).round() as usize;
        times.get(index).copied().unwrap_or_default()
    }
}

impl fmt::Display for Run {
    /// Writes a row of the table.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            scenario,
            requests,
            returns,
            failures,
            wrong,
            ..
        } = self;
        let back = [0.5, 1.0].map(|quantile| self.quantile(quantile, |back| back.took).as_secs_f64());
        let late = self.quantile(1.0, |back| back.late()).as_millis();
        write!(
            f,
            "| {} | {} | {:.0} | {} | {} | {} | {} | {} | {:.1} | {:.1} | {late} | {wrong} |",
            scenario.kind.title(),
            scenario.servers,
            self.restarting.as_secs_f64(),
            grouped(requests.reads),
            grouped(requests.writes),
            requests.failures.len(),
            grouped(returns.len() as u64),
            failures.len(),
            back[0],
            back[1],
        )
    }
}

impl fmt::Display for RollingReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            machine,
            day,
            scale,
            runs,
        } = self;
        writeln!(
            f,
            "Measured on {day}: {}, and {} more subscribed to one vehicle each.\n",
            scale.workload.title(),
            grouped(scale.followers.into())
        )?;
        writeln!(
            f,
            "- Machine: {} (shared with the load balancer, the clients, Redis and PostgreSQL)",
            machine.hardware
        )?;
        writeln!(f, "- Software: {}", machine.software)?;
        writeln!(f, "- Command: `just test-rolling`\n")?;
        writeln!(
            f,
            "| load balancer | servers | duration, s | reads | writes | failed requests | sockets closed with 1012 | \
             other closures and refusals | reconnected after, p50 s | max s | time after `retry-after`, max ms | \
             clients with a wrong state |\n\
             |---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
        )?;
        for run in runs {
            writeln!(f, "{run}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Returns the figures of a run in which every rule holds.
    pub(in crate::rolling) fn a_sound_report() -> RollingReport {
        let back = |asked, took| Return {
            asked: Duration::from_millis(asked),
            took: Duration::from_millis(took),
        };
        let requests = Sent {
            reads: 3_000,
            writes: 1_000,
            ..Sent::default()
        };
        let run = Run {
            scenario: Scale::FULL.scenarios[0],
            restarting: Duration::from_secs(18),
            requests,
            returns: vec![back(500, 510), back(4_000, 4_030), back(3_000, 3_020)],
            failures: Vec::new(),
            wrong: 0,
            address: CLIENT.to_owned(),
        };
        RollingReport {
            machine: Machine::this(),
            day: "2026-01-01".to_owned(),
            scale: Scale::FULL,
            runs: vec![run],
        }
    }

    #[test]
    fn the_figures_are_written_as_a_table() {
        let text = a_sound_report().to_string();
        let row = "| HAProxy | 2 | 18 | 3,000 | 1,000 | 0 | 3 | 0 | 3.0 | 4.0 | 30 | 0 |";
        assert!(text.lines().any(|line| line == row), "{text}");
        let bars = text
            .lines()
            .filter(|line| line.starts_with('|'))
            .map(|line| line.matches('|').count());
        assert_eq!(bars.collect::<Vec<_>>(), [13, 13, 13]);
    }
}
