//! Parts of the responses.

use std::time::Duration;

use actix_web::{HttpResponse, http::header};
use application::{health::Status, live::FeedStatus};
use domain::telemetry::Timestamp;
use serde::Serialize;
use time::format_description::well_known::Rfc3339;

/// Whether the server is subscribed to the robots' channels.
#[derive(Serialize)]
pub(super) struct FeedBody {
    status: &'static str,
    since: Option<String>,
}

impl From<FeedStatus> for FeedBody {
    fn from(feed: FeedStatus) -> Self {
        let status = if feed.is_up { Status::Up } else { Status::Down };
        Self {
            status: word(status),
            since: rfc3339(feed.since),
        }
    }
}

/// Returns a response with the status code of a health status.
pub(super) fn respond(status: Status, body: &impl Serialize) -> HttpResponse {
    let mut response = match status {
        Status::Up | Status::Degraded => HttpResponse::Ok(),
        Status::Down => HttpResponse::ServiceUnavailable(),
    };
    response
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(body)
}

/// Returns the status in responses.
pub(super) const fn word(status: Status) -> &'static str {
    match status {
        Status::Up => "up",
        Status::Degraded => "degraded",
        Status::Down => "down",
    }
}

/// Returns a duration in milliseconds, with whole microseconds.
pub(super) fn ms(duration: Duration) -> f64 {
    duration.as_micros() as f64 / 1_000.0
}

/// Returns a time in UTC, as in RFC 3339.
pub(super) fn rfc3339(time: Timestamp) -> Option<String> {
    time.to_offset_date_time().format(&Rfc3339).ok()
}
