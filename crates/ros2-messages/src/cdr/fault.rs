use std::fmt;

/// Why bytes are not the binary form of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The field, such as `pose.pose.position.x`; empty for the message itself.
    pub path: String,
    /// Where the field begins (or should), in bytes from the beginning of the serialized message.
    pub offset: usize,
    /// What is wrong.
    pub problem: Problem,
}

/// What can be wrong with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The bytes end before the field does.
    #[error("needs {needed} bytes, and {left} are left")]
    Truncated {
        /// The field's bytes, alignment included.
        needed: usize,
        /// The bytes there are.
        left: usize,
    },
    /// Another representation than plain CDR of version 1.
    #[error("is in the representation {0:#06x}, not in plain CDR (0x0000 or 0x0001)")]
    UnknownRepresentation(u16),
    /// A string that does not end in a zero byte.
    #[error("is a string without a zero byte at its end")]
    NotTerminated,
}

impl Fault {
    /// The same fault, of a field inside `parent`.
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
