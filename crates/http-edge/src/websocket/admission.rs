//! Checks of a WebSocket handshake, in the same order for every endpoint: origin, form, token and quota, connection
//! permit. The endpoints format refusals themselves.

use std::{fmt, sync::Arc};

use actix_http::ws::{HandshakeError, verify_handshake};
use actix_web::{
    HttpRequest,
    http::{
        Version,
        header::{self, HeaderValue},
    },
};
use application::{Error, Origin, identity::LiveSession};

use super::SocketRules;
use crate::{
    connection_permits::{ConnectionPermit, Connections, Crowded},
    request_checks::RequestChecks,
};

/// Reasons to refuse a handshake.
#[derive(Debug)]
pub enum SocketRefusal {
    /// The origin of the page that opens the socket is not allowed.
    ForeignOrigin,
    /// The request is not a handshake as specified by RFC 6455, section 4.1.
    NotAHandshake(HandshakeError),
    /// The request has a body.
    HasBody,
    /// The token is missing or invalid, the quota is used up, or the registry is unavailable.
    Denied(Error),
    /// No connection permit is available.
    Crowded(Crowded),
}

impl fmt::Display for SocketRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ForeignOrigin => f.write_str("pages from this origin may not open WebSocket connections"),
            Self::NotAHandshake(error) => error.fmt(f),
            Self::HasBody => f.write_str("a WebSocket handshake must not have a body"),
            Self::Denied(error) => error.fmt(f),
            Self::Crowded(crowded) => crowded.fmt(f),
        }
    }
}

impl From<Error> for SocketRefusal {
    fn from(error: Error) -> Self {
        Self::Denied(error)
    }
}

impl From<Crowded> for SocketRefusal {
    fn from(crowded: Crowded) -> Self {
        Self::Crowded(crowded)
    }
}

impl RequestChecks {
    /// Admits a handshake that presents a token, in its header or, because browsers cannot set headers on a WebSocket,
    /// among the subprotocols.
    ///
    /// # Errors
    /// Returns the refusal of the first check that fails. A missing token causes [`SocketRefusal::Denied`].
    pub async fn admit_socket(
        &self,
        request: &HttpRequest,
        rules: &SocketRules,
        connections: &Arc<Connections>,
    ) -> Result<(LiveSession, ConnectionPermit), SocketRefusal> {
        self.check_handshake(request, rules)?;
        let party = self.receive_handshake(request).await?;
        let origin = party.origin.clone();
        let live_session = party.live_session()?;
        let permit = connections.admit_user(&origin, live_session.actor().user_id)?;
        Ok((live_session, permit))
    }

    /// Admits the handshake of a client that presents its token on the socket later.
    ///
    /// # Errors
    /// Returns the refusal of the first check that fails.
    pub fn admit_anonymous_socket(
        &self,
        request: &HttpRequest,
        rules: &SocketRules,
        connections: &Arc<Connections>,
    ) -> Result<(Origin, ConnectionPermit), SocketRefusal> {
        self.check_handshake(request, rules)?;
        let origin = self.receive_unknown_handshake(request)?;
        let permit = connections.admit(&origin)?;
        Ok((origin, permit))
    }

    fn check_handshake(&self, request: &HttpRequest, rules: &SocketRules) -> Result<(), SocketRefusal> {
        if !self.allows_origin(request, &rules.allowed_origins) {
            return Err(SocketRefusal::ForeignOrigin);
        }
        verify_handshake(request.head()).map_err(SocketRefusal::NotAHandshake)?;
        check_form(request)
    }
}

/// Checks the parts of a handshake's form that the library does not check. The library only hands a connection over to
/// [`crate::serve_upgraded`] if `websocket` is the only protocol of its request, and the request has no body.
fn check_form(request: &HttpRequest) -> Result<(), SocketRefusal> {
    let headers = request.headers();
    let mut protocols = headers.get_all(header::UPGRADE);
    let is_websocket = |value: &HeaderValue| value.as_bytes().trim_ascii().eq_ignore_ascii_case(b"websocket");
    let is_only_websocket = protocols.next().is_some_and(is_websocket) && protocols.next().is_none();
    if !is_only_websocket || request.version() < Version::HTTP_11 {
        return Err(SocketRefusal::NotAHandshake(HandshakeError::NoWebsocketUpgrade));
    }
    if headers.get_all(header::SEC_WEBSOCKET_KEY).count() > 1 {
        return Err(SocketRefusal::NotAHandshake(HandshakeError::BadWebsocketKey));
    }
    let length = headers.get(header::CONTENT_LENGTH);
    if headers.contains_key(header::TRANSFER_ENCODING) || length.is_some_and(|length| length != "0") {
        return Err(SocketRefusal::HasBody);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use rstest::rstest;

    use super::*;

    fn handshake() -> TestRequest {
        TestRequest::get()
            .version(Version::HTTP_11)
            .insert_header((header::SEC_WEBSOCKET_KEY, "dGhlIHNhbXBsZSBub25jZQ=="))
    }

    #[rstest]
    #[case("websocket", true)]
    #[case("WebSocket", true)]
    #[case("h2c, websocket", false)]
    #[case("websocket/13", false)]
    #[case("foowebsocket", false)]
    fn the_only_protocol_must_be_websocket(#[case] upgrade: &str, #[case] expected: bool) {
        let request = handshake()
            .insert_header((header::UPGRADE, upgrade))
            .to_http_request();
        assert_eq!(check_form(&request).is_ok(), expected);
    }

    #[rstest]
    #[case(header::UPGRADE, "h2c")]
    #[case(header::CONTENT_LENGTH, "5")]
    #[case(header::TRANSFER_ENCODING, "chunked")]
    #[case(header::SEC_WEBSOCKET_KEY, "c2Vjb25kIHNlY29uZCBrZXk=")]
    fn handshakes_with_bodies_or_repeated_fields_are_refused(
        #[case] name: header::HeaderName,
        #[case] value: &str,
    ) {
        let request = handshake().insert_header((header::UPGRADE, "websocket"));
        let request = request.append_header((name, value)).to_http_request();
        assert!(check_form(&request).is_err());
    }

    #[test]
    fn http_1_0_has_no_upgrades() {
        let request = handshake().insert_header((header::UPGRADE, "websocket"));
        let request = request.version(Version::HTTP_10).to_http_request();
        assert!(check_form(&request).is_err());
    }
}
