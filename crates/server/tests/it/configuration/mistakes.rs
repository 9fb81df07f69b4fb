//! Several mistakes at once: all of them are named, and none of them twice.

use super::secrets;
use crate::command_line::{fleetwatch, stderr};

/// Runs `fleetwatch config`, which must fail with exit code 2, and returns the names of the faulty settings with their
/// faults, in the order of the names.
fn faults(file: &str, variables: &[(&str, &str)]) -> Vec<(String, String)> {
    let output = fleetwatch(&["config", "--config", file], variables);
    let printed = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{printed}");
    assert!(output.stdout.is_empty());
    secrets::check_absent(&printed);
    let mut lines = printed.lines();
    let heading = lines.next().expect("a line");
    let mut faults: Vec<_> = lines
        .map(|line| {
            let (name, fault) = line.split_once(": ").expect("a name and a fault");
            (name.trim_start().to_owned(), fault.to_owned())
        })
        .collect();
    let count = format!("({} problems)", faults.len());
    assert!(heading.contains(&count), "{heading}");
    faults.sort();
    faults
}

/// Checks the names and the beginnings of the faults. Both lists are in the order of the names, so a name that occurs
/// twice is found.
fn check(faults: &[(String, String)], expected: &[(&str, &str)]) {
    let names = |list: &[(String, String)]| list.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    let expected_names: Vec<_> = expected
        .iter()
        .map(|(name, _)| format!("FLEETWATCH_{name}"))
        .collect();
    assert_eq!(names(faults), expected_names, "{faults:#?}");
    for ((name, fault), (_, begins)) in faults.iter().zip(expected) {
        assert!(fault.starts_with(begins), "{name}: {fault}");
    }
}

#[test]
fn ten_mistakes_are_all_named_and_none_twice() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let content = "\
env = \"prod\"

[htpp]
bind = \"127.0.0.1:8080\"

[http]
bnid = \"127.0.0.1:8080\"
workers = \"many\"
metrics_token = \"hidden-0123456789abcdef\"
metrics_token_file = \"/run/secrets/metrics_token\"

[live]
interval_ms = 0
bounds = [10, 0, 0, 0, 1, 1]
stale_after_ms = 20

[redis]
key_style = \"plain\"
";
    let file = secrets::write(directory.path(), "fleetwatch.toml", content, 0o600);
    let faults = faults(
        &file,
        &[
            ("FLEETWATCH_AUTH__SIGNING_KEY_FILE", "/nowhere/signing_key"),
            (
                "FLEETWATCH_DATABASE__URL",
                "postgres//fleetwatch:hidden@db/fleetwatch",
            ),
            ("FLEETWATCH_REDIS__URL", "redis-cluster://:hidden@redis:7000"),
            // This setting overrides the file, and is valid.
            ("FLEETWATCH_LIVE__STALE_AFTER_MS", "5000"),
        ],
    );
    check(
        &faults,
        &[
            (
                "AUTH__SIGNING_KEY",
                "cannot read /nowhere/signing_key: No such file",
            ),
            ("DATABASE__URL", "must begin with postgres://"),
            ("ENV", "must be development, staging or production, not \"prod\""),
            ("HTPP__BIND", "unknown key in "),
            ("HTTP__BNID", "unknown key in "),
            (
                "HTTP__METRICS_TOKEN",
                "must not be given together with FLEETWATCH_HTTP__METRICS_TOKEN_FILE",
            ),
            ("HTTP__WORKERS", "must be a whole number from 1 to 1024; in "),
            ("LIVE__BOUNDS", "must be six numbers"),
            (
                "LIVE__INTERVAL_MS",
                "must be a whole number of milliseconds from 1 to 10000, not \"0\"",
            ),
            ("REDIS__KEY_STYLE", "must be tagged for Redis Cluster"),
        ],
    );
}

#[test]
fn a_faulty_setting_that_production_requires_is_named_once() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let key = secrets::write(directory.path(), "signing_key", "hidden", 0o644);
    let content = "\
[redis]
url = 6379

[database]
url = [\"postgres://fleetwatch:hidden@db/fleetwatch\"]

[AUTH]
admin_username = \"root\"
";
    let file = secrets::write(directory.path(), "fleetwatch.toml", content, 0o600);
    let faults = faults(
        &file,
        &[
            ("FLEETWATCH_ENV", "production"),
            ("FLEETWATCH_HTTP__TRUSTED_PROXIES", "10.0.0.0/33"),
            ("FLEETWATCH_AUTH__SIGNING_KEY_FILE", &key),
            ("FLEETWATCH_AUTH__PASSWORD_MIN_LENGTH", "7"),
            ("FLEETWATCH_AUTH__ADMIN_PASSWORD", "hidden!"),
        ],
    );
    check(
        &faults,
        &[
            (
                "AUTH__ADMIN_USERNAME",
                "must be written as [auth] admin_username in ",
            ),
            (
                "AUTH__PASSWORD_MIN_LENGTH",
                "must be a whole number from 8 to 128",
            ),
            ("AUTH__SIGNING_KEY", "no key found"),
            ("DATABASE__URL", "must be a URL that begins with postgres://"),
            (
                "HTTP__TRUSTED_PROXIES",
                "must be a list of addresses and networks",
            ),
            ("REDIS__URL", "must be a URL that begins with redis://"),
        ],
    );
    assert!(
        faults[2]
            .1
            .contains("; its file is accessible to all users (mode 0644)"),
        "{faults:#?}"
    );
}
