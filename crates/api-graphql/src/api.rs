//! The parts that all endpoints of the API share.

use std::{fmt, sync::Arc};

use application::Application;
use http_edge::{Connections, RequestChecks};
use tokio_util::sync::CancellationToken;

use crate::{
    context::{Caller, Context},
    options::GraphqlOptions,
    persisted::PersistedQueries,
    schema::{self, Schema},
};

/// What the API is made of.
pub struct GraphqlParts {
    /// The use cases that the schema offers.
    pub app: Arc<Application>,
    /// Checks the clients.
    pub request_checks: RequestChecks,
    /// Counts sockets and streams.
    pub connections: Arc<Connections>,
}

/// The API; clones share everything.
#[derive(Clone)]
pub struct GraphqlApi {
    pub(crate) schema: Arc<Schema>,
    pub(crate) app: Arc<Application>,
    pub(crate) options: Arc<GraphqlOptions>,
    /// Checks the clients.
    pub(crate) request_checks: RequestChecks,
    /// The documents that clients name by their hash.
    pub(crate) persisted: PersistedQueries,
    /// The permits of sockets and streams.
    pub(crate) connections: Arc<Connections>,
    /// Cancelled when the server goes down.
    pub(crate) shutdown: CancellationToken,
}

impl GraphqlApi {
    /// The API over these use cases. Its sockets and streams end when `shutdown` is cancelled.
    #[must_use]
    pub fn new(parts: GraphqlParts, options: GraphqlOptions, shutdown: CancellationToken) -> Self {
        let GraphqlParts {
            app,
            request_checks,
            connections,
        } = parts;
        Self {
            schema: Arc::new(schema::build(options.introspection)),
            app,
            request_checks,
            persisted: PersistedQueries::new(),
            connections,
            options: Arc::new(options),
            shutdown,
        }
    }

    /// The context of one operation.
    pub(crate) fn context(&self, caller: &Caller) -> Context {
        Context::new(&self.app, &self.request_checks, &self.persisted, caller)
    }
}

impl fmt::Debug for GraphqlApi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GraphqlApi")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
