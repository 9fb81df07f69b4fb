//! Short rolling restarts, for builds without optimization.

use std::{path::Path, process::Command};

#[test]
fn short_rolling_restarts_break_no_rule() {
    let bench = Path::new(env!("CARGO_BIN_EXE_fleetwatch-bench"));
    let server = bench.with_file_name("fleetwatch");
    assert!(
        server.is_file(),
        "{} is missing: build it with `cargo build`, or run all tests",
        server.display()
    );
    let output = Command::new(bench)
        .args(["rolling", "--short"])
        .output()
        .expect("the program was built with this test");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
}
