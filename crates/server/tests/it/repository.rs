//! Rules for the files of the repository.

use std::{path::Path, process::Command};

const TOP_LEVEL: &[&str] = &[
    "Cargo.toml",
    "Cargo.lock",
    "crates",
    "migrations",
    "deploy",
    "Dockerfile",
    "docker-compose.yml",
    "docs",
    "justfile",
    "rust-toolchain.toml",
    "README.md",
    "CHANGELOG.md",
    "LICENSE",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "deny.toml",
];

/// Markers of unfinished work. They are concatenated here, so this file does not contain them.
const UNFINISHED: [&str; 4] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("todo", "!("),
    concat!("unimpl", "emented!("),
];

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// Returns the files that git tracks; `None` if there is no git repository.
fn tracked_files() -> Option<Vec<String>> {
    if !root().join(".git").exists() {
        return None;
    }
    let output = Command::new("git")
        .args(["-c", "safe.directory=*", "ls-files", "-z"])
        .current_dir(root())
        .output()
        .expect("git is there, as it brought the repository");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let names = String::from_utf8(output.stdout).expect("file names are UTF-8");
    Some(names.split_terminator('\0').map(str::to_owned).collect())
}

fn stray_names<'a>(files: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let top = files
        .into_iter()
        .map(|file| file.split_once('/').map_or(file, |(top, _)| top));
    top.filter(|name| !name.starts_with('.') && !TOP_LEVEL.contains(name))
        .collect()
}

fn unfinished_lines(text: &str) -> Vec<&str> {
    text.lines()
        .filter(|line| UNFINISHED.iter().any(|sign| line.contains(sign)))
        .collect()
}

#[test]
fn the_top_level_contains_only_known_files() {
    let Some(files) = tracked_files() else { return };
    assert_eq!(stray_names(files.iter().map(String::as_str)), Vec::<&str>::new());
}

#[test]
fn no_file_has_markers_of_unfinished_work() {
    let Some(files) = tracked_files() else { return };
    for file in files {
        let Ok(text) = std::fs::read_to_string(root().join(&file)) else {
            continue;
        };
        assert_eq!(unfinished_lines(&text), Vec::<&str>::new(), "in {file}");
    }
}

#[test]
fn every_crate_has_a_readme() {
    for entry in std::fs::read_dir(root().join("crates")).expect("the crates") {
        let readme = entry.expect("a crate").path().join("README.md");
        assert!(readme.is_file(), "{} is missing", readme.display());
    }
}

#[test]
fn these_checks_find_violations() {
    assert_eq!(
        stray_names(["README.md", "crates/domain/src/lib.rs", ".gitignore", "notes.txt"]),
        ["notes.txt"]
    );
    assert_eq!(stray_names(["tools/x.sh"]), ["tools"]);
    let line = concat!("// TO", "DO: later");
    assert_eq!(unfinished_lines(&format!("fn main() {{}}\n{line}\n")), [line]);
}
