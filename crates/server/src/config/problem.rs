//! What is wrong with a configuration.

use std::fmt;

use super::prefix::PREFIX;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where: a variable's name, whichever source it came from, or an option of the command line.
    pub place: String,
    /// What, in words for the operator; never the value of a secret.
    pub fault: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.fault)
    }
}

/// Everything that is wrong; never nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// `None` when nothing is wrong.
    #[must_use]
    pub fn some(problems: Vec<Problem>) -> Option<Self> {
        (!problems.is_empty()).then_some(Self(problems))
    }

    /// A setting (by its name without the prefix) that a command cannot do without.
    #[must_use]
    pub fn missing(name: &str, why: &str) -> Self {
        let place = format!("{PREFIX}{name}");
        Self(vec![Problem {
            place,
            fault: format!("must be given: {why}"),
        }])
    }

    /// One by one.
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
