//! Distribution of frames to sockets.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use tokio::sync::mpsc;

use crate::websocket::server_text;

/// Maximum number of frames that wait for a socket; further ones are dropped.
pub(super) const WAITING: usize = 16;

/// The sockets, by the vehicles that they subscribe to.
#[derive(Debug, Default)]
pub(super) struct Rooms(Mutex<Members>);

#[derive(Debug, Default)]
struct Members {
    all: Vec<mpsc::Sender<Bytes>>,
    one: HashMap<[u8; 36], Vec<mpsc::Sender<Bytes>>>,
    tick: u64,
}

impl Rooms {
    /// Subscribes a socket to one vehicle, or to all.
    pub(super) fn enter(&self, vehicle: Option<[u8; 36]>, socket: mpsc::Sender<Bytes>) {
        let mut members = self.lock();
        match vehicle {
            Some(id) => members.one.entry(id).or_default().push(socket),
            None => members.all.push(socket),
        }
    }

    /// Sends new messages: one frame to all sockets that subscribe to all vehicles, and one per subscribed vehicle.
    pub(super) fn send(&self, newest: &HashMap<[u8; 36], Bytes>) {
        let mut members = self.lock();
        let Members { all, one, tick } = &mut *members;
        *tick += 1;
        if !all.is_empty() {
            let messages: Vec<&[u8]> = newest.values().map(|message| &message[..]).collect();
            send_to(all, &frame(*tick, &messages));
        }
        if !one.is_empty() {
            for (id, message) in newest {
                if let Some(sockets) = one.get_mut(id) {
                    send_to(sockets, &frame(*tick, &[&message[..]]));
                }
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Members> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns messages from vehicles as a frame in the format of the server.
fn frame(tick: u64, messages: &[&[u8]]) -> Bytes {
    let head = format!(r#"{{"type":"batch","ts":0,"tick":{tick},"events":["#);
    server_text(&[head.as_bytes(), &messages.join(&b","[..]), b"]}"])
}

fn send_to(sockets: &mut Vec<mpsc::Sender<Bytes>>, frame: &Bytes) {
    sockets.retain(|socket| {
        !matches!(
            socket.try_send(frame.clone()),
            Err(mpsc::error::TrySendError::Closed(_))
        )
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sockets_get_the_vehicles_that_they_subscribe_to() {
        let rooms = Rooms::default();
        let (of_all, mut all) = mpsc::channel(WAITING);
        let (of_one, mut one) = mpsc::channel(WAITING);
        let (a, b) = ([b'a'; 36], [b'b'; 36]);
        rooms.enter(None, of_all);
        rooms.enter(Some(a), of_one);
        rooms.send(&HashMap::from([(b, Bytes::from_static(b"{1}"))]));
        rooms.send(&HashMap::from([(a, Bytes::from_static(b"{2}"))]));
        let text = |frame: Bytes| String::from_utf8_lossy(&frame[2..]).into_owned();
        assert_eq!(
            text(all.try_recv().unwrap()),
            r#"{"type":"batch","ts":0,"tick":1,"events":[{1}]}"#
        );
        assert_eq!(
            text(all.try_recv().unwrap()),
            r#"{"type":"batch","ts":0,"tick":2,"events":[{2}]}"#
        );
        assert_eq!(
            text(one.try_recv().unwrap()),
            r#"{"type":"batch","ts":0,"tick":2,"events":[{2}]}"#
        );
        assert!(one.try_recv().is_err());
    }

    #[test]
    fn closed_sockets_are_removed() {
        let rooms = Rooms::default();
        let (gone, receiver) = mpsc::channel(WAITING);
        drop(receiver);
        rooms.enter(None, gone);
        rooms.send(&HashMap::from([([b'a'; 36], Bytes::from_static(b"{}"))]));
        assert!(rooms.lock().all.is_empty());
    }
}
