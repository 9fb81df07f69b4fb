//! A short run of all attacks, for builds without optimization.

use std::{path::Path, process::Command};

#[test]
fn a_short_run_of_all_attacks_breaks_no_bound() {
    let bench = Path::new(env!("CARGO_BIN_EXE_fleetwatch-bench"));
    let server = bench.with_file_name("fleetwatch");
    assert!(
        server.is_file(),
        "{} is missing: build it with `cargo build`, or run all tests",
        server.display()
    );
    let output = Command::new(bench)
        .args(["hostile", "--short", "--seconds", "1", "--warm-up", "0"])
        .output()
        .expect("the program was built with this test");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
}
