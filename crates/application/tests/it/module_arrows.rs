//! Dependencies between the modules of this crate point to lower layers. The test compares the `crate::` and `super::`
//! paths in each source file with the table of layers.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// The top-level modules by layer, the lowest first. A module may use modules of lower layers only.
const LAYERS: &[&[&str]] = &[
    // Values.
    &["error", "registry", "telemetry", "validation"],
    &["actor", "paging"],
    &["fairness", "ports"],
    &["spans"],
    // The state of a running server.
    &["identity", "live"],
    &["health", "observation", "registry_changes"],
    // The mapping of vehicles to their live keys.
    &["mapping"],
    &["synchronization"],
    // Use cases.
    &[
        "audit",
        "dead_letters",
        "grants",
        "groups",
        "live_queries",
        "log_level",
        "nodes",
        "organizations",
        "sessions",
        "users",
        "vehicles",
    ],
    &["application"],
];

fn layer_of(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

/// Returns the dependencies that don't lead to a lower layer, as `from → to`.
fn climbing_arrows(arrows: &BTreeSet<(String, String)>) -> Vec<String> {
    arrows
        .iter()
        .filter(|(from, to)| {
            layer_of(from)
                .zip(layer_of(to))
                .is_none_or(|(from, to)| from <= to)
        })
        .map(|(from, to)| format!("{from} → {to}"))
        .collect()
}

/// Splits source text into words and punctuation, without comments and literals.
fn tokens(source: &str) -> Vec<String> {
    let chars: Vec<char> = source.chars().collect();
    let at = |index: usize| chars.get(index).copied().unwrap_or('\0');
    let (mut tokens, mut index) = (Vec::new(), 0);
    while index < chars.len() {
        match (at(index), at(index + 1)) {
            ('/', '/') => {
                while index < chars.len() && at(index) != '\n' {
                    index += 1;
                }
            }
            ('r', '"' | '#') if at(index + 1) == '"' || at(index + 2) == '"' => {
                let end: &[char] = if at(index + 1) == '"' { &['"'] } else { &['"', '#'] };
                index += 1 + end.len();
                while index < chars.len() && !chars[index..].starts_with(end) {
                    index += 1;
                }
                index += end.len();
            }
            ('"', _) => {
                index += 1;
                while index < chars.len() && at(index) != '"' {
                    index += if at(index) == '\\' { 2 } else { 1 };
                }
                index += 1;
            }
            ('\'', '\\') => {
                index += 3;
                while index < chars.len() && at(index) != '\'' {
                    index += 1;
                }
                index += 1;
            }
            ('\'', _) if at(index + 2) == '\'' => index += 3,
            (':', ':') => {
                tokens.push("::".to_owned());
                index += 2;
            }
            (letter, _) if letter.is_alphanumeric() || letter == '_' => {
                let start = index;
                while at(index).is_alphanumeric() || at(index) == '_' {
                    index += 1;
                }
                tokens.push(chars[start..index].iter().collect());
            }
            (space, _) if space.is_whitespace() => index += 1,
            (other, _) => {
                tokens.push(other.to_string());
                index += 1;
            }
        }
    }
    tokens
}

/// Returns the names that follow `crate::`, or `super::` if it leads to the root, in the source of a module at this
/// depth. A top-level module has depth 1.
fn names_of_the_root(source: &str, depth: usize) -> BTreeSet<String> {
    let tokens = tokens(source);
    let token = |index: usize| tokens.get(index).map_or("", String::as_str);
    let (mut names, mut braces, mut inline) = (BTreeSet::new(), 0_usize, Vec::new());
    for index in 0..tokens.len() {
        match token(index) {
            "{" => {
                braces += 1;
                if index >= 2 && token(index - 2) == "mod" {
                    inline.push(braces);
                }
            }
            "}" => {
                inline.pop_if(|opened| *opened == braces);
                braces -= 1;
            }
            "crate" | "super" if token(index + 1) == "::" && (index == 0 || token(index - 1) != "::") => {
                let mut next = index;
                let mut supers = 0;
                while matches!(token(next), "crate" | "super") {
                    supers += usize::from(token(next) == "super");
                    next += 2;
                }
                let is_from_root = token(index) == "crate" || supers >= depth + inline.len();
                if is_from_root {
                    names.extend(first_names(&tokens[next..]));
                }
            }
            _ => {}
        }
    }
    names
}

/// Returns the first name of each path in a use tree, or of a single path.
fn first_names(tree: &[String]) -> Vec<String> {
    if tree.first().is_none_or(|token| token != "{") {
        return tree.iter().take(1).cloned().collect();
    }
    let (mut names, mut braces, mut begins) = (Vec::new(), 0, true);
    for token in tree {
        match token.as_str() {
            "{" => braces += 1,
            "}" => braces -= 1,
            "," => begins = braces == 1,
            name if begins => {
                names.push(name.to_owned());
                begins = false;
            }
            _ => {}
        }
        if braces == 0 {
            break;
        }
    }
    names
}

/// Returns the names that the root of the crate exports, each with its module, or with `None` if it is from another
/// crate.
fn re_exports(root: &str) -> BTreeMap<String, Option<String>> {
    let tokens = tokens(root);
    let mut exports = BTreeMap::new();
    for (index, _) in tokens.iter().enumerate().filter(|(_, token)| *token == "use") {
        let tree: Vec<_> = tokens[index + 1..]
            .iter()
            .take_while(|token| *token != ";")
            .cloned()
            .collect();
        let module = (tree[0] != "::").then(|| tree[0].clone());
        let words = tree
            .iter()
            .filter(|token| !matches!(token.as_str(), "::" | "{" | "}" | ","));
        let names = words.skip(1);
        exports.extend(names.map(|name| (name.clone(), module.clone())));
    }
    exports
}

fn source_directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn source_files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).expect("the sources exist");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths
        .flat_map(|path| match path.is_dir() {
            true => source_files(&path),
            false => vec![path],
        })
        .collect()
}

/// Returns the path of a file's module within the crate; `None` for the root.
fn module_of(file: &Path) -> Option<Vec<String>> {
    let path = file.strip_prefix(source_directory()).expect("a source file");
    let mut names: Vec<String> = path
        .with_extension("")
        .iter()
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    names.pop_if(|name| name == "mod");
    (names != ["lib"]).then_some(names)
}

#[test]
fn arrows_between_modules_point_to_lower_layers() {
    let root = fs::read_to_string(source_directory().join("lib.rs")).expect("the root");
    let exports = re_exports(&root);
    let mut arrows = BTreeSet::new();
    for file in source_files(&source_directory()) {
        let Some(module) = module_of(&file) else { continue };
        let source = fs::read_to_string(&file).expect("a source file");
        for name in names_of_the_root(&source, module.len()) {
            let target = exports.get(&name).cloned().unwrap_or(Some(name));
            if let Some(target) = target.filter(|target| *target != module[0]) {
                arrows.insert((module[0].clone(), target));
            }
        }
    }
    assert!(arrows.len() > 20, "the sources were read: {arrows:?}");
    assert_eq!(climbing_arrows(&arrows), Vec::<String>::new());
}

#[test]
fn the_table_lists_every_module() {
    let files = source_files(&source_directory());
    let modules: BTreeSet<_> = files
        .iter()
        .filter_map(|file| module_of(file)?.into_iter().next())
        .collect();
    let listed: BTreeSet<_> = LAYERS
        .iter()
        .copied()
        .flatten()
        .map(|module| (*module).to_owned())
        .collect();
    assert_eq!(modules, listed);
}

#[test]
fn a_dependency_on_a_higher_layer_is_found() {
    let check = |from: &str, to: &str, expected: &[&str]| {
        let arrows = BTreeSet::from([(from.to_owned(), to.to_owned())]);
        assert_eq!(climbing_arrows(&arrows), expected);
    };
    check("ports", "vehicles", &["ports → vehicles"]);
    check("live", "identity", &["live → identity"]);
    check("vehicles", "groups", &["vehicles → groups"]);
    check("vehicles", "a_new_module", &["vehicles → a_new_module"]);
    check("vehicles", "ports", &[]);
}

#[test]
fn names_are_found_in_every_kind_of_path() {
    let check = |source: &str, depth: usize, expected: &[&str]| {
        let names: Vec<_> = names_of_the_root(source, depth).into_iter().collect();
        assert_eq!(names, expected, "{source}");
    };
    check("use crate::{a::B, c::{D, e::F}, G};", 2, &["G", "a", "c"]);
    check("fn f() -> crate::a::B { crate::c::d() }", 2, &["a", "c"]);
    check("use super::{super::x, y}; use super::super::a;", 2, &["a"]);
    check("use super::a;", 1, &["a"]);
    check("mod tests { use super::*; use super::super::a; }", 1, &["a"]);
    check("mod tests { fn f() {} } use super::a;", 1, &["a"]);
    check(
        r#"/// [`crate::a`]
        const A: &str = "crate::b"; const C: char = '"'; use crate::d; // crate::e"#,
        1,
        &["d"],
    );
    check("pub(crate) use inner::A; pub(in crate::a) struct B;", 1, &["a"]);
}
