//! Events that callers receive from GraphQL subscriptions.

use domain::Operation;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::{
    ask::{Outcome, graphql_answer},
    graphql_socket::answer,
    judgement::Observation,
    probe::{Endpoint, Order},
    reach::{
        Place::{self, Elsewhere, InGroup, InOrganization, Itself},
        Standpoint, Subject,
    },
    world::{Target, World},
};

/// Subscription fields, each with a document for all vehicles and a document for a single vehicle, if there are any.
pub(super) const SUBSCRIPTIONS: [(&str, Option<&str>, Option<&str>); 7] = [
    (
        "vehiclePositionUpdated",
        Some("subscription { vehiclePositionUpdated { vehicleId position { x } } }"),
        Some(
            "subscription($id: ID) { vehiclePositionUpdated(vehicleId: $id) { vehicleId state { batteryLevel } } }",
        ),
    ),
    (
        "vehiclePositionsUpdated",
        Some("subscription { vehiclePositionsUpdated { vehicleId vehicle { name groups { name } } } }"),
        None,
    ),
    (
        "vehicleEvents",
        Some(
            "subscription { vehicleEvents { ... on VehicleAdded { vehicle { id name groups { name } } }
                ... on VehicleUpdated { vehicle { id name groups { name } } } ... on VehicleRemoved { vehicleId reason }
                ... on VehicleStateChange { vehicleId vehicle { name groups { name } } } } }",
        ),
        None,
    ),
    // Changes of connection are not triggered here. They share code and permissions with vehicleEvents.
    ("vehicleConnectionChanged", None, None),
    (
        "vehicleStateChanged",
        Some("subscription { vehicleStateChanged { vehicleId oldStatus newStatus } }"),
        Some("subscription($id: ID) { vehicleStateChanged(vehicleId: $id) { vehicleId newStatus } }"),
    ),
    (
        "vehicleAdded",
        Some("subscription { vehicleAdded { id name groups { name } } }"),
        None,
    ),
    (
        "vehicleRemoved",
        None,
        Some("subscription($id: ID!) { vehicleRemoved(id: $id) }"),
    ),
];

/// Places of the vehicles that cause events.
pub(super) const PLACES: [Place; 4] = [Itself, InGroup, InOrganization, Elsewhere];
/// Places of new vehicles, which are in no group yet and not individually granted.
pub(super) const PLACES_OF_NEW: [Place; 2] = [InOrganization, Elsewhere];

/// The vehicles that cause events.
pub(super) struct EventVehicles<'a> {
    pub world: &'a World,
    /// Places and ids of the vehicles created during the test.
    pub added: &'a [(Place, String)],
}

impl EventVehicles<'_> {
    fn of(&self, name: &str) -> Vec<(Place, String)> {
        if name == "vehicleAdded" {
            return self.added.to_vec();
        }
        let id = |place| self.world.thing(Subject::Vehicle(place)).id.clone();
        PLACES.map(|place| (place, id(place))).into()
    }
}

/// One subscription of one caller.
pub(super) struct Watch {
    name: &'static str,
    standpoint: Standpoint,
    /// Place of the only subscribed vehicle, and a subscription to an unknown vehicle; `None` for all vehicles.
    only: Option<(Place, Unknown)>,
    messages: mpsc::UnboundedReceiver<Value>,
    received: Vec<Value>,
}

struct Unknown {
    id: String,
    messages: mpsc::UnboundedReceiver<Value>,
}

/// Opens every subscription for every caller.
pub(super) async fn subscribe(world: &World) -> Vec<Watch> {
    let mut watches = Vec::new();
    for (&standpoint, person) in &world.people {
        for (name, all, one) in SUBSCRIPTIONS {
            if let Some(document) = all {
                watches.push(Watch {
                    name,
                    standpoint,
                    only: None,
                    messages: person.socket.begin(document, &Value::Null).await,
                    received: Vec::new(),
                });
            }
            let Some(document) = one else { continue };
            for place in PLACES {
                let id = &world.thing(Subject::Vehicle(place)).id;
                let unknown = Uuid::now_v7().to_string();
                watches.push(Watch {
                    name,
                    standpoint,
                    messages: person.socket.begin(document, &json!({"id": id})).await,
                    only: Some((
                        place,
                        Unknown {
                            messages: person.socket.begin(document, &json!({"id": unknown})).await,
                            id: unknown,
                        },
                    )),
                    received: Vec::new(),
                });
            }
        }
        person.socket.until_settled().await;
    }
    watches
}

impl Watch {
    /// Collects received messages. Returns `true` if there is one about each vehicle that exists for the caller.
    pub(super) fn has_received_all(&mut self, vehicles: &EventVehicles<'_>) -> bool {
        while let Ok(message) = self.messages.try_recv() {
            self.received.push(answer(message));
        }
        let is_wanted = |place: &Place| self.only.as_ref().is_none_or(|(only, _)| only == place);
        vehicles
            .of(self.name)
            .iter()
            .filter(|(place, _)| is_wanted(place) && Subject::Vehicle(*place).is_within(self.standpoint))
            .all(|(_, id)| {
                self.received
                    .iter()
                    .any(|message| message.to_string().contains(id))
            })
    }

    /// Returns the outcome for each vehicle.
    pub(super) fn observed(mut self, vehicles: &EventVehicles<'_>) -> Vec<Observation> {
        self.has_received_all(vehicles);
        let text = Value::from(self.received.clone()).to_string();
        let leak = vehicles
            .world
            .leak(self.standpoint, &self.target(vehicles.world), &text)
            .map(Outcome::Odd);
        let only = self.only.take();
        let all = vehicles.of(self.name).into_iter();
        let cases = all.filter(|(place, _)| only.as_ref().is_none_or(|(only, _)| only == place));
        let outcomes: Vec<_> = cases
            .map(|(place, id)| (place, leak.clone().unwrap_or_else(|| self.outcome(&id, &text))))
            .collect();
        let like_unknown =
            only.map(|(place, unknown)| self.is_like(unknown, vehicles.world.thing(Subject::Vehicle(place))));
        outcomes
            .into_iter()
            .map(|(place, outcome)| Observation {
                operation: Operation::ReadVehicles,
                endpoint: Endpoint::Subscriptions,
                probe: match like_unknown {
                    Some(_) => format!("{} of one", self.name),
                    None => self.name.to_owned(),
                },
                standpoint: self.standpoint,
                subject: Subject::Vehicle(place),
                order: Order::SubjectFirst,
                outcome: match (&outcome, &like_unknown) {
                    (Outcome::Absent, Some(Err(difference))) => Outcome::Odd(difference.clone()),
                    _ => outcome,
                },
            })
            .collect()
    }

    fn target(&self, world: &World) -> Target {
        match &self.only {
            Some((place, _)) => world.thing(Subject::Vehicle(*place)).clone(),
            None => Target::default(),
        }
    }

    fn outcome(&self, id: &str, text: &str) -> Outcome {
        let refusal = self.received.iter().find(|message| message["errors"].is_array());
        match refusal {
            Some(refusal) => graphql_answer(refusal.clone()).outcome,
            None if text.contains(id) => Outcome::Done,
            None => Outcome::Absent,
        }
    }

    /// Checks that the messages equal those about a vehicle that does not exist.
    fn is_like(&self, mut unknown: Unknown, known: &Target) -> Result<(), String> {
        let mut other = Vec::new();
        while let Ok(message) = unknown.messages.try_recv() {
            other.push(answer(message));
        }
        let text = |messages: &[Value], id: &str| Value::from(messages.to_vec()).to_string().replace(id, "…");
        let (this, other) = (text(&self.received, &known.id), text(&other, &unknown.id));
        if this == other {
            Ok(())
        } else {
            Err(format!("{this}, but for a vehicle that does not exist: {other}"))
        }
    }
}
