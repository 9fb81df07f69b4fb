//! Client of `/graphql/ws`.

use std::time::Duration;

use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use test_application::staff::Member;
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{self, Message, client::IntoClientRequest as _, http::HeaderValue},
};

use crate::stage::Stage;

/// Time after which a test fails if no message arrives.
const DEADLINE: Duration = Duration::from_secs(10);

/// Open connection, which may be initialised.
pub(crate) struct Client {
    pub(crate) socket: WebSocketStream<TcpStream>,
}

/// Code of a close frame; `None` if the frame has none.
pub(crate) type CloseCode = Option<u16>;

impl Stage {
    /// Opens a socket with additional headers.
    pub(crate) async fn open(&self, headers: &[(&'static str, &str)]) -> Result<Client, tungstenite::Error> {
        let mut request = format!("ws://{}/graphql/ws", self.address).into_client_request()?;
        for (name, value) in headers {
            request
                .headers_mut()
                .insert(*name, HeaderValue::from_str(value).expect("a header"));
        }
        let stream = TcpStream::connect(self.address).await?;
        let (socket, _) = client_async(request, stream).await?;
        Ok(Client { socket })
    }

    /// Opens a socket with the subprotocol `graphql-transport-ws`.
    pub(crate) async fn open_graphql(&self) -> Client {
        let headers = [("Sec-WebSocket-Protocol", "graphql-transport-ws")];
        self.open(&headers).await.expect("the server accepts it")
    }

    /// Opens a socket, and initialises it as the administrator.
    pub(crate) async fn connect(&self) -> Client {
        self.connect_as(&self.administrator).await
    }

    /// Opens a socket, and initialises it as another user.
    pub(crate) async fn connect_as(&self, member: &Member) -> Client {
        let mut client = self.open_graphql().await;
        client.initialise(&member.bearer()).await;
        assert_eq!(client.receive().await, json!({"type": "connection_ack"}));
        client
    }
}

impl Client {
    pub(crate) async fn send(&mut self, message: Message) {
        self.socket.send(message).await.expect("the socket is open");
    }

    /// Sends `connection_init` with a token.
    pub(crate) async fn initialise(&mut self, authorization: &str) {
        let payload = json!({"authorization": authorization});
        self.send_json(json!({"type": "connection_init", "payload": payload}))
            .await;
    }

    pub(crate) async fn send_json(&mut self, message: Value) {
        self.send(Message::text(message.to_string())).await;
    }

    /// Starts an operation.
    pub(crate) async fn subscribe(&mut self, id: &str, query: &str, variables: Value) {
        let payload = json!({"query": query, "variables": variables});
        self.send_json(json!({"type": "subscribe", "id": id, "payload": payload}))
            .await;
    }

    /// Returns the next frame of any kind.
    pub(crate) async fn frame(&mut self) -> Message {
        let frame = timeout(DEADLINE, self.socket.next())
            .await
            .expect("a frame arrives in time");
        frame.expect("the socket is open").expect("the frame is valid")
    }

    /// Returns the next message.
    pub(crate) async fn receive(&mut self) -> Value {
        loop {
            match self.frame().await {
                Message::Text(text) => return serde_json::from_str(&text).expect("messages are JSON"),
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("{other:?} is not a message"),
            }
        }
    }

    /// Returns the data of the next message, which must be a result of the operation.
    pub(crate) async fn next(&mut self, id: &str) -> Value {
        let mut message = self.receive().await;
        assert_eq!(
            (&message["type"], &message["id"]),
            (&json!("next"), &json!(id)),
            "{message}"
        );
        assert_eq!(message["payload"].get("errors"), None, "{message}");
        message["payload"]["data"].take()
    }

    /// Returns the code of the close frame, which must be the next frame other than pings and pongs.
    pub(crate) async fn close_code(&mut self) -> CloseCode {
        self.close().await.map(|(code, _)| code)
    }

    /// Returns the code and the reason of the close frame, like [`Self::close_code`].
    pub(crate) async fn close(&mut self) -> Option<(u16, String)> {
        loop {
            match self.frame().await {
                Message::Close(frame) => {
                    return frame.map(|frame| (frame.code.into(), frame.reason.to_string()));
                }
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("{other:?} is not a close frame"),
            }
        }
    }
}
