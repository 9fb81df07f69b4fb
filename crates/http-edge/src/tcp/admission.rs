//! Connections as they come in.

use std::{sync::Arc, time::Duration};

use actix_web::http::StatusCode;
use application::place_of;
use tokio::{io::AsyncWriteExt as _, net::TcpStream, time::timeout};

use super::{
    client_stream::ClientStream,
    connections::{ClientConnections, count},
    refusal,
};

/// How long it may take to tell a client that there is no room.
const REFUSED_WITHIN: Duration = Duration::from_secs(1);

/// There is no room for one more connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many connections")]
pub struct TooManyConnections;

impl ClientConnections {
    /// Admits a connection. When there is no room, the oldest idle ones are closed for it, then those whose requests are
    /// still on their way; requests that are being served, and open sockets, never are.
    ///
    /// # Errors
    /// `TooManyConnections`, of which the client was informed.
    pub async fn admit(self: &Arc<Self>, stream: TcpStream) -> Result<ClientStream, TooManyConnections> {
        let peer = stream.peer_addr().map_err(|_| TooManyConnections)?.ip();
        let counts_for = self.counts(peer).then(|| place_of(peer.to_canonical()));
        match self.enter(counts_for) {
            Ok(admitted) => Ok(ClientStream::new(stream, admitted)),
            Err(status) => {
                refuse(stream, status).await;
                Err(TooManyConnections)
            }
        }
    }
}

/// Tells a client why its connection is closed. One that has sent something already may not get to see it.
async fn refuse(mut stream: TcpStream, status: StatusCode) {
    let reason = match status {
        StatusCode::TOO_MANY_REQUESTS => "address",
        _ => "all",
    };
    count(reason, 1);
    // A new connection has an empty buffer: this waits for the first look at it only.
    let telling = async {
        let _ = stream.write_all(&refusal::answer(status)).await;
        let _ = stream.shutdown().await;
    };
    let _ = timeout(REFUSED_WITHIN, telling).await;
}
