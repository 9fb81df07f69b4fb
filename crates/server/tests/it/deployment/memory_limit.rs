//! The memory limits that the files for deployment set, and the documentation of how much memory a server needs.

use super::{compose::with_defaults, text, yaml};

const DEPLOYMENT: &str = include_str!("../../../../../docs/deployment.md");
const BENCHMARKS: &str = include_str!("../../../../../docs/benchmarks.md");

/// Memory that does not depend on the numbers of vehicles and sockets.
const BASE_MIB: f64 = 700.0;
const KIB_PER_VEHICLE: f64 = 2.0;
/// In the server and in the kernel.
const KIB_PER_SOCKET: f64 = 10.0;

/// Share of the limit at which the alert fires.
const ALERT: f64 = 0.8;

/// Rows of the table in docs/deployment.md: vehicles, sockets and the limit in MiB.
fn documented() -> Vec<(f64, f64, f64)> {
    let number = |text: &str| -> f64 { text.replace(',', "").parse().expect("a number") };
    let rows = DEPLOYMENT
        .lines()
        .skip_while(|line| !line.starts_with("| vehicles in the fleet |"))
        .skip(2)
        .take_while(|line| line.starts_with('|'));
    let rows = rows.map(|row| {
        let cells: Vec<_> = row.trim_matches('|').split('|').map(str::trim).collect();
        let (limit, unit) = cells[2].split_once(' ').expect("a unit");
        let unit_mib = if unit == "GiB" { 1_024.0 } else { 1.0 };
        (number(cells[0]), number(cells[1]), number(limit) * unit_mib)
    });
    rows.collect()
}

/// Returns the number before a text in docs/benchmarks.md.
fn measured(after: &str) -> f64 {
    let (before, _) = BENCHMARKS
        .split_once(after)
        .unwrap_or_else(|| panic!("no {after:?}"));
    let number = before.rsplit(' ').next().expect("a word");
    number
        .parse()
        .unwrap_or_else(|_| panic!("{number:?} before {after:?}"))
}

#[test]
fn every_way_of_installation_sets_the_documented_limit() {
    let compose = &yaml(&text("docker-compose.yml"))[0];
    let compose = with_defaults(
        compose["services"]["server"]["mem_limit"]
            .as_str()
            .expect("a text"),
    );
    let values = &yaml(&text("deploy/helm/fleetwatch/values.yaml"))[0];
    let unit = text("deploy/systemd/fleetwatch.service");
    let unit = unit.lines().find_map(|line| line.strip_prefix("MemoryMax="));
    let (_, _, limit_mib) = documented()[0];
    assert_eq!(compose, format!("{limit_mib}m"));
    assert_eq!(values["resources"]["limits"]["memory"], format!("{limit_mib}Mi"));
    assert_eq!(unit, Some(&*format!("{limit_mib}M")));
}

#[test]
fn the_documented_limits_suffice() {
    for (vehicles, sockets, limit_mib) in documented() {
        let growing_mib = (vehicles * KIB_PER_VEHICLE + sockets * KIB_PER_SOCKET) / 1_024.0;
        assert!(
            BASE_MIB + growing_mib <= limit_mib,
            "{vehicles} vehicles and {sockets} sockets need {BASE_MIB} + {growing_mib} MiB"
        );
    }
    let rule = "The limit is 700 MiB, plus 2 KiB for each vehicle and 10 KiB for each socket.";
    assert!(DEPLOYMENT.contains(rule), "{rule}");
}

#[test]
fn the_documented_needs_exceed_the_measured_ones() {
    let (_, _, limit_mib) = documented()[0];
    let import_mib = measured(" MiB of memory; a page of another tenant");
    assert!(
        import_mib < ALERT * limit_mib,
        "the alert fires at {import_mib} MiB"
    );
    // 60,000 vehicles and 100 sockets, with the server itself.
    let with_vehicles_mib = measured(" MiB before the attacks");
    assert!(with_vehicles_mib < 90.0 + 60_000.0 * KIB_PER_VEHICLE / 1_024.0);
    let (_, idle) = BENCHMARKS
        .split_once("KiB, fleetwatch ")
        .expect("the memory of an idle socket");
    let (idle_kib, _) = idle.split_once(" KiB").expect("its unit");
    // The kernel takes the rest.
    assert!(idle_kib.parse::<f64>().expect("a number") <= KIB_PER_SOCKET - 4.0);
}
