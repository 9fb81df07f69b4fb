use juniper::OperationType;

use crate::request::Request;

/// Request that has passed the checks that precede Juniper's own.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) request: Request,
    /// Kind of the operation; `None` if the requested operation does not exist.
    pub(crate) kind: Option<OperationType>,
    /// Name of the operation in the document, truncated to [`Prepared::MAX_NAME`] characters; `None` if there is none.
    pub(crate) name: Option<String>,
    pub(crate) complexity: u64,
    /// Introspection cost, which is not part of `complexity`.
    pub(crate) introspection: u64,
    /// Whether the caller must be authenticated.
    pub(crate) needs_caller: bool,
}

impl Prepared {
    /// Maximum number of characters of an operation's name, which clients choose.
    pub(super) const MAX_NAME: usize = 100;
}
