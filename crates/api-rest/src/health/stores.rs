//! The health of the server and its stores.

use actix_web::{HttpResponse, web::Data};
use application::health::{Answer, CheckHealth, Checked, Health, RedisHealth};
use serde::Serialize;

use super::response::{FeedBody, ms, respond, rfc3339, word};

/// `GET /health`: the health of the server and its dependencies.
pub(crate) async fn all(check: Data<CheckHealth>) -> HttpResponse {
    let health = check.execute().await;
    respond(health.status(), &HealthBody::from(&health))
}

/// `GET /health/db`: the health of the database.
pub(crate) async fn database(check: Data<CheckHealth>) -> HttpResponse {
    let checked = check.database().await;
    respond(checked.status(), &StoreBody::from(&checked))
}

/// `GET /health/redis`: the health of Redis, and whether the robots' channels are subscribed.
pub(crate) async fn redis(check: Data<CheckHealth>) -> HttpResponse {
    let health = check.redis().await;
    respond(health.status(), &RedisBody::from(&health))
}

#[derive(Serialize)]
struct HealthBody {
    status: &'static str,
    db: StoreBody,
    redis: RedisBody,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StoreBody {
    status: &'static str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    embedded: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    latency_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

#[derive(Serialize)]
struct RedisBody {
    #[serde(flatten)]
    store: StoreBody,
    feed: FeedBody,
}

impl From<&Health> for HealthBody {
    fn from(health: &Health) -> Self {
        let (db, redis) = (StoreBody::from(&health.database), RedisBody::from(&health.redis));
        Self {
            status: word(health.status()),
            db,
            redis,
        }
    }
}

impl From<&Checked> for StoreBody {
    fn from(Checked { answer, since }: &Checked) -> Self {
        let latency_ms = match answer {
            Answer::Embedded => None,
            Answer::Given { latency }
            | Answer::ReadOnly { latency, .. }
            | Answer::Missing { latency, .. } => Some(ms(*latency)),
        };
        let (error, reason) = match answer {
            Answer::Missing { error, .. } => (Some(error.to_string()), None),
            Answer::ReadOnly { reason, .. } => (None, Some(*reason)),
            Answer::Embedded | Answer::Given { .. } => (None, None),
        };
        let embedded = matches!(answer, Answer::Embedded);
        Self {
            status: word(answer.status()),
            embedded,
            since: since.and_then(rfc3339),
            latency_ms,
            error,
            reason,
        }
    }
}

impl From<&RedisHealth> for RedisBody {
    fn from(health: &RedisHealth) -> Self {
        let store = StoreBody {
            status: word(health.status()),
            since: health.since().and_then(rfc3339),
            ..StoreBody::from(&health.commands)
        };
        Self {
            store,
            feed: FeedBody::from(health.feed),
        }
    }
}
