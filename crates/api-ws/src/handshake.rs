//! Negotiation of the subprotocol.

use actix_web::http::header::{self, HeaderMap};
use http_edge::token::SUBPROTOCOL_PREFIX;

/// Encoding of the frames on a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subprotocol {
    /// `fleetwatch.v1.json`: JSON in text frames.
    Json,
}

impl Subprotocol {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Json => "fleetwatch.v1.json",
        }
    }
}

/// None of the offered subprotocols is supported.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct UnknownSubprotocol;

/// Chooses the first supported subprotocol. Returns `Ok(None)` if none is offered: the socket then uses JSON, and the
/// response names no subprotocol. An offer of the form `bearer.<token>` carries a token and is skipped.
pub(crate) fn choose_subprotocol(headers: &HeaderMap) -> Result<Option<Subprotocol>, UnknownSubprotocol> {
    let offered = headers
        .get_all(header::SEC_WEBSOCKET_PROTOCOL)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .filter(|name| !name.is_empty() && !name.starts_with(SUBPROTOCOL_PREFIX));
    let mut is_unknown = false;
    for name in offered {
        if name == Subprotocol::Json.as_str() {
            return Ok(Some(Subprotocol::Json));
        }
        is_unknown = true;
    }
    if is_unknown {
        Err(UnknownSubprotocol)
    } else {
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};
    use rstest::rstest;

    use super::*;

    fn headers(pairs: &[(HeaderName, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(name.clone(), HeaderValue::from_static(value));
        }
        headers
    }

    #[rstest]
    #[case("fleetwatch.v1.json", Ok(Some(Subprotocol::Json)))]
    #[case("graphql-ws, fleetwatch.v1.json", Ok(Some(Subprotocol::Json)))]
    #[case("fleetwatch.v1.json, bearer.a.b.c", Ok(Some(Subprotocol::Json)))]
    #[case("bearer.a.b.c", Ok(None))]
    #[case("fleetwatch.v9.json", Err(UnknownSubprotocol))]
    fn the_first_known_subprotocol_is_chosen(
        #[case] offered: &'static str,
        #[case] expected: Result<Option<Subprotocol>, UnknownSubprotocol>,
    ) {
        assert_eq!(
            choose_subprotocol(&headers(&[(header::SEC_WEBSOCKET_PROTOCOL, offered)])),
            expected
        );
    }

    #[test]
    fn no_offer_means_json() {
        assert_eq!(choose_subprotocol(&headers(&[])), Ok(None));
    }
}
