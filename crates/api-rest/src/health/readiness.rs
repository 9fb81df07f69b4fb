//! Liveness and readiness.

use actix_web::{HttpResponse, web::Data};
use application::health::{NotReady, Readiness, Status};
use serde::Serialize;

use super::response::{respond, word};

/// `GET /health/live`: liveness. Always up: restarting the server does not help if a dependency is unavailable.
pub(crate) async fn live() -> HttpResponse {
    respond(
        Status::Up,
        &ReadinessBody {
            status: word(Status::Up),
            reason: None,
        },
    )
}

/// `GET /health/ready`: readiness to serve requests.
pub(crate) async fn ready(readiness: Data<Readiness>) -> HttpResponse {
    let (status, reason) = match readiness.check() {
        Ok(()) => (Status::Up, None),
        Err(NotReady::Starting) => (Status::Down, Some("the vehicles are not loaded yet")),
        Err(NotReady::NotSubscribed) => (
            Status::Down,
            Some("the server is not subscribed to the robots' channels yet"),
        ),
        Err(NotReady::Held) => (
            Status::Down,
            Some("the first administrator has not been created yet"),
        ),
        Err(NotReady::ShuttingDown) => (Status::Down, Some("the server is shutting down")),
    };
    respond(
        status,
        &ReadinessBody {
            status: word(status),
            reason,
        },
    )
}

#[derive(Serialize)]
struct ReadinessBody {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}
