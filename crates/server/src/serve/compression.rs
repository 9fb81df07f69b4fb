//! Compression of responses (RFC 9110, section 8.4).

use actix_http::encoding::Encoder;
use actix_web::{
    Error, HttpMessage as _, HttpRequest,
    body::{BodySize, BoxBody, MessageBody},
    dev::{ResponseHead, ServiceRequest, ServiceResponse},
    http::{
        StatusCode,
        header::{self, AcceptEncoding, ContentEncoding, Encoding, HeaderMap, HeaderValue},
    },
    middleware::Next,
};

/// Minimum size of a response to be compressed, in bytes. A smaller response fits into one packet uncompressed.
const WORTH_IT_BYTES: u64 = 1024;

/// Compresses text responses with gzip or Brotli, if the client accepts it and it saves bytes.
///
/// These responses are not compressed: those that open a socket; event streams, whose events the compressor would hold
/// back; responses that are already compressed; responses with a strong entity tag, which identifies their exact bytes;
/// and responses from `/api/auth/`, which contain tokens next to input from the client (the BREACH attack).
///
/// # Errors
/// Returns the errors of the inner service.
pub(super) async fn compressed(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<Encoder<BoxBody>>, Error> {
    let wanted = wanted(request.request());
    let has_secrets = request.path().starts_with("/api/auth/");
    let response = next.call(request).await?;
    Ok(response.map_body(|head, body| {
        let mut encoding = ContentEncoding::Identity;
        if !has_secrets && is_worth_it(head, body.size()) {
            match wanted {
                // The encoder adds `Vary` to the responses that it compresses, but not to the others.
                Some(wanted) => encoding = wanted,
                None => {
                    let by = HeaderValue::from_static("accept-encoding");
                    head.headers_mut().append(header::VARY, by);
                }
            }
        }
        Encoder::response(encoding, head, body.boxed())
    }))
}

/// Returns the supported encoding that the client prefers; `None` to send the response uncompressed.
fn wanted(request: &HttpRequest) -> Option<ContentEncoding> {
    let accepted = request.get_header::<AcceptEncoding>()?;
    let spoken = [Encoding::brotli(), Encoding::gzip(), Encoding::identity()];
    match accepted.negotiate(spoken.iter())? {
        Encoding::Known(ContentEncoding::Identity) | Encoding::Unknown(_) => None,
        Encoding::Known(encoding) => Some(encoding),
    }
}

fn is_worth_it(head: &ResponseHead, size: BodySize) -> bool {
    let is_whole = !matches!(
        head.status,
        StatusCode::SWITCHING_PROTOCOLS
            | StatusCode::NO_CONTENT
            | StatusCode::PARTIAL_CONTENT
            | StatusCode::NOT_MODIFIED
    );
    let is_large = match size {
        BodySize::None => false,
        BodySize::Sized(bytes) => bytes >= WORTH_IT_BYTES,
        BodySize::Stream => true,
    };
    let headers = head.headers();
    is_whole
        && is_large
        && is_text(headers)
        && !headers.contains_key(header::CONTENT_ENCODING)
        && !has_strong_tag(headers)
}

fn is_text(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE);
    let value = value.and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = value.split(';').next().unwrap_or_default().trim();
    match media_type.split_once('/') {
        Some(("text", kind)) => kind != "event-stream",
        Some(("application", kind)) => {
            kind.ends_with("json") || kind.ends_with("jsonl") || matches!(kind, "javascript" | "xml" | "yaml")
        }
        Some(("image", kind)) => kind == "svg+xml",
        _ => false,
    }
}

fn has_strong_tag(headers: &HeaderMap) -> bool {
    let tag = headers.get(header::ETAG);
    tag.is_some_and(|tag| !tag.as_bytes().starts_with(b"W/"))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn head(status: StatusCode, headers: &[(&'static str, &'static str)]) -> ResponseHead {
        let mut head = ResponseHead::new(status);
        for (name, value) in headers {
            let name = header::HeaderName::from_static(name);
            head.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        head
    }

    #[rstest]
    #[case("application/json", true)]
    #[case("application/problem+json", true)]
    #[case("application/graphql-response+json", true)]
    #[case("application/x-ndjson", true)]
    #[case("text/csv; charset=utf-8; header=present", true)]
    #[case("text/html; charset=utf-8", true)]
    #[case("text/javascript", true)]
    #[case("image/svg+xml", true)]
    #[case("text/event-stream", false)]
    #[case("text/event-stream; charset=utf-8", false)]
    #[case("image/png", false)]
    #[case("application/octet-stream", false)]
    fn texts_are_compressed_and_event_streams_are_not(
        #[case] media_type: &'static str,
        #[case] expected: bool,
    ) {
        let head = head(StatusCode::OK, &[("content-type", media_type)]);
        assert_eq!(is_worth_it(&head, BodySize::Stream), expected);
        assert_eq!(is_worth_it(&head, BodySize::Sized(1024)), expected);
        assert!(!is_worth_it(&head, BodySize::Sized(1023)));
    }

    #[rstest]
    #[case(StatusCode::OK, ("etag", "\"3\""), false)]
    #[case(StatusCode::OK, ("etag", "W/\"3\""), true)]
    #[case(StatusCode::OK, ("content-encoding", "br"), false)]
    #[case(StatusCode::SWITCHING_PROTOCOLS, ("upgrade", "websocket"), false)]
    #[case(StatusCode::NOT_FOUND, ("x-request-id", "1"), true)]
    fn responses_with_fixed_bytes_are_not_compressed(
        #[case] status: StatusCode,
        #[case] header: (&'static str, &'static str),
        #[case] expected: bool,
    ) {
        let head = head(status, &[("content-type", "application/json"), header]);
        assert_eq!(is_worth_it(&head, BodySize::Sized(4096)), expected);
    }
}
