//! What callers hear: subscriptions of GraphQL.

use domain::Operation;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::{
    ask::{Outcome, of_graphql},
    graphql_socket::answer,
    judgement::Observation,
    probe::{Endpoint, Order},
    reach::{
        Place::{self, Elsewhere, InGroup, InOrganization, Itself},
        Standpoint, Subject,
    },
    world::{Target, World},
};

/// What can be watched, and how: all there is, or one vehicle.
pub const SUBSCRIPTIONS: [(&str, Option<&str>, Option<&str>); 7] = [
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
    // Whether a robot is heard is out of reach here; its rights are those of vehicleEvents, by the same reader.
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

/// Where vehicles are of which something is heard.
pub const PLACES: [Place; 4] = [Itself, InGroup, InOrganization, Elsewhere];
/// Where vehicles are added: a new one is in no group yet, and granted to nobody.
pub const PLACES_OF_NEW: [Place; 2] = [InOrganization, Elsewhere];

/// The vehicles of which something is heard.
pub struct Heard<'a> {
    pub world: &'a World,
    /// The ids of those that are added meanwhile.
    pub added: &'a [(Place, String)],
}

impl Heard<'_> {
    fn vehicles(&self, name: &str) -> Vec<(Place, String)> {
        if name == "vehicleAdded" {
            return self.added.to_vec();
        }
        let id = |place| self.world.thing(Subject::Vehicle(place)).id.clone();
        PLACES.map(|place| (place, id(place))).into()
    }
}

/// One subscription of one caller.
pub struct Watch {
    name: &'static str,
    standpoint: Standpoint,
    /// The only vehicle that is watched, and a subscription to one that there is not.
    only: Option<(Place, Unknown)>,
    messages: mpsc::UnboundedReceiver<Value>,
    heard: Vec<Value>,
}

struct Unknown {
    id: String,
    messages: mpsc::UnboundedReceiver<Value>,
}

/// Everybody subscribes to everything.
pub async fn subscribe(world: &World) -> Vec<Watch> {
    let mut watches = Vec::new();
    for (&standpoint, person) in &world.people {
        for (name, all, one) in SUBSCRIPTIONS {
            if let Some(document) = all {
                watches.push(Watch {
                    name,
                    standpoint,
                    only: None,
                    messages: person.socket.begin(document, &Value::Null).await,
                    heard: Vec::new(),
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
                    heard: Vec::new(),
                });
            }
        }
        person.socket.until_settled().await;
    }
    watches
}

impl Watch {
    /// Takes in what has come; tells whether something of each vehicle came that exists for who watches.
    pub fn hears_enough(&mut self, heard: &Heard<'_>) -> bool {
        while let Ok(message) = self.messages.try_recv() {
            self.heard.push(answer(message));
        }
        let is_wanted = |place: &Place| self.only.as_ref().is_none_or(|(only, _)| only == place);
        heard
            .vehicles(self.name)
            .iter()
            .filter(|(place, _)| is_wanted(place) && Subject::Vehicle(*place).is_within(self.standpoint))
            .all(|(_, id)| self.heard.iter().any(|said| said.to_string().contains(id)))
    }

    /// What came of it.
    pub fn observed(mut self, heard: &Heard<'_>) -> Vec<Observation> {
        self.hears_enough(heard);
        let said = Value::from(self.heard.clone()).to_string();
        let leak = heard
            .world
            .leak(self.standpoint, &self.target(heard.world), &said)
            .map(Outcome::Odd);
        let only = self.only.take();
        let vehicles = heard.vehicles(self.name).into_iter();
        let cases = vehicles.filter(|(place, _)| only.as_ref().is_none_or(|(only, _)| only == place));
        let outcomes: Vec<_> = cases
            .map(|(place, id)| (place, leak.clone().unwrap_or_else(|| self.outcome(&id, &said))))
            .collect();
        let like_unknown =
            only.map(|(place, unknown)| self.is_like(unknown, heard.world.thing(Subject::Vehicle(place))));
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

    fn outcome(&self, id: &str, said: &str) -> Outcome {
        let refusal = self.heard.iter().find(|said| said["errors"].is_array());
        match refusal {
            Some(refusal) => of_graphql(refusal.clone()).outcome,
            None if said.contains(id) => Outcome::Done,
            None => Outcome::Absent,
        }
    }

    /// Whether a vehicle that there is not is answered alike.
    fn is_like(&self, mut unknown: Unknown, known: &Target) -> Result<(), String> {
        let mut other = Vec::new();
        while let Ok(message) = unknown.messages.try_recv() {
            other.push(answer(message));
        }
        let text = |said: &[Value], id: &str| Value::from(said.to_vec()).to_string().replace(id, "…");
        let (this, other) = (text(&self.heard, &known.id), text(&other, &unknown.id));
        if this == other {
            Ok(())
        } else {
            Err(format!("says {this}, and of what there is not: {other}"))
        }
    }
}
