//! Stored values that cannot be converted.

use std::{error::Error, fmt};

/// Error for a stored value that the domain does not allow, although the constraints of the tables do.
#[derive(Debug, thiserror::Error)]
#[error("the database contains invalid data: {0}")]
pub(crate) struct Unreadable(Box<dyn Error + Send + Sync>);

impl Unreadable {
    pub(crate) fn because(reason: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(reason.into())
    }

    /// Adds the column or the row that contains the value.
    pub(crate) fn at(self, place: impl fmt::Display) -> Self {
        Self::because(format!("{place}: {}", self.0))
    }
}
