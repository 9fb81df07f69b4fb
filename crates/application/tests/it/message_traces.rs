//! The spans of messages, up to their delivery.

use std::{sync::Arc, time::Duration};

use adapters_memory::{clock::SystemClock, live_keys::MemoryLiveStore, registry::MemoryRegistry};
use application::{
    Application,
    identity::RightsWatch,
    live::{OutgoingMessage, Outlet, Topic},
    ports::{Clock as _, Ports, VehicleFilter},
    telemetry::{Channel, Content, Inbound, Item, Reason, Rejection},
    trace::TraceParent,
};
use bytes::Bytes;
use domain::{
    AccessScope, VehicleId,
    telemetry::{Rotation, VehiclePosition},
    vehicle::{Vehicle, VehicleStatus},
};
use futures::{FutureExt as _, StreamExt as _};
use test_builders::{SpanNote, SpanNotes, a_vehicle};

use crate::{
    identity::auth_ports,
    stage::{an_administrator, receive, settings},
};

/// A server that records all spans.
struct Traced {
    app: Arc<Application>,
    clock: SystemClock,
    spans: SpanNotes,
}

impl Traced {
    fn new() -> Self {
        let (clock, spans) = (SystemClock::start(), SpanNotes::default());
        let registry = Arc::new(MemoryRegistry::new());
        let ports = Ports {
            tracer: Some(Arc::new(spans.clone())),
            ..adapters_memory::ports(Arc::new(clock), registry, Arc::new(MemoryLiveStore::default()))
        };
        Self {
            app: Application::new(ports, auth_ports(), settings()),
            clock,
            spans,
        }
    }

    fn add(&self, vehicle: &Vehicle) {
        self.app.live().upsert(vehicle);
    }

    /// Receives a position, which must be accepted, and returns its last span.
    fn robot_is_at(&self, id: VehicleId, x: f64) -> u64 {
        let position = VehiclePosition {
            x,
            y: 0.0,
            z: 0.0,
            rotation: Rotation::IDENTITY,
            timestamp: self.clock.now().wall(),
            frame_id: None,
            map_id: None,
        };
        let content = Content::Position {
            position,
            speed: None,
        };
        let now = self.clock.now();
        assert!(receive(self.app.live(), now, id, Channel::Position, content));
        self.named("live apply").last().expect("its span").id
    }

    fn named(&self, name: &str) -> Vec<SpanNote> {
        let mut spans = self.spans.ended();
        spans.retain(|span| span.name == name);
        spans
    }
}

#[tokio::test]
async fn a_flush_is_linked_to_the_messages_that_it_delivers() {
    let traced = Traced::new();
    let vehicle = a_vehicle().enabled().build();
    traced.add(&vehicle);
    let subscriber = traced
        .app
        .live()
        .connect(AccessScope::All, Duration::from_secs(3_600));
    subscriber.subscribe(&Topic::All).expect("a topic of all");
    let mut delivered = 0;
    let mut take = || {
        while let Some(Some(outgoing)) = subscriber.take().now_or_never() {
            if let OutgoingMessage::Batch(delivery) = outgoing {
                delivered += delivery.batch.views.len();
                subscriber.written(&delivery, Outlet::WebSocket);
            }
        }
        delivered
    };
    let first = traced.robot_is_at(vehicle.id, 1.0);
    assert_eq!(take(), 1);
    // Both positions wait for the interval, and the second replaces the first.
    traced.robot_is_at(vehicle.id, 2.0);
    let last = traced.robot_is_at(vehicle.id, 3.0);
    subscriber.set_interval(Duration::ZERO);
    assert_eq!(take(), 2);
    let flushes = traced.named("ws flush");
    let links: Vec<_> = flushes.iter().map(|span| span.links.clone()).collect();
    let parents: Vec<_> = flushes.iter().map(|span| span.parent).collect();
    assert_eq!(
        (links, parents),
        (vec![vec![first], vec![last]], vec![first, last])
    );
}

#[tokio::test]
async fn a_subscription_does_not_end_the_traces_of_vehicles_outside_of_its_filter() {
    let traced = Traced::new();
    let charging = VehicleStatus::Charging;
    let wanted = a_vehicle().named("Wanted").in_status(charging).enabled().build();
    let other = a_vehicle().named("Other").enabled().build();
    traced.add(&wanted);
    traced.add(&other);
    let filter = VehicleFilter {
        status: Some(charging),
        ..VehicleFilter::default()
    };
    let mut positions = traced
        .app
        .live_queries
        .stream_positions_together(
            &an_administrator(),
            &RightsWatch::unchanging(),
            filter,
            Some(Duration::ZERO),
        )
        .expect("a stream");
    traced.robot_is_at(other.id, 1.0);
    assert!(positions.next().now_or_never().is_none());
    assert_eq!(traced.named("graphql flush").len(), 0);
    let span = traced.robot_is_at(wanted.id, 1.0);
    let update = positions.next().now_or_never().flatten().expect("a position");
    assert_eq!(update.expect("no news were lost").len(), 1);
    // The next poll shows that the client has taken the position.
    assert!(positions.next().now_or_never().is_none());
    let flushes = traced.named("graphql flush");
    assert_eq!(flushes.len(), 1);
    assert_eq!(flushes[0].links, [span]);
    assert_eq!(flushes[0].attribute("fleetwatch.vehicles"), "1");
}

#[tokio::test]
async fn a_message_that_cannot_be_decoded_has_a_span_with_the_reason() {
    let traced = Traced::new();
    let vehicle = a_vehicle().enabled().build();
    traced.add(&vehicle);
    let robots = TraceParent {
        trace_id: 1,
        span_id: 77,
        sampled: true,
    };
    let rejection = Rejection::new(Reason::TimestampUnit, "timestamp is in seconds");
    let item = Item {
        rejected_trace: Some(robots),
        ..Item::rejected(Bytes::from_static(b"{}"), Some(vehicle.id), rejection)
    };
    let dead = traced.app.live().receive(vec![Inbound {
        channel: Channel::State,
        received_at: traced.clock.now(),
        items: vec![item],
    }]);
    assert_eq!(dead.len(), 1);
    let [span] = &traced.spans.ended()[..] else {
        panic!("one span: {:?}", traced.spans.ended());
    };
    assert_eq!((&*span.name, span.parent), ("vehicle:state:update receive", 77));
    let id = vehicle.id.to_string();
    for (name, expected) in [
        ("fleetwatch.rejected", "timestamp_unit"),
        ("fleetwatch.vehicle.id", &*id),
        ("messaging.message.body.size", "2"),
    ] {
        assert_eq!(span.attribute(name), expected, "{name}");
    }
}
