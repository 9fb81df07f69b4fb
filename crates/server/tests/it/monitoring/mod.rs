//! Prometheus and Grafana: the metrics page, and the rules and dashboards in `deploy/`, checked by the programs that
//! operators use. `deploy/test.sh install` installs them.

mod dashboards;
mod expressions;
mod fresh;
mod page;
mod prometheus;
mod rules;
mod scraping;

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// Returns a path below `deploy/`.
fn deployed(path: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy")).join(path)
}

/// Returns the files in a directory below `deploy/`, sorted, with their texts.
fn files(directory: &str) -> Vec<(PathBuf, String)> {
    let entries = fs::read_dir(deployed(directory)).expect("a directory");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    let with_text = |path: PathBuf| {
        let text = fs::read_to_string(&path).expect("text");
        (path, text)
    };
    paths.into_iter().map(with_text).collect()
}

/// Runs `promtool` with an input. It must succeed without any complaint. Returns its output.
fn promtool(arguments: &[&str], input: &str) -> String {
    let mut child = Command::new("promtool")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool is installed by `deploy/test.sh install`");
    let mut stdin = child.stdin.take().expect("it is piped");
    // promtool reads all of its input before it writes anything.
    stdin
        .write_all(input.as_bytes())
        .expect("promtool reads its input");
    drop(stdin);
    let output = child.wait_with_output().expect("it runs");
    let [stdout, stderr] =
        [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    assert!(
        output.status.success(),
        "promtool {arguments:?}: {}\n{stdout}\n{stderr}",
        output.status
    );
    format!("{stdout}{stderr}")
}
