//! Why somebody is not let in, before there is a socket, as RFC 9457 writes problems.

use std::time::Duration;

use actix_http::ws::HandshakeError;
use actix_web::{
    HttpResponse,
    http::{
        StatusCode,
        header::{self, HeaderName, HeaderValue},
    },
};
use application::Error;
use http_edge::Crowded;
use observability::http::RequestId;
use serde_json::json;

/// How somebody is asked for a token (RFC 6750, section 3).
const CHALLENGE: HeaderValue = HeaderValue::from_static("Bearer realm=\"fleetwatch\"");

/// An answer that is no socket.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    detail: String,
    header: Option<(HeaderName, HeaderValue)>,
}

impl Refusal {
    /// A status with a word for the client; who is sent away for now is told when to come back.
    pub(crate) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        let is_for_now = matches!(
            status,
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS
        );
        let refusal = Self {
            status,
            detail: detail.into(),
            header: None,
        };
        if is_for_now {
            refusal.retry_after(Error::RETRY_AFTER)
        } else {
            refusal
        }
    }

    fn with(self, name: HeaderName, value: HeaderValue) -> Self {
        Self {
            header: Some((name, value)),
            ..self
        }
    }

    fn retry_after(self, pause: Duration) -> Self {
        let seconds = pause.as_secs() + u64::from(pause.subsec_nanos() > 0);
        self.with(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)))
    }

    pub(crate) fn respond(self, id: &RequestId) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        if let Some(header) = self.header {
            response.insert_header(header);
        }
        response.content_type("application/problem+json").json(json!({
            "type": "about:blank",
            "title": self.status.canonical_reason(),
            "status": self.status.as_u16(),
            "detail": self.detail,
            "requestId": id.as_str(),
        }))
    }
}

impl From<HandshakeError> for Refusal {
    fn from(error: HandshakeError) -> Self {
        match error {
            HandshakeError::GetMethodRequired => {
                let detail = "a socket is opened by GET (RFC 6455, section 4.1)";
                Self::new(StatusCode::METHOD_NOT_ALLOWED, detail)
                    .with(header::ALLOW, HeaderValue::from_static("GET"))
            }
            HandshakeError::UnsupportedVersion => {
                Self::new(StatusCode::UPGRADE_REQUIRED, "the WebSocket version must be 13")
                    .with(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"))
            }
            HandshakeError::NoWebsocketUpgrade | HandshakeError::NoConnectionUpgrade => {
                Self::new(StatusCode::UPGRADE_REQUIRED, "this address speaks WebSocket only")
                    .with(header::UPGRADE, HeaderValue::from_static("websocket"))
            }
            other => Self::new(StatusCode::BAD_REQUEST, other.to_string()),
        }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        let detail = error.to_string();
        match error {
            Error::Unauthenticated { .. } => {
                Self::new(StatusCode::UNAUTHORIZED, detail).with(header::WWW_AUTHENTICATE, CHALLENGE)
            }
            Error::RateLimited { retry_after, .. } => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, detail).retry_after(retry_after)
            }
            Error::Unavailable { retry_after, .. } => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, detail).retry_after(retry_after)
            }
            error => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "nobody can tell who calls"
                );
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal error")
            }
        }
    }
}

impl From<Crowded> for Refusal {
    fn from(crowded: Crowded) -> Self {
        let status = match crowded {
            Crowded::Everywhere => StatusCode::SERVICE_UNAVAILABLE,
            Crowded::FromAddress | Crowded::OfUser => StatusCode::TOO_MANY_REQUESTS,
        };
        Self::new(status, crowded.as_str())
    }
}
