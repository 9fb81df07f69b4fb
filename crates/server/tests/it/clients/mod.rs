//! Client libraries from the npm registry that front-end teams use, against the real program.
//!
//! They share one installation, `tests/clients/package.json`, which `deploy/test.sh install` sets up. A script receives
//! the server's address and the administrator's credentials through its environment, creates what it needs there, and
//! exits with a non-zero status on any unexpected result.

mod code_generation;
mod convergence;
mod front_end;
mod graphql;
mod rest;
mod screen;
mod websocket;

use std::{
    path::Path,
    process::{Output, Stdio},
    time::Duration,
};

use tokio::process::Command;

use crate::end_to_end::support::{ADMINISTRATOR, Program};

/// Folder in which the clients are installed.
pub(crate) const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients");

/// Time limit of a script.
const PATIENCE: Duration = Duration::from_secs(120);

/// Fails with a hint if the clients are not installed.
pub(crate) fn must_be_installed() {
    assert!(
        Path::new(FOLDER).join("node_modules").is_dir(),
        "the clients of the npm registry are not installed: run `deploy/test.sh install`"
    );
}

/// Runs a program of an installed package, which must succeed, and returns its standard output.
async fn run_tool(program: &str, arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let mut command = Command::new("npx");
    command.args(["--no-install", program]).args(arguments);
    check_in(Path::new(FOLDER), program, command, variables).await
}

/// Runs a script from the clients' folder against a server. The script must succeed. Returns its standard output.
async fn run_script(script: &str, program: &Program) -> String {
    run_script_with(script, program, &[]).await
}

/// Runs a script in the same way as [`run_script`], with additional environment variables.
async fn run_script_with(script: &str, program: &Program, more: &[(&str, &str)]) -> String {
    let url = program.url("");
    let mut variables = vec![
        ("FLEETWATCH_URL", url.as_str()),
        ("FLEETWATCH_USERNAME", ADMINISTRATOR.0),
        ("FLEETWATCH_PASSWORD", ADMINISTRATOR.1),
    ];
    variables.extend(more);
    let mut command = Command::new("node");
    command.arg(script);
    check_in(Path::new(FOLDER), script, command, &variables).await
}

async fn check_in(folder: &Path, what: &str, mut command: Command, variables: &[(&str, &str)]) -> String {
    must_be_installed();
    command
        .current_dir(folder)
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let output = tokio::time::timeout(PATIENCE, command.output()).await;
    let Output {
        status,
        stdout,
        stderr,
    } = output
        .unwrap_or_else(|_| panic!("{what} does not end"))
        .expect("Node.js is there");
    let [stdout, stderr] = [stdout, stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    assert!(status.success(), "{what}: {status}\n{stdout}\n{stderr}");
    stdout
}
