//! The faults of an input, by field, so that a caller can correct all of them at once.

use std::{borrow::Cow, fmt};

/// Fault of one field of an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Path of the field, in the names of the API, such as `specification.maxSpeed`.
    pub field: String,
    /// Rule that the field breaks, worded to follow the path: "must be greater than 0 m/s".
    pub message: String,
}

/// Faults of one input: the first [`Violations::MAX`] of them, and the number of the others.
///
/// An input can have nearly as many faults as bytes, and each fault can name a key nearly as long as the input. Lists
/// of faults are built here, with limits on both, so the size of a response is bounded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Violations {
    kept: Vec<Violation>,
    more: usize,
}

impl Violations {
    /// Maximum number of faults that are kept.
    pub const MAX: usize = 100;

    /// Maximum number of characters that are kept of each key in a path.
    pub const MAX_KEY_CHARS: usize = 100;

    /// Maximum number of characters that are kept of a path or a message.
    const MAX_TEXT_CHARS: usize = 500;

    /// Maximum number of faults in the [`fmt::Display`] text.
    const MAX_IN_TEXT: usize = 10;

    /// Returns a list of one fault.
    pub fn of(field: impl Into<String>, message: impl Into<String>) -> Self {
        let mut violations = Self::default();
        violations.add(field, message);
        violations
    }

    /// Adds a fault of `field`.
    pub fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.push(Violation {
            field: field.into(),
            message: message.into(),
        });
    }

    fn push(&mut self, mut violation: Violation) {
        if self.kept.len() < Self::MAX {
            violation.field = cut_path(violation.field);
            if let Cow::Owned(message) = cut(&violation.message, Self::MAX_TEXT_CHARS) {
                violation.message = message;
            }
            self.kept.push(violation);
        } else {
            self.more = self.more.saturating_add(1);
        }
    }

    /// Returns the value of `result`, or adds its error as a fault of `field` and returns `None`.
    pub fn keep<T, E: fmt::Display>(&mut self, field: &str, result: Result<T, E>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(fault) => {
                self.add(field, fault.to_string());
                None
            }
        }
    }

    /// Returns the value of a nested input, or adds its faults with their fields prefixed by `parent.` and returns
    /// `None`.
    pub fn nest<T>(&mut self, parent: &str, result: Result<T, Violations>) -> Option<T> {
        let nested = |field: String| format!("{parent}.{field}");
        self.join(result.map_err(|faults| faults.renamed(nested)))
    }

    /// Returns the value of another part of the same input, or adds its faults and returns `None`.
    pub fn join<T>(&mut self, result: Result<T, Violations>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(others) => {
                self.more = self.more.saturating_add(others.more);
                for violation in others.kept {
                    self.push(violation);
                }
                None
            }
        }
    }

    /// Returns the same faults, each with the name that `rename` returns for its field.
    #[must_use]
    pub fn renamed(self, rename: impl Fn(String) -> String) -> Self {
        let mut renamed = Self {
            kept: Vec::with_capacity(self.kept.len()),
            more: self.more,
        };
        for Violation { field, message } in self.kept {
            renamed.push(Violation {
                field: rename(field),
                message,
            });
        }
        renamed
    }

    /// Returns `Ok` if there are no faults.
    ///
    /// # Errors
    /// Returns the faults if there are any.
    pub fn into_result(self) -> Result<(), Violations> {
        if self.kept.is_empty() { Ok(()) } else { Err(self) }
    }

    /// Returns the kept faults in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = &Violation> {
        self.kept.iter()
    }

    /// Returns the number of faults, including those that are not kept.
    #[must_use]
    pub fn count(&self) -> usize {
        self.kept.len().saturating_add(self.more)
    }

    /// Returns the number of faults that are not kept.
    #[must_use]
    pub const fn more(&self) -> usize {
        self.more
    }

    /// Returns `true` if there are no faults.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// Returns `true` if a further fault would only be counted, in which case its path need not be built.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.kept.len() >= Self::MAX
    }
}

impl fmt::Display for Violations {
    /// Writes the first ten faults, and the number of the others.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, violation) in self.kept.iter().take(Self::MAX_IN_TEXT).enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{} {}", violation.field, violation.message)?;
        }
        match self.count().saturating_sub(Self::MAX_IN_TEXT) {
            0 => Ok(()),
            more => write!(f, "; and {more} more"),
        }
    }
}

impl std::error::Error for Violations {}

/// Truncates each key of a path, and the whole path.
fn cut_path(path: String) -> String {
    if path.len() <= Violations::MAX_KEY_CHARS {
        return path;
    }
    let keys = path.split('.').take(Violations::MAX_TEXT_CHARS);
    let keys: Vec<_> = keys.map(|key| cut(key, Violations::MAX_KEY_CHARS)).collect();
    cut(&keys.join("."), Violations::MAX_TEXT_CHARS).into_owned()
}

/// Returns `text`, or its first `max_chars` characters followed by `…` if it is longer.
#[must_use]
pub fn cut(text: &str, max_chars: usize) -> Cow<'_, str> {
    // A character has at least one byte, so a text of at most `max_chars` bytes needs no decoding.
    if text.len() <= max_chars {
        return text.into();
    }
    match text.char_indices().nth(max_chars) {
        Some((end, _)) => format!("{}…", &text[..end]).into(),
        None => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn many(count: usize) -> Violations {
        let mut faults = Violations::default();
        for number in 0..count {
            faults.add(format!("field{number}"), "must not be there");
        }
        faults
    }

    #[test]
    fn a_hundred_faults_are_kept_and_further_ones_counted() {
        let faults = many(100_000);
        assert_eq!((faults.iter().count(), faults.count()), (100, 100_000));
        let mut outer = many(60);
        outer.nest::<()>("inner", Err(many(50)));
        assert_eq!((outer.iter().count(), outer.count()), (100, 110));
        assert_eq!(outer.iter().nth(60).expect("the 61st").field, "inner.field0");
        outer.join::<()>(Err(faults));
        assert_eq!((outer.iter().count(), outer.count()), (100, 100_110));
    }

    #[test]
    fn the_text_has_ten_faults_and_a_number() {
        assert_eq!(many(1).to_string(), "field0 must not be there");
        assert!(many(10).to_string().ends_with("; field9 must not be there"));
        assert!(
            many(100_000)
                .to_string()
                .ends_with("; field9 must not be there; and 99990 more")
        );
    }

    #[test]
    fn long_paths_and_messages_are_cut() {
        let faults = Violations::of("k".repeat(400_000), "ü".repeat(400_000));
        let fault = faults.iter().next().expect("a fault");
        assert_eq!(fault.field.chars().count(), 101);
        assert_eq!(fault.message.chars().count(), 501);
        assert!(fault.field.ends_with("k…") && fault.message.ends_with("ü…"));
        let renamed = faults.renamed(|field| format!("{}{field}", "p.".repeat(1_000)));
        assert_eq!(renamed.iter().next().expect("a fault").field.chars().count(), 501);
    }

    #[test]
    fn a_text_is_truncated_at_a_character_boundary() {
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(cut("äöü", 3), "äöü");
        assert_eq!(cut("äöüß", 3), "äöü…");
    }
}
