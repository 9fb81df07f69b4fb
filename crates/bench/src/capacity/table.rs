//! Tables of the costs, and of what a large fleet needs.

use std::fmt::Write as _;

use super::{costs::Costs, fleet::Fleet};
use crate::report::grouped;

/// Returns a table of the costs.
pub(super) fn costs(costs: &Costs) -> String {
    let mut text = "| cost | CPU time of | µs | remark |\n|---|---|--:|---|\n".to_owned();
    let mut row = |cost: &str, of: &str, us: f64, remark: &str| {
        writeln!(text, "| {cost} | {of} | {us:.2} | {remark} |").expect("a string takes all text");
    };
    for fan_out in &costs.fan_outs {
        let per_s = grouped(fan_out.deliveries_per_s() as u64);
        let delivery = match fan_out.subscribers {
            1 => "deliver a message to one server".to_owned(),
            servers => format!("deliver a message to {servers} servers, for each of them"),
        };
        row(
            &delivery,
            "Redis",
            fan_out.us_per_delivery(),
            &format!("{per_s} deliveries/s, with the subscribers on the same machine"),
        );
    }
    let connecting = &costs.connecting;
    let p50 = format!("p50 {:.1} ms", connecting.refresh_p50.as_secs_f64() * 1e3);
    row("write the keys of a vehicle once", "Redis", costs.key_write, "");
    row(
        "accept a handshake, and a subscription to one vehicle",
        "server",
        connecting.handshake_us,
        "without TLS; the rights of the session are known",
    );
    row("refresh a session", "server", connecting.refresh_server_us, &p50);
    row(
        "refresh a session",
        "PostgreSQL",
        connecting.refresh_database_us,
        "",
    );
    text
}

/// Returns a table of what a large fleet needs, with the default settings and with sparing ones.
pub(super) fn fleet(costs: &Costs) -> String {
    type Figure = fn(&Fleet, &Costs) -> f64;
    let rows: [(&str, Figure, usize); 10] = [
        ("servers, without a spare", |fleet, _| fleet.servers(), 0),
        (
            "messages/s that Redis delivers",
            |fleet, _| fleet.deliveries_per_s(),
            0,
        ),
        ("cores of Redis for these messages", Fleet::cores_of_feed, 1),
        (
            "vehicles/s whose keys are written",
            |fleet, _| fleet.key_writes_per_s(),
            0,
        ),
        ("cores of Redis for these writes", Fleet::cores_of_keys, 1),
        ("session refreshes/s", |fleet, _| fleet.refreshes_per_s(), 0),
        (
            "cores of PostgreSQL for these refreshes",
            Fleet::cores_of_database,
            1,
        ),
        (
            "cores of all servers for these refreshes",
            Fleet::cores_of_refreshes,
            1,
        ),
        (
            "handshakes/s after a server has stopped",
            |fleet, _| fleet.handshakes_per_s(),
            0,
        ),
        (
            "cores of the other servers for these handshakes",
            Fleet::cores_of_handshakes,
            1,
        ),
    ];
    let (large, sparing) = (Fleet::LARGE, Fleet::SPARING);
    let mut text = format!(
        "| {} vehicles at {} Hz, {} sockets | default settings | \
         `LIVE__SYNC_INTERVAL_MS` {}, `AUTH__ACCESS_TTL_S` {} |\n|---|--:|--:|\n",
        grouped(large.vehicles as u64),
        large.rate_hz,
        grouped(large.sockets as u64),
        (sparing.sync_interval_s * 1e3) as u64,
        sparing.access_ttl_s as u64,
    );
    for (what, figure, decimals) in rows {
        let [large, sparing] = [large, sparing].map(|fleet| match decimals {
            0 => grouped(figure(&fleet, costs).round() as u64),
            decimals => format!("{:.decimals$}", figure(&fleet, costs)),
        });
        writeln!(text, "| {what} | {large} | {sparing} |").expect("a string takes all text");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{super::costs::samples, *};

    #[test]
    fn the_figures_are_written_as_tables() {
        let samples = samples::costs();
        let text = costs(&samples) + &fleet(&samples);
        for line in [
            "| deliver a message to 4 servers, for each of them | Redis | 1.00 | 200,000 deliveries/s, with the \
             subscribers on the same machine |",
            "| refresh a session | server | 500.00 | p50 3.0 ms |",
            "| servers, without a spare | 20 | 20 |",
            "| cores of Redis for these writes | 40.0 | 4.0 |",
            "| session refreshes/s | 1,111 | 278 |",
        ] {
            assert!(
                text.lines().any(|found| found == line),
                "no line {line} in {text}"
            );
        }
    }
}
