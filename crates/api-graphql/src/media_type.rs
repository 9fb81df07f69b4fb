//! Negotiation of the response's media type (<https://graphql.github.io/graphql-over-http/draft/#sec-Media-Types>).

use actix_web::http::header::{self, HeaderMap};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MediaType {
    /// `application/graphql-response+json`.
    GraphqlResponse,
    /// `application/json`, for clients that do not request the other media type.
    Json,
}

/// Quality value (`q`) in thousandths.
type Quality = u16;

/// Quality of a media range without `q`.
const FULL: Quality = 1_000;

impl MediaType {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::GraphqlResponse => "application/graphql-response+json",
            Self::Json => "application/json",
        }
    }

    /// Returns the media type that a request prefers. A request must name `application/graphql-response+json`
    /// explicitly; a wildcard or any other media type results in `application/json`.
    pub(crate) fn accepted(headers: &HeaderMap) -> Self {
        let named = quality(headers, Self::GraphqlResponse.as_str()).unwrap_or(0);
        let plain = quality(headers, Self::Json.as_str()).unwrap_or(0);
        if named > 0 && named >= plain {
            Self::GraphqlResponse
        } else {
            Self::Json
        }
    }
}

/// Returns the quality of a media range in the `Accept` header; `None` if the header does not contain it literally.
pub(crate) fn quality(headers: &HeaderMap, media_type: &str) -> Option<Quality> {
    let accepted = headers.get_all(header::ACCEPT);
    let ranges = accepted
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    let of_it = ranges.filter_map(|range| {
        let mut parts = range.split(';').map(str::trim);
        let name = parts.next()?;
        if !name.eq_ignore_ascii_case(media_type) {
            return None;
        }
        let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
        Some(weight.map_or(FULL, read_quality))
    });
    of_it.max()
}

fn read_quality(text: &str) -> Quality {
    let quality = text.parse().unwrap_or(1.0_f32).clamp(0.0, 1.0);
    (quality * f32::from(FULL)) as Quality
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::nothing(None, MediaType::Json)]
    #[case::anything(Some("*/*"), MediaType::Json)]
    #[case::json(Some("application/json"), MediaType::Json)]
    #[case::newer(Some("application/graphql-response+json"), MediaType::GraphqlResponse)]
    #[case::both(
        Some("application/graphql-response+json, application/json"),
        MediaType::GraphqlResponse
    )]
    #[case::capitals(
        Some("Application/GraphQL-Response+JSON; charset=utf-8"),
        MediaType::GraphqlResponse
    )]
    #[case::newer_preferred(
        Some("application/json;q=0.9,application/graphql-response+json"),
        MediaType::GraphqlResponse
    )]
    #[case::json_preferred(
        Some("application/json, application/graphql-response+json; q=0.9"),
        MediaType::Json
    )]
    #[case::newer_refused(Some("application/graphql-response+json;q=0"), MediaType::Json)]
    #[case::something_else(Some("text/html"), MediaType::Json)]
    #[case::nonsense(Some(";;q=x, ,"), MediaType::Json)]
    fn the_newer_type_must_be_requested(#[case] accept: Option<&'static str>, #[case] expected: MediaType) {
        let accept = accept.map(|value| (HeaderName::from_static("accept"), HeaderValue::from_static(value)));
        let headers: HeaderMap = accept.into_iter().collect();
        assert_eq!(MediaType::accepted(&headers), expected);
    }
}
