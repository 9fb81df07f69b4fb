//! Tests of the configuration, and their helpers.

mod combinations;
mod environments;
mod file;
mod protection;
mod schema;
mod secrecy;
mod sources;
mod unknown_keys;
mod values;

use std::{ffi::OsString, fs, path::Path, time::Duration};

use ::secrecy::ExposeSecret as _;
use rstest::rstest;

use super::*;

/// The secret key of the first test of RFC 8032, section 7.1.
const KEY_PEM: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
-----END PRIVATE KEY-----";

fn load(file: Option<&Path>, variables: &[(&str, &str)]) -> Result<Effective, Problems> {
    let variables = variables
        .iter()
        .map(|(name, value)| (OsString::from(name), OsString::from(value)));
    Effective::load(file, variables)
}

fn load_file(toml: &str, variables: &[(&str, &str)]) -> Result<Effective, Problems> {
    let file = tempfile::Builder::new()
        .suffix(".toml")
        .tempfile()
        .expect("a temporary file");
    fs::write(file.path(), toml).expect("writing it");
    load(Some(file.path()), variables)
}

fn valid(loaded: Result<Effective, Problems>) -> Config {
    loaded.unwrap_or_else(|problems| panic!("{problems}")).config
}

/// Returns the problems as messages.
fn faults(loaded: Result<Effective, Problems>) -> Vec<String> {
    let problems = loaded
        .map(|effective| effective.settings)
        .expect_err("something is wrong");
    problems.iter().map(ToString::to_string).collect()
}

/// Checks that `variable` with this value is rejected by a message that names it and contains `why`.
fn check_refused(variable: &str, value: &str, why: &str) {
    let faults = faults(load(None, &[(variable, value)]));
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(
        faults[0].starts_with(&format!("{variable}: ")) && faults[0].contains(why),
        "{}",
        faults[0]
    );
}

fn shown(effective: &Effective, name: &str) -> String {
    let setting = effective.settings.iter().find(|setting| setting.name == name);
    setting
        .unwrap_or_else(|| panic!("there is no {name}"))
        .to_string()
}
