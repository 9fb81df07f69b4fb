//! A telemetry bus inside this process.

use std::sync::Arc;

use application::{
    Result,
    ports::{Canary, Clock, FeedEvent, TelemetryBus},
    telemetry::{Inbound, Item, Report},
};
use async_trait::async_trait;
use futures::{StreamExt, stream, stream::BoxStream};
use tokio::sync::broadcast::{
    self,
    error::{RecvError, TryRecvError},
};

/// Telemetry bus between parts of one process. Reports are delivered without encoding, so an item's source is empty. A
/// subscriber that falls behind by more than [`MemoryTelemetryBus::CAPACITY`] messages loses the oldest, and is
/// notified of their number.
pub struct MemoryTelemetryBus {
    sender: broadcast::Sender<Sent>,
    clock: Arc<dyn Clock>,
}

#[derive(Debug, Clone)]
enum Sent {
    Message(Inbound),
    Canary(Canary),
}

impl MemoryTelemetryBus {
    /// Maximum number of messages that wait for a slow subscriber.
    pub const CAPACITY: usize = 16_384;
    /// Maximum number of messages in one event.
    const BATCH: usize = 4_096;

    /// Creates a bus without subscribers; `clock` provides the arrival times of messages.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            sender: broadcast::Sender::new(Self::CAPACITY),
            clock,
        }
    }
}

#[async_trait]
impl TelemetryBus for MemoryTelemetryBus {
    fn subscribe(&self) -> BoxStream<'static, FeedEvent> {
        let inbox = Inbox {
            receiver: self.sender.subscribe(),
            dropped: 0,
            canary: None,
        };
        let events = stream::unfold(inbox, async |mut inbox| Some((inbox.next().await?, inbox)));
        stream::iter([FeedEvent::Up]).chain(events).boxed()
    }

    async fn publish(&self, reports: &[Report]) -> Result<()> {
        let received_at = self.clock.now();
        for report in reports {
            let item = Item::understood(Default::default(), report.clone());
            // An error means that there are no subscribers.
            let _ = self.sender.send(Sent::Message(Inbound {
                channel: report.channel(),
                received_at,
                items: vec![item],
            }));
        }
        Ok(())
    }

    async fn release_canaries(&self, number: u64) -> Result<u16> {
        // An error means that there are no subscribers.
        let _ = self.sender.send(Sent::Canary(Canary { number, route: 0 }));
        Ok(1)
    }
}

struct Inbox {
    receiver: broadcast::Receiver<Sent>,
    /// Number of lost messages not yet reported.
    dropped: u64,
    /// A received canary that has not been reported yet, because it followed messages.
    canary: Option<Canary>,
}

impl Inbox {
    /// Returns the next event; `None` once the bus is dropped.
    async fn next(&mut self) -> Option<FeedEvent> {
        if self.dropped > 0 {
            return Some(FeedEvent::Lagged(std::mem::take(&mut self.dropped)));
        }
        if let Some(canary) = self.canary.take() {
            return Some(FeedEvent::Canary(canary));
        }
        match self.receiver.recv().await {
            Ok(Sent::Message(first)) => Some(FeedEvent::Messages(self.drain(first))),
            Ok(Sent::Canary(canary)) => Some(FeedEvent::Canary(canary)),
            Err(RecvError::Lagged(dropped)) => Some(FeedEvent::Lagged(dropped)),
            Err(RecvError::Closed) => None,
        }
    }

    /// Returns the first message and those that wait behind it, up to a canary.
    fn drain(&mut self, first: Inbound) -> Vec<Inbound> {
        let mut batch = vec![first];
        while batch.len() < MemoryTelemetryBus::BATCH {
            match self.receiver.try_recv() {
                Ok(Sent::Message(message)) => batch.push(message),
                Ok(Sent::Canary(canary)) => {
                    self.canary = Some(canary);
                    break;
                }
                Err(TryRecvError::Lagged(dropped)) => {
                    // The next event reports this, after the messages that preceded the gap.
                    self.dropped = dropped;
                    break;
                }
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            }
        }
        batch
    }
}

#[cfg(test)]
mod tests {
    use application::telemetry::Content;
    use domain::{
        VehicleId,
        telemetry::{Percentage, Timestamp},
    };
    use port_contracts::telemetry_bus;
    use uuid::Uuid;

    use super::*;
    use crate::clock::SystemClock;

    #[tokio::test]
    async fn messages_missed_by_a_slow_subscriber_are_counted() {
        let bus = a_bus();
        let mut feed = telemetry_bus::a_feed(&bus).await;
        let reports = vec![a_report(); MemoryTelemetryBus::CAPACITY + 7];
        bus.publish(&reports).await.expect("the bus is up");

        let (mut received, mut dropped) = (0, 0);
        while received + dropped < reports.len() {
            match telemetry_bus::next(&mut feed).await {
                FeedEvent::Messages(messages) => received += messages.len(),
                FeedEvent::Lagged(count) => dropped += usize::try_from(count).expect("a count"),
                other => panic!("neither messages nor a lag: {other:?}"),
            }
        }
        assert_eq!(dropped, 7);
    }

    #[tokio::test]
    async fn a_feed_ends_with_its_bus() {
        let bus = a_bus();
        let mut feed = telemetry_bus::a_feed(&bus).await;
        drop(bus);
        assert!(feed.next().await.is_none());
    }

    fn a_bus() -> MemoryTelemetryBus {
        MemoryTelemetryBus::new(Arc::new(SystemClock::start()))
    }

    fn a_report() -> Report {
        let level = Percentage::new(50.0).expect("a percentage");
        let content = Content::Battery {
            level,
            at: Timestamp::EPOCH,
        };
        Report {
            vehicle_id: VehicleId::from_uuid(Uuid::now_v7()),
            content,
            trace_parent: None,
        }
    }
}
