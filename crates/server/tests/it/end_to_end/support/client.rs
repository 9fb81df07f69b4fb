//! A WebSocket client.

use futures::{SinkExt as _, StreamExt as _};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, tungstenite::Message};

use super::PATIENCE;

/// A WebSocket client.
#[derive(Debug)]
pub(crate) struct Client {
    pub socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Client {
    pub(crate) async fn send(&mut self, message: Value) {
        self.socket
            .send(Message::text(message.to_string()))
            .await
            .expect("the socket is open");
    }

    pub(crate) async fn next_message(&mut self) -> Message {
        let next = tokio::time::timeout(PATIENCE, self.socket.next())
            .await
            .expect("a message in time");
        next.expect("the socket is open").expect("a valid frame")
    }

    pub(crate) async fn next_json(&mut self) -> Value {
        self.until("any message", |message| Some(message.clone())).await
    }

    /// Reads until the server closes the socket. Returns the code and the reason.
    pub(crate) async fn closed(&mut self) -> (u16, String) {
        loop {
            if let Message::Close(close) = self.next_message().await {
                let close = close.expect("a close frame says why");
                return (close.code.into(), close.reason.as_str().to_owned());
            }
        }
    }

    /// Reads messages until `look` returns a value for one of them, and returns that value.
    pub(crate) async fn until<T>(&mut self, what: &str, mut look: impl FnMut(&Value) -> Option<T>) -> T {
        let mut last = Value::Null;
        let looking = async {
            loop {
                match self.next_message().await {
                    Message::Text(text) => last = serde_json::from_str(&text).expect("JSON"),
                    Message::Ping(_) | Message::Pong(_) => continue,
                    other => panic!("expected JSON, got {other:?}"),
                }
                if let Some(found) = look(&last) {
                    return found;
                }
            }
        };
        let found = tokio::time::timeout(PATIENCE, looking).await;
        found.unwrap_or_else(|_| panic!("timed out: {what}; the last message was {last}"))
    }

    /// Reads messages until `look` returns a value for an event in one of them, and returns that value.
    pub(crate) async fn until_event<T>(
        &mut self,
        what: &str,
        mut look: impl FnMut(&Value) -> Option<T>,
    ) -> T {
        self.until(what, |message| {
            message["events"].as_array()?.iter().find_map(&mut look)
        })
        .await
    }

    /// Reads messages until a vehicle is at the given x coordinate, and returns the event.
    pub(crate) async fn until_at(&mut self, vehicle: &str, x: f64) -> Value {
        self.until_event(&format!("{vehicle} at {x}"), |event| {
            let is_it = event["type"] == "positionUpdate" && event["vehicleId"] == vehicle;
            (is_it && event["position"]["x"] == x).then(|| event.clone())
        })
        .await
    }
}
