//! Settings of the API.

use std::time::Duration;

use http_edge::websocket::SocketRules;

#[derive(Debug, Clone)]
pub struct GraphqlOptions {
    /// Maximum depth of an operation in levels of fields, excluding introspection. Values above 64 have no effect.
    pub max_depth: usize,
    /// Maximum complexity of an operation, or of all operations of a batch together. Each field costs 1, or more if it
    /// is JSON; fields below a list are counted once per item.
    pub max_complexity: usize,
    /// Maximum number of fields with an alias in a document.
    pub max_aliases: usize,
    /// Maximum number of requests in a batch.
    pub max_batch: usize,
    /// Maximum duration of a request, or of the start of a subscription.
    pub timeout: Duration,
    /// Whether clients may query the schema.
    pub introspection: bool,
    pub sockets: SocketOptions,
}

/// Settings of the sockets at `/graphql/ws`. The keep-alive interval also applies to the streams at `/graphql/stream`.
#[derive(Debug, Clone)]
pub struct SocketOptions {
    /// Limits that are common to all sockets of the server.
    pub rules: SocketRules,
    /// Maximum number of concurrent operations on a socket.
    pub max_operations: usize,
    /// Time within which a client must send `connection_init`.
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
