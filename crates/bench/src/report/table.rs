//! Tables and sentences with the results of `just bench`, and the summary of a single measurement.

use std::fmt::Write as _;

use super::figures::{AtOnce, Comparison, IdleMemory, Ingest, Variant};
use crate::{
    measure::{Outcome, Stall, UpdateSize},
    workload::Workload,
};

const MIB: f64 = 1_048_576.0;

/// Returns a table of all loads, and one of the ratios between the systems.
pub(super) fn comparisons(comparisons: &[Comparison], at_once: &AtOnce) -> String {
    let mut text = String::from(
        "| load | system | deliveries/s | MB/s | p50 ms | p95 ms | p99 ms | max ms | merged | thinned | lost | gaps \
         | CPU s per million | RSS MiB | load tool CPU |\n\
         |---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    for Comparison {
        workload,
        forwarder,
        server,
    } in comparisons
    {
        let title = format!("**{}** {}", workload.name, workload.title());
        row(&mut text, &title, "forwarder", forwarder);
        for (variant, outcome) in server {
            row(&mut text, "", variant.name, outcome);
        }
    }
    let title = format!("**{} at interval 0**", at_once.workload.name);
    row(&mut text, &title, Variant::DEFAULT.name, &at_once.server);
    text.push_str(
        "\n| load | system | CPU / forwarder | MB/s / forwarder | p99 − forwarder |\n|---|---|--:|--:|--:|\n",
    );
    for Comparison {
        workload,
        forwarder,
        server,
    } in comparisons
    {
        let mut title = workload.name;
        for (variant, outcome) in server {
            let name = variant.name;
            let ratio = outcome.cpu_s_per_million().zip(forwarder.cpu_s_per_million());
            let cpu = ratio.map_or_else(unknown, |(server, forwarder)| {
                format!("{:.2} ×", server / forwarder)
            });
            let payload = megabytes_per_s(outcome) / megabytes_per_s(forwarder);
            let later = outcome.tally.latency_ms(0.99) - forwarder.tally.latency_ms(0.99);
            line(
                &mut text,
                format_args!("| {title} | {name} | {cpu} | {payload:.2} × | {later:+.1} ms |"),
            );
            title = "";
        }
    }
    text
}

/// Returns a table of the loads of many messages.
pub(super) fn ingest(loads: &[Ingest]) -> String {
    let mut text = String::from(
        "| load | system | published | not accepted | CPU, % of a core | p50 ms | p99 ms | lost | publisher late, ms |\n\
         |---|---|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    for Ingest {
        workload,
        forwarder,
        server,
        accepted,
    } in loads
    {
        let mut title = format!("**{}** {}", workload.name, workload.title());
        let missed = server.published.saturating_sub(*accepted);
        let systems = [
            ("forwarder", forwarder.as_ref(), None),
            (Variant::DEFAULT.name, Some(server), Some(missed)),
        ];
        for (system, outcome, missed) in systems {
            let Some(outcome) = outcome else { continue };
            let tally = &outcome.tally;
            let [p50, p99] = [0.5, 0.99].map(|quantile| tally.latency_ms(quantile));
            let cpu = outcome
                .cpu_percent()
                .map_or_else(unknown, |cpu| format!("{cpu:.0}"));
            line(
                &mut text,
                format_args!(
                    "| {title} | {system} | {} | {} | {cpu} | {p50:.1} | {p99:.1} | {} | {:.1} |",
                    grouped(outcome.published),
                    missed.map_or_else(unknown, grouped),
                    grouped(tally.lost),
                    outcome.publisher_late.as_secs_f64() * 1_000.0,
                ),
            );
            title.clear();
        }
    }
    text
}

/// Returns a table of the sizes of updates.
pub(super) fn sizes(sizes: &[UpdateSize]) -> String {
    let mut text = String::from("| bytes per update | full | delta |\n|---|--:|--:|\n");
    for UpdateSize {
        encoding,
        full,
        delta,
    } in sizes
    {
        let subprotocol = encoding.subprotocol();
        line(
            &mut text,
            format_args!("| `{subprotocol}` | {full:.0} | {delta:.0} |"),
        );
    }
    text
}

fn row(text: &mut String, title: &str, system: &str, outcome: &Outcome) {
    let tally = &outcome.tally;
    let [p50, p95, p99, max] = [0.5, 0.95, 0.99, 1.0].map(|quantile| tally.latency_ms(quantile));
    let cpu = outcome
        .cpu_s_per_million()
        .map_or_else(unknown, |cpu| format!("{cpu:.2}"));
    let resident = outcome
        .resident_bytes
        .map_or_else(unknown, |bytes| format!("{:.0}", bytes as f64 / MIB));
    line(
        text,
        format_args!(
            "| {title} | {system} | {} | {:.1} | {p50:.1} | {p95:.1} | {p99:.1} | {max:.1} | {} | {} | {} | {} | {cpu} | {resident} | {:.0} % |",
            grouped(outcome.deliveries_per_s() as u64),
            megabytes_per_s(outcome),
            share(tally.merged, outcome),
            share(tally.thinned, outcome),
            grouped(tally.lost),
            grouped(tally.gaps),
            outcome.own_cpu_percent(),
        ),
    );
}

/// Returns the figures of one measurement, as printed on a terminal.
pub(crate) fn summary(outcome: &Outcome) -> String {
    let tally = &outcome.tally;
    let cpu = outcome
        .cpu_s_per_million()
        .map_or_else(unknown, |cpu| format!("{cpu:.2} s per million deliveries"));
    let share_of_core = outcome
        .cpu_percent()
        .map_or_else(unknown, |cpu| format!("{cpu:.0} % of a core"));
    let resident = outcome
        .resident_bytes
        .map_or_else(unknown, |bytes| format!("{:.1} MiB", bytes as f64 / MIB));
    let caught_up = outcome.caught_up.map_or("never".to_owned(), |time| {
        format!("{} ms after the load", time.as_millis())
    });
    let [p50, p95, p99, max] = [0.5, 0.95, 0.99, 1.0].map(|quantile| tally.latency_ms(quantile));
    format!(
        "  deliveries  {}/s, {} frames, {:.1} MB/s\n  \
           latency     p50 {p50:.1} ms, p95 {p95:.1} ms, p99 {p99:.1} ms, max {max:.1} ms\n  \
           undelivered {} merged, {} thinned, {} lost\n  \
           order       {} gaps, {} backwards, {} repeated, {} sockets closed\n  \
           caught up   {caught_up}\n  \
           target      CPU {cpu}, {share_of_core}, memory {resident}\n  \
           this tool   {:.0} % of a core, publisher at most {:.1} ms late",
        grouped(outcome.deliveries_per_s() as u64),
        grouped(tally.frames),
        megabytes_per_s(outcome),
        share(tally.merged, outcome),
        share(tally.thinned, outcome),
        grouped(tally.lost),
        tally.gaps,
        tally.backwards,
        tally.repeated,
        tally.closed,
        outcome.own_cpu_percent(),
        outcome.publisher_late.as_secs_f64() * 1_000.0,
    )
}

/// Returns a sentence about the memory of idle sockets.
pub(super) fn idle(idle: &IdleMemory) -> String {
    let kib = |bytes: u64| bytes as f64 / 1_024.0;
    format!(
        "Memory per idle socket ({} sockets, each subscribed to one silent vehicle, fresh process): forwarder \
         {:.1} KiB, fleetwatch {:.1} KiB.\n",
        grouped(u64::from(idle.sockets)),
        kib(idle.forwarder),
        kib(idle.server),
    )
}

/// Returns sentences about the effect of a client that stops reading.
pub(super) fn stall(stall: &Stall, workload: &Workload) -> String {
    let mib = |bytes: u64| bytes as f64 / MIB;
    format!(
        "Under the load {}, an additional client subscribed to all vehicles did not read for {} s. The server used \
         {:.1} MiB of memory when this client stopped reading, and at most {:.1} MiB until it resumed. {} ms after \
         that, the client had received a new update from every vehicle. During the pause, p99 of the other clients \
         was {:.1} ms, and {} of their updates were lost.\n",
        workload.title(),
        stall.stalled.as_secs(),
        mib(stall.resident_before),
        mib(stall.resident_most),
        stall.fresh_after.as_millis(),
        stall.others.latency_ms(0.99),
        stall.others.lost,
    )
}

fn line(text: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(text, "{line}").expect("a string takes all text");
}

fn unknown() -> String {
    "–".to_owned()
}

fn megabytes_per_s(outcome: &Outcome) -> f64 {
    outcome.tally.bytes as f64 / 1e6 / outcome.measured.as_secs_f64()
}

/// Formats a count as a share of all updates that could have been delivered.
pub(crate) fn share(count: u64, outcome: &Outcome) -> String {
    let tally = &outcome.tally;
    let all = tally.delivered + tally.merged + tally.thinned + tally.lost;
    if count == 0 {
        return "0".to_owned();
    }
    format!("{:.2} %", count as f64 / all as f64 * 100.0)
}

/// Formats a number with separators of thousands.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{clients::Tally, protocols::Encoding, workload::WORKLOADS};

    fn outcome(delivered: u64, cpu_s: u64) -> Outcome {
        Outcome {
            tally: Tally {
                delivered,
                merged: delivered / 100,
                bytes: 1_000_000,
                ..Tally::default()
            },
            measured: Duration::from_secs(10),
            cpu: Some(Duration::from_secs(cpu_s)),
            cpu_in_time: Some(Duration::from_secs(cpu_s)),
            resident_bytes: Some(50 << 20),
            own_cpu: Duration::from_secs(5),
            publisher_late: Duration::from_millis(2),
            published: delivered,
            caught_up: None,
        }
    }

    #[test]
    fn the_ratio_compares_cpu_per_delivery() {
        let comparison = Comparison {
            workload: WORKLOADS[0],
            forwarder: outcome(2_000_000, 2),
            server: Variant::of(&WORKLOADS[0])
                .iter()
                .map(|variant| (*variant, outcome(1_000_000, 3)))
                .collect(),
        };
        let at_once = AtOnce {
            workload: WORKLOADS[0],
            server: outcome(500_000, 3),
        };
        let text = comparisons(&[comparison], &at_once);
        assert!(
            text.contains("| W1 | **fleetwatch** | 3.00 × | 1.00 × | +0.0 ms |"),
            "{text}"
        );
        assert!(text.contains("|  | fleetwatch, JSON deltas | 3.00 × |"), "{text}");
        assert!(
            text.contains("| **W1 at interval 0** | **fleetwatch** | 50,000 |"),
            "{text}"
        );
        assert!(
            text.contains("| 200,000 |") && text.contains("| 3.00 | 50 | 50 % |"),
            "{text}"
        );
        let columns: Vec<_> = text.lines().map(|line| line.matches('|').count()).collect();
        let (wide, narrow) = (vec![16; 8], vec![6; 6]);
        assert_eq!(columns, [wide, vec![0], narrow].concat());
    }

    #[test]
    fn the_forwarder_is_left_out_where_it_was_not_measured() {
        let load = |forwarder| Ingest {
            workload: WORKLOADS[0],
            forwarder,
            server: outcome(1_000_000, 3),
            accepted: 999_000,
        };
        let text = ingest(&[load(Some(outcome(1_000_000, 2))), load(None)]);
        let rows: Vec<_> = text.lines().skip(2).collect();
        assert_eq!(rows.len(), 3, "{text}");
        assert!(rows[0].contains("| forwarder | 1,000,000 | – | 20 |"), "{text}");
        for row in &rows[1..] {
            assert!(
                row.contains("| **fleetwatch** | 1,000,000 | 1,000 | 30 |"),
                "{text}"
            );
        }
    }

    #[test]
    fn sizes_are_stated_by_subprotocol() {
        let size = UpdateSize {
            encoding: Encoding::MessagePack,
            full: 301.4,
            delta: 98.6,
        };
        let text = sizes(&[size]);
        assert!(
            text.ends_with("| `fleetwatch.v1.msgpack` | 301 | 99 |\n"),
            "{text}"
        );
    }

    #[test]
    fn numbers_are_grouped_by_three() {
        assert_eq!(
            [0, 999, 1_000, 1_234_567].map(grouped),
            ["0", "999", "1,000", "1,234,567"]
        );
    }
}
