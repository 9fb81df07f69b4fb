//! HTTP doors that are neither GraphQL nor WebSocket.
//!
//! * `health`: `/health` and what is below it, for probes and operators.
//! * `metrics`: `/metrics`, for Prometheus.
//! * `problem`: how errors look.

mod health;
mod metrics;
mod problem;

use actix_web::{
    FromRequest, Handler, Resource, Responder,
    web::{self, Data, ServiceConfig},
};
use application::health::{CheckHealth, Readiness};
use observability::metrics::MetricsPage;

/// What stands behind the doors.
#[derive(Clone)]
pub struct Rest {
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
            .service(read_only("/health", health::all))
            .service(read_only("/health/db", health::database))
            .service(read_only("/health/redis", health::redis))
            .service(read_only("/health/live", health::live))
            .service(read_only("/health/ready", health::ready))
            .service(read_only("/metrics", metrics::show))
            .default_service(web::to(problem::not_found));
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
        .default_service(web::to(problem::read_only))
}
