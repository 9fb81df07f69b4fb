//! Events that callers receive from `/ws`.

use std::sync::{Arc, Mutex};

use domain::Operation;
use futures::{SinkExt as _, StreamExt as _, stream::SplitSink};
use serde_json::{Value, json};
use tokio::{net::TcpStream, task::JoinHandle};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, tungstenite::Message};
use uuid::Uuid;

use super::{
    ask::Outcome,
    judgement::Observation,
    listening::PLACES,
    probe::{Endpoint, Order},
    reach::{Place, Standpoint, Subject},
    world::{Target, World},
};
use crate::end_to_end::support::{Program, until_ok};

/// The commands that subscribe to all vehicles, to a type, to a group, to one vehicle, and to the registry.
pub(super) const COMMANDS: [&str; 5] = [
    "subscribeAll",
    "subscribeType",
    "subscribeGroup",
    "subscribeVehicle",
    "subscribeRegistry",
];

/// Returns the types of events that a subscription must receive about each vehicle.
const fn events(command: &str) -> &'static [&'static str] {
    match command.as_bytes() {
        b"subscribeRegistry" => &["vehicleInfo", "vehicleDeleted"],
        _ => &["positionUpdate", "stateChange", "vehicleRemoved"],
    }
}

/// A socket of a caller with one subscription, or with one to each vehicle.
pub(super) struct Socket {
    command: &'static str,
    standpoint: Standpoint,
    writer: SplitSink<WebSocketStream<MaybeTlsStream<TcpStream>>, Message>,
    received: Arc<Mutex<Vec<Value>>>,
    reading: JoinHandle<()>,
    /// Responses about the vehicle at each place, and about one that does not exist.
    answers: Vec<(Place, Value, Value)>,
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.reading.abort();
    }
}

/// Opens every subscription for every caller.
pub(super) async fn subscribe(world: &World) -> Vec<Socket> {
    let mut sockets = Vec::new();
    for (&standpoint, person) in &world.people {
        for command in COMMANDS {
            let mut socket = Socket::open(world.program(), standpoint, command, &person.token).await;
            match command {
                "subscribeVehicle" | "subscribeGroup" => socket.subscribe_to_each(world).await,
                command => {
                    let said = json!({"type": command, "vehicleType": "FORKLIFT", "id": "all"});
                    let answer = socket.ask(said).await;
                    assert_eq!(answer["type"], "subscribed", "{answer}");
                }
            }
            sockets.push(socket);
        }
    }
    sockets
}

impl Socket {
    async fn open(program: &Program, standpoint: Standpoint, command: &'static str, token: &str) -> Self {
        let (writer, mut reader) = program.connect_as(token).await.socket.split();
        let received = Arc::<Mutex<Vec<Value>>>::default();
        let recorded = Arc::clone(&received);
        let reading = tokio::spawn(async move {
            while let Some(Ok(frame)) = reader.next().await {
                if let Message::Text(text) = frame {
                    let message = serde_json::from_str(&text).expect("JSON");
                    recorded.lock().expect("the lock is not poisoned").push(message);
                }
            }
        });
        Self {
            command,
            standpoint,
            writer,
            received,
            reading,
            answers: Vec::new(),
        }
    }

    async fn subscribe_to_each(&mut self, world: &World) {
        for place in PLACES {
            let vehicle = world.thing(Subject::Vehicle(place));
            let (field, id) = match self.command {
                "subscribeGroup" => ("groupId", vehicle.beside.clone()),
                _ => ("vehicleId", vehicle.id.clone()),
            };
            let unknown = Uuid::now_v7().to_string();
            let mut answers = Vec::new();
            for id in [id, unknown] {
                let said = json!({"type": self.command, field: id, "id": id});
                let answer = self.ask(said).await.to_string().replace(&id, "…");
                answers.push(serde_json::from_str(&answer).expect("JSON"));
            }
            let [known, unknown] = answers.try_into().expect("two answers");
            self.answers.push((place, known, unknown));
        }
    }

    /// Sends a message with an id and waits for the response.
    async fn ask(&mut self, message: Value) -> Value {
        let sent = self.writer.send(Message::text(message.to_string())).await;
        sent.expect("the socket is open");
        until_ok("an answer", async || {
            let received = self.received.lock().expect("the lock is not poisoned");
            received.iter().find(|said| said["id"] == message["id"]).cloned()
        })
        .await
    }

    /// Waits until all messages sent before have arrived.
    pub(super) async fn until_settled(&mut self) {
        self.ask(json!({"type": "ping", "id": "the end"})).await;
    }

    fn has_received(&self, event: &str, vehicle: &str) -> bool {
        let is_it = |said: &Value| said["type"] == event && said["vehicleId"] == vehicle;
        let received = self.received.lock().expect("the lock is not poisoned");
        received
            .iter()
            .filter_map(|message| message["events"].as_array())
            .any(|events| events.iter().any(is_it))
    }

    /// Returns `true` if each event of each vehicle that exists for the caller was received.
    pub(super) fn has_received_all(&self, world: &World) -> bool {
        PLACES
            .into_iter()
            .filter(|place| self.subject(*place).is_within(self.standpoint))
            .all(|place| {
                let id = &world.thing(Subject::Vehicle(place)).id;
                events(self.command)
                    .iter()
                    .all(|event| self.has_received(event, id))
            })
    }

    /// Returns the outcome for each vehicle and event.
    pub(super) fn observed(&self, world: &World) -> Vec<Observation> {
        // Responses repeat the ids of requests, so only events can leak ids.
        let received = self.received.lock().expect("the lock is not poisoned").clone();
        let frames: Vec<_> = received
            .into_iter()
            .filter(|said| said["events"].is_array())
            .collect();
        let leak = world.leak(
            self.standpoint,
            &Target::default(),
            &Value::from(frames).to_string(),
        );
        let mut observed: Vec<_> = self
            .answers
            .iter()
            .map(|(place, known, unknown)| {
                let outcome = match (known["type"].as_str(), known["code"].as_str()) {
                    (Some("subscribed"), _) => Outcome::Done,
                    (_, Some("NOT_FOUND")) if known == unknown => Outcome::Absent,
                    (_, Some("FORBIDDEN")) => Outcome::Forbidden,
                    _ => Outcome::Odd(format!(
                        "{known}, but for a vehicle that does not exist: {unknown}"
                    )),
                };
                self.observation(self.command.to_owned(), *place, outcome)
            })
            .collect();
        for (event, place) in events(self.command)
            .iter()
            .flat_map(|event| PLACES.map(|place| (*event, place)))
        {
            let outcome = match &leak {
                Some(leak) => Outcome::Odd(leak.clone()),
                None if self.has_received(event, &world.thing(Subject::Vehicle(place)).id) => Outcome::Done,
                None => Outcome::Absent,
            };
            observed.push(self.observation(format!("{}: {event}", self.command), place, outcome));
        }
        observed
    }

    /// Returns the subject of a subscription about the vehicle at a place.
    fn subject(&self, place: Place) -> Subject {
        match self.command {
            "subscribeGroup" => Subject::VehicleByGroup(place),
            _ => Subject::Vehicle(place),
        }
    }

    fn observation(&self, probe: String, place: Place, outcome: Outcome) -> Observation {
        Observation {
            operation: Operation::ReadVehicles,
            endpoint: Endpoint::Live,
            probe,
            standpoint: self.standpoint,
            subject: self.subject(place),
            order: Order::SubjectFirst,
            outcome,
        }
    }
}
