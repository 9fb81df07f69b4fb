//! Tables of the exponents, and of all loads.

use std::fmt::Write as _;

use super::figures::{Growth, Point};
use crate::report::{grouped, share};

/// Returns a table of the exponents.
pub(super) fn exponents(growths: &[Growth]) -> String {
    let mut text = String::from("| growth by | exponent of the CPU time |\n|---|--:|\n");
    for growth in growths {
        let exponent = growth
            .exponent()
            .map_or_else(unknown, |exponent| format!("{exponent:.2}"));
        line(&mut text, format_args!("| {} | {exponent} |", growth.name));
    }
    text
}

/// Returns a table of all loads.
pub(super) fn loads(growths: &[Growth]) -> String {
    let mut text = String::from(
        "| growth by | load | deliveries/s | CPU s per s | CPU s per million | p50 ms | p99 ms | thinned | lost | RSS MiB \
         | publisher late, ms | load tool CPU |\n\
         |---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    for growth in growths {
        let mut name = growth.name;
        for point in &growth.points {
            line(&mut text, format_args!("| {name} | {} |", figures(point)));
            name = "";
        }
    }
    text
}

fn figures(Point { load, outcome, cores }: &Point) -> String {
    let (tally, deliveries) = (&outcome.tally, outcome.deliveries_per_s());
    let [p50, p99] = [0.5, 0.99].map(|quantile| tally.latency_ms(quantile));
    let resident = outcome
        .resident_bytes
        .map_or_else(unknown, |bytes| format!("{}", bytes >> 20));
    format!(
        "{} | {} | {cores:.3} | {:.2} | {p50:.1} | {p99:.1} | {} | {} | {resident} | {} | {:.0} %",
        load.title(),
        grouped(deliveries as u64),
        cores / deliveries * 1e6,
        share(tally.thinned, outcome),
        share(tally.lost, outcome),
        outcome.publisher_late.as_millis(),
        outcome.own_cpu_percent(),
    )
}

fn line(text: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(text, "{line}").expect("a string takes all text");
}

fn unknown() -> String {
    "?".to_owned()
}
