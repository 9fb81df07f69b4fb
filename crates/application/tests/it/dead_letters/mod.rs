//! Dead letters, listed, replayed and dropped by administrators of different scopes.

mod concurrency;
mod dropping;
mod listing;
mod replaying;

use std::sync::{Arc, Mutex};

use adapters_memory::dead_letters::MemoryDeadLetters;
use application::{
    Actor, Application, Error, Moment, Result,
    audit::AuditQuery,
    dead_letters::{DeadLetterFilter, DeadLetterQuery},
    paging::PageQuery,
    ports::{
        AuditEntry, AuditFilter, Clock as _, DeadLetterId, DeadLetters as _, FeedEvent, LetterOrder, Ports,
        TelemetryBus,
    },
    telemetry::{Channel, Content, DeadLetter, Inbound, Item, Reason, Rejection, Report},
};
use async_trait::async_trait;
use bytes::Bytes;
use domain::{
    AuditAction, VehicleId,
    telemetry::{Rotation, Timestamp, VehiclePosition},
};
use futures::{StreamExt as _, stream, stream::BoxStream};

use crate::stage::{Stage, an_administrator};

/// A bus whose messages are texts: the vehicle, x, and the time in Unix milliseconds.
#[derive(Default)]
struct TextBus {
    published: Mutex<Vec<Report>>,
    is_away: bool,
}

impl TextBus {
    fn published(&self) -> Vec<f64> {
        let x = |report: &Report| match &report.content {
            Content::Position { position, .. } => position.x,
            other => panic!("not a position: {other:?}"),
        };
        self.published
            .lock()
            .expect("not poisoned")
            .iter()
            .map(x)
            .collect()
    }
}

#[async_trait]
impl TelemetryBus for TextBus {
    fn subscribe(&self) -> BoxStream<'static, FeedEvent> {
        stream::empty().boxed()
    }

    async fn publish(&self, reports: &[Report]) -> Result<()> {
        if self.is_away {
            return Err(Error::unavailable("redis", "connection refused"));
        }
        self.published
            .lock()
            .expect("not poisoned")
            .extend_from_slice(reports);
        Ok(())
    }

    async fn release_canaries(&self, _number: u64) -> Result<u16> {
        Ok(0)
    }

    fn decode(&self, channel: Channel, payload: Bytes) -> Option<Inbound> {
        let item = match report(&payload) {
            Some(report) => Item::understood(payload, report),
            None => Item::rejected(payload, None, Rejection::new(Reason::NotJson, "broken")),
        };
        Some(Inbound {
            channel,
            received_at: Moment::default(),
            items: vec![item],
        })
    }
}

fn report(payload: &[u8]) -> Option<Report> {
    let mut words = std::str::from_utf8(payload).ok()?.split(' ');
    let vehicle_id = words.next()?.parse().ok()?;
    let (x, ms) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    let position = VehiclePosition {
        x,
        y: 0.0,
        z: 0.0,
        rotation: Rotation::IDENTITY,
        timestamp: Timestamp::from_unix_ms(ms).ok()?,
        frame_id: None,
        map_id: None,
    };
    Some(Report {
        vehicle_id,
        content: Content::Position {
            position,
            speed: None,
        },
        trace_parent: None,
    })
}

/// A server with dead letters.
struct Scene {
    stage: Stage,
    app: Arc<Application>,
    letters: Arc<MemoryDeadLetters>,
    bus: Arc<TextBus>,
}

impl Scene {
    fn new() -> Self {
        Self::with_bus(TextBus::default())
    }

    fn with_bus(bus: TextBus) -> Self {
        let (stage, bus) = (Stage::new(), Arc::new(bus));
        let letters = Arc::new(MemoryDeadLetters::new(bus.clone()));
        let app = stage.with(|ports| {
            ports.dead_letters = letters.clone();
            ports.bus = bus.clone();
        });
        Self {
            stage,
            app,
            letters,
            bus,
        }
    }

    fn ports(&self) -> Ports {
        Ports {
            dead_letters: self.letters.clone(),
            bus: self.bus.clone(),
            ..self.stage.ports.clone()
        }
    }

    fn now_ms(&self) -> i64 {
        self.stage.clock.now().wall().as_unix_ms()
    }

    async fn store(&self, vehicle_id: Option<VehicleId>, reason: Reason, payload: &str) -> DeadLetterId {
        let received_at = self.stage.clock.now().wall();
        let letter = DeadLetter::new(
            Channel::Position,
            payload.as_bytes(),
            Rejection::new(reason, "as stored"),
            received_at,
        );
        let letter = DeadLetter { vehicle_id, ..letter };
        self.letters.append(&[letter]).await.expect("memory");
        let newest = self.letters.read(LetterOrder::NewestFirst, None).await;
        newest.expect("memory").letters[0].id
    }

    /// Stores a letter with a position of a vehicle, `age_ms` before now.
    async fn store_position(&self, vehicle: VehicleId, x: f64, age_ms: i64) -> DeadLetterId {
        let payload = format!("{vehicle} {x} {}", self.now_ms() - age_ms);
        self.store(Some(vehicle), Reason::DisabledVehicle, &payload).await
    }

    async fn listed(&self, actor: &Actor, filter: DeadLetterFilter) -> Vec<DeadLetterId> {
        let query = DeadLetterQuery {
            filter,
            ..DeadLetterQuery::default()
        };
        let count = self.app.dead_letters.count(actor, &filter).await.expect("memory");
        let listing = self.app.dead_letters.list(actor, &query).await.expect("memory");
        let ids: Vec<_> = listing.into_items().into_iter().map(|stored| stored.id).collect();
        assert_eq!(ids.len() as u64, count);
        ids
    }

    async fn audited(&self, action: AuditAction) -> Vec<AuditEntry> {
        let query = AuditQuery {
            filter: AuditFilter {
                action: Some(action),
                ..AuditFilter::default()
            },
            page: PageQuery::default(),
        };
        let listing = self.app.audit.list(&an_administrator(), &query).await;
        listing.expect("memory").into_items()
    }
}

fn of(reason: Option<Reason>, vehicle: Option<VehicleId>) -> DeadLetterFilter {
    DeadLetterFilter { reason, vehicle }
}
