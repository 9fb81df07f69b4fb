//! The parts of the AsyncAPI document around the schemas.

use serde_json::{Map, Value, json};

use super::schemas::{Described, Schemas};
use crate::handshake::Subprotocol;

const DESCRIPTION: &str = "The live gateway of fleetwatch sends positions, states and events for any number of vehicles over \
    one WebSocket. A client that connects, subscribes and applies every event has a complete view of these vehicles. \
    Clients must ignore unknown fields and message types, because later versions may add some. See docs/websocket.md.";

const HANDSHAKE: &str = "Requires an access token, either in `Authorization: Bearer <token>` or, from browsers, as a \
    second subprotocol `bearer.<token>`.";

const SUBPROTOCOLS: &str = "Encoding of the frames. With json, frames are text frames of JSON. With msgpack, frames from \
    the server are binary frames of MessagePack, in which objects are maps with the same names, and clients may send \
    either encoding. With .deflate, each frame from the server is a binary frame that contains one raw DEFLATE stream (RFC \
    1951) of the JSON or MessagePack, and clients send uncompressed messages.";

/// Client messages with the schemas of their answers.
const ANSWERS: &[(&str, &str)] = &[
    ("subscribeVehicle", "Subscribed"),
    ("subscribeAll", "Subscribed"),
    ("subscribeType", "Subscribed"),
    ("subscribeGroup", "Subscribed"),
    ("subscribeRegistry", "Subscribed"),
    ("unsubscribeVehicle", "Unsubscribed"),
    ("unsubscribeAll", "Unsubscribed"),
    ("unsubscribeType", "Unsubscribed"),
    ("unsubscribeGroup", "Unsubscribed"),
    ("unsubscribeRegistry", "Unsubscribed"),
    ("configure", "Configured"),
    ("auth", "Authenticated"),
    ("ping", "Pong"),
];

/// Schemas of the messages that the server sends without a request.
const UNASKED: &[&str] = &["Welcome", "Batch", "Feed"];

pub(super) fn document() -> Value {
    let schemas = Schemas::collect();
    let messages = || schemas.of_clients.iter().chain(&schemas.of_the_server);
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "fleetwatch live gateway",
            "version": env!("CARGO_PKG_VERSION"),
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "local": {
                "host": "127.0.0.1:8080",
                "protocol": "ws",
                "description": "A server with the default settings. Behind a TLS proxy, use wss.",
                "security": [{"$ref": "#/components/securitySchemes/bearer"}],
            },
        },
        "channels": {
            "live": {
                "address": "/ws",
                "title": "The live gateway",
                "description": HANDSHAKE,
                "messages": references(messages(), "#/components/messages"),
                "bindings": {
                    "ws": {
                        "method": "GET",
                        "headers": {
                            "type": "object",
                            "properties": {
                                "Sec-WebSocket-Protocol": {
                                    "type": "string",
                                    "enum": Subprotocol::ALL.map(|subprotocol| subprotocol.name),
                                    "default": Subprotocol::JSON.name,
                                    "description": SUBPROTOCOLS,
                                },
                            },
                        },
                        "bindingVersion": "0.1.0",
                    },
                },
            },
        },
        "operations": operations(&schemas),
        "components": {
            "messages": messages().map(message).collect::<Map<_, _>>(),
            "schemas": schemas.by_name.clone(),
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "An access token from POST /api/auth/login.",
                },
            },
        },
    })
}

fn references<'a>(messages: impl Iterator<Item = &'a Described>, path: &str) -> Map<String, Value> {
    messages
        .map(|Described { name, .. }| (name.clone(), json!({"$ref": format!("{path}/{name}")})))
        .collect()
}

fn message(described: &Described) -> (String, Value) {
    let Described { kind, name, summary } = described;
    let message = json!({
        "name": kind,
        "title": name,
        "summary": summary,
        "payload": {"$ref": format!("#/components/schemas/{name}")},
    });
    (name.clone(), message)
}

/// Returns the operations: each message received, with its answers, and each message sent without a request.
fn operations(schemas: &Schemas) -> Map<String, Value> {
    let channel = json!({"$ref": "#/channels/live"});
    let reference = |name: &str| json!({"$ref": format!("#/channels/live/messages/{name}")});
    let received = schemas.of_clients.iter().map(|message| {
        let answer = ANSWERS.iter().find(|(kind, _)| *kind == message.kind);
        let (_, answer) = answer.expect("each message has an answer");
        let operation = json!({
            "action": "receive",
            "channel": channel,
            "summary": message.summary,
            "messages": [reference(&message.name)],
            "reply": {"channel": channel, "messages": [reference(answer), reference("Error")]},
        });
        (message.kind.clone(), operation)
    });
    let is_unasked = |message: &&Described| UNASKED.contains(&message.name.as_str());
    let sent = schemas.of_the_server.iter().filter(is_unasked).map(|message| {
        let operation = json!({
            "action": "send",
            "channel": channel,
            "summary": message.summary,
            "messages": [reference(&message.name)],
        });
        (message.kind.clone(), operation)
    });
    received.chain(sent).collect()
}
