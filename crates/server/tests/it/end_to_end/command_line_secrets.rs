//! The command line must never print secrets.

use super::{search::Search, support::Program};
use crate::command_line::{fleetwatch, fleetwatch_with_input, stderr, stdout};

const PASSWORD: &str = "f1rst-Passw0rd-qzx2";
const OF_METRICS: &str = "token-of-the-metrics-qzx5";
const OF_THE_STORES: &str = "database-Passw0rd-qzx6";

#[test]
fn the_command_line_prints_no_secrets() {
    let mut search = Search::default();
    search.is_secret("a password", PASSWORD);
    search.is_secret("a password", OF_THE_STORES);
    search.is_secret("the token of the metrics", OF_METRICS);
    let key = Program::signing_key();
    search.is_secret(
        "the signing key",
        key.lines().nth(1).expect("base64 between two lines"),
    );
    let database = format!("postgres://fleetwatch:{OF_THE_STORES}@127.0.0.1:1/fleetwatch");
    let redis = format!("redis://:{OF_THE_STORES}@127.0.0.1:1/0");
    let valid = [
        ("FLEETWATCH_DATABASE__URL", &*database),
        ("FLEETWATCH_DATABASE__STARTUP_WAIT_MS", "500"),
        ("FLEETWATCH_REDIS__URL", &*redis),
        ("FLEETWATCH_AUTH__SIGNING_KEY", key),
        ("FLEETWATCH_AUTH__ADMIN_USERNAME", "admin"),
        ("FLEETWATCH_AUTH__ADMIN_PASSWORD", PASSWORD),
        ("FLEETWATCH_HTTP__METRICS_TOKEN", OF_METRICS),
    ];
    // Each secret in an invalid form.
    let invalid = [
        (
            "FLEETWATCH_DATABASE__URL",
            format!("postgres//fleetwatch:{OF_THE_STORES}@127.0.0.1"),
        ),
        (
            "FLEETWATCH_REDIS__URL",
            format!("redis//:{OF_THE_STORES}@127.0.0.1:1"),
        ),
        (
            "FLEETWATCH_AUTH__SIGNING_KEY",
            key.replace("PRIVATE KEY", "PRIVATE KEYS"),
        ),
        ("FLEETWATCH_AUTH__ADMIN_PASSWORD", PASSWORD.repeat(20)),
        (
            "FLEETWATCH_HTTP__METRICS_TOKEN",
            format!("{OF_METRICS} \u{1f916}"),
        ),
    ];
    let mut runs = vec![valid.to_vec()];
    for (name, value) in &invalid {
        let changed = valid.map(|(known, kept)| {
            if known == *name {
                (known, value.as_str())
            } else {
                (known, kept)
            }
        });
        runs.push(changed.to_vec());
    }
    for (number, variables) in runs.iter().enumerate() {
        let output = fleetwatch(&["config"], variables);
        let expected = if number == 0 { 0 } else { 2 };
        assert_eq!(
            output.status.code(),
            Some(expected),
            "{number}: {}",
            stderr(&output)
        );
        search.can_be_read(format!("run {number}"), stdout(&output) + &stderr(&output));
    }
    for level in ["trace", "info"] {
        let mut variables = valid.to_vec();
        variables.push(("FLEETWATCH_LOG__LEVEL", level));
        let create = ["user", "create", "--username", "somebody", "--role", "ADMIN"];
        let output = fleetwatch_with_input(&create, &variables, PASSWORD);
        assert_eq!(output.status.code(), Some(1), "the database is unreachable");
        search.can_be_read("user create", stdout(&output) + &stderr(&output));
    }
    search.check();
}
