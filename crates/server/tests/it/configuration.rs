//! `fleetwatch config`.

use std::fs;

use crate::command_line::{fleetwatch, stderr, stdout};

#[test]
fn the_effective_configuration_shows_the_value_and_source_of_each_setting() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let file = directory.path().join("fleetwatch.toml");
    fs::write(&file, "[live]\ninterval_ms = 50\n").expect("writing it");
    let path = file.to_str().expect("a plain path");

    let output = fleetwatch(
        &["config", "--config", path],
        &[("FLEETWATCH_LOG__LEVEL", "debug")],
    );

    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let printed = stdout(&output);
    for line in [
        "FLEETWATCH_ENV = \"development\"  # default",
        "FLEETWATCH_HTTP__BIND = \"127.0.0.1:8080\"  # default",
        &format!("FLEETWATCH_LIVE__INTERVAL_MS = 50  # {path}"),
        "FLEETWATCH_LOG__LEVEL = \"debug\"  # environment",
        "# FLEETWATCH_DATABASE__URL is not set",
    ] {
        assert!(
            printed.lines().any(|printed| printed == line),
            "{line} is not in\n{printed}"
        );
    }
}

#[test]
fn an_invalid_configuration_exits_with_2_and_reports_all_problems() {
    let output = fleetwatch(
        &["config"],
        &[
            ("FLEETWATCH_HTTP__BNID", "127.0.0.1:1"),
            ("FLEETWATCH_LIVE__INTERVAL_MS", "often"),
            ("FLEETWATCH_REDIS__URL", "redis//:hidden@redis"),
        ],
    );
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    let printed = stderr(&output);
    for part in [
        "3 problems",
        "FLEETWATCH_HTTP__BNID: unknown key; did you mean FLEETWATCH_HTTP__BIND?",
        "FLEETWATCH_LIVE__INTERVAL_MS: must be a whole number of milliseconds",
        "FLEETWATCH_REDIS__URL: must be a URL such as redis://",
    ] {
        assert!(printed.contains(part), "{part} is not in\n{printed}");
    }
    assert!(!printed.contains("hidden"), "{printed}");
}

#[test]
fn secrets_are_masked_even_if_they_come_from_a_file() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let file = directory.path().join("redis_url");
    fs::write(&file, "redis://:hidden@redis:6379/0\n").expect("writing it");
    let output = fleetwatch(
        &["config"],
        &[
            ("FLEETWATCH_REDIS__URL_FILE", file.to_str().expect("a plain path")),
            (
                "FLEETWATCH_DATABASE__URL",
                "postgres://fleetwatch:hidden@db/fleetwatch",
            ),
            ("FLEETWATCH_AUTH__ADMIN_USERNAME", "root"),
            ("FLEETWATCH_AUTH__ADMIN_PASSWORD", "hidden from all"),
        ],
    );
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let printed = stdout(&output);
    assert!(
        printed.contains("\"redis://:********@redis:6379/0\""),
        "{printed}"
    );
    assert!(
        printed.contains("\"postgres://fleetwatch:********@db/fleetwatch\""),
        "{printed}"
    );
    assert!(
        printed.contains("FLEETWATCH_AUTH__ADMIN_PASSWORD = \"********\""),
        "{printed}"
    );
    assert!(!printed.contains("hidden"), "{printed}");
}
