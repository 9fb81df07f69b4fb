//! The state of the fleet from a query and the subscriptions `vehicleEvents` and `vehiclePositionUpdated`.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::http::header::SEC_WEBSOCKET_PROTOCOL;

use super::{
    access::Access,
    history::{Picture, Seen, Shown},
    robots::number_at,
    socket::Socket,
    watcher::{Noted, Watcher},
};

const EVENTS: &str = "subscription { vehicleEvents { __typename \
    ... on VehicleAdded { vehicle { id version model status isEnabled } } \
    ... on VehicleUpdated { vehicle { id version model status isEnabled } } \
    ... on VehicleStateChange { vehicle { id version model status isEnabled } } \
    ... on VehicleRemoved { vehicleId reason } } }";

const POSITIONS: &str = "subscription { vehiclePositionUpdated { vehicleId position { x } } }";

const LIST: &str = "{ vehicles(first: 200) { nodes { id version model status isEnabled } \
    pageInfo { hasNextPage } } }";

/// Subscribes, queries the list, and applies events until the connection ends.
///
/// # Errors
/// Always returns an error: the reason why the connection ended.
pub(super) async fn follow(access: &Access, watcher: &Watcher) -> Result<(), String> {
    let bearer = format!("Bearer {}", access.token().await?);
    let protocol = (SEC_WEBSOCKET_PROTOCOL, "graphql-transport-ws");
    let mut socket = Socket::open(&access.url("ws", "/graphql/ws"), protocol).await?;
    let payload = json!({"authorization": bearer});
    socket
        .send(json!({"type": "connection_init", "payload": payload}))
        .await?;
    until(&mut socket, "connection_ack").await?;
    subscribe(&mut socket, "events", EVENTS).await?;
    subscribe(&mut socket, "positions", POSITIONS).await?;
    // Once a later message is answered, the subscriptions have started, so the list is not older than they are.
    socket.send(json!({"type": "ping"})).await?;
    let mut deleted = BTreeSet::new();
    loop {
        let message = socket.next().await?;
        match (message["type"].as_str(), message["id"].as_str()) {
            (Some("pong"), _) => subscribe(&mut socket, "list", LIST).await?,
            (Some("next"), Some(id)) => {
                let payload = &message["payload"];
                if payload["data"].is_null() || !payload["errors"].is_null() {
                    return Err(message.to_string());
                }
                watcher_applies(watcher, id, &payload["data"], &mut deleted)?;
            }
            (Some("complete"), Some("list")) | (Some("ping"), _) => {}
            _ => return Err(message.to_string()),
        }
    }
}

async fn until(socket: &mut Socket, kind: &str) -> Result<(), String> {
    let message = socket.next().await?;
    match message["type"] == kind {
        true => Ok(()),
        false => Err(message.to_string()),
    }
}

async fn subscribe(socket: &mut Socket, id: &str, query: &str) -> Result<(), String> {
    socket
        .send(json!({"type": "subscribe", "id": id, "payload": {"query": query}}))
        .await
}

/// Applies the data of an operation.
fn watcher_applies(
    watcher: &Watcher,
    operation: &str,
    data: &Value,
    deleted: &mut BTreeSet<String>,
) -> Result<(), String> {
    match operation {
        "positions" => watcher.apply(|picture| position(picture, &data["vehiclePositionUpdated"])),
        "events" => watcher.apply(|picture| event(picture, &data["vehicleEvents"], deleted)),
        _ => {
            let list = &data["vehicles"];
            if list["pageInfo"]["hasNextPage"] != json!(false) {
                return Err("the list has more than one page".to_owned());
            }
            for vehicle in list["nodes"].as_array().into_iter().flatten() {
                watcher.apply(|picture| listed(picture, vehicle, deleted));
            }
        }
    }
    Ok(())
}

fn position(picture: &mut Picture, update: &Value) -> Noted {
    let id = update["vehicleId"].as_str()?;
    let number = number_at(update["position"]["x"].as_f64()?);
    picture.entry(id.to_owned()).or_default().position = Some(number);
    Some((id.to_owned(), Seen::Position(number)))
}

fn event(picture: &mut Picture, event: &Value, deleted: &mut BTreeSet<String>) -> Noted {
    match event["__typename"].as_str()? {
        "VehicleAdded" | "VehicleUpdated" | "VehicleStateChange" => {
            let vehicle = &event["vehicle"];
            let (id, version) = (vehicle["id"].as_str()?, vehicle["version"].as_u64()?);
            show(picture.entry(id.to_owned()).or_default(), vehicle);
            Some((id.to_owned(), Seen::Version(version)))
        }
        "VehicleRemoved" => {
            let id = event["vehicleId"].as_str()?;
            match event["reason"].as_str()? {
                "DISABLED" => picture.get_mut(id)?.position = None,
                _ => {
                    picture.remove(id);
                    deleted.insert(id.to_owned());
                }
            }
            None
        }
        _ => None,
    }
}

/// Applies an item of the list, unless an event has already reported something newer.
fn listed(picture: &mut Picture, vehicle: &Value, deleted: &BTreeSet<String>) -> Noted {
    let (id, version) = (vehicle["id"].as_str()?, vehicle["version"].as_u64()?);
    if !deleted.contains(id) {
        let shown = picture.entry(id.to_owned()).or_default();
        if shown.version.is_none_or(|known| known < version) {
            show(shown, vehicle);
        }
    }
    None
}

fn show(shown: &mut Shown, vehicle: &Value) {
    let text = |name: &str| vehicle[name].as_str().map(str::to_owned);
    shown.version = vehicle["version"].as_u64();
    shown.model = text("model");
    shown.status = text("status");
    shown.is_enabled = vehicle["isEnabled"].as_bool();
}

#[test]
fn an_older_list_does_not_replace_events() {
    let vehicle = |id: &str, version: u64| {
        let text = ("N1", "IDLE");
        json!({"id": id, "version": version, "model": text.0, "status": text.1, "isEnabled": false})
    };
    let (mut picture, mut deleted) = (Picture::new(), BTreeSet::new());
    let updated = json!({"__typename": "VehicleUpdated", "vehicle": vehicle("a", 3)});
    let noted = event(&mut picture, &updated, &mut deleted);
    assert_eq!(noted, Some(("a".to_owned(), Seen::Version(3))));
    let removed = json!({"__typename": "VehicleRemoved", "vehicleId": "b", "reason": "DELETED"});
    assert_eq!(event(&mut picture, &removed, &mut deleted), None);
    let moved = json!({"vehicleId": "c", "position": {"x": 0.05}});
    assert_eq!(
        position(&mut picture, &moved),
        Some(("c".to_owned(), Seen::Position(5)))
    );
    for (id, version) in [("a", 2), ("b", 1), ("c", 1)] {
        listed(&mut picture, &vehicle(id, version), &deleted);
    }
    let versions: Vec<_> = picture
        .iter()
        .map(|(id, shown)| (id.as_str(), shown.version))
        .collect();
    assert_eq!(versions, [("a", Some(3)), ("c", Some(1))]);
    assert_eq!(picture["c"].position, Some(5));
}
