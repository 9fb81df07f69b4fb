//! Problems of an invalid configuration.

use std::fmt;

use super::prefix::PREFIX;
use crate::printable;

/// A single problem of a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Environment variable of the setting, even if its value came from the file; or `--config` and its path.
    pub place: String,
    /// Description for the operator. It never contains a secret.
    pub fault: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, fault } = self;
        // Both may contain names and paths with control characters.
        write!(f, "{}: {}", printable::line(place), printable::line(fault))
    }
}

/// All problems of a configuration; never empty.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// Wraps a list of problems; `None` if it is empty.
    #[must_use]
    pub fn some(problems: Vec<Problem>) -> Option<Self> {
        (!problems.is_empty()).then_some(Self(problems))
    }

    /// Returns the problem of a setting that a command requires but that is not set. `name` has no prefix.
    #[must_use]
    pub fn missing(name: &str, why: &str) -> Self {
        let place = format!("{PREFIX}{name}");
        Self(vec![Problem {
            place,
            fault: format!("must be given: {why}"),
        }])
    }

    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.0.iter()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.0.len();
        write!(
            f,
            "the configuration is invalid ({count} {}):",
            if count == 1 { "problem" } else { "problems" }
        )?;
        self.0.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
    }
}
