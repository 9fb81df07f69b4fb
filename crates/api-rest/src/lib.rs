//! Every HTTP endpoint except GraphQL, the live gateway and the console's pages.
//!
//! * `api`: routes of the endpoints below `/api`.
//! * `vehicles`, `groups`, `organizations`, `users`, `grants`, `audit`, `dead_letters`, `auth`, `cache`, `log_level`: a
//!   handler per operation.
//! * `key_set`: public keys for verifying access tokens.
//! * `parameters`, `body`, `precondition`: reading of requests. `listing`: pages of lists.
//! * `conditional`: entity tags and `304 Not Modified`.
//! * `problem`: error responses.
//! * `caller`: authentication of requests.
//! * `openapi`, `swagger`: the OpenAPI document and Swagger UI.
//! * `health`: `/health` and the endpoints below it, for probes and operators.
//! * `metrics`: `/metrics`, for Prometheus.

mod account;
mod api;
mod audit;
mod auth;
mod body;
mod cache;
mod caller;
mod conditional;
mod dead_letters;
mod entity_tags;
mod grants;
mod groups;
mod health;
mod key_set;
mod listing;
mod log_level;
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
pub use dead_letters::{DeadLetterDocument, ReplayDocument};
pub use metrics::MetricsEndpoint;
pub use openapi::openapi;
pub use vehicles::MAX_FILE_BYTES;

use key_set::KeySet;
use problem::Problem;

/// Dependencies and settings of the endpoints.
#[derive(Clone)]
pub struct Rest {
    /// The use cases behind `/api`.
    pub app: Arc<Application>,
    pub request_checks: RequestChecks,
    /// Public keys for verifying access tokens, as a JSON Web Key Set.
    pub key_set: Value,
    /// Whether the API descriptions and `/docs` are served.
    pub shows_docs: bool,
    /// The AsyncAPI document of the live gateway, as JSON.
    pub asyncapi: &'static str,
    pub metrics_endpoint: MetricsEndpoint,
    pub health: CheckHealth,
    /// Whether the server accepts requests.
    pub readiness: Readiness,
    pub metrics: MetricsPage,
}

impl Rest {
    /// Adds the routes to a server. Any other path returns 404.
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
            .service(read_only("/health/websocket", health::websocket))
            .service(read_only("/health/ros2", health::ros2))
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

/// Returns a resource that handles GET and HEAD, and returns 405 for other methods.
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

async fn not_found(id: RequestId) -> HttpResponse {
    Problem::no_such_path().respond(&id)
}

async fn only_to_look_at(id: RequestId) -> HttpResponse {
    Problem::not_allowed("GET, HEAD").respond(&id)
}
