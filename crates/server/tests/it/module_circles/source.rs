//! The declarations and names in a Rust file, to the extent that they show its use of other files.

use std::collections::BTreeSet;

/// The segments of a path.
pub(super) type Segments = Vec<String>;

/// A name that `use` brings into a file; `*` for all names of a module.
#[derive(Debug)]
pub(super) struct Import {
    pub(super) path: Segments,
    pub(super) name: String,
    pub(super) is_public: bool,
}

/// The declarations and names in a file, without those for tests.
#[derive(Debug, Default)]
pub(super) struct Source {
    /// The modules with their own files.
    pub(super) children: Vec<String>,
    pub(super) imports: Vec<Import>,
    /// Paths of two segments or more, outside imports.
    pub(super) paths: Vec<Segments>,
    /// All words outside imports.
    pub(super) words: BTreeSet<String>,
    /// The items that it defines.
    pub(super) items: BTreeSet<String>,
}

impl Source {
    pub(super) fn read(text: &str) -> Self {
        let tokens = without_tests(&tokens(text));
        let (mut source, mut at) = (Self::default(), 0);
        while at < tokens.len() {
            let following = |offset: usize| tokens.get(at + offset).map_or("", String::as_str);
            match (&*tokens[at], following(1), following(2)) {
                ("mod", child, ";") => {
                    source.children.push(child.to_owned());
                    at += 3;
                }
                // `use<…>` in a type lists what the type captures.
                ("use", other, _) if other != "<" => {
                    let is_public = at > 0 && matches!(&*tokens[at - 1], "pub" | ")");
                    at += 1;
                    for (path, name) in leaves(&tokens, &mut at, &[]) {
                        source.imports.push(Import {
                            path,
                            name,
                            is_public,
                        });
                    }
                }
                _ => at += source.read_path(&tokens, at),
            }
        }
        source
    }

    /// Reads the path or single token at a position. Returns its number of tokens.
    fn read_path(&mut self, tokens: &[String], at: usize) -> usize {
        const DEFINE: &[&str] = &[
            "struct", "enum", "union", "fn", "trait", "const", "static", "type", "!",
        ];
        let mut path = vec![tokens[at].clone()];
        while let [colons, segment, ..] = &tokens[at + 2 * path.len() - 1..]
            && colons == "::"
            && is_word(segment)
        {
            path.push(segment.clone());
        }
        let before = at.checked_sub(1).map_or("", |before| &*tokens[before]);
        if DEFINE.contains(&before) {
            self.items.insert(path[0].clone());
        }
        self.words
            .extend(path.iter().filter(|word| is_word(word)).cloned());
        let length = 2 * path.len() - 1;
        // `pub(in crate::a)` restricts visibility and is not a use of `a`.
        let is_visibility = before == "in" && tokens[at - 2] == "(";
        if path.len() > 1 && !is_visibility && !matches!(before, "$" | "::") {
            self.paths.push(path);
        }
        length
    }
}

/// Returns the paths in a tree of imports, each with the name that it introduces.
fn leaves(tokens: &[String], at: &mut usize, parent: &[String]) -> Vec<(Segments, String)> {
    let mut path = parent.to_vec();
    while let Some(token) = tokens.get(*at) {
        *at += 1;
        match &**token {
            "{" => {
                let mut all = Vec::new();
                while tokens.get(*at).is_some_and(|token| token != "}") {
                    all.extend(leaves(tokens, at, &path));
                    *at += usize::from(tokens.get(*at).is_some_and(|token| token == ","));
                }
                *at += 1;
                return all;
            }
            "::" => {}
            "as" => {
                let name = tokens.get(*at).cloned().unwrap_or_default();
                *at += 1;
                return vec![(path, name)];
            }
            "," | "}" | ";" => {
                *at -= 1;
                break;
            }
            // `a::{self}` is `a`.
            "self" if !path.is_empty() => {}
            segment => path.push(segment.to_owned()),
        }
    }
    let name = path.last().cloned().unwrap_or_default();
    vec![(path, name)]
}

fn is_word(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Splits a text into words, `::` and single characters, without comments and literals.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
        let word = word.unwrap_or(rest.len());
        let length = if let Some(length) = comment(rest).or_else(|| quoted(rest)) {
            length
        } else if word > 0 {
            tokens.push(rest[..word].to_owned());
            word
        } else if rest.starts_with("::") {
            tokens.push("::".to_owned());
            2
        } else {
            if !first.is_whitespace() {
                tokens.push(first.to_string());
            }
            first.len_utf8()
        };
        rest = &rest[length..];
    }
    tokens
}

/// Returns the length of the comment at the start of a text, if there is one.
fn comment(text: &str) -> Option<usize> {
    if text.starts_with("//") {
        return Some(text.find('\n').unwrap_or(text.len()));
    }
    let inside = text.strip_prefix("/*")?;
    Some(inside.find("*/").map_or(text.len(), |end| end + 4))
}

/// Returns the length of the string or character literal at the start of a text, if there is one. A lifetime is not a
/// literal.
fn quoted(text: &str) -> Option<usize> {
    let prefix = text.find(|c: char| !matches!(c, 'b' | 'c' | 'r')).unwrap_or(0);
    let raw = text[prefix..].trim_start_matches('#');
    let hashes = text.len() - prefix - raw.len();
    if text[..prefix].ends_with('r') && raw.starts_with('"') {
        let end = format!("\"{}", "#".repeat(hashes));
        let begin = prefix + hashes + 1;
        return Some(
            text[begin..]
                .find(&end)
                .map_or(text.len(), |at| begin + at + end.len()),
        );
    }
    let quote = text[prefix..]
        .chars()
        .next()
        .filter(|c| matches!(c, '"' | '\''))?;
    let mut is_escaped = false;
    for (at, c) in text[prefix + 1..].char_indices() {
        match c {
            // `'a` is a character literal only if a quote follows.
            _ if quote == '\''
                && at > 0
                && !is_escaped
                && c != '\''
                && !text[prefix + 1..].starts_with('\\') =>
            {
                return None;
            }
            c if c == quote && !is_escaped => return Some(prefix + 1 + at + 1),
            _ => is_escaped = c == '\\' && !is_escaped,
        }
    }
    None
}

/// Removes each item with the attribute `#[cfg(test)]`.
fn without_tests(tokens: &[String]) -> Vec<String> {
    const ATTRIBUTE: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let (mut kept, mut at) = (Vec::new(), 0);
    while at < tokens.len() {
        if !tokens[at..].iter().map(String::as_str).take(7).eq(ATTRIBUTE) {
            kept.push(tokens[at].clone());
            at += 1;
            continue;
        }
        let mut depth = 0;
        for token in &tokens[at + 7..] {
            at += 1;
            match &**token {
                "{" | "(" | "[" => depth += 1,
                ")" | "]" => depth -= 1,
                "}" => {
                    depth -= 1;
                    if depth == 0 {
                        break;
                    }
                }
                ";" if depth == 0 => break,
                _ => {}
            }
        }
        at += 7;
    }
    kept
}
