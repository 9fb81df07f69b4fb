//! The language of the sources: the first words of doc comments, and words that have better alternatives.
//!
//! CONTRIBUTING.md has the rules. Spelling is checked by `deploy/test.sh lint`.

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
};

/// First words of doc comments that are neither verbs nor parts of a definition.
const FIRST_WORDS: &[&str] = &[
    "What", "Who", "Whoever", "Whose", "Whom", "Which", "How", "Where", "That", "Whatever", "Lets", "Tells",
    "Says",
];

/// Headings within doc comments.
const HEADINGS: [&str; 3] = ["# Errors", "# Panics", "# Examples"];

/// Words that comments and documents must not use, with the technical terms to use instead. They are concatenated here,
/// so this file does not contain them.
const WORDS: &[(&str, &str)] = &[
    (concat!("no", "body"), "no client, no user, or the passive voice"),
    (concat!("who", "ever"), "the client or user that"),
    (concat!("bor", "ne"), "tolerated"),
    (concat!("obe", "yed"), "followed or executed"),
    (concat!("bur", "ied"), "dead-lettered"),
    (concat!("to", "ld"), "notified, reported or announced"),
    (concat!("do", "or"), "endpoint"),
    (concat!("do", "ors"), "endpoints"),
    (concat!("par", "cel"), "outgoing message"),
    (concat!("atten", "dance"), "live session"),
];

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

fn collect(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).expect("a directory of the repository") {
        let path = entry.expect("an entry").path();
        let is_source = ["rs", "md"]
            .map(OsStr::new)
            .contains(&path.extension().unwrap_or_default());
        if path.is_dir() && !path.ends_with("node_modules") {
            collect(&path, files);
        } else if is_source {
            files.push(path);
        }
    }
}

/// Returns the Rust and Markdown files of this repository that are not generated.
pub(crate) fn sources() -> Vec<PathBuf> {
    let mut files = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"]
        .map(|name| root().join(name))
        .to_vec();
    for directory in ["crates", "docs"] {
        collect(&root().join(directory), &mut files);
    }
    files
}

/// Returns the text of a comment on a line of Rust.
fn comment(line: &str) -> Option<&str> {
    let trimmed = line.trim_start();
    let at = if trimmed.starts_with("//") {
        0
    } else {
        trimmed.find(" // ")?
    };
    Some(trimmed[at..].trim_start_matches([' ', '/', '!']))
}

fn is_doc_comment(line: &str) -> bool {
    let trimmed = line.trim_start();
    trimmed.starts_with("///") || trimmed.starts_with("//!")
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric() && letter != '_' && letter != '`')
}

/// Returns the faults of a file: line numbers and reasons.
fn faults(is_rust: bool, text: &str) -> Vec<(usize, String)> {
    let mut faults = Vec::new();
    let mut goes_on = false;
    let mut in_code = false;
    for (number, line) in (1..).zip(text.lines()) {
        if !is_rust && line.starts_with("```") {
            in_code = !in_code;
        }
        let prose = if is_rust {
            comment(line)
        } else {
            (!in_code).then_some(line)
        };
        let begins = is_rust && is_doc_comment(line) && !goes_on;
        goes_on = is_rust && is_doc_comment(line);
        let Some(prose) = prose else { continue };
        if let Some(first) = words(prose)
            .next()
            .filter(|first| begins && FIRST_WORDS.contains(first))
        {
            faults.push((
                number,
                format!("begins with \"{first}\"; begin with a verb or a noun that defines"),
            ));
        }
        // Rustdoc takes the whole line as the heading, so the text after it would not be a paragraph.
        if goes_on
            && HEADINGS
                .iter()
                .any(|heading| prose.starts_with(&format!("{heading} ")))
        {
            faults.push((number, "has text on the line of a heading".to_owned()));
        }
        for word in words(prose).map(str::to_lowercase) {
            if let Some((word, better)) = WORDS.iter().find(|(banned, _)| *banned == word) {
                faults.push((number, format!("says \"{word}\"; say: {better}")));
            }
        }
    }
    faults
}

#[test]
fn comments_and_documents_are_plain_technical_english() {
    let mut found = Vec::new();
    for file in sources() {
        let text = fs::read_to_string(&file).expect("text");
        let is_rust = file.extension() == Some(OsStr::new("rs"));
        let name = file
            .strip_prefix(root())
            .expect("a file of the repository")
            .display()
            .to_string();
        found.extend(
            faults(is_rust, &text)
                .into_iter()
                .map(|(line, fault)| format!("{name}:{line} {fault}")),
        );
    }
    assert!(found.is_empty(), "{} faults:\n{}", found.len(), found.join("\n"));
}

#[test]
fn these_rules_can_fail() {
    let lines = |is_rust, text: &str| {
        faults(is_rust, text)
            .into_iter()
            .map(|(line, _)| line)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        lines(
            true,
            "/// How long it lasts.\n///\n/// How it ends.\nlong: u32, // That long."
        ),
        [1]
    );
    assert_eq!(
        lines(
            true,
            concat!(
                "// It has no do",
                "or.\nlet x = 1; // as was to",
                "ld\nlet door = 2;"
            )
        ),
        [1, 2]
    );
    assert_eq!(
        lines(false, concat!("How a par", "cel travels\n```\npar", "cel\n```\n")),
        [1]
    );
    assert_eq!(
        lines(true, "/// Reads it.\n///\n/// # Errors Fails.\nfn read();"),
        [3]
    );
    assert_eq!(
        lines(true, "/// Reads it.\n///\n/// # Errors\n/// Fails.\nfn read();"),
        [0_usize; 0]
    );
    assert_eq!(
        lines(true, "/// Number of endpoints.\npub endpoints: u32,"),
        [0_usize; 0]
    );
}
