//! Checks of a WebSocket handshake, in the same order for every endpoint: origin, form, token and quota, connection
//! permit. The endpoints format refusals themselves.

use std::{fmt, sync::Arc};

use actix_http::ws::{HandshakeError, verify_handshake};
use actix_web::HttpRequest;
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
    /// Admits a handshake that presents a token, in its header or, because browsers can't set headers on a WebSocket,
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
        verify_handshake(request.head()).map_err(SocketRefusal::NotAHandshake)
    }
}
