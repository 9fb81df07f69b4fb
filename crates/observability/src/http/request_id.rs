use std::{
    convert::Infallible,
    fmt,
    future::{Ready, ready},
    sync::Arc,
};

use actix_web::{
    FromRequest, HttpMessage as _, HttpRequest,
    dev::Payload,
    http::header::{HeaderMap, HeaderName, HeaderValue},
};
use uuid::Uuid;

/// Header with the id, in requests and responses.
pub(super) const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Maximum length of an id taken from a request, in characters.
const MAX_LENGTH: usize = 128;

/// Id of a request, which its response, log lines and error messages have in common. It is an extractor for handlers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// Returns the id that the client has sent if it consists of 1 to 128 of the characters `A-Z a-z 0-9 . _ -`,
    /// otherwise a new one.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        headers
            .get(HEADER)
            .and_then(|value| value.to_str().ok())
            .filter(|text| is_sane(text))
            .map_or_else(Self::new, |text| Self(text.into()))
    }

    #[must_use]
    #[expect(clippy::new_without_default, reason = "every id is different")]
    pub fn new() -> Self {
        Self(Uuid::now_v7().to_string().into())
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn header_value(&self) -> HeaderValue {
        HeaderValue::from_str(&self.0)
            .expect("a header value may have letters, digits, dots, underscores and dashes")
    }
}

fn is_sane(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    (1..=MAX_LENGTH).contains(&text.len()) && text.bytes().all(is_plain)
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromRequest for RequestId {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    /// Returns the id that [`super::RequestTelemetry`] has set, or a new one outside that middleware.
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(request
            .extensions()
            .get::<Self>()
            .cloned()
            .unwrap_or_else(Self::new)))
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn id_of(header: &[u8]) -> RequestId {
        let value = HeaderValue::from_bytes(header).expect("a header value");
        RequestId::of(&HeaderMap::from_iter([(HEADER, value)]))
    }

    #[rstest]
    #[case("a")]
    #[case("018f3c1e-7b0a-7cc0-98c4-dc0c0c07398f")]
    #[case("Robot_7.retry-2")]
    #[case(&"x".repeat(128))]
    fn a_valid_id_is_kept(#[case] id: &str) {
        assert_eq!(id_of(id.as_bytes()).as_str(), id);
    }

    #[rstest]
    #[case::empty(b"")]
    #[case::too_long(&[b'x'; 129])]
    #[case::markup(b"<script>")]
    #[case::blank(b"two words")]
    #[case::more_than_one_line_in_a_log(b"a\tb")]
    #[case::not_ascii("zürich".as_bytes())]
    #[case::not_utf8(b"\xff\xfe")]
    fn an_invalid_id_is_replaced_by_a_new_one(#[case] header: &[u8]) {
        let id = id_of(header);
        let uuid = Uuid::parse_str(id.as_str()).expect("a UUID");
        assert_eq!(uuid.get_version_num(), 7);
    }

    #[test]
    fn each_request_without_an_id_gets_its_own() {
        let headers = HeaderMap::new();
        assert_ne!(RequestId::of(&headers), RequestId::of(&headers));
    }
}
