//! What callers hear: `/ws`.

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

/// What can be subscribed to: all at once, or one vehicle.
pub const COMMANDS: [&str; 4] = [
    "subscribeAll",
    "subscribeType",
    "subscribeVehicle",
    "subscribeRegistry",
];

/// What is then heard of a vehicle.
const fn events(command: &str) -> &'static [&'static str] {
    match command.as_bytes() {
        b"subscribeRegistry" => &["vehicleInfo", "vehicleDeleted"],
        _ => &["positionUpdate", "stateChange", "vehicleRemoved"],
    }
}

/// A socket of one caller, with one subscription or one to each vehicle.
pub struct Ear {
    command: &'static str,
    standpoint: Standpoint,
    writer: SplitSink<WebSocketStream<MaybeTlsStream<TcpStream>>, Message>,
    heard: Arc<Mutex<Vec<Value>>>,
    reading: JoinHandle<()>,
    /// What was answered about the vehicle of each place, and about one that there is not.
    answers: Vec<(Place, Value, Value)>,
}

impl Drop for Ear {
    fn drop(&mut self) {
        self.reading.abort();
    }
}

/// Everybody subscribes to everything.
pub async fn subscribe(world: &World) -> Vec<Ear> {
    let mut ears = Vec::new();
    for (&standpoint, person) in &world.people {
        for command in COMMANDS {
            let mut ear = Ear::open(world.program(), standpoint, command, &person.token).await;
            match command {
                "subscribeVehicle" => ear.subscribe_to_each(world).await,
                command => {
                    let said = json!({"type": command, "vehicleType": "FORKLIFT", "id": "all"});
                    let answer = ear.ask(said).await;
                    assert_eq!(answer["type"], "subscribed", "{answer}");
                }
            }
            ears.push(ear);
        }
    }
    ears
}

impl Ear {
    async fn open(program: &Program, standpoint: Standpoint, command: &'static str, token: &str) -> Self {
        let (writer, mut reader) = program.connect_as(token).await.socket.split();
        let heard = Arc::<Mutex<Vec<Value>>>::default();
        let taken_down = Arc::clone(&heard);
        let reading = tokio::spawn(async move {
            while let Some(Ok(frame)) = reader.next().await {
                if let Message::Text(text) = frame {
                    let message = serde_json::from_str(&text).expect("JSON");
                    taken_down.lock().expect("the lock is not poisoned").push(message);
                }
            }
        });
        Self {
            command,
            standpoint,
            writer,
            heard,
            reading,
            answers: Vec::new(),
        }
    }

    async fn subscribe_to_each(&mut self, world: &World) {
        for place in PLACES {
            let (id, unknown) = (
                world.thing(Subject::Vehicle(place)).id.clone(),
                Uuid::now_v7().to_string(),
            );
            let mut answers = Vec::new();
            for id in [id, unknown] {
                let said = json!({"type": "subscribeVehicle", "vehicleId": id, "id": id});
                let answer = self.ask(said).await.to_string().replace(&id, "…");
                answers.push(serde_json::from_str(&answer).expect("JSON"));
            }
            let [known, unknown] = answers.try_into().expect("two answers");
            self.answers.push((place, known, unknown));
        }
    }

    /// Says something that has an id; gives the answer.
    async fn ask(&mut self, message: Value) -> Value {
        let sent = self.writer.send(Message::text(message.to_string())).await;
        sent.expect("the socket is open");
        until_ok("an answer", async || {
            let heard = self.heard.lock().expect("the lock is not poisoned");
            heard.iter().find(|said| said["id"] == message["id"]).cloned()
        })
        .await
    }

    /// Waits until all that was on its way has come.
    pub async fn until_settled(&mut self) {
        self.ask(json!({"type": "ping", "id": "the end"})).await;
    }

    fn hears(&self, event: &str, vehicle: &str) -> bool {
        let is_it = |said: &Value| said["type"] == event && said["vehicleId"] == vehicle;
        let heard = self.heard.lock().expect("the lock is not poisoned");
        heard
            .iter()
            .filter_map(|message| message["events"].as_array())
            .any(|events| events.iter().any(is_it))
    }

    /// Whether each event of each vehicle came that exists for who listens.
    pub fn hears_enough(&self, world: &World) -> bool {
        PLACES
            .into_iter()
            .map(Subject::Vehicle)
            .filter(|subject| subject.is_within(self.standpoint))
            .all(|subject| {
                let id = &world.thing(subject).id;
                events(self.command).iter().all(|event| self.hears(event, id))
            })
    }

    /// What came of it.
    pub fn observed(&self, world: &World) -> Vec<Observation> {
        // Answers repeat the ids that were said; frames tell of others.
        let heard = self.heard.lock().expect("the lock is not poisoned").clone();
        let frames: Vec<_> = heard
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
                    _ => Outcome::Odd(format!("{known}, and of what there is not: {unknown}")),
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
                None if self.hears(event, &world.thing(Subject::Vehicle(place)).id) => Outcome::Done,
                None => Outcome::Absent,
            };
            observed.push(self.observation(format!("{}: {event}", self.command), place, outcome));
        }
        observed
    }

    fn observation(&self, probe: String, place: Place, outcome: Outcome) -> Observation {
        Observation {
            operation: Operation::ReadVehicles,
            endpoint: Endpoint::Live,
            probe,
            standpoint: self.standpoint,
            subject: Subject::Vehicle(place),
            order: Order::SubjectFirst,
            outcome,
        }
    }
}
