//! The settings of the API.

use std::time::Duration;

use http_edge::websocket::SocketRules;

/// The settings of the API.
#[derive(Debug, Clone)]
pub struct GraphqlOptions {
    /// How many levels of fields an operation may have; introspection does not count. More than 64 are never
    /// allowed.
    pub max_depth: usize,
    /// The most that an operation may cost: 1 for each field, and the fields below a page once for each item. All of a
    /// batch together.
    pub max_complexity: usize,
    /// How many fields of a document may have an alias.
    pub max_aliases: usize,
    /// How many requests one POST may hold.
    pub max_batch: usize,
    /// How long a request may take; a subscription, until it has begun.
    pub timeout: Duration,
    /// Whether clients may ask for the schema.
    pub introspection: bool,
    /// The limits of sockets.
    pub sockets: SocketOptions,
}

/// What the sockets at `/graphql/ws` may do, and in part the streams at `/graphql/stream`.
#[derive(Debug, Clone)]
pub struct SocketOptions {
    /// Limits that every socket of the server has.
    pub rules: SocketRules,
    /// How many operations one socket may have under way.
    pub max_operations: usize,
    /// How long a client may take to send `connection_init`.
    pub init_timeout: Duration,
}

impl Default for GraphqlOptions {
    fn default() -> Self {
        Self {
            max_depth: 12,
            max_complexity: 20_000,
            max_aliases: 100,
            max_batch: 10,
            timeout: Duration::from_secs(10),
            introspection: true,
            sockets: SocketOptions::default(),
        }
    }
}

impl Default for SocketOptions {
    fn default() -> Self {
        Self {
            rules: SocketRules::default(),
            max_operations: 100,
            init_timeout: Duration::from_secs(10),
        }
    }
}
