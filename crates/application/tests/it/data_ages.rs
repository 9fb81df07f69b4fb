//! The histograms of lag, latency and age. Lag and age are measured from the robots' own timestamps only.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use adapters_memory::{live_keys::MemoryLiveStore, registry::MemoryRegistry};
use application::{
    Application, Moment,
    identity::RightsWatch,
    live::{OutgoingMessage, Outlet, Subscriber, Topic},
    ports::{Clock, Ports, VehicleFilter},
    telemetry::{Content, Inbound, Item, Report},
};
use bytes::Bytes;
use domain::{
    AccessScope,
    telemetry::{Percentage, Rotation, Timestamp, VehiclePosition, VehicleRuntimeState},
    vehicle::{Vehicle, VehicleStatus},
};
use futures::{FutureExt as _, StreamExt as _};
use metrics::{
    Counter, Gauge, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder, SharedString, Unit,
    with_local_recorder,
};
use parking_lot::Mutex;
use test_builders::a_vehicle;

use crate::{
    identity::auth_ports,
    stage::{an_administrator, settings},
};

const LAG: &str = "fleetwatch_redis_sync_lag_seconds";
const LATENCY: &str = "fleetwatch_delivery_latency_seconds";
const AGE: &str = "fleetwatch_data_age_seconds";

/// Time from the arrival of a message until the live core applies it, in milliseconds.
const QUEUED_MS: u64 = 250;

/// A recorder that keeps the values of histograms.
#[derive(Clone, Default)]
struct Histograms(Arc<Mutex<BTreeMap<String, Vec<f64>>>>);

impl Histograms {
    /// Removes the values of a histogram, and returns them in seconds.
    fn take(&self, name: &str) -> Vec<f64> {
        self.0.lock().remove(name).unwrap_or_default()
    }
}

struct Values {
    name: String,
    histograms: Histograms,
}

impl HistogramFn for Values {
    fn record(&self, value: f64) {
        let mut histograms = self.histograms.0.lock();
        histograms.entry(self.name.clone()).or_default().push(value);
    }
}

impl Recorder for Histograms {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, _: &Key, _: &Metadata<'_>) -> Counter {
        Counter::noop()
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::from_arc(Arc::new(Values {
            name: key.name().to_owned(),
            histograms: self.clone(),
        }))
    }
}

/// A clock that only the test advances.
#[derive(Clone, Default)]
struct ManualClock(Arc<AtomicU64>);

impl ManualClock {
    fn advance_ms(&self, ms: u64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Moment {
        let start = Moment {
            unix_us: 1_732_333_333_000_000,
            uptime_us: 0,
        };
        start.after(Duration::from_millis(self.0.load(Ordering::SeqCst)))
    }
}

/// Timestamp of a message.
#[derive(Clone, Copy)]
enum Stamp {
    /// The message has none, so its data has the time of arrival.
    Missing,
    /// The robot's own timestamp, with the time from it to the arrival in milliseconds.
    Before(u64),
}

/// A server whose histograms and clock the test controls.
struct Measured {
    app: Arc<Application>,
    clock: ManualClock,
    histograms: Histograms,
}

impl Measured {
    fn new() -> Self {
        let (clock, histograms) = (ManualClock::default(), Histograms::default());
        let registry = Arc::new(MemoryRegistry::new());
        let store = Arc::new(MemoryLiveStore::default());
        let ports: Ports = adapters_memory::ports(Arc::new(clock.clone()), registry, store);
        // The live core looks up its histograms once.
        let app = with_local_recorder(&histograms, || Application::new(ports, auth_ports(), settings()));
        Self {
            app,
            clock,
            histograms,
        }
    }

    fn add(&self, vehicle: &Vehicle) {
        self.app.live().upsert(vehicle);
    }

    /// Receives a message that has waited for [`QUEUED_MS`], and must be accepted.
    fn receive(&self, vehicle: &Vehicle, content: fn(Timestamp) -> Content, stamp: Stamp) {
        let received_at = self.clock.now();
        let before = match stamp {
            Stamp::Missing => 0,
            Stamp::Before(ms) => ms,
        };
        let report = Report {
            vehicle_id: vehicle.id,
            content: content(received_at.wall() - Duration::from_millis(before)),
            trace_parent: None,
        };
        self.clock.advance_ms(QUEUED_MS);
        let channel = report.channel();
        let item = Item {
            is_stamped: matches!(stamp, Stamp::Before(_)),
            ..Item::understood(Bytes::new(), report)
        };
        let rejected = self.app.live().receive(vec![Inbound {
            channel,
            received_at,
            items: vec![item],
        }]);
        assert!(rejected.is_empty(), "{rejected:?}");
    }

    /// Checks what was recorded since the last call, in seconds.
    #[track_caller]
    fn check_recorded(&self, lags: &[f64], latencies: &[f64], ages: &[f64]) {
        let recorded = [LAG, LATENCY, AGE].map(|name| self.histograms.take(name));
        assert_eq!(recorded, [lags.to_vec(), latencies.to_vec(), ages.to_vec()]);
    }
}

fn position(timestamp: Timestamp) -> Content {
    let position = VehiclePosition {
        x: 1.0,
        y: 0.0,
        z: 0.0,
        rotation: Rotation::IDENTITY,
        timestamp,
        frame_id: None,
        map_id: None,
    };
    Content::Position {
        position,
        speed: None,
    }
}

fn state(timestamp: Timestamp) -> Content {
    Content::State(VehicleRuntimeState::new(0.0, 80.0, timestamp).expect("in range"))
}

fn battery(timestamp: Timestamp) -> Content {
    let level = Percentage::new(79.0).expect("in range");
    Content::Battery { level, at: timestamp }
}

/// Takes all waiting messages of a subscriber, records that they were written, and returns the number of views.
fn write_all(subscriber: &Subscriber) -> usize {
    let mut views = 0;
    while let Some(Some(outgoing)) = subscriber.take().now_or_never() {
        if let OutgoingMessage::Batch(delivery) = outgoing {
            views += delivery.batch.views.len();
            subscriber.written(&delivery, Outlet::WebSocket);
        }
    }
    views
}

/// Creates a server with a vehicle, and a subscriber to the vehicle.
fn a_subscriber_of(vehicle: &Vehicle) -> (Measured, Subscriber) {
    let measured = Measured::new();
    measured.add(vehicle);
    let subscriber = measured.app.live().connect(AccessScope::All, Duration::ZERO);
    subscriber.subscribe(&Topic::All).expect("a topic of all");
    (measured, subscriber)
}

#[tokio::test]
async fn messages_without_a_timestamp_of_their_own_have_no_lag_and_no_age() {
    let vehicle = a_vehicle().enabled().build();
    let (measured, subscriber) = a_subscriber_of(&vehicle);
    let contents: [fn(Timestamp) -> Content; 3] = [position, state, battery];
    for content in contents {
        measured.clock.advance_ms(10_000);
        measured.receive(&vehicle, content, Stamp::Missing);
        assert_eq!(write_all(&subscriber), 1);
        measured.check_recorded(&[], &[0.25], &[]);
        measured.clock.advance_ms(10_000);
        measured.receive(&vehicle, content, Stamp::Before(500));
        assert_eq!(write_all(&subscriber), 1);
        measured.check_recorded(&[0.75], &[0.25], &[0.75]);
    }
}

#[tokio::test]
async fn data_that_is_delivered_again_is_not_measured_again() {
    let vehicle = a_vehicle().enabled().build();
    let (measured, subscriber) = a_subscriber_of(&vehicle);
    measured.receive(&vehicle, position, Stamp::Before(500));
    assert_eq!(write_all(&subscriber), 1);
    measured.check_recorded(&[0.75], &[0.25], &[0.75]);
    measured.clock.advance_ms(3_000);
    measured.receive(&vehicle, state, Stamp::Before(0));
    assert_eq!(write_all(&subscriber), 1);
    measured.check_recorded(&[0.25], &[0.25], &[0.25]);
    measured.clock.advance_ms(3_000);
    measured.add(&Vehicle {
        status: VehicleStatus::Maintenance,
        version: vehicle.version.next(),
        ..vehicle
    });
    assert_eq!(write_all(&subscriber), 1);
    measured.check_recorded(&[], &[], &[]);
}

#[tokio::test]
async fn a_subscription_measures_what_its_filter_admits() {
    let measured = Measured::new();
    let charging = VehicleStatus::Charging;
    let wanted = a_vehicle().named("Wanted").in_status(charging).enabled().build();
    let other = a_vehicle().named("Other").enabled().build();
    measured.add(&wanted);
    measured.add(&other);
    let filter = VehicleFilter {
        status: Some(charging),
        ..VehicleFilter::default()
    };
    let mut positions = measured
        .app
        .live_queries
        .stream_positions_together(
            &an_administrator(),
            &RightsWatch::unchanging(),
            filter,
            Some(Duration::ZERO),
        )
        .expect("a stream");
    measured.receive(&other, position, Stamp::Before(500));
    assert!(positions.next().now_or_never().is_none());
    measured.check_recorded(&[0.75], &[], &[]);
    measured.receive(&wanted, position, Stamp::Before(0));
    assert!(positions.next().now_or_never().is_some());
    // The next poll shows that the client has taken the position, even if another position has arrived.
    measured.receive(&wanted, position, Stamp::Missing);
    assert!(positions.next().now_or_never().is_some());
    measured.check_recorded(&[0.25], &[0.5], &[0.5]);
    assert!(positions.next().now_or_never().is_none());
    measured.check_recorded(&[], &[0.25], &[]);
}
