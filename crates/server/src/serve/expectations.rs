//! Requests with `Expect: 100-continue` (RFC 9110, section 10.1.1).
//!
//! By default, the HTTP library requests every body before any handler runs. Requests that would be rejected regardless
//! of their body are rejected here instead, so the client does not send the body.

use std::future::{Ready, ready};

use actix_http::{ConnectionType, Request, Response, StatusCode, body::BoxBody, header};

/// Paths below `/api/` that accept a body without a token.
const PUBLIC_PATHS: [&str; 3] = ["/api/auth/login", "/api/auth/refresh", "/api/auth/logout"];

/// Accepts the request, after which the client sends the body, or rejects it with a status. `ClientConnections` adds
/// the problem document to a rejection.
pub(super) fn answer(request: Request) -> Ready<Result<Request, Response<BoxBody>>> {
    let refusal = refusal(request.path(), &Announced::by(&request));
    ready(match refusal {
        None => Ok(request),
        Some(status) => {
            let mut response = Response::new(status);
            // The client may still send the body, which must not be read as the next request.
            response.head_mut().set_connection_type(ConnectionType::Close);
            Err(response)
        }
    })
}

/// Properties of a request, taken from its head.
struct Announced {
    has_token: bool,
    body_bytes: u64,
}

impl Announced {
    fn by(request: &Request) -> Self {
        let headers = &request.head().headers;
        let length = headers.get(header::CONTENT_LENGTH);
        let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
        Self {
            has_token: headers.contains_key(header::AUTHORIZATION),
            body_bytes: length.unwrap_or(0),
        }
    }
}

fn refusal(path: &str, announced: &Announced) -> Option<StatusCode> {
    let is_public = !path.starts_with("/api/") || PUBLIC_PATHS.contains(&path);
    if !is_public && !announced.has_token {
        return Some(StatusCode::UNAUTHORIZED);
    }
    let max_bytes = match path {
        "/api/vehicles/import" => api_rest::MAX_FILE_BYTES,
        path if path.starts_with("/api/auth/") => api_rest::MAX_CREDENTIALS_BYTES,
        path if path.starts_with("/graphql") && !announced.has_token => api_rest::MAX_CREDENTIALS_BYTES,
        _ => api_rest::MAX_JSON_BYTES,
    };
    (announced.body_bytes > max_bytes as u64).then_some(StatusCode::PAYLOAD_TOO_LARGE)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("/api/vehicles", true, 1024 * 1024, None)]
    #[case("/api/vehicles", true, 1024 * 1024 + 1, Some(StatusCode::PAYLOAD_TOO_LARGE))]
    #[case("/api/vehicles", false, 1, Some(StatusCode::UNAUTHORIZED))]
    #[case("/api/vehicles/import", true, 16 * 1024 * 1024, None)]
    #[case("/api/vehicles/import", true, 16 * 1024 * 1024 + 1, Some(StatusCode::PAYLOAD_TOO_LARGE))]
    #[case("/api/auth/login", false, 8 * 1024, None)]
    #[case("/api/auth/login", false, 8 * 1024 + 1, Some(StatusCode::PAYLOAD_TOO_LARGE))]
    #[case("/graphql", false, 8 * 1024, None)]
    #[case("/graphql", false, 8 * 1024 + 1, Some(StatusCode::PAYLOAD_TOO_LARGE))]
    #[case("/graphql", true, 1024 * 1024, None)]
    fn a_request_to_be_rejected_is_answered_without_its_body(
        #[case] path: &str,
        #[case] has_token: bool,
        #[case] body_bytes: u64,
        #[case] expected: Option<StatusCode>,
    ) {
        let announced = Announced {
            has_token,
            body_bytes,
        };
        assert_eq!(refusal(path, &announced), expected);
    }
}
