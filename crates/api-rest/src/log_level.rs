//! The level of the server's log.

use std::time::Duration;

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Payload},
};
use application::{
    Application,
    log_level::{LogLevelChange, LogLevelStatus},
    ports::LogFilter,
};
use domain::Violations;
use serde::Serialize;
use serde_json::{Value, json};
use strict_json::{
    Fields,
    fields::{parsed, whole_number},
};
use time::OffsetDateTime;
use utoipa::ToSchema;

use crate::{
    body,
    caller::Caller,
    problem::Result,
    schemas::{closed, schemas},
    time::rfc3339_option,
};

schemas! {
    LogLevelChangeSchema: "LogLevelChange" = closed(
        &["level"],
        json!({
            "level": {
                "type": "string", "minLength": 1, "maxLength": LogFilter::MAX_CHARS,
                "pattern": format!("^\\s*{}\\s*$", LogFilter::PATTERN),
                "description": "A level (off, error, warn, info, debug or trace, in upper or lower case), or a list of \
                                levels by module",
                "examples": ["debug", "info,adapters_redis=debug"],
            },
            "forMs": {
                "type": "integer", "format": "int64",
                "minimum": LogLevelChange::MIN_MS, "maximum": LogLevelChange::MAX_MS,
                "default": LogLevelChange::DEFAULT_MS,
                "description": "Milliseconds after which the configured level is restored",
            },
        }),
    );
}

/// A server's log level: one level, or a list of levels by module.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = LogLevel)]
pub(crate) struct LogLevelDocument {
    /// Level in effect.
    #[schema(example = "debug")]
    pub(crate) level: String,
    /// Level in the configuration.
    #[schema(example = "info")]
    pub(crate) configured_level: String,
    /// Time at which the configured level is restored; null while it is in effect.
    #[serde(serialize_with = "rfc3339_option")]
    #[schema(required)]
    pub(crate) until: Option<OffsetDateTime>,
}

impl From<LogLevelStatus> for LogLevelDocument {
    fn from(status: LogLevelStatus) -> Self {
        Self {
            level: status.level,
            configured_level: status.configured,
            until: status.until,
        }
    }
}

/// Get the log level
///
/// Returns the log level of the responding server. Requires an ADMIN who belongs to no organisation.
#[utoipa::path(
    get,
    path = "/api/log-level",
    tag = "log",
    operation_id = "getLogLevel",
    responses((status = 200, description = "The log level", body = LogLevelDocument)),
)]
pub(crate) async fn get(Caller(actor): Caller, app: Data<Application>) -> Result<HttpResponse> {
    let status = app.log_level.get(&actor)?;
    Ok(HttpResponse::Ok().json(LogLevelDocument::from(status)))
}

/// Change the log level for a limited time
///
/// Changes the log level of the responding server. The configured level is restored after `forMs`, or when the server
/// restarts. A later change replaces this one. Requires an ADMIN who belongs to no organisation.
#[utoipa::path(
    put,
    path = "/api/log-level",
    tag = "log",
    operation_id = "changeLogLevel",
    request_body(content = LogLevelChangeSchema, content_type = "application/json"),
    responses((status = 200, description = "The log level", body = LogLevelDocument)),
)]
pub(crate) async fn change(
    request: HttpRequest,
    payload: Payload,
    Caller(actor): Caller,
    app: Data<Application>,
) -> Result<HttpResponse> {
    app.log_level.may_change(&actor)?;
    let change = log_level_change(body::json(&request, payload).await?);
    let status = app.log_level.change(&actor, change).await?;
    Ok(HttpResponse::Ok().json(LogLevelDocument::from(status)))
}

/// Reads a change of the level: `{level, forMs?}`.
fn log_level_change(document: Value) -> Result<LogLevelChange, Violations> {
    Fields::read(document, |fields| {
        let filter = fields.required("level", parsed(str::parse::<LogFilter>));
        let lasting = fields.optional("forMs", hold_time);
        Some(LogLevelChange::new(filter?, lasting?))
    })
}

fn hold_time(value: Value) -> Result<Duration, String> {
    LogLevelChange::hold_time(whole_number(value)?).map_err(|fault| fault.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(document: Value) -> Result<LogLevelChange, Vec<String>> {
        let text = |fault: &domain::Violation| format!("{} {}", fault.field, fault.message);
        log_level_change(document).map_err(|faults| faults.iter().map(text).collect())
    }

    #[test]
    fn a_change_has_a_level_and_a_time_that_is_an_hour_by_default() {
        let change = |ms| {
            let lasting = LogLevelChange::hold_time(ms).expect("a valid time");
            LogLevelChange::new("debug".parse().expect("a level"), Some(lasting))
        };
        assert_eq!(read(json!({"level": "debug"})), Ok(change(3_600_000)));
        assert_eq!(
            read(json!({"level": "debug", "forMs": null})),
            Ok(change(3_600_000))
        );
        assert_eq!(
            read(json!({"level": "debug", "forMs": 60_000})),
            Ok(change(60_000))
        );
    }

    #[test]
    fn every_fault_is_reported_with_its_field() {
        let range = "forMs must be from 1000 to 86400000";
        let document = json!({"level": "inof", "forMs": 0, "forS": 60});
        let faults = read(document).expect_err("three faults");
        assert_eq!(faults.len(), 3, "{faults:?}");
        assert!(
            faults[0].starts_with("level must be a level (off, error,"),
            "{faults:?}"
        );
        assert_eq!(faults[1], range);
        assert!(faults[2].starts_with("forS "), "{faults:?}");
        assert_eq!(
            read(json!({"level": "debug", "forMs": -1})),
            Err(vec![range.to_owned()])
        );
        assert_eq!(
            read(json!({"level": "debug", "forMs": "1h"})),
            Err(vec!["forMs must be a whole number".to_owned()])
        );
        assert_eq!(read(json!({})), Err(vec!["level must be given".to_owned()]));
    }
}
