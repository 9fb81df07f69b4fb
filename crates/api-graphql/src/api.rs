//! State that is shared by all endpoints of the API.

use std::{fmt, sync::Arc};

use application::{Application, ports::PathTracer};
use http_edge::{Connections, RequestChecks};
use tokio_util::sync::CancellationToken;

use crate::{
    context::{Caller, Context},
    options::GraphqlOptions,
    persisted::PersistedQueries,
    schema::{self, Schema},
};

/// Dependencies of the API.
pub struct GraphqlParts {
    pub app: Arc<Application>,
    pub request_checks: RequestChecks,
    /// Limits the number of sockets and streams.
    pub connections: Arc<Connections>,
    /// Tracer of operations on sockets; `None` if traces are disabled. Operations in HTTP requests use the trace of the
    /// request.
    pub tracer: Option<Arc<dyn PathTracer>>,
}

/// The GraphQL API. Cheap to clone; clones share all state.
#[derive(Clone)]
pub struct GraphqlApi {
    pub(crate) schema: Arc<Schema>,
    pub(crate) app: Arc<Application>,
    pub(crate) options: Arc<GraphqlOptions>,
    pub(crate) request_checks: RequestChecks,
    pub(crate) persisted: PersistedQueries,
    pub(crate) connections: Arc<Connections>,
    pub(crate) tracer: Option<Arc<dyn PathTracer>>,
    pub(crate) shutdown: CancellationToken,
}

impl GraphqlApi {
    /// Creates the API. Its sockets and streams are closed when `shutdown` is cancelled.
    #[must_use]
    pub fn new(parts: GraphqlParts, options: GraphqlOptions, shutdown: CancellationToken) -> Self {
        let GraphqlParts {
            app,
            request_checks,
            connections,
            tracer,
        } = parts;
        Self {
            schema: Arc::new(schema::build(options.introspection)),
            app,
            request_checks,
            persisted: PersistedQueries::new(),
            connections,
            tracer,
            options: Arc::new(options),
            shutdown,
        }
    }

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
