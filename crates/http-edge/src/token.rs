//! Access tokens in requests.

use actix_web::http::header::{self, HeaderMap};

/// Prefix of a token among the subprotocols. Browsers cannot set headers on a WebSocket, so they present their token
/// there.
pub const SUBPROTOCOL_PREFIX: &str = "bearer.";

/// Reads the token in `Authorization: Bearer …` (RFC 6750, section 2.1).
#[must_use]
pub fn in_header(headers: &HeaderMap) -> Presented<'_> {
    let mut values = headers.get_all(header::AUTHORIZATION);
    let Some(value) = values.next() else {
        return Presented::Nothing;
    };
    if values.next().is_some() {
        return Presented::Unreadable;
    }
    value.to_str().map_or(Presented::Unreadable, bearer)
}

/// Reads the token from the value of an `Authorization` header or of a similar field.
#[must_use]
pub fn bearer(text: &str) -> Presented<'_> {
    match text.trim().split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty() => {
            Presented::Token(token.trim())
        }
        _ => Presented::Unreadable,
    }
}

/// Reads the token among the subprotocols that a WebSocket handshake offers.
#[must_use]
pub fn in_subprotocols(headers: &HeaderMap) -> Presented<'_> {
    let offered = headers
        .get_all(header::SEC_WEBSOCKET_PROTOCOL)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|offer| offer.trim().strip_prefix(SUBPROTOCOL_PREFIX));
    let mut tokens: Vec<&str> = offered.collect();
    match (tokens.pop(), tokens.is_empty()) {
        (None, _) => Presented::Nothing,
        (Some(token), true) => Presented::Token(token),
        (Some(_), false) => Presented::Unreadable,
    }
}

/// Result of looking for a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presented<'a> {
    Nothing,
    /// A token, which has not been validated yet.
    Token(&'a str),
    /// Several tokens, or text that is not a bearer token.
    Unreadable,
}

impl<'a> Presented<'a> {
    /// Returns `other` if `self` is [`Presented::Nothing`], otherwise `self`.
    #[must_use]
    pub fn or(self, other: Presented<'a>) -> Presented<'a> {
        match self {
            Self::Nothing => other,
            shown => shown,
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};
    use rstest::rstest;

    use super::*;

    fn headers(name: HeaderName, values: &[&'static str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(name.clone(), HeaderValue::from_static(value));
        }
        headers
    }

    #[rstest]
    #[case(&[], Presented::Nothing)]
    #[case(&["Bearer a.b.c"], Presented::Token("a.b.c"))]
    #[case(&["bearer  a.b.c "], Presented::Token("a.b.c"))]
    #[case(&["Basic YTpi"], Presented::Unreadable)]
    #[case(&["Bearer"], Presented::Unreadable)]
    #[case(&["Bearer "], Presented::Unreadable)]
    #[case(&["Bearer a.b.c", "Bearer d.e.f"], Presented::Unreadable)]
    fn a_header_presents_at_most_one_token(#[case] values: &[&'static str], #[case] expected: Presented<'_>) {
        assert_eq!(in_header(&headers(header::AUTHORIZATION, values)), expected);
    }

    #[rstest]
    #[case(&[], Presented::Nothing)]
    #[case(&["fleetwatch.v1.json"], Presented::Nothing)]
    #[case(&["fleetwatch.v1.json, bearer.a.b.c"], Presented::Token("a.b.c"))]
    #[case(&["bearer.a.b.c", "fleetwatch.v1.json"], Presented::Token("a.b.c"))]
    #[case(&["bearer.a.b.c, bearer.d.e.f"], Presented::Unreadable)]
    fn subprotocols_present_at_most_one_token(
        #[case] values: &[&'static str],
        #[case] expected: Presented<'_>,
    ) {
        let headers = headers(header::SEC_WEBSOCKET_PROTOCOL, values);
        assert_eq!(in_subprotocols(&headers), expected);
    }
}
