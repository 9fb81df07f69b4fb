//! Requests that may be executed.

use juniper::OperationType;

use crate::request::Request;

/// A request that is ready for Juniper.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) request: Request,
    /// The kind of operation, when that is certain before validation.
    pub(crate) kind: Option<OperationType>,
    /// Its cost.
    pub(crate) complexity: u64,
    /// The additional cost of its introspection.
    pub(crate) introspection: u64,
    /// Whether it has to be known who asks.
    pub(crate) needs_caller: bool,
}
