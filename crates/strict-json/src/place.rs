use domain::{Violations, cut};

/// Position of a value: a chain of stack frames up to the root, at most 128 long. The path is built only for a fault:
/// building one per value would make the cost quadratic in the length of a text with a long key.
#[derive(Clone, Copy)]
pub(crate) enum Place<'a> {
    Root,
    Field(&'a Place<'a>, &'a str),
    Item(&'a Place<'a>, usize),
}

impl Place<'_> {
    pub(crate) fn path(&self) -> String {
        match self {
            Self::Root => String::new(),
            Self::Field(parent, key) => joined(&parent.path(), key),
            Self::Item(parent, index) => format!("{}[{index}]", parent.path()),
        }
    }
}

/// Returns the path of a field. A long key is truncated.
pub(crate) fn joined(path: &str, field: &str) -> String {
    let field = cut(field, Violations::MAX_KEY_CHARS);
    if path.is_empty() {
        field.into_owned()
    } else {
        format!("{path}.{field}")
    }
}
