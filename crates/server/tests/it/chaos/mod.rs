//! Faults under load, in the manner of Jepsen: clients record what they requested, what was acknowledged and what they
//! saw, and a checker decides afterwards whether the guarantees held.
//!
//! * `faults`: the faults; `stage`: the servers and stores that they affect; `tcp_proxy`, `clock`, `ha_proxy`: parts of
//!   the stage.
//! * `writer`, `watcher`, `robots`, `observer`: the clients; `load`: all of them.
//! * `history`, `recorder`: what the clients record; `truth`: the state afterwards.
//! * `checker`: the judgement; `recovery`: the times; `table`: the results in docs/reliability.md.
//!
//! Some faults are part of every test run, in a short form. `just test-chaos` runs all of them, and writes the table.
//! `FLEETWATCH_CHAOS` selects those whose titles contain its value, and then the table is only printed.

mod access;
mod checker;
mod clock;
mod faults;
mod graphql_picture;
mod ha_proxy;
mod history;
mod live_picture;
mod load;
mod observer;
mod recorder;
mod recovery;
mod robots;
mod round;
mod socket;
mod stage;
mod table;
mod tcp_proxy;
mod truth;
mod watcher;
mod writer;

use self::faults::{Fault, Form};

/// Ports of servers and load balancers, below the range that Linux uses for outgoing connections, so no connection gets
/// the port of a killed server. No other test uses them.
const PORTS: std::ops::Range<u16> = 11_000..12_000;

async fn check_short(fault: Fault) {
    if let Err(reasons) = Box::pin(round::run(fault, Form::Short)).await {
        panic!("{reasons}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_redis_costs_no_change() {
    check_short(Fault::RedisKilled).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn half_open_connections_to_redis_cost_no_change() {
    check_short(Fault::RedisHalfOpen).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_database_costs_no_change() {
    check_short(Fault::DatabaseKilled).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_of_the_database_costs_no_change() {
    check_short(Fault::DatabaseDiskFull).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_server_costs_no_change() {
    check_short(Fault::ServerKilled).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_server_behind_haproxy_costs_no_change() {
    check_short(Fault::OneOfTwoServersKilled).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes about six minutes; `just test-chaos` runs it"]
async fn no_fault_costs_a_change() {
    let wanted = std::env::var("FLEETWATCH_CHAOS").unwrap_or_default();
    let (mut reports, mut failures) = (Vec::new(), Vec::new());
    for fault in Fault::ALL {
        if !fault.title().contains(&wanted) {
            continue;
        }
        eprintln!("{}", fault.title());
        match Box::pin(round::run(fault, Form::Full)).await {
            Ok(Some(report)) => reports.push(report),
            Ok(None) => {}
            Err(reasons) => failures.push(reasons),
        }
    }
    println!("{}", table::table(&reports));
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    if wanted.is_empty() {
        table::write(&reports);
    }
}
