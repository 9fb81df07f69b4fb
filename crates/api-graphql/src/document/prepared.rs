//! Requests that may be executed.

use juniper::OperationType;

use crate::request::Request;

/// A request that is ready for Juniper.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) request: Request,
    /// What kind of operation it is, when that is certain before validation.
    pub(crate) kind: Option<OperationType>,
    /// What it costs.
    pub(crate) complexity: u64,
    /// What it costs beside that to say what it asks of the schema.
    pub(crate) introspection: u64,
    /// Whether it has to be known who asks.
    pub(crate) needs_caller: bool,
}
