//! HTTP endpoints that are neither GraphQL nor WebSocket.
//!
//! * `api`: the endpoints below `/api`, and the use cases that they lead to.
//! * `vehicles`, `groups`, `organizations`, `users`, `grants`, `audit`, `auth`: a handler per operation.
//! * `key_set`: the keys that tokens can be checked with.
//! * `parameters`, `body`, `precondition`: what a client sends. `listing`: pages of lists.
//! * `conditional`: answers that the client has already.
//! * `problem`: how errors look, all of them.
//! * `caller`: on whose behalf a request is made.
//! * `openapi`, `swagger`: the API's own description.
//! * `health`: `/health` and what is below it, for probes and operators.
//! * `metrics`: `/metrics`, for Prometheus.

mod account;
mod api;
mod audit;
mod auth;
mod body;
mod caller;
mod conditional;
mod entity_tags;
mod grants;
mod groups;
mod health;
mod key_set;
mod listing;
mod metrics;
mod openapi;
mod organizations;
mod parameters;
mod passwords;
mod precondition;
mod problem;
mod schemas;
mod swagger;
mod time;
mod users;
mod vehicles;

use std::sync::Arc;

use actix_web::{
    FromRequest, Handler, HttpResponse, Resource, Responder,
    web::{self, Data, ServiceConfig},
};
use application::{
    Application,
    health::{CheckHealth, Readiness},
};
use http_edge::RequestChecks;
use observability::{http::RequestId, metrics::MetricsPage};
use serde_json::Value;

pub use body::{MAX_CREDENTIALS_BYTES, MAX_JSON_BYTES};
pub use metrics::MetricsEndpoint;
pub use openapi::openapi;
pub use vehicles::MAX_FILE_BYTES;

use key_set::KeySet;
use problem::Problem;

/// What stands behind the endpoints.
#[derive(Clone)]
pub struct Rest {
    /// The use cases behind `/api`.
    pub app: Arc<Application>,
    /// Asks who calls.
    pub request_checks: RequestChecks,
    /// The keys that access tokens can be checked with, as a JSON Web Key Set.
    pub key_set: Value,
    /// Whether the descriptions of the APIs are shown.
    pub shows_docs: bool,
    /// The AsyncAPI document of the live gateway, as JSON.
    pub asyncapi: &'static str,
    /// Who may see the metrics.
    pub metrics_endpoint: MetricsEndpoint,
    /// Asks the dependencies how they are.
    pub health: CheckHealth,
    /// Whether requests are wanted.
    pub readiness: Readiness,
    /// What `/metrics` shows.
    pub metrics: MetricsPage,
}

impl Rest {
    /// Adds the routes to a server, and what it answers where there is no route.
    pub fn configure(&self, server: &mut ServiceConfig) {
        server
            .app_data(Data::new(self.health.clone()))
            .app_data(Data::new(self.readiness.clone()))
            .app_data(Data::new(self.metrics.clone()))
            .app_data(Data::new(self.metrics_endpoint.clone()))
            .app_data(Data::new(self.request_checks.clone()))
            .app_data(Data::new(KeySet(self.key_set.clone())))
            .service(read_only("/health", health::all))
            .service(read_only("/health/db", health::database))
            .service(read_only("/health/redis", health::redis))
            .service(read_only("/health/live", health::live))
            .service(read_only("/health/ready", health::ready))
            .service(read_only("/metrics", metrics::show))
            .service(read_only("/.well-known/jwks.json", key_set::show))
            .service(api::scope(Arc::clone(&self.app), self.shows_docs, self.asyncapi))
            .default_service(web::to(not_found));
        if self.shows_docs {
            server
                .service(read_only("/docs", swagger::redirect))
                .service(read_only("/docs/{file:.*}", swagger::file));
        }
    }
}

/// A resource that can only be looked at.
fn read_only<F, Args>(path: &str, handler: F) -> Resource
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    web::resource(path)
        .route(web::get().to(handler.clone()))
        .route(web::head().to(handler))
        .default_service(web::to(only_to_look_at))
}

/// There is no such endpoint.
async fn not_found(id: RequestId) -> HttpResponse {
    Problem::no_such_path().respond(&id)
}

/// There is such a endpoint, but it is for looking only.
async fn only_to_look_at(id: RequestId) -> HttpResponse {
    Problem::not_allowed("GET, HEAD").respond(&id)
}
