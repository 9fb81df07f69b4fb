//! The files of a crate must not depend on themselves, directly or indirectly, just as crates must not.
//!
//! * `source`: the declarations and names in a Rust file.
//! * `graph`: the files that a file uses through these names, and the resulting cycles.
//!
//! Names are followed through re-exports to the file that defines them, so a table of contents (`mod`, `pub use`)
//! causes no cycle. Tests are ignored, because the tests of a file use the file.

mod graph;
mod source;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use self::graph::{Circle, circles};

/// Inherent cycles. GraphQL types refer to each other: each type that implements `Node` names the interface, which
/// names all of them.
const INHERENT: &[(&str, &[&str])] = &[(
    "api-graphql",
    &[
        "types/group.rs",
        "types/node.rs",
        "types/organization.rs",
        "types/user.rs",
        "types/vehicle/agv.rs",
        "types/vehicle/amr.rs",
        "types/vehicle/forklift.rs",
        "types/vehicle/kinds.rs",
        "types/vehicle/mod.rs",
        "types/vehicle/oht.rs",
    ],
)];

/// The sources of a crate, by path below `src`.
type Sources = BTreeMap<String, String>;

fn crates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn sources_of(name: &str) -> Sources {
    fn add(sources: &mut Sources, root: &Path, directory: &Path) {
        for entry in fs::read_dir(directory).expect("it can be read") {
            let path = entry.expect("it can be read").path();
            if path.is_dir() {
                add(sources, root, &path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let below = path.strip_prefix(root).expect("it is below");
                let text = fs::read_to_string(&path).expect("it is UTF-8");
                sources.insert(below.to_string_lossy().into_owned(), text);
            }
        }
    }
    let (mut sources, root) = (Sources::new(), crates().join(name).join("src"));
    add(&mut sources, &root, &root);
    sources
}

fn circles_of_crates() -> BTreeMap<String, Vec<Circle>> {
    let names = fs::read_dir(crates()).expect("it can be read");
    let names = names.map(|entry| entry.expect("it can be read").file_name());
    names
        .map(|name| name.to_string_lossy().into_owned())
        .map(|name| (name.clone(), circles(&sources_of(&name))))
        .collect()
}

#[test]
fn no_crate_has_a_cycle_of_files() {
    let mut found = circles_of_crates();
    for (name, files) in INHERENT {
        let inherent: Circle = files.iter().map(|file| (*file).to_owned()).collect();
        let circles = found.get_mut(*name).expect("there is such a crate");
        let all = circles.len();
        circles.retain(|circle| *circle != inherent);
        assert!(circles.len() < all, "{name} no longer has this cycle");
    }
    found.retain(|_, circles| !circles.is_empty());
    assert_eq!(found, BTreeMap::new());
}

fn check(files: &[(&str, &str)], expected: &[&[&str]]) {
    let sources = files
        .iter()
        .map(|(file, text)| ((*file).to_owned(), (*text).to_owned()));
    let expected: BTreeSet<Circle> = expected
        .iter()
        .map(|circle| circle.iter().map(|file| (*file).to_owned()).collect())
        .collect();
    let found: BTreeSet<Circle> = circles(&sources.collect()).into_iter().collect();
    assert_eq!(found, expected, "{files:?}");
}

#[test]
fn two_files_that_use_each_other_are_a_cycle() {
    let two = |a: &str, b: &str, expected: &[&[&str]]| {
        check(
            &[("lib.rs", "mod a; pub mod b;"), ("a.rs", a), ("b.rs", b)],
            expected,
        );
    };
    let circle: &[&[&str]] = &[&["a.rs", "b.rs"]];
    let a = "pub struct A; fn f() { g(); }";
    two(
        "use crate::b::B; pub struct A;",
        "use super::a::A; pub struct B;",
        circle,
    );
    two("pub struct A(crate::b::B);", "pub struct B(super::a::A);", circle);
    two(
        "use crate::{x::Y, b::{self, C}}; fn f() { b::f() }",
        "use crate::a::*; fn f() {}",
        circle,
    );
    two(a, "use crate::a::A; pub struct B;", &[]);
    two(
        "/* use crate::b::B; */ // use crate::b::B;\nconst A: &str = \"crate::b::B\";",
        "use crate::a::A;",
        &[],
    );
    two(
        "#[cfg(test)] mod tests { use crate::b::B; }",
        "use crate::a::A;",
        &[],
    );
    two("pub(in crate::b) struct A;", "use crate::a::A;", &[]);
    two("#[cfg(test)] use crate::b::B;", "use crate::a::A;", &[]);
}

#[test]
fn a_table_of_contents_causes_no_cycle_unless_it_contains_code() {
    let parent = |text: &str, expected: &[&[&str]]| {
        let files = [
            ("lib.rs", "mod p;"),
            ("p/mod.rs", text),
            ("p/a.rs", "use super::{b::B, shared}; pub struct A;"),
            ("p/b.rs", "pub struct B;"),
        ];
        check(&files, expected);
    };
    parent("mod a; mod b; pub use a::A; pub fn shared() {}", &[]);
    parent(
        "mod a; mod b; pub use a::A; pub fn shared() -> A {}",
        &[&["p/a.rs", "p/mod.rs"]],
    );
    parent(
        "mod a; mod b; fn shared() { a::run() }",
        &[&["p/a.rs", "p/mod.rs"]],
    );
}

#[test]
fn names_are_followed_through_re_exports() {
    check(
        &[
            ("lib.rs", "mod a; mod p;"),
            ("a.rs", "use crate::p::B as Other; pub struct A;"),
            ("p.rs", "mod b; mod c; pub use self::b::B; pub use c::C;"),
            ("p/b.rs", "use crate::a::A; pub struct B;"),
            ("p/c.rs", "use crate::p::B; pub struct C;"),
        ],
        &[&["a.rs", "p/b.rs"]],
    );
}
