//! A running server and clients for its endpoints.
//!
//! * `program`: the process of a server.
//! * `requests`: requests to it.
//! * `client`: a WebSocket client.
//! * `plant`: a server with its own stores, and robots.

mod client;
mod plant;
mod program;
mod requests;

use std::time::Duration;

pub(crate) use self::{
    client::Client,
    plant::{Plant, Robot, position},
    program::{ADMINISTRATOR, Program},
    requests::Tokens,
};

/// Time limit for anything that a test waits for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) fn now_ms() -> i64 {
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .expect("after 1970");
    i64::try_from(now.as_millis()).expect("before the year 292 million")
}

/// Calls `look` until it returns a value, and panics after [`PATIENCE`].
pub(crate) async fn until_ok<T, F: Future<Output = Option<T>>>(what: &str, mut look: impl FnMut() -> F) -> T {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(tokio::time::Instant::now() < deadline, "timed out: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
