//! Negotiation of the subprotocol.

use actix_web::http::header::{self, HeaderMap};
use http_edge::token::SUBPROTOCOL_PREFIX;

use crate::codec::Codec;

/// Subprotocol of a socket: the encoding of its frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Subprotocol {
    pub(crate) name: &'static str,
    pub(crate) codec: Codec,
}

impl Subprotocol {
    /// The default subprotocol.
    pub(crate) const JSON: Self = Self {
        name: "fleetwatch.v1.json",
        codec: Codec::JSON,
    };

    pub(crate) const ALL: [Self; 4] = [
        Self::JSON,
        Self {
            name: "fleetwatch.v1.json.deflate",
            codec: Codec::JSON_DEFLATE,
        },
        Self {
            name: "fleetwatch.v1.msgpack",
            codec: Codec::MESSAGE_PACK,
        },
        Self {
            name: "fleetwatch.v1.msgpack.deflate",
            codec: Codec::MESSAGE_PACK_DEFLATE,
        },
    ];
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
        if let Some(known) = Subprotocol::ALL.into_iter().find(|known| known.name == name) {
            return Ok(Some(known));
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
    #[case("fleetwatch.v1.json", Ok(Some(Subprotocol::JSON)))]
    #[case("graphql-ws, fleetwatch.v1.json", Ok(Some(Subprotocol::JSON)))]
    #[case("fleetwatch.v1.json, bearer.a.b.c", Ok(Some(Subprotocol::JSON)))]
    #[case("fleetwatch.v1.msgpack.deflate, fleetwatch.v1.json", Ok(Some(Subprotocol::ALL[3])))]
    #[case("fleetwatch.v1.cbor, fleetwatch.v1.msgpack", Ok(Some(Subprotocol::ALL[2])))]
    #[case("fleetwatch.v1.json.deflate", Ok(Some(Subprotocol::ALL[1])))]
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
