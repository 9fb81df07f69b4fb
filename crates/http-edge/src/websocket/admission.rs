//! The checks of a WebSocket handshake, in one order for every endpoint: origin, form, token and quota, connection
//! permit. Each endpoint writes its refusals in its own form.

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
    /// A browser's page of another origin asks for the socket.
    ForeignOrigin,
    /// The request is no handshake as RFC 6455, section 4.1 has it.
    NotAHandshake(HandshakeError),
    /// The token is missing or not good, the quota is used up, or the registry is away.
    Denied(Error),
    /// There is no permit for another connection.
    Crowded(Crowded),
}

impl fmt::Display for SocketRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ForeignOrigin => f.write_str("pages of this origin may not open sockets here"),
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
    /// Admits a handshake that presents a token: in its header, or among the subprotocols, as a browser's page can't set
    /// headers on a WebSocket.
    ///
    /// # Errors
    /// The first check that fails; [`SocketRefusal::Denied`] for a handshake without a token, too.
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

    /// Admits a handshake whose client presents its token later, on the socket.
    ///
    /// # Errors
    /// The first check that fails.
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
