//! A recorder of all frames that a client receives.

use std::sync::{Arc, Mutex};

use futures::{SinkExt as _, StreamExt as _};
use serde_json::Value;
use tokio::{
    task::JoinHandle,
    time::{Duration, Instant},
};
use tokio_tungstenite::tungstenite::Message;

use super::support::Client;

/// Recorder of every frame that a socket receives.
pub(super) struct Recorder {
    name: &'static str,
    frames: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Recorder {
    pub(super) fn of(name: &'static str, mut client: Client) -> Self {
        let frames = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&frames);
        let task = tokio::spawn(async move {
            while let Some(Ok(message)) = client.socket.next().await {
                let frame = String::from_utf8_lossy(&message.clone().into_data()).into_owned();
                kept.lock().expect("the lock is not poisoned").push(frame);
                // The library queues the answer to a ping; flushing sends it.
                if matches!(message, Message::Ping(_)) && client.socket.flush().await.is_err() {
                    break;
                }
            }
        });
        Self { name, frames, task }
    }

    pub(super) fn frames(&self) -> Vec<String> {
        self.frames.lock().expect("the lock is not poisoned").clone()
    }

    /// Returns the number of frames received so far.
    pub(super) fn so_far(&self) -> usize {
        self.frames.lock().expect("the lock is not poisoned").len()
    }

    /// Returns all frames that contain a text.
    pub(super) fn frames_with(&self, text: &str) -> Vec<String> {
        let mut frames = self.frames();
        frames.retain(|frame| frame.contains(text));
        frames
    }

    /// Waits for a message, after the first `after`, for which `look` returns `true`.
    pub(super) async fn until(
        &self,
        what: &str,
        after: usize,
        deadline: Instant,
        look: impl Fn(&Value) -> bool,
    ) {
        let mut seen = after;
        loop {
            let new: Vec<String> = {
                let frames = self.frames.lock().expect("the lock is not poisoned");
                frames[seen..].to_vec()
            };
            seen += new.len();
            let mut messages = new.iter().filter_map(|frame| serde_json::from_str(frame).ok());
            if messages.any(|message: Value| look(&message)) {
                return;
            }
            assert!(Instant::now() < deadline, "not in time at {}: {what}", self.name);
            assert!(
                !self.task.is_finished(),
                "{} was closed before: {what}",
                self.name
            );
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}
