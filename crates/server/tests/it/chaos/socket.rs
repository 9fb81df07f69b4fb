//! A WebSocket client that reports the end of a connection as an error with a reason, instead of panicking.

use std::time::Duration;

use futures::{SinkExt as _, StreamExt as _};
use serde_json::Value;
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream,
    tungstenite::{
        Message,
        client::IntoClientRequest as _,
        http::{HeaderName, HeaderValue},
    },
};

/// Time limit for a handshake.
const HANDSHAKE: Duration = Duration::from_secs(5);

/// Time without any frame after which a connection is given up. The server sends a ping every 15 s.
const SILENCE: Duration = Duration::from_secs(40);

pub(super) struct Socket {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Socket {
    /// Opens a connection with an additional header.
    ///
    /// # Errors
    /// Fails if the handshake is refused, or takes too long.
    pub(super) async fn open(url: &str, header: (HeaderName, &str)) -> Result<Self, String> {
        let mut request = url.into_client_request().map_err(|error| error.to_string())?;
        let value = HeaderValue::from_str(header.1).map_err(|error| error.to_string())?;
        request.headers_mut().insert(header.0, value);
        match timeout(HANDSHAKE, tokio_tungstenite::connect_async(request)).await {
            Ok(Ok((socket, _))) => Ok(Self { socket }),
            Ok(Err(error)) => Err(format!("no handshake: {error}")),
            Err(_) => Err("no handshake in time".to_owned()),
        }
    }

    pub(super) async fn send(&mut self, message: Value) -> Result<(), String> {
        let sent = self.socket.send(Message::text(message.to_string())).await;
        sent.map_err(|error| error.to_string())
    }

    /// Returns the next message.
    ///
    /// # Errors
    /// Fails if the connection has ended, is silent for too long, or delivers anything other than JSON text.
    pub(super) async fn next(&mut self) -> Result<Value, String> {
        loop {
            let Ok(frame) = timeout(SILENCE, self.socket.next()).await else {
                return Err(format!("no frame for {SILENCE:?}"));
            };
            match frame {
                Some(Ok(Message::Text(text))) => {
                    return serde_json::from_str(&text).map_err(|error| error.to_string());
                }
                // The library has queued the answer to a ping; flushing sends it.
                Some(Ok(Message::Ping(_))) => self.socket.flush().await.map_err(|error| error.to_string())?,
                Some(Ok(Message::Pong(_))) => {}
                Some(Ok(other)) => return Err(format!("closed: {other:?}")),
                Some(Err(error)) => return Err(error.to_string()),
                None => return Err("the connection has ended".to_owned()),
            }
        }
    }
}
