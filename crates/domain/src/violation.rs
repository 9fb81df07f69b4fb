//! What is wrong with an input, field by field, so that a caller can mend all of it at once.

use std::fmt;

/// One field and its fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The field's path in the customer's words, such as `specification.maxSpeed`.
    pub field: String,
    /// What the field must be, as a sentence without a subject: "must be greater than 0 m/s".
    pub message: String,
}

/// All faults of one input.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Violations(Vec<Violation>);

impl Violations {
    /// One fault of one field.
    pub fn of(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self(vec![Violation {
            field: field.into(),
            message: message.into(),
        }])
    }

    /// Adds a fault.
    pub fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.0.push(Violation {
            field: field.into(),
            message: message.into(),
        });
    }

    /// Takes the value out of `result`, or remembers its fault under `field` and gives `None`.
    pub fn keep<T, E: fmt::Display>(&mut self, field: &str, result: Result<T, E>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(fault) => {
                self.add(field, fault.to_string());
                None
            }
        }
    }

    /// Takes over the faults of a nested input, their fields prefixed by `parent.`.
    pub fn nest<T>(&mut self, parent: &str, result: Result<T, Violations>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(nested) => {
                for violation in nested.0 {
                    self.add(format!("{parent}.{}", violation.field), violation.message);
                }
                None
            }
        }
    }

    /// Takes over the faults of another part of the same input, under their own names.
    pub fn join<T>(&mut self, result: Result<T, Violations>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(others) => {
                self.0.extend(others.0);
                None
            }
        }
    }

    /// The same faults with other names for their fields.
    #[must_use]
    pub fn renamed(self, rename: impl Fn(String) -> String) -> Self {
        let renamed = |Violation { field, message }| Violation {
            field: rename(field),
            message,
        };
        Self(self.0.into_iter().map(renamed).collect())
    }

    /// `Ok` when nothing was found.
    ///
    /// # Errors
    /// The faults themselves, when there are any.
    pub fn into_result(self) -> Result<(), Violations> {
        if self.0.is_empty() { Ok(()) } else { Err(self) }
    }

    /// The faults in the order in which they were found.
    pub fn iter(&self) -> impl Iterator<Item = &Violation> {
        self.0.iter()
    }

    /// Whether nothing was found.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, violation) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{} {}", violation.field, violation.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for Violations {}
