use async_trait::async_trait;
use futures::stream::BoxStream;

use crate::{
    error::Result,
    telemetry::{Inbound, Report},
};

/// What happens on the bus between robots and servers.
#[derive(Debug, Clone)]
pub enum FeedEvent {
    /// The connection stands and what is published arrives. Comes again after each [`FeedEvent::Down`]; what was
    /// published in between is lost. One of the two comes first.
    Up,
    /// The connection was lost, or could not be made in the first place.
    Down,
    /// Messages in the order of their arrival: what had come in when the last event was taken.
    Messages(Vec<Inbound>),
    /// So many messages were dropped because they were not taken in time.
    Lagged(u64),
}

/// The bus between robots and servers.
#[async_trait]
pub trait TelemetryBus: Send + Sync {
    /// Listens from now on, for as long as the stream is held. The stream ends only when the bus is closed.
    fn subscribe(&self) -> BoxStream<'static, FeedEvent>;

    /// Says something in a robot's place: for simulators and replayed recordings.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`] when the bus is away.
    async fn publish(&self, reports: &[Report]) -> Result<()>;
}
