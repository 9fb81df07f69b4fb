//! Messages shown by a page. Those marked `→` are sent, and those marked `←` must have the shape of the response.

use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest as _};

use super::{markdown::Block, session::Session};
use crate::end_to_end::support::PATIENCE;

/// Sends and expects the messages of a block.
pub(super) async fn hold(session: &Session, block: &Block) {
    let program = &session.plant().program;
    let token = program.administrator().await.access.clone();
    let request = format!("ws://{}/graphql/ws", program.address).into_client_request();
    let mut request = request.expect("a request");
    let protocol = "graphql-transport-ws".parse().expect("a header");
    request.headers_mut().insert("sec-websocket-protocol", protocol);
    let (mut socket, _) = tokio_tungstenite::connect_async(request)
        .await
        .expect("the handshake succeeds");
    let mut answers = 0;
    for line in block.text.lines() {
        let (direction, message) = line.split_once(' ').expect("a direction and a message");
        let message: Value = serde_json::from_str(&message.replace("<token>", &token)).expect(line);
        match direction {
            "→" => {
                let sent = socket.send(Message::text(message.to_string())).await;
                sent.expect("the socket is open");
            }
            "←" => {
                let answer = async {
                    loop {
                        match socket
                            .next()
                            .await
                            .expect("the socket is open")
                            .expect("a valid frame")
                        {
                            Message::Text(text) => {
                                let answer: Value = serde_json::from_str(&text).expect("JSON");
                                // Events of subscriptions may arrive before the response.
                                if answer["type"] == message["type"] {
                                    return answer;
                                }
                                assert_eq!(answer["type"], "next", "{line}: {answer}");
                            }
                            Message::Ping(_) | Message::Pong(_) => {}
                            other => panic!("{line}: {other:?}"),
                        }
                    }
                };
                let answer = tokio::time::timeout(PATIENCE, answer).await;
                let mut answer = answer.unwrap_or_else(|_| panic!("timed out: {line}"));
                if let Some(payload) = answer.get_mut("payload").and_then(Value::as_object_mut) {
                    payload.remove("extensions");
                }
                assert_eq!(shape(&answer), shape(&message), "{line}: {answer}");
                answers += 1;
            }
            other => panic!("unknown direction {other}: {line}"),
        }
    }
    assert!(answers > 0, "the block expects no response");
}

/// Returns the shape of a value, without the parts that differ between connections: numbers, and all texts except those
/// of `type` and `id`.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let keep = |(key, value): (&String, &Value)| {
                let is_of_the_protocol = key == "type" || key == "id";
                let value = if is_of_the_protocol {
                    value.clone()
                } else {
                    shape(value)
                };
                (key.clone(), value)
            };
            Value::Object(fields.iter().map(keep).collect())
        }
        Value::Array(items) => items.iter().map(shape).collect(),
        Value::Number(_) => json!(0),
        Value::String(_) => json!("…"),
        other => other.clone(),
    }
}
