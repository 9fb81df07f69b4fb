//! HTTP responses to refused handshakes.

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
use http_edge::{CHALLENGE, ProblemDetails, retry_after, websocket::SocketRefusal};
use observability::http::RequestId;

#[derive(Debug)]
pub(crate) struct HandshakeRefusal {
    status: StatusCode,
    detail: String,
    header: Option<(HeaderName, HeaderValue)>,
}

impl HandshakeRefusal {
    /// Creates a refusal with a detail for the client. A temporary one (429, 503) gets a `Retry-After` header.
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
            refusal.later(Error::RETRY_AFTER)
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

    fn later(self, pause: Duration) -> Self {
        self.with(header::RETRY_AFTER, retry_after(pause))
    }

    pub(crate) fn respond(self, id: &RequestId) -> HttpResponse {
        let mut response = ProblemDetails::new(self.status, &self.detail, id).respond();
        if let Some((name, value)) = self.header {
            response.headers_mut().insert(name, value);
        }
        response
    }
}

impl From<SocketRefusal> for HandshakeRefusal {
    fn from(refusal: SocketRefusal) -> Self {
        let detail = refusal.to_string();
        match refusal {
            SocketRefusal::ForeignOrigin => Self::new(StatusCode::FORBIDDEN, detail),
            SocketRefusal::NotAHandshake(error) => error.into(),
            SocketRefusal::HasBody => Self::new(StatusCode::BAD_REQUEST, detail),
            SocketRefusal::Denied(error) => error.into(),
            SocketRefusal::Crowded(crowded) => Self::new(crowded.status(), detail),
        }
    }
}

impl From<HandshakeError> for HandshakeRefusal {
    fn from(error: HandshakeError) -> Self {
        match error {
            HandshakeError::GetMethodRequired => {
                let detail = "the handshake must use GET (RFC 6455, section 4.1)";
                Self::new(StatusCode::METHOD_NOT_ALLOWED, detail)
                    .with(header::ALLOW, HeaderValue::from_static("GET"))
            }
            HandshakeError::UnsupportedVersion => {
                Self::new(StatusCode::UPGRADE_REQUIRED, "the WebSocket version must be 13")
                    .with(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"))
            }
            HandshakeError::NoWebsocketUpgrade | HandshakeError::NoConnectionUpgrade => Self::new(
                StatusCode::UPGRADE_REQUIRED,
                "this endpoint accepts WebSocket connections only",
            )
            .with(header::UPGRADE, HeaderValue::from_static("websocket")),
            other => Self::new(StatusCode::BAD_REQUEST, other.to_string()),
        }
    }
}

impl From<Error> for HandshakeRefusal {
    fn from(error: Error) -> Self {
        let detail = error.to_string();
        match error {
            Error::Unauthenticated { .. } => {
                Self::new(StatusCode::UNAUTHORIZED, detail).with(header::WWW_AUTHENTICATE, CHALLENGE)
            }
            Error::RateLimited { retry_after, .. } => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, detail).later(retry_after)
            }
            Error::Unavailable { retry_after, .. } => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, detail).later(retry_after)
            }
            error => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "could not authenticate a handshake"
                );
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal error")
            }
        }
    }
}
