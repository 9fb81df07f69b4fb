//! The units for systemd.

use std::{collections::BTreeMap, fs};

use rstest::rstest;
use tempfile::TempDir;

use super::{command, files, must, printed, seconds_to_stop, secrets::Secrets, text};
use crate::command_line::{fleetwatch, stderr};

/// Text in those lines of `.env.production` that docs/deployment.md leaves out, because the units set their variables.
const LEFT_OUT: &str = "=/run/secrets/";

/// Highest exposure that `systemd-analyze security` may report, on its scale from 0 to 100.
const MAX_EXPOSURE: &str = "15";

/// Creates a root directory with the units, a program, and the targets that they refer to.
fn system() -> TempDir {
    let root = tempfile::tempdir().expect("a directory");
    let put = |path: &str, content: &[u8]| {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        fs::write(&path, content).expect("a file");
        path
    };
    for unit in files("deploy/systemd", ".service") {
        let name = unit.file_name().expect("a name").to_string_lossy();
        put(
            &format!("etc/systemd/system/{name}"),
            &fs::read(&unit).expect("a unit"),
        );
    }
    for target in ["sysinit", "basic", "shutdown", "network-online", "multi-user"] {
        put(
            &format!("usr/lib/systemd/system/{target}.target"),
            b"[Unit]\nDescription=A target\n",
        );
    }
    let program = put("usr/local/bin/fleetwatch", b"#!/bin/sh\n");
    let executable = fs::metadata("/bin/sh").expect("it is there").permissions();
    fs::set_permissions(program, executable).expect("it is ours");
    root
}

#[test]
fn systemd_accepts_the_units() {
    must_accept(&system());
}

#[test]
fn systemd_accepts_the_documented_settings_of_a_unit() {
    let operations = text("docs/operations.md");
    let (_, settings) = operations
        .split_once("/etc/systemd/system/fleetwatch.service.d/settings.conf <<'UNIT'\n")
        .expect("the page has settings");
    let (settings, _) = settings.split_once("\nUNIT\n").expect("they end");
    let root = system();
    let directory = root.path().join("etc/systemd/system/fleetwatch.service.d");
    fs::create_dir(&directory).expect("a directory");
    fs::write(directory.join("settings.conf"), settings).expect("a file");
    must_accept(&root);
}

/// Checks the units of a root directory, and the settings that belong to them.
fn must_accept(root: &TempDir) {
    let output = command("systemd-analyze")
        .args(["verify", "--man=no", "--root"])
        .arg(root.path())
        .args(["fleetwatch.service", "fleetwatch-migrate.service"])
        .output()
        .expect("it is installed");
    // Unknown settings are only warnings.
    assert_eq!(printed(&output), "");
    assert!(output.status.success(), "{}", output.status);
}

#[rstest]
#[case::server("fleetwatch.service")]
#[case::migration("fleetwatch-migrate.service")]
fn the_units_are_confined(#[case] unit: &str) {
    let root = system();
    must(
        command("systemd-analyze")
            .args([
                "security",
                "--offline=true",
                "--threshold",
                MAX_EXPOSURE,
                "--root",
            ])
            .arg(root.path())
            .arg(unit),
    );
}

#[test]
fn the_server_has_time_to_stop() {
    let unit = text("deploy/systemd/fleetwatch.service");
    let timeout = unit.lines().find_map(|line| line.strip_prefix("TimeoutStopSec="));
    let timeout: u64 = timeout.expect("a timeout").parse().expect("seconds");
    assert!(timeout >= seconds_to_stop(), "{timeout}");
}

#[test]
fn every_secret_that_a_unit_refers_to_is_one_of_its_credentials() {
    for unit in files("deploy/systemd", ".service") {
        let text = fs::read_to_string(&unit).expect("text");
        let credentials: Vec<_> = text
            .lines()
            .filter_map(|line| line.strip_prefix("LoadCredential=")?.split(':').next())
            .collect();
        let referred: Vec<_> = text
            .lines()
            .filter_map(|line| line.split("=%d/").nth(1))
            .collect();
        assert_eq!(referred, credentials, "{}", unit.display());
    }
}

/// Returns the variables of a unit, with the files of its secrets in `secrets`. Those in `.env.production` take
/// precedence over those of the unit itself.
fn variables(unit: &str, secrets: &Secrets) -> BTreeMap<String, String> {
    let unit = text(&format!("deploy/systemd/{unit}"));
    let of_unit = unit.lines().filter_map(|line| line.strip_prefix("Environment="));
    let file = text("deploy/env/.env.production");
    let of_file = file
        .lines()
        .filter(|line| line.starts_with("FLEETWATCH_") && !line.contains(LEFT_OUT));
    let credentials = secrets.path().to_str().expect("UTF-8");
    let assignments = of_unit.chain(of_file).map(|assignment| {
        let (name, value) = assignment.split_once('=').expect("NAME=value");
        let value = value.replace("%d", credentials).replace("%S", "/var/lib");
        (name.to_owned(), value)
    });
    assignments.collect()
}

#[rstest]
#[case::server("fleetwatch.service")]
#[case::migration("fleetwatch-migrate.service")]
fn the_program_accepts_the_settings_of_production(#[case] unit: &str) {
    let secrets = Secrets::make();
    let variables = variables(unit, &secrets);
    let variables: Vec<_> = variables
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let output = fleetwatch(&["config"], &variables);
    assert_eq!(output.status.code(), Some(0), "{unit}: {}", stderr(&output));
    let printed = printed(&output);
    assert!(!printed.contains("# warning"), "{unit}: {printed}");
}

#[test]
fn every_file_of_a_secret_in_the_settings_of_production_is_named_by_the_server_instead() {
    let installation = text("docs/deployment.md");
    let command = format!("grep -v {LEFT_OUT} env/.env.production > fleetwatch.env\n");
    assert!(installation.contains(&command), "{command}");
    let unit = text("deploy/systemd/fleetwatch.service");
    let file = text("deploy/env/.env.production");
    let left_out = file
        .lines()
        .filter(|line| line.starts_with("FLEETWATCH_"))
        .filter_map(|line| Some(line.split_once(LEFT_OUT)?.0));
    for name in left_out {
        assert!(unit.contains(&format!("\nEnvironment={name}=%d/")), "{name}");
    }
}
