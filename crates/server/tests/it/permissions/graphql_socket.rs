//! A client of `/graphql/ws` for many concurrent queries, mutations and subscriptions.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
};

use futures::{SinkExt as _, StreamExt as _, stream::SplitSink};
use serde_json::{Value, json};
use tokio::{net::TcpStream, sync::mpsc, task::JoinHandle};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream,
    tungstenite::{Message, client::IntoClientRequest as _},
};

use crate::end_to_end::support::{PATIENCE, Program};

type Writer = SplitSink<WebSocketStream<MaybeTlsStream<TcpStream>>, Message>;

/// An authenticated connection.
pub(super) struct GraphqlSocket {
    writer: tokio::sync::Mutex<Writer>,
    listeners: Arc<Listeners>,
    reading: JoinHandle<()>,
    ids: AtomicU64,
}

/// Receivers of messages, by the id of their operation. The map is emptied when the connection ends.
#[derive(Default)]
struct Listeners {
    of: Mutex<HashMap<String, mpsc::UnboundedSender<Value>>>,
    end: OnceLock<String>,
}

impl Listeners {
    fn add(&self, id: String) -> mpsc::UnboundedReceiver<Value> {
        let (listener, messages) = mpsc::unbounded_channel();
        let mut of = self.of.lock().expect("the lock is not poisoned");
        if self.end.get().is_none() {
            of.insert(id, listener);
        }
        messages
    }

    fn dispatch(&self, message: Value) {
        let id = message["id"].as_str().unwrap_or_default();
        if let Some(listener) = self.of.lock().expect("the lock is not poisoned").get(id) {
            let _ = listener.send(message);
        }
    }

    fn end(&self, reason: Option<String>) {
        let mut of = self.of.lock().expect("the lock is not poisoned");
        let _ = self.end.set(reason.unwrap_or_default());
        of.clear();
    }
}

impl Drop for GraphqlSocket {
    fn drop(&mut self) {
        self.reading.abort();
    }
}

impl GraphqlSocket {
    pub(super) async fn connect(program: &Program, token: &str) -> Self {
        let url = program.url("/graphql/ws").replacen("http", "ws", 1);
        let mut request = url.into_client_request().expect("a request");
        let subprotocol = "graphql-transport-ws".parse().expect("a header");
        request
            .headers_mut()
            .insert("sec-websocket-protocol", subprotocol);
        let (socket, _) = tokio_tungstenite::connect_async(request)
            .await
            .expect("the handshake succeeds");
        let (mut writer, mut reader) = socket.split();
        let init =
            json!({"type": "connection_init", "payload": {"authorization": format!("Bearer {token}")}});
        writer
            .send(Message::text(init.to_string()))
            .await
            .expect("it is open");
        let ack = reader.next().await.expect("it is open").expect("a frame");
        assert!(ack.to_string().contains("connection_ack"), "{ack}");
        let listeners = Arc::new(Listeners::default());
        let receivers = Arc::clone(&listeners);
        let reading = tokio::spawn(async move {
            while let Some(Ok(frame)) = reader.next().await {
                match frame {
                    Message::Text(text) => receivers.dispatch(serde_json::from_str(&text).expect("JSON")),
                    Message::Close(close) => receivers.end(close.map(|close| close.reason.to_string())),
                    _ => {}
                }
            }
            receivers.end(None);
        });
        Self {
            writer: tokio::sync::Mutex::new(writer),
            listeners,
            reading,
            ids: AtomicU64::new(0),
        }
    }

    /// Starts an operation and returns the channel of its messages.
    pub(super) async fn begin(&self, query: &str, variables: &Value) -> mpsc::UnboundedReceiver<Value> {
        let id = self.ids.fetch_add(1, Ordering::Relaxed).to_string();
        let messages = self.listeners.add(id.clone());
        let payload = json!({"query": query, "variables": variables});
        let message = json!({"type": "subscribe", "id": id, "payload": payload});
        let mut writer = self.writer.lock().await;
        // If the connection is over, the channel is closed without a message.
        let _ = writer.send(Message::text(message.to_string())).await;
        messages
    }

    /// Executes a query or mutation. Returns the response in the form of HTTP, or the reason why the connection ended.
    pub(super) async fn ask(&self, query: &str, variables: &Value) -> Result<Value, String> {
        let mut messages = self.begin(query, variables).await;
        let message = tokio::time::timeout(PATIENCE, messages.recv()).await;
        let end = || self.listeners.end.get().cloned().unwrap_or_default();
        message.expect("an answer in time").map(answer).ok_or_else(end)
    }

    /// Waits until all operations started before are active, which the response to a later query shows.
    pub(super) async fn until_settled(&self) {
        let response = self.ask("{ __typename }", &Value::Null).await;
        response.expect("the connection is open");
    }
}

/// Converts a message of an operation to the form of an HTTP response.
pub(super) fn answer(mut message: Value) -> Value {
    match message["type"].as_str() {
        Some("error") => json!({"errors": message["payload"].take()}),
        _ => message["payload"].take(),
    }
}
