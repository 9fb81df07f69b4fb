//! Tables of the loads, and of the memory per idle socket, with a row per system.

use std::fmt::Write as _;

use super::figures::Measured;
use crate::{
    measure::Outcome,
    report::{grouped, share},
    workload::Workload,
};

const MIB: f64 = 1_048_576.0;

/// Returns a table of all loads, with one row per load and system.
pub(super) fn loads(loads: &[Workload], systems: &[Measured]) -> String {
    let mut text = String::from(
        "| load | system | offered/s | received/s | p50 ms | p99 ms | merged or thinned | lost | cut off | CPU s per million \
         | memory MiB | publisher late, ms | load tool CPU |\n\
         |---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    for load in loads {
        let mut title = format!("**{}** {}", load.name, load.title());
        for system in systems {
            let outcome = system.loads.iter().find(|(measured, _)| measured == load);
            let Some((_, outcome)) = outcome else { continue };
            let figures = match outcome {
                Ok(outcome) => figures(load, outcome),
                Err(reason) => format!("failed: {} |||||||||| ", in_a_cell(reason)),
            };
            writeln!(text, "| {title} | {} | {figures} |", system.name).expect("a string takes all text");
            title.clear();
        }
    }
    text
}

fn figures(load: &Workload, outcome: &Outcome) -> String {
    let tally = &outcome.tally;
    let [p50, p99] = [0.5, 0.99].map(|quantile| tally.arrival_latency_ms(quantile));
    let cpu = outcome
        .cpu_s_per_million_arrivals()
        .map_or_else(unknown, |cpu| format!("{cpu:.2}"));
    let memory = outcome
        .resident_bytes
        .map_or_else(unknown, |bytes| format!("{:.0}", bytes as f64 / MIB));
    format!(
        "{} | {} | {p50:.1} | {p99:.1} | {} | {} | {} | {cpu} | {memory} | {} | {:.0} %",
        grouped(load.offered_per_s() as u64),
        grouped(outcome.arrivals_per_s() as u64),
        share(tally.merged + tally.thinned, outcome),
        share(tally.lost, outcome),
        grouped(tally.closed),
        outcome.publisher_late.as_millis(),
        outcome.own_cpu_percent(),
    )
}

/// Returns a table of the memory per idle socket.
pub(super) fn idle(sockets: u32, systems: &[Measured]) -> String {
    let mut text = format!(
        "Memory per idle socket ({} sockets, each subscribed to one silent vehicle, fresh process):\n\n\
         | system | KiB |\n|---|--:|\n",
        grouped(u64::from(sockets)),
    );
    for Measured { name, idle_bytes, .. } in systems {
        let figure = match idle_bytes {
            Ok(bytes) => format!("{:.1}", *bytes as f64 / 1_024.0),
            Err(reason) => format!("failed: {}", in_a_cell(reason)),
        };
        writeln!(text, "| {name} | {figure} |").expect("a string takes all text");
    }
    text
}

/// Returns a text without the characters that end a cell.
fn in_a_cell(text: &str) -> String {
    text.replace(['\n', '|'], " ")
}

fn unknown() -> String {
    "?".to_owned()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{clients::Tally, workload::WORKLOADS};

    fn measured(name: &'static str, outcome: Result<Outcome, String>) -> Measured {
        Measured {
            name,
            versions: format!("{name} 1.0"),
            loads: vec![(WORKLOADS[0], outcome)],
            idle_bytes: Ok(12_800),
        }
    }

    #[test]
    fn a_system_that_fails_has_a_row_like_the_others() {
        let tally = Tally {
            delivered: 2_000_000,
            arrived: 1_000_000,
            ..Tally::default()
        };
        let outcome = Outcome {
            tally,
            measured: Duration::from_secs(10),
            cpu: Some(Duration::from_secs(9)),
            cpu_in_time: Some(Duration::from_secs(5)),
            resident_bytes: Some(50 << 20),
            own_cpu: Duration::from_secs(5),
            publisher_late: Duration::from_millis(2),
            published: 0,
            caught_up: None,
        };
        let systems = [
            measured("a", Ok(outcome)),
            measured("b", Err("two\nlines | and a bar".to_owned())),
        ];
        let text = loads(&WORKLOADS[..1], &systems);
        assert!(
            text.contains("| a | 100,000 | 100,000 | 0.0 | 0.0 | 0 | 0 | 0 | 5.00 | 50 | 2 | 50 % |"),
            "{text}"
        );
        let columns: Vec<_> = text.lines().map(|line| line.matches('|').count()).collect();
        assert_eq!(columns, [14; 4], "{text}");
    }

    #[test]
    fn memory_is_stated_per_system() {
        let text = idle(5_000, &[measured("a", Err(String::new()))]);
        assert!(
            text.starts_with("Memory per idle socket (5,000 sockets,") && text.ends_with("| a | 12.5 |\n"),
            "{text}"
        );
    }
}
