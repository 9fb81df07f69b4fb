//! The health of the server and its stores.

use actix_web::{HttpResponse, web::Data};
use application::{
    health::{Answer, CheckHealth, Checked, CircuitStates, Health, RedisHealth, Status},
    ports::CircuitState,
};
use serde::Serialize;

use super::response::{FeedBody, ms, respond, rfc3339, word};

/// `GET /health`: the health of the server and its dependencies.
pub(crate) async fn all(check: Data<CheckHealth>) -> HttpResponse {
    let health = check.execute().await;
    respond(health.status(), &HealthBody::new(&health, check.circuits()))
}

/// `GET /health/db`: the health of the database.
pub(crate) async fn database(check: Data<CheckHealth>) -> HttpResponse {
    let checked = check.database().await;
    let body = Guarded::new(StoreBody::from(&checked), check.circuits().database);
    respond(checked.status(), &body)
}

/// `GET /health/redis`: the health of Redis, and whether the server is subscribed to the robots' channels.
pub(crate) async fn redis(check: Data<CheckHealth>) -> HttpResponse {
    let health = check.redis().await;
    let body = Guarded::new(RedisBody::from(&health), check.circuits().redis);
    respond(health.status(), &body)
}

#[derive(Serialize)]
struct HealthBody {
    status: &'static str,
    db: Guarded<StoreBody>,
    redis: Guarded<RedisBody>,
}

/// The health of a store behind a circuit breaker, and the state of that circuit breaker.
#[derive(Serialize)]
struct Guarded<T> {
    #[serde(flatten)]
    body: T,
    #[serde(skip_serializing_if = "Option::is_none")]
    circuit: Option<&'static str>,
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

impl HealthBody {
    fn new(health: &Health, circuits: CircuitStates) -> Self {
        Self {
            status: word(health.status()),
            db: Guarded::new(StoreBody::from(&health.database), circuits.database),
            redis: Guarded::new(RedisBody::from(&health.redis), circuits.redis),
        }
    }
}

impl<T> Guarded<T> {
    fn new(body: T, circuit: Option<CircuitState>) -> Self {
        Self {
            body,
            circuit: circuit.map(CircuitState::as_str),
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
        let commands = StoreBody::from(&health.commands);
        // The cause, such as a missing permission, is in the log only: anyone can read this.
        let is_feed_the_reason = health.commands.status() == Status::Up && !health.feed.is_up;
        let store = StoreBody {
            status: word(health.status()),
            since: health.since().and_then(rfc3339),
            reason: match is_feed_the_reason {
                true => Some("the server is not subscribed to the robots' channels"),
                false => commands.reason,
            },
            ..commands
        };
        Self {
            store,
            feed: FeedBody::from(health.feed),
        }
    }
}
