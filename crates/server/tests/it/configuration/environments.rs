//! The files in deploy/env, and the example configuration file.

use std::{collections::BTreeMap, fs, path::PathBuf};

use rstest::rstest;

use super::{check_schema_accepts, secrets};
use crate::command_line::{fleetwatch, stderr, stdout};

fn deploy(file: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy")).join(file)
}

fn text(file: &str) -> String {
    fs::read_to_string(deploy(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// Returns the variables of a file, with the secrets in `directory`. Shells, Compose, containers and systemd must read
/// the same from it, so quotes, spaces, expansions and trailing comments are faults.
fn variables(environment: &str, directory: &str) -> BTreeMap<String, String> {
    let text = text(&format!("env/.env.{environment}"));
    let lines = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut variables = BTreeMap::new();
    for line in lines {
        let (name, value) = line.split_once('=').expect("NAME=value");
        let is_plain = name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
            && !value.is_empty()
            && !value.contains([
                ' ', '"', '\'', '$', '#', '\\', '`', '&', ';', '(', '<', '>', '|', '*', '~',
            ]);
        assert!(is_plain, "{line}");
        let value = value.replace("/run/secrets", directory);
        let former = variables.insert(name.to_owned(), value);
        assert_eq!(former, None, "{name} is given twice");
    }
    variables
}

/// Runs `fleetwatch config` with the file of an environment, and returns what it prints.
fn effective(environment: &str) -> String {
    let secrets = secrets::mounted();
    let variables = variables(environment, secrets.path().to_str().expect("a plain path"));
    let variables: Vec<_> = variables
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let output = fleetwatch(&["config"], &variables);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let printed = stdout(&output);
    secrets::check_absent(&printed);
    let first = format!("FLEETWATCH_ENV = \"{environment}\"  # environment\n");
    assert!(printed.starts_with(&first), "{printed}");
    printed
}

#[rstest]
#[case("development")]
#[case("staging")]
#[case("production")]
fn the_file_of_each_environment_is_accepted_without_warnings(#[case] environment: &str) {
    let printed = effective(environment);
    assert!(!printed.contains("# warning"), "{printed}");
}

#[rstest]
#[case("staging")]
#[case("production")]
fn a_deployed_server_has_stores_a_key_and_a_token(#[case] environment: &str) {
    let printed = effective(environment);
    for line in [
        "FLEETWATCH_DATABASE__URL = \"postgres://fleetwatch:********@db.example.com:5432/fleetwatch?sslmode=require\"",
        "FLEETWATCH_REDIS__URL = \"rediss://:********@redis.example.com:6379/0\"",
        "FLEETWATCH_AUTH__SIGNING_KEY = \"********\"",
        "FLEETWATCH_HTTP__METRICS_TOKEN = \"********\"",
        "FLEETWATCH_LOG__FORMAT = \"json\"",
    ] {
        assert!(
            printed.contains(&format!("{line}  # environment\n")),
            "{line} is not in\n{printed}"
        );
    }
}

#[test]
fn the_file_of_production_states_everything_that_production_requires_or_restricts() {
    let given = variables("production", "/run/secrets");
    let reference = stdout(&fleetwatch(&["config", "--reference"], &[]));
    let stated: Vec<_> = reference
        .lines()
        .filter(|row| row.contains(" in production"))
        .filter_map(|row| row.strip_prefix("| `")?.split_once('`'))
        .map(|(name, _)| format!("FLEETWATCH_{name}"))
        .collect();
    assert!(stated.len() >= 8, "{stated:?}");
    for name in stated {
        assert!(
            given.contains_key(&name) || given.contains_key(&format!("{name}_FILE")),
            "{name} is missing"
        );
    }
    for closed in [
        "HTTP__DOCS",
        "HTTP__GRAPHIQL",
        "HTTP__METRICS",
        "GRAPHQL__INTROSPECTION",
    ] {
        assert_eq!(given[&format!("FLEETWATCH_{closed}")], "false", "{closed}");
    }
    assert_ne!(given["FLEETWATCH_HTTP__ALLOWED_HOSTS"], "none");
    assert_ne!(given["FLEETWATCH_HTTP__TRUSTED_PROXIES"], "none");
}

/// Returns the example with lines such as `# pool_size = 10` in effect.
fn with_all_settings(example: &str) -> String {
    let in_effect = |line: &str| {
        let setting = line.strip_prefix("# ").filter(|setting| {
            let key = setting.split_once(" = ").map_or("", |(key, _)| key);
            !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
        });
        format!("{}\n", setting.unwrap_or(line))
    };
    example.lines().map(in_effect).collect()
}

#[test]
fn the_example_of_a_file_is_accepted_as_it_is_and_with_all_its_settings() {
    let secrets = secrets::mounted();
    let directory = secrets.path().to_str().expect("a plain path");
    let example = text("fleetwatch.example.toml");
    let complete = with_all_settings(&example);
    assert!(complete.contains("\nurl_file = "), "{complete}");
    for content in [example, complete] {
        let content = content.replace("/run/secrets", directory);
        check_schema_accepts(&content);
        let file = secrets::write(secrets.path(), "fleetwatch.toml", &content, 0o600);
        let output = fleetwatch(&["config", "--config", &file], &[]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        secrets::check_absent(&stdout(&output));
    }
}

#[test]
fn the_settings_that_the_example_leaves_out_have_the_defaults_that_it_states() {
    let example = text("fleetwatch.example.toml");
    let reference = stdout(&fleetwatch(&["config", "--reference"], &[]));
    let (mut section, mut compared) = (String::new(), 0);
    for line in example.lines() {
        if let Some(title) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            section = title.to_uppercase();
        }
        let Some((key, value)) = line.strip_prefix("# ").and_then(|line| line.split_once(" = ")) else {
            continue;
        };
        let row = format!(
            "| `{section}__{}` | `{}`",
            key.to_uppercase(),
            value.trim_matches('"')
        );
        let has_default = !key.contains([' ', '`']) && !value.starts_with("\"/");
        if has_default {
            assert!(reference.contains(&row), "{row} is not in the reference");
            compared += 1;
        }
    }
    assert!(compared > 10, "only {compared} are compared");
}

#[test]
fn the_example_names_its_schema_for_editors() {
    let example = text("fleetwatch.example.toml");
    let first = example.lines().next().expect("a line");
    let schema = first.strip_prefix("#:schema ").expect("the directive of taplo");
    assert!(deploy(schema).is_file(), "{schema} does not exist");
}
