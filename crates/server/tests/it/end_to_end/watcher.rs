//! A client subscribed to all vehicles in its scope, at both live endpoints.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::{endpoints::graphql_socket_as, recorder::Recorder, support::Program};

/// Time within which every server applies a change of scopes.
pub(super) const SOON: Duration = Duration::from_secs(2);

/// A client subscribed at `/ws` and `/graphql/ws`, with all frames that it receives.
pub(super) struct Watcher {
    live: Recorder,
    graphql: Recorder,
}

impl Watcher {
    pub(super) async fn of(program: &Program, token: &str) -> Self {
        let live = program.watch_all_as(token).await;
        let mut graphql = graphql_socket_as(program, token).await;
        for (id, query) in [
            (
                "moved",
                "subscription { vehiclePositionUpdated { vehicleId position { x y } state { errorCodes } } }",
            ),
            (
                "changed",
                "subscription { vehicleStateChanged { vehicleId oldStatus newStatus } }",
            ),
            (
                "added",
                "subscription { vehicleAdded { id name position { x } groups { name } } }",
            ),
        ] {
            graphql
                .send(json!({"type": "subscribe", "id": id, "payload": {"query": query}}))
                .await;
        }
        Self {
            live: Recorder::of("/ws", live),
            graphql: Recorder::of("/graphql/ws", graphql),
        }
    }

    /// Returns the numbers of frames received so far, after which to search for later frames.
    pub(super) fn so_far(&self) -> (usize, usize) {
        (self.live.so_far(), self.graphql.so_far())
    }

    pub(super) async fn until_position(&self, vehicle: &str, (live, graphql): (usize, usize), what: &str) {
        let deadline = Instant::now() + SOON;
        let came = |event: &Value| event["type"] == "positionUpdate" && event["vehicleId"] == vehicle;
        self.live
            .until(what, live, deadline, |message| events(message).iter().any(came))
            .await;
        let came =
            |message: &Value| message["payload"]["data"]["vehiclePositionUpdated"]["vehicleId"] == vehicle;
        self.graphql.until(what, graphql, deadline, came).await;
    }

    pub(super) async fn until_removed(&self, vehicle: &str, (live, _): (usize, usize), what: &str) {
        let went = |event: &Value| event["type"] == "vehicleRemoved" && event["vehicleId"] == vehicle;
        let deadline = Instant::now() + SOON;
        self.live
            .until(what, live, deadline, |message| events(message).iter().any(went))
            .await;
    }

    /// Waits for an update on `/ws` with a vehicle at `x`. A vehicle's newest position is never dropped.
    pub(super) async fn until_at(&self, vehicle: &str, x: f64) {
        let is_there = |event: &Value| event["vehicleId"] == vehicle && event["position"]["x"] == x;
        let (after, deadline) = (self.live.so_far(), Instant::now() + SOON);
        let look = |message: &Value| events(message).iter().any(is_there);
        self.live
            .until(&format!("{vehicle} at {x}"), after, deadline, look)
            .await;
    }

    /// Returns all frames of both sockets that contain a text.
    pub(super) fn frames_with(&self, text: &str) -> Vec<String> {
        [&self.live, &self.graphql]
            .map(|recorder| recorder.frames_with(text))
            .concat()
    }
}

fn events(message: &Value) -> &[Value] {
    message["events"].as_array().map_or(&[], Vec::as_slice)
}
