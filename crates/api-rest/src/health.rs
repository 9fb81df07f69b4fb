use std::time::Duration;

use actix_web::{HttpResponse, http::header, web::Data};
use application::{
    health::{Answer, CheckHealth, CircuitStates, Health, NotReady, Readiness, RedisHealth, Status},
    live::FeedStatus,
    ports::CircuitState,
};
use serde::Serialize;
use time::format_description::well_known::Rfc3339;

/// `GET /health`: the health of the server and its dependencies.
pub(crate) async fn all(check: Data<CheckHealth>) -> HttpResponse {
    let health = check.execute().await;
    respond(health.status(), &HealthBody::new(&health, check.circuits()))
}

/// `GET /health/db`: the health of the database.
pub(crate) async fn database(check: Data<CheckHealth>) -> HttpResponse {
    let answer = check.database().await;
    let body = Guarded::new(AnswerBody::from(&answer), check.circuits().database);
    respond(answer.status(), &body)
}

/// `GET /health/redis`: the health of Redis, and whether the robots' channels are subscribed.
pub(crate) async fn redis(check: Data<CheckHealth>) -> HttpResponse {
    let health = check.redis().await;
    let body = Guarded::new(RedisBody::from(&health), check.circuits().redis);
    respond(health.status(), &body)
}

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
        Err(NotReady::NotSubscribed) => (Status::Down, Some("the robots' channels are not subscribed yet")),
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
struct HealthBody {
    status: &'static str,
    db: Guarded<AnswerBody>,
    redis: Guarded<RedisBody>,
}

/// The health of a store behind a circuit breaker, and the state of that.
#[derive(Serialize)]
struct Guarded<T> {
    #[serde(flatten)]
    body: T,
    #[serde(skip_serializing_if = "Option::is_none")]
    circuit: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AnswerBody {
    status: &'static str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    embedded: bool,
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
    answer: AnswerBody,
    feed: FeedBody,
}

#[derive(Serialize)]
struct FeedBody {
    status: &'static str,
    since: Option<String>,
}

#[derive(Serialize)]
struct ReadinessBody {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

impl HealthBody {
    fn new(health: &Health, circuits: CircuitStates) -> Self {
        Self {
            status: word(health.status()),
            db: Guarded::new(AnswerBody::from(&health.database), circuits.database),
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

impl From<&Answer> for AnswerBody {
    fn from(answer: &Answer) -> Self {
        let latency_ms = match answer {
            Answer::Embedded => None,
            Answer::Given { latency }
            | Answer::ReadOnly { latency, .. }
            | Answer::Missing { latency, .. } => Some(whole_us_as_ms(*latency)),
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
            latency_ms,
            error,
            reason,
        }
    }
}

impl From<&RedisHealth> for RedisBody {
    fn from(health: &RedisHealth) -> Self {
        let answer = AnswerBody {
            status: word(health.status()),
            ..AnswerBody::from(&health.answer)
        };
        Self {
            answer,
            feed: FeedBody::from(health.feed),
        }
    }
}

impl From<FeedStatus> for FeedBody {
    fn from(feed: FeedStatus) -> Self {
        let status = if feed.is_up { Status::Up } else { Status::Down };
        Self {
            status: word(status),
            since: feed.since.to_offset_date_time().format(&Rfc3339).ok(),
        }
    }
}

fn respond(status: Status, body: &impl Serialize) -> HttpResponse {
    let mut response = match status {
        Status::Up | Status::Degraded => HttpResponse::Ok(),
        Status::Down => HttpResponse::ServiceUnavailable(),
    };
    response
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(body)
}

const fn word(status: Status) -> &'static str {
    match status {
        Status::Up => "up",
        Status::Degraded => "degraded",
        Status::Down => "down",
    }
}

fn whole_us_as_ms(duration: Duration) -> f64 {
    duration.as_micros() as f64 / 1_000.0
}
