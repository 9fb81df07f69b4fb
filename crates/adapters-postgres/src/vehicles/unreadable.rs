//! Stored values that cannot be converted.

/// Error of a stored value that the domain does not allow, although the constraints of the tables do.
#[derive(Debug, thiserror::Error)]
#[error("a stored vehicle is invalid: {0}")]
pub(crate) struct Unreadable(Box<dyn std::error::Error + Send + Sync>);

impl Unreadable {
    pub(crate) fn because(reason: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(reason.into())
    }
}
