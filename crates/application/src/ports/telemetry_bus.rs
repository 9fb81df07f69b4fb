use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;

use crate::{
    error::Result,
    telemetry::{Channel, Inbound, Report},
};

/// Event of a subscription to the bus.
#[derive(Debug, Clone)]
pub enum FeedEvent {
    /// The subscription is established: messages published from now on arrive. Follows every [`FeedEvent::Down`].
    /// Messages published while the bus was down may be lost. The first event is `Up` or `Down`.
    Up,
    /// A connection was lost, or the first attempt to connect failed. If only a part of the bus is affected, messages
    /// from the other parts still arrive.
    Down,
    /// Received messages. Messages whose first element names the same vehicle are in the order of their arrival.
    Messages(Vec<Inbound>),
    /// Number of messages that were dropped because the subscriber did not read them in time.
    Lagged(u64),
    /// A canary of this bus arrived, see [`TelemetryBus::release_canaries`].
    Canary(Canary),
}

/// A message with which a server checks that messages from robots reach it. It names no vehicle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Canary {
    /// Number of the check that sent it.
    pub number: u64,
    /// Index of the route on which it was sent.
    pub route: u16,
}

/// The bus on which robots publish their positions and states. Delivery is at most once: a message without a
/// subscriber, or with one that is too slow, is lost.
#[async_trait]
pub trait TelemetryBus: Send + Sync {
    /// Subscribes to all messages until the stream is dropped. The stream reconnects automatically, and ends only when
    /// the bus is closed. Dropping a pending `next` loses no event.
    ///
    /// Buffers are bounded: a subscriber that falls behind loses messages and receives [`FeedEvent::Lagged`].
    fn subscribe(&self) -> BoxStream<'static, FeedEvent>;

    /// Publishes reports on behalf of robots, for simulators and replayed recordings. An empty list publishes nothing.
    ///
    /// # Errors
    /// Returns [`crate::Error::Unavailable`] when the bus is unreachable; some of the reports may have been published.
    async fn publish(&self, reports: &[Report]) -> Result<()>;

    /// Sends one canary with this number on each route by which messages from robots reach the subscribers of this
    /// object, and returns the number of routes. A route is a connection that delivers messages on its own, such as
    /// that to a master with sharded channels. Only the subscribers of this object receive the canaries, as
    /// [`FeedEvent::Canary`], on the connections that carry the robots' messages; other servers and programs do not.
    ///
    /// # Errors
    /// Returns [`crate::Error::Unavailable`] when the bus is unreachable or rejects the canaries.
    async fn release_canaries(&self, number: u64) -> Result<u16>;

    /// Returns the name of the messaging system, as recorded in traces; for a bus in memory, the name of this program.
    fn messaging_system(&self) -> &'static str {
        "fleetwatch"
    }

    /// Decodes a payload as if it were received now. Returns `None` if the bus carries reports without encoding them.
    fn decode(&self, _channel: Channel, _payload: Bytes) -> Option<Inbound> {
        None
    }
}
