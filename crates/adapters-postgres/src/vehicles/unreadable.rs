//! Stored values that can't be read.

/// A stored value that the domain does not allow, although the constraints do.
#[derive(Debug, thiserror::Error)]
#[error("a stored vehicle is invalid: {0}")]
pub(crate) struct Unreadable(Box<dyn std::error::Error + Send + Sync>);

impl Unreadable {
    pub(crate) fn because(reason: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(reason.into())
    }
}
