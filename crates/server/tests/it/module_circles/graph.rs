//! The graph of files that use each other, and its cycles.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Sources,
    source::{Segments, Source},
};

/// Files each of which uses all others, directly or indirectly.
pub(super) type Circle = BTreeSet<String>;

/// Maximum number of consecutive re-exports that are followed, which ends loops.
const MAX_DEPTH: usize = 16;

/// The modules of a crate that have their own files, by path.
#[derive(Debug, Default)]
struct Modules(BTreeMap<Segments, Module>);

#[derive(Debug)]
struct Module {
    file: String,
    source: Source,
}

/// Returns the cycles among a crate's files.
pub(super) fn circles(sources: &Sources) -> Vec<Circle> {
    let mut modules = Modules::default();
    let root = ["lib.rs", "main.rs"]
        .into_iter()
        .find(|root| sources.contains_key(*root));
    if let Some(root) = root {
        modules.add(sources, Segments::new(), root);
    }
    let used: BTreeMap<_, _> = modules
        .0
        .keys()
        .map(|path| (path, modules.used_by(path)))
        .collect();
    let reached: BTreeMap<_, _> = used.keys().map(|path| (*path, reach(path, &used))).collect();
    let mut circles = BTreeSet::new();
    for (path, others) in &reached {
        if others.contains(*path) {
            let members = others.iter().filter(|other| reached[other].contains(*path));
            circles.insert(members.map(|member| modules.0[member].file.clone()).collect());
        }
    }
    circles.into_iter().collect()
}

/// Returns all modules that a module uses, directly or indirectly.
fn reach(from: &Segments, used: &BTreeMap<&Segments, BTreeSet<Segments>>) -> BTreeSet<Segments> {
    let mut reached = BTreeSet::new();
    let mut next = vec![from];
    while let Some(path) = next.pop() {
        for other in &used[path] {
            if reached.insert(other.clone()) {
                next.push(other);
            }
        }
    }
    reached
}

impl Modules {
    fn add(&mut self, sources: &Sources, path: Segments, file: &str) {
        let source = Source::read(&sources[file]);
        for child in &source.children {
            let path: Segments = path.iter().chain([child]).cloned().collect();
            let place = path.join("/");
            let files = [format!("{place}.rs"), format!("{place}/mod.rs")];
            if let Some(file) = files.iter().find(|file| sources.contains_key(*file)) {
                self.add(sources, path, file);
            }
        }
        let file = file.to_owned();
        self.0.insert(path, Module { file, source });
    }

    /// Returns the modules that define the names used in a module.
    fn used_by(&self, path: &Segments) -> BTreeSet<Segments> {
        let Source {
            imports,
            paths,
            words,
            children,
            ..
        } = &self.0[path].source;
        let mut used = BTreeSet::new();
        for import in imports {
            // A re-export is a use only if the file itself contains the name.
            let is_named = words.contains(&import.name);
            let Some((base, rest)) = self
                .absolute(path, &import.path)
                .filter(|_| is_named || !import.is_public)
            else {
                continue;
            };
            if import.name == "*" {
                used.insert(self.definer(&base, &rest[..rest.len() - 1], 0));
                continue;
            }
            let whole: Segments = base.iter().chain(rest).cloned().collect();
            if self.0.contains_key(&whole) {
                let through = paths.iter().filter(|path| path[0] == import.name);
                used.extend(through.map(|path| self.definer(&whole, &path[1..], 0)));
            } else {
                used.insert(self.definer(&base, rest, 0));
            }
        }
        let is_own =
            |first: &String| matches!(&**first, "crate" | "self" | "super") || children.contains(first);
        for (base, rest) in paths
            .iter()
            .filter(|path| is_own(&path[0]))
            .filter_map(|own| self.absolute(path, own))
        {
            used.insert(self.definer(&base, rest, 0));
        }
        used.remove(path);
        used
    }

    /// Resolves the start of a path to a module and returns it with the rest; `None` if it leads out of the crate.
    fn absolute<'p>(&self, module: &Segments, path: &'p [String]) -> Option<(Segments, &'p [String])> {
        let (first, rest) = path.split_first()?;
        match &**first {
            "crate" => Some((Segments::new(), rest)),
            "self" => Some((module.clone(), rest)),
            "super" => {
                let (_, parent) = module.split_last()?;
                let parent = parent.to_vec();
                match rest.first() {
                    Some(next) if next == "super" => self.absolute(&parent, rest),
                    _ => Some((parent, rest)),
                }
            }
            child if self.0[module].source.children.iter().any(|known| known == child) => {
                Some((module.clone(), path))
            }
            _ => None,
        }
    }

    /// Returns the module that defines the item at a path relative to `module`. Names are followed through imports.
    fn definer(&self, module: &Segments, path: &[String], depth: usize) -> Segments {
        let Some((first, rest)) = path.split_first().filter(|_| depth < MAX_DEPTH) else {
            return module.clone();
        };
        let child: Segments = module.iter().chain([first]).cloned().collect();
        if self.0.contains_key(&child) {
            return self.definer(&child, rest, depth);
        }
        for import in &self.0[module].source.imports {
            let Some((base, origin)) = self.absolute(module, &import.path) else {
                continue;
            };
            if import.name == *first {
                let origin: Segments = origin.iter().chain(rest).cloned().collect();
                return self.definer(&base, &origin, depth + 1);
            }
            if import.name == "*" {
                let all = self.definer(&base, &origin[..origin.len() - 1], depth + 1);
                if self.0[&all].source.items.contains(first) {
                    return all;
                }
            }
        }
        module.clone()
    }
}
