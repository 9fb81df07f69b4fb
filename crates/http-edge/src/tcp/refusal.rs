//! Responses that are written without the HTTP library, or that replace the library's responses.

use std::{fmt::Write as _, time::SystemTime};

use actix_web::http::{StatusCode, header::HttpDate};
use application::Error;
use observability::http::{RequestId, SECURITY_HEADERS, log_rejection};

use crate::problem_details::{CHALLENGE, PROBLEM_JSON, ProblemDetails, whole_seconds};

/// Maximum length of the error responses that the library generates: a status line and at most three headers.
const LONGEST_OF_LIBRARY: usize = 256;

/// Returns a response after which the connection is closed.
pub(super) fn answer(status: StatusCode) -> Vec<u8> {
    let (id, title) = (RequestId::new(), status.canonical_reason().unwrap_or_default());
    log_rejection(status, &id);
    let detail = match status {
        StatusCode::REQUEST_TIMEOUT => "the request head did not arrive within 10 seconds",
        StatusCode::UNAUTHORIZED => "an access token is required: Authorization: Bearer <token>",
        StatusCode::PAYLOAD_TOO_LARGE => "the body is too large",
        StatusCode::TOO_MANY_REQUESTS => "too many connections from this address",
        StatusCode::SERVICE_UNAVAILABLE => "too many connections",
        StatusCode::INTERNAL_SERVER_ERROR => "internal error",
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => "the request head is too large",
        _ => "the request is not valid HTTP/1.1 (RFC 9112)",
    };
    let body = serde_json::to_string(&ProblemDetails::new(status, detail, &id)).unwrap_or_default();
    let mut head = format!(
        "HTTP/1.1 {} {title}\r\nconnection: close\r\ncontent-type: {PROBLEM_JSON}\r\n\
         content-length: {}\r\ndate: {}\r\nx-request-id: {id}\r\n",
        status.as_u16(),
        body.len(),
        HttpDate::from(SystemTime::now()),
    );
    let is_for_now = matches!(
        status,
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS
    );
    if is_for_now {
        let _ = write!(head, "retry-after: {}\r\n", whole_seconds(Error::RETRY_AFTER));
    }
    if status == StatusCode::UNAUTHORIZED {
        let challenge = CHALLENGE;
        let challenge = challenge.to_str().unwrap_or_default();
        let _ = write!(head, "www-authenticate: {challenge}\r\n");
    }
    for (name, value) in SECURITY_HEADERS {
        let _ = write!(head, "{name}: {value}\r\n");
    }
    format!("{head}\r\n{body}").into_bytes()
}

/// Returns the replacement for an error response that the library generated itself; `None` for the responses of
/// handlers, which always have the header `x-request-id`.
pub(super) fn in_place_of(bytes: &[u8]) -> Option<Vec<u8>> {
    let is_error = bytes.starts_with(b"HTTP/1.1 4") || bytes.starts_with(b"HTTP/1.1 5");
    let is_library = is_error
        && bytes.len() <= LONGEST_OF_LIBRARY
        && bytes.ends_with(b"\r\n\r\n")
        && !bytes.windows(12).any(|part| part == b"x-request-id");
    let status = bytes.get(9..12).filter(|_| is_library)?;
    StatusCode::from_bytes(status).ok().map(answer)
}

/// Returns `true` if the bytes start with the head of a response that announces the end of the connection.
pub(super) fn announces_end(bytes: &[u8]) -> bool {
    const CLOSE: &[u8] = b"\r\nconnection: close";
    if !bytes.starts_with(b"HTTP/1.1 ") {
        return false;
    }
    let end = bytes.windows(4).position(|part| part == b"\r\n\r\n");
    let head = &bytes[..end.unwrap_or(bytes.len())];
    head.windows(CLOSE.len()).any(|part| part == CLOSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_connection_is_announced_in_the_head() {
        for (bytes, expected) in [
            (&b"HTTP/1.1 403 Forbidden\r\nconnection: close\r\n\r\n"[..], true),
            (
                b"HTTP/1.1 426 Upgrade Required\r\nconnection: close, upgrade\r\n\r\n",
                true,
            ),
            (
                b"HTTP/1.1 200 OK\r\ncontent-length: 21\r\n\r\n\r\nconnection: close\r\n",
                false,
            ),
            (b"x\r\nconnection: close\r\n\r\n", false),
            (b"", false),
        ] {
            assert_eq!(announces_end(bytes), expected, "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn only_responses_of_the_library_are_replaced() {
        let own = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
        let replaced = String::from_utf8(in_place_of(own).expect("it is the library's")).expect("UTF-8");
        assert!(replaced.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{replaced}");
        for header in [
            "x-content-type-options: nosniff",
            "x-request-id: ",
            "connection: close",
        ] {
            assert!(replaced.contains(header), "{replaced}");
        }
        let (head, body) = replaced.split_once("\r\n\r\n").expect("a body");
        assert!(
            head.contains(&format!("content-length: {}", body.len())),
            "{replaced}"
        );
        for other in [
            &b"HTTP/1.1 404 Not Found\r\nx-request-id: 1\r\ncontent-length: 0\r\n\r\n"[..],
            b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
            b"x",
            b"",
        ] {
            assert_eq!(in_place_of(other), None);
        }
    }
}
