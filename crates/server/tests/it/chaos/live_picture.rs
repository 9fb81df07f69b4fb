//! The state of the fleet from the events of `/ws`, applied as the client in docs/websocket.md does.

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::http::header::AUTHORIZATION;

use super::{
    access::Access,
    history::{Picture, Seen, Shown},
    robots::number_at,
    socket::Socket,
    watcher::{Noted, Watcher},
};

/// Subscribes to everything, and applies events until the connection ends.
///
/// # Errors
/// Always returns an error: the reason why the connection ended.
pub(super) async fn follow(access: &Access, watcher: &Watcher) -> Result<(), String> {
    let bearer = format!("Bearer {}", access.token().await?);
    let mut socket = Socket::open(&access.url("ws", "/ws"), (AUTHORIZATION, bearer.as_str())).await?;
    for subscription in ["subscribeRegistry", "subscribeAll"] {
        socket.send(json!({"type": subscription})).await?;
    }
    loop {
        let message = socket.next().await?;
        match message["type"].as_str() {
            Some("batch") => {
                for event in message["events"].as_array().into_iter().flatten() {
                    watcher.apply(|picture| apply(picture, event));
                }
            }
            Some("feed") if message["status"] == "down" => watcher.trouble("the feed is down"),
            Some("error") => return Err(message.to_string()),
            _ => {}
        }
    }
}

/// Applies an event.
fn apply(picture: &mut Picture, event: &Value) -> Noted {
    let id = event["vehicleId"].as_str()?;
    match event["type"].as_str()? {
        "vehicleInfo" | "vehicleAdded" | "vehicleUpdated" => {
            let shown = picture.entry(id.to_owned()).or_default();
            shown.is_enabled = event["isEnabled"].as_bool();
            set_status(shown, &event["status"]);
        }
        "vehicleDeleted" => {
            picture.remove(id);
        }
        "positionUpdate" => {
            let number = number_at(event["position"]["x"].as_f64()?);
            let shown = picture.entry(id.to_owned()).or_default();
            shown.position = Some(number);
            set_status(shown, &event["status"]);
            return Some((id.to_owned(), Seen::Position(number)));
        }
        // An event may arrive after the deletion.
        "stateChange" => set_status(picture.get_mut(id)?, &event["newStatus"]),
        "vehicleRemoved" => picture.get_mut(id)?.position = None,
        _ => {}
    }
    None
}

fn set_status(shown: &mut Shown, status: &Value) {
    shown.status = status.as_str().map(str::to_owned);
}

#[test]
fn events_are_applied_as_documented() {
    let mut picture = Picture::new();
    for (event, noted) in [
        (
            json!({"type": "positionUpdate", "vehicleId": "a", "position": {"x": 0.07}, "status": "IDLE"}),
            Some(7),
        ),
        (
            json!({"type": "vehicleInfo", "vehicleId": "a", "isEnabled": true, "status": "IDLE"}),
            None,
        ),
        (
            json!({"type": "vehicleAdded", "vehicleId": "b", "isEnabled": false, "status": "IDLE"}),
            None,
        ),
        (
            json!({"type": "stateChange", "vehicleId": "b", "newStatus": "STOPPED"}),
            None,
        ),
        (json!({"type": "vehicleDeleted", "vehicleId": "c"}), None),
        (
            json!({"type": "stateChange", "vehicleId": "c", "newStatus": "STOPPED"}),
            None,
        ),
    ] {
        let expected = noted.map(|number| ("a".to_owned(), Seen::Position(number)));
        assert_eq!(apply(&mut picture, &event), expected, "{event}");
    }
    let shown = |status: &str, is_enabled, position| Shown {
        status: Some(status.to_owned()),
        is_enabled: Some(is_enabled),
        position,
        ..Shown::default()
    };
    let expected = [
        ("a", shown("IDLE", true, Some(7))),
        ("b", shown("STOPPED", false, None)),
    ];
    let expected = Picture::from(expected.map(|(id, shown)| (id.to_owned(), shown)));
    assert_eq!(picture, expected);
    apply(&mut picture, &json!({"type": "vehicleRemoved", "vehicleId": "a"}));
    assert_eq!(picture["a"].position, None);
}
