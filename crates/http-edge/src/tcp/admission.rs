//! Admission of new connections.

use std::{sync::Arc, time::Duration};

use actix_web::http::StatusCode;
use application::place_of;
use tokio::{io::AsyncWriteExt as _, net::TcpStream, time::timeout};

use super::{
    client_stream::ClientStream,
    connections::{ClientConnections, count},
    refusal,
};

/// Time limit for writing the response to a refused connection.
const REFUSED_WITHIN: Duration = Duration::from_secs(1);

/// Error returned when the server or the client's address has reached its connection limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many connections")]
pub struct TooManyConnections;

impl ClientConnections {
    /// Admits a connection. If the server's limit is reached, connections are closed to make room: first those that
    /// have been idle longest, then those whose request bodies are still arriving. Connections whose requests are being
    /// processed, and open sockets, are never closed for this purpose.
    ///
    /// # Errors
    /// Returns `TooManyConnections` after an attempt to send 429 or 503 to the client, or without one if the client
    /// has already disconnected.
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

/// Writes the reason to the client and closes the connection. A client that has already sent data may not receive the
/// reason, because closing a connection with unread data resets the connection.
async fn refuse(mut stream: TcpStream, status: StatusCode) {
    let reason = match status {
        StatusCode::TOO_MANY_REQUESTS => "address",
        _ => "all",
    };
    count(reason, 1);
    // Writing to a new connection does not block, because its send buffer is empty. The time limit is a safeguard.
    let telling = async {
        let _ = stream.write_all(&refusal::answer(status)).await;
        let _ = stream.shutdown().await;
    };
    let _ = timeout(REFUSED_WITHIN, telling).await;
}
