use domain::{Violations, cut};

/// Position of a value in a text: a chain of at most 128 places on the stack, ending at the root. Paths are built only
/// for faults: building one for every value would take quadratic time for a text with a long key.
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

/// Returns the path of a field, whose key is truncated if it is long.
pub(crate) fn joined(path: &str, field: &str) -> String {
    let field = cut(field, Violations::MAX_KEY_CHARS);
    if path.is_empty() {
        field.into_owned()
    } else {
        format!("{path}.{field}")
    }
}
