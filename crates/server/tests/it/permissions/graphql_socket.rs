//! A client of `/graphql/ws` for queries, mutations and subscriptions, many at a time.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
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
type Listeners = Arc<Mutex<HashMap<String, mpsc::UnboundedSender<Value>>>>;

pub struct GraphqlSocket {
    writer: tokio::sync::Mutex<Writer>,
    listeners: Listeners,
    reading: JoinHandle<()>,
    ids: AtomicU64,
}

impl Drop for GraphqlSocket {
    fn drop(&mut self) {
        self.reading.abort();
    }
}

impl GraphqlSocket {
    pub async fn connect(program: &Program, token: &str) -> Self {
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
        let init = json!({"type": "connection_init", "payload": {"authorization": format!("Bearer {token}")}});
        writer
            .send(Message::text(init.to_string()))
            .await
            .expect("it is open");
        let ack = reader.next().await.expect("it is open").expect("a frame");
        assert!(ack.to_string().contains("connection_ack"), "{ack}");
        let listeners = Listeners::default();
        let heard_by = Arc::clone(&listeners);
        let reading = tokio::spawn(async move {
            while let Some(Ok(frame)) = reader.next().await {
                let Message::Text(text) = frame else { continue };
                let message: Value = serde_json::from_str(&text).expect("JSON");
                let id = message["id"].as_str().unwrap_or_default();
                if let Some(listener) = heard_by.lock().expect("nobody panics with it").get(id) {
                    let _ = listener.send(message);
                }
            }
        });
        Self {
            writer: tokio::sync::Mutex::new(writer),
            listeners,
            reading,
            ids: AtomicU64::new(0),
        }
    }

    /// Begins an operation; gives every message about it.
    pub async fn begin(&self, query: &str, variables: &Value) -> mpsc::UnboundedReceiver<Value> {
        let id = self.ids.fetch_add(1, Ordering::Relaxed).to_string();
        let (listener, messages) = mpsc::unbounded_channel();
        self.listeners
            .lock()
            .expect("nobody panics with it")
            .insert(id.clone(), listener);
        let payload = json!({"query": query, "variables": variables});
        let message = json!({"type": "subscribe", "id": id, "payload": payload});
        let mut writer = self.writer.lock().await;
        let sent = writer.send(Message::text(message.to_string())).await;
        sent.expect("it is open");
        messages
    }

    /// A query or a mutation; gives its answer as HTTP would have it.
    pub async fn ask(&self, query: &str, variables: &Value) -> Value {
        let mut messages = self.begin(query, variables).await;
        let message = tokio::time::timeout(PATIENCE, messages.recv()).await;
        answer(message.expect("an answer in time").expect("the socket is open"))
    }

    /// Waits until all that was begun before stands: an answer to a question comes behind it.
    pub async fn until_settled(&self) {
        self.ask("{ __typename }", &Value::Null).await;
    }
}

/// What a message about an operation says, as HTTP would have it.
pub fn answer(mut message: Value) -> Value {
    match message["type"].as_str() {
        Some("error") => json!({"errors": message["payload"].take()}),
        _ => message["payload"].take(),
    }
}
