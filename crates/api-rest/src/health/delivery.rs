//! The delivery of messages from robots to subscribers.

use actix_web::{HttpResponse, web::Data};
use application::health::{CheckHealth, DeliveryHealth};
use serde::Serialize;

use super::response::{FeedBody, ms, respond, rfc3339, word};

/// `GET /health/websocket`: whether messages from robots reach subscribers, as tested with a canary.
pub(crate) async fn websocket(check: Data<CheckHealth>) -> HttpResponse {
    let health = check.delivery().await;
    respond(health.status, &DeliveryBody::from(&health))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DeliveryBody {
    status: &'static str,
    since: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    latency_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    canaries: CanariesBody,
    feed: FeedBody,
}

#[derive(Serialize)]
struct CanariesBody {
    sent: u16,
    arrived: u16,
}

impl From<&DeliveryHealth> for DeliveryBody {
    fn from(health: &DeliveryHealth) -> Self {
        Self {
            status: word(health.status),
            since: rfc3339(health.since),
            latency_ms: health.latency.map(ms),
            reason: health.reason,
            canaries: CanariesBody {
                sent: health.routes,
                arrived: health.arrived,
            },
            feed: FeedBody::from(health.feed),
        }
    }
}
