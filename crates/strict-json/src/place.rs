//! Paths of values.

use domain::{Violations, cut};

/// The place of a value: a chain up to the root through the frames that are reading, at most 128 long. It is made into a
/// path only for a fault. A path per value would let a short text with a long key cost the square of its length.
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

/// The path of a field. A long key is cut.
pub(crate) fn joined(path: &str, field: &str) -> String {
    let field = cut(field, Violations::MAX_KEY_CHARS);
    if path.is_empty() {
        field.into_owned()
    } else {
        format!("{path}.{field}")
    }
}
