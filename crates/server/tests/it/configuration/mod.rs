//! `fleetwatch config`.

mod environments;
mod mistakes;
mod secrets;

use std::fs;

use serde_json::Value;

use crate::command_line::{fleetwatch, stderr, stdout};

/// Checks a file against the schema that the program prints.
fn check_schema_accepts(toml: &str) {
    let schema = stdout(&fleetwatch(&["config", "--schema"], &[]));
    let schema: Value = serde_json::from_str(&schema).expect("JSON");
    let validator = jsonschema::draft202012::new(&schema).expect("a schema");
    let table: toml::Table = toml.parse().expect("TOML");
    let file = serde_json::to_value(table).expect("TOML can be written as JSON");
    let errors: Vec<_> = validator
        .iter_errors(&file)
        .map(|error| error.to_string())
        .collect();
    assert!(errors.is_empty(), "{errors:?} in\n{toml}");
}

#[test]
fn the_schema_and_the_reference_need_no_valid_configuration() {
    for option in ["--schema", "--reference"] {
        let output = fleetwatch(&["config", option], &[("FLEETWATCH_ENV", "prod")]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    }
    let both = fleetwatch(&["config", "--schema", "--reference"], &[]);
    assert_eq!(both.status.code(), Some(2));
}

#[test]
fn the_defaults_in_the_schema_do_not_depend_on_the_environment() {
    let schema = |variables: &[(&str, &str)]| stdout(&fleetwatch(&["config", "--schema"], variables));
    assert_eq!(schema(&[]), schema(&[("FLEETWATCH_ENV", "production")]));
}

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

#[test]
fn a_password_in_the_url_of_a_receiver_is_not_printed() {
    let url = "http://u:hidden@h:1";
    let output = fleetwatch(&["config"], &[("FLEETWATCH_TELEMETRY__OTLP_ENDPOINT", url)]);
    assert_eq!(output.status.code(), Some(2));
    secrets::check_absent(&stderr(&output));
}
