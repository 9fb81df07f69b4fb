//! The files for deployment: image, Compose, Helm chart, systemd units and workflows, checked by the programs that read
//! them or by their schemas. `deploy/test.sh install` installs these programs.

mod chart;
mod compose;
mod image;
mod memory_limit;
mod secrets;
mod units;
mod workflows;

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use serde_json::Value;

/// Returns a path in the repository.
fn repository(path: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join(path)
}

/// Returns the text of a file of the repository.
fn text(path: &str) -> String {
    std::fs::read_to_string(repository(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Returns the files in a directory of the repository whose names end with `ending`, sorted.
fn files(directory: &str, ending: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(repository(directory)).expect("a directory");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let mut paths: Vec<_> = paths
        .filter(|path| path.to_string_lossy().ends_with(ending))
        .collect();
    paths.sort();
    assert!(
        !paths.is_empty(),
        "{directory} has no files that end with {ending}"
    );
    paths
}

/// Returns a command that runs a checking program at the root of the repository.
fn tool(name: &str) -> Command {
    let path = repository(".fleetwatch/checks/bin").join(name);
    assert!(
        path.is_file(),
        "{name} is not installed: run `deploy/test.sh install`"
    );
    command(path)
}

/// Returns a command that runs at the root of the repository.
fn command(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(repository("")).stdin(Stdio::null());
    command
}

/// Returns everything that a program has printed.
fn printed(output: &Output) -> String {
    [&output.stdout, &output.stderr]
        .map(|text| String::from_utf8_lossy(text).into_owned())
        .concat()
}

/// Runs a command that must succeed, and returns its standard output.
fn must(command: &mut Command) -> String {
    let output = command.output().expect("it is installed");
    assert!(
        output.status.success(),
        "{command:?}: {}\n{}",
        output.status,
        printed(&output)
    );
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Returns the number of seconds that a supervisor must at least give a server to stop: the time for a graceful
/// shutdown with the settings of production, which includes the drain, and a reserve.
fn seconds_to_stop() -> u64 {
    let settings = text("deploy/env/.env.production");
    let mut values = settings.lines().filter_map(|line| line.split_once('='));
    let found = values.find(|(name, _)| *name == "FLEETWATCH_HTTP__SHUTDOWN_TIMEOUT_MS");
    let timeout_ms: u64 = found.expect("a time limit").1.parse().expect("milliseconds");
    timeout_ms.div_ceil(1_000) + 5
}

/// Parses the documents of a YAML text.
fn yaml(text: &str) -> Vec<Value> {
    let program =
        "import json, sys, yaml; print(json.dumps([d for d in yaml.safe_load_all(sys.stdin) if d]))";
    let mut child = tool("python")
        .args(["-c", program])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it is installed");
    let mut stdin = child.stdin.take().expect("it is piped");
    // Python reads all of its input before it writes anything.
    stdin.write_all(text.as_bytes()).expect("Python reads it");
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "the YAML is not valid");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[test]
fn all_files_name_the_same_version() {
    must(&mut command(repository("deploy/version.sh")));
}

#[test]
fn shell_scripts_have_no_known_faults() {
    let mut shellcheck = tool("shellcheck");
    shellcheck.args(["--external-sources", "--severity=warning", ".ci/run"]);
    for directory in ["deploy", "deploy/image", "deploy/compose", "deploy/checks"] {
        // `tools.sh` has no first line that names a shell, because other scripts source it.
        shellcheck.args(
            files(directory, ".sh")
                .into_iter()
                .filter(|path| !path.ends_with("deploy/tools.sh")),
        );
    }
    must(&mut shellcheck);
}
