//! The `GRAPHQL__*` settings.

use std::time::Duration;

use crate::config::{
    Environment,
    reader::Reader,
    value::{flag, millis, number},
};

/// The `GRAPHQL__*` settings.
#[derive(Debug, Clone)]
pub struct Graphql {
    /// Maximum nesting depth of a query.
    pub max_depth: usize,
    /// Maximum complexity of a query: the number of its fields, with the fields of a list counted once per item of the
    /// page.
    pub max_complexity: usize,
    /// Maximum number of aliased fields in a document.
    pub max_aliases: usize,
    /// Maximum number of operations in one HTTP request.
    pub max_batch: usize,
    /// Time limit of an HTTP request, of a query or mutation on a socket or stream, and of the start of a subscription.
    pub timeout: Duration,
    /// Whether clients may query the schema.
    pub introspection: bool,
}

impl Graphql {
    pub(in crate::config) fn read(from: &mut Reader) -> Self {
        let introspection = if from.environment() == Environment::Production {
            "false"
        } else {
            "true"
        };
        Self {
            max_depth: from.value(
                "GRAPHQL__MAX_DEPTH",
                "Maximum depth of a query; introspection is exempt",
                "12",
                number(1..=64),
            ),
            max_complexity: from.value(
                "GRAPHQL__MAX_COMPLEXITY",
                "Maximum complexity of a query: the number of its fields, where the fields of a list are counted once \
                 for each item of the page",
                "20000",
                number(1..=10_000_000),
            ),
            max_aliases: from.value(
                "GRAPHQL__MAX_ALIASES",
                "Maximum number of aliased fields in a document",
                "100",
                number(0..=10_000),
            ),
            max_batch: from.value(
                "GRAPHQL__MAX_BATCH",
                "Maximum number of operations in an HTTP request",
                "10",
                number(1..=1_000),
            ),
            timeout: from.value(
                "GRAPHQL__TIMEOUT_MS",
                "Maximum duration of an HTTP request to `/graphql`, of a query or mutation on a socket or stream, and \
                 of the start of a subscription",
                "10000",
                millis(1..=600_000),
            ),
            introspection: from.value(
                "GRAPHQL__INTROSPECTION",
                "Whether clients can query the schema",
                introspection,
                flag(),
            ),
        }
    }
}
