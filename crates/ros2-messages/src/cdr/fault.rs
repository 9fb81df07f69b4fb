use std::fmt;

/// Error returned when the binary form of a message cannot be decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Path of the field, such as `pose.pose.position.x`; empty if the fault concerns the header.
    pub path: String,
    /// Offset of the value that could not be read, in bytes from the start of the serialised message.
    pub offset: usize,
    pub problem: Problem,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The message ends before the end of the field.
    #[error("needs {needed} bytes, but only {left} are left")]
    Truncated {
        /// Number of bytes that the field needs, including those for its alignment.
        needed: usize,
        /// Number of bytes that are left.
        left: usize,
    },
    /// The representation is not plain CDR of version 1.
    #[error("has the representation {0:#06x}, expected plain CDR (0x0000 or 0x0001)")]
    UnknownRepresentation(u16),
    /// A string does not end in a zero byte.
    #[error("is not a zero-terminated string")]
    NotTerminated,
}

impl Fault {
    /// Prepends the name of the parent to the path.
    pub(super) fn inside(mut self, parent: &str) -> Self {
        self.path = if self.path.is_empty() {
            parent.to_owned()
        } else {
            format!("{parent}.{}", self.path)
        };
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = if self.path.is_empty() {
            "message"
        } else {
            &self.path
        };
        write!(f, "{path} at byte {} {}", self.offset, self.problem)
    }
}

impl std::error::Error for Fault {}
