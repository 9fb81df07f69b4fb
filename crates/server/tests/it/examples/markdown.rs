//! The Markdown files of the repository, and their fenced blocks.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Folders without documentation of this repository.
const SKIPPED: &[&str] = &["target", "node_modules", ".git", ".fleetwatch"];

/// Attribute of blocks that are meant for a separate machine. `installation` runs them.
pub(crate) const OF_A_MACHINE: &str = "machine";

/// Returns the root of the repository.
pub(crate) fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// A Markdown file.
pub(crate) struct Page {
    /// Path from the root of the repository.
    pub path: String,
    pub text: String,
}

/// A fenced block.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Block {
    /// Line number of its opening fence, from 1.
    pub line: usize,
    /// First word after the fence; empty if there is none.
    pub language: String,
    /// Text after the language.
    pub attributes: String,
    pub text: String,
}

impl Page {
    pub(crate) fn read(path: &str) -> Self {
        let text = fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
        Self {
            path: path.to_owned(),
            text,
        }
    }

    /// Returns all Markdown files, sorted by path.
    pub(crate) fn all() -> Vec<Self> {
        let mut paths = Vec::new();
        collect(root(), &mut paths);
        paths.sort();
        let relative = paths
            .iter()
            .map(|path| path.strip_prefix(root()).expect("below the root"));
        relative
            .map(|path| Self::read(path.to_str().expect("UTF-8")))
            .collect()
    }

    pub(crate) fn blocks(&self) -> Vec<Block> {
        blocks(&self.text)
    }
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry"))
    {
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_str().expect("UTF-8");
        // Symbolic links are skipped: they may lead out of the repository or form a cycle.
        let kind = entry.file_type().expect("a type");
        if kind.is_dir() && !SKIPPED.contains(&name) {
            collect(&path, paths);
        } else if kind.is_file() && name.ends_with(".md") {
            paths.push(path);
        }
    }
}

fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        let content = line.trim_start();
        let indentation = line.len() - content.len();
        let marks = content.chars().take_while(|&c| c == '`').count();
        if marks < 3 {
            continue;
        }
        let (fence, info) = content.split_at(marks);
        let (language, attributes) = info.trim().split_once(' ').unwrap_or((info.trim(), ""));
        let inside = lines
            .by_ref()
            .map(|(_, line)| line)
            .take_while(|line| line.trim() != fence)
            .map(|line| line.get(indentation..).unwrap_or_default());
        let text = inside.map(|line| format!("{line}\n")).collect();
        blocks.push(Block {
            line: index + 1,
            language: language.to_owned(),
            attributes: attributes.to_owned(),
            text,
        });
    }
    blocks
}

#[test]
fn blocks_are_found_in_lists_and_with_attributes() {
    let text = "# A\n```sh\na\n\nb\n```\n1. x\n\n   ```ts file=a.ts\n   c\n     d\n   ```\n````\n```\n````\n";
    let found: Vec<_> = blocks(text)
        .into_iter()
        .map(|block| (block.line, block.language, block.attributes, block.text))
        .collect();
    let expected = [
        (2, "sh", "", "a\n\nb\n"),
        (9, "ts", "file=a.ts", "c\n  d\n"),
        (13, "", "", "```\n"),
    ];
    let expected = expected.map(|(line, a, b, c)| (line, a.to_owned(), b.to_owned(), c.to_owned()));
    assert_eq!(found, expected);
}
