//! Clients that change the registry over REST. Every change has its own request id, and every change except a
//! registration has `If-Match`.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use rand::{Rng as _, SeedableRng as _, rngs::SmallRng};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{
    access::{Access, Answer},
    history::{Change, Outcome, Read, Write},
    recorder::Recorder,
};

/// Prefix of the request ids of all changes by writers.
pub(super) const PREFIX: &str = "chaos-";

/// Pause between two changes of a writer.
const PAUSE: Duration = Duration::from_millis(20);

/// Maximum number of known vehicles; at this number, writers register no further ones.
const MOST_VEHICLES: usize = 30;

/// Ids of the vehicles that all writers change, so that they compete.
pub(super) type Vehicles = Arc<Mutex<Vec<String>>>;

pub(super) struct Writer {
    number: usize,
    access: Access,
    recorder: Recorder,
    vehicles: Vehicles,
    random: SmallRng,
    /// Number of changes requested so far.
    requests: usize,
}

/// A vehicle as a writer has read it.
struct Known {
    id: String,
    version: u64,
    status: String,
    is_enabled: bool,
}

impl Writer {
    pub(super) fn new(number: usize, access: Access, recorder: Recorder, vehicles: Vehicles) -> Self {
        Self {
            number,
            access,
            recorder,
            vehicles,
            random: SmallRng::seed_from_u64(rand::random()),
            requests: 0,
        }
    }

    /// Changes vehicles until `end`. The request in progress is completed.
    pub(super) async fn run(mut self, end: CancellationToken) {
        while !end.is_cancelled() {
            match self.choose() {
                None => self.create().await,
                Some(id) => {
                    if let Some(known) = self.read(id).await {
                        self.change(known).await;
                    }
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Returns the vehicle to change next; `None` to register one.
    fn choose(&mut self) -> Option<String> {
        let vehicles = self.vehicles.lock().expect("the lock is not poisoned");
        let has_room = vehicles.len() < MOST_VEHICLES;
        if vehicles.is_empty() || (has_room && self.random.random_bool(0.2)) {
            return None;
        }
        let index = self.random.random_range(0..vehicles.len());
        Some(vehicles[index].clone())
    }

    async fn read(&mut self, id: String) -> Option<Known> {
        let invoked = self.recorder.now();
        let answer = self
            .access
            .send("GET", &format!("/api/vehicles/{id}"), &[], None)
            .await;
        let ended = self.recorder.now();
        let (version, body) = match answer {
            Answer::Status(200, body) => (Some(body["version"].as_u64().expect("a version")), body),
            Answer::Status(404, body) => (None, body),
            other => {
                self.recorder.trouble(format!("a read failed: {other:?}"));
                return None;
            }
        };
        let read = Read {
            vehicle: id.clone(),
            version,
            invoked,
            ended,
        };
        self.recorder.with(|history| history.reads.push(read));
        let Some(version) = version else {
            self.forget(&id);
            return None;
        };
        Some(Known {
            id,
            version,
            status: body["status"].as_str().expect("a status").to_owned(),
            is_enabled: body["isEnabled"].as_bool().expect("a boolean"),
        })
    }

    fn forget(&self, id: &str) {
        let mut vehicles = self.vehicles.lock().expect("the lock is not poisoned");
        vehicles.retain(|known| known != id);
    }

    fn next_request(&mut self) -> String {
        self.requests += 1;
        format!("{PREFIX}{}-{}", self.number, self.requests)
    }

    async fn create(&mut self) {
        let request = self.next_request();
        let body = json!({
            "name": request, "type": "FORKLIFT", "manufacturer": "Northline", "model": request, "details": {},
            "specification": {"maxSpeed": 1.5, "maxLoad": 100.0, "batteryCapacity": 480.0},
        });
        let index = self.invoke(&request, None, 0, Change::Create);
        let headers = [("x-request-id", request.as_str())];
        let answer = self
            .access
            .send("POST", "/api/vehicles", &headers, Some(&body))
            .await;
        let outcome = self.outcome(answer, None, 1);
        if let Outcome::Acknowledged { vehicle, .. } = &outcome {
            let mut vehicles = self.vehicles.lock().expect("the lock is not poisoned");
            vehicles.push(vehicle.clone());
        }
        self.recorder.complete(index, outcome);
    }

    async fn change(&mut self, known: Known) {
        let request = self.next_request();
        let path = format!("/api/vehicles/{}", known.id);
        let (change, method, path, body) = match self.random.random_range(0..10) {
            0 => (Change::Delete, "DELETE", path, None),
            1..=3 => {
                let body = json!({"model": request});
                (Change::Model(request.clone()), "PUT", path, Some(body))
            }
            4..=6 => {
                let status = following(&known.status);
                let body = json!({"status": status});
                let change = Change::Status(status.to_owned());
                (change, "PATCH", format!("{path}/status"), Some(body))
            }
            _ => {
                let verb = if known.is_enabled { "disable" } else { "enable" };
                let change = Change::Enabled(!known.is_enabled);
                (change, "POST", format!("{path}/{verb}"), None)
            }
        };
        let is_deletion = change == Change::Delete;
        let index = self.invoke(&request, Some(&known.id), known.version, change);
        let tag = format!("\"{}\"", known.version);
        let headers = [("x-request-id", request.as_str()), ("if-match", tag.as_str())];
        let answer = self.access.send(method, &path, &headers, body.as_ref()).await;
        let outcome = self.outcome(answer, Some(&known.id), known.version + 1);
        self.recorder.complete(index, outcome);
        if is_deletion {
            self.forget(&known.id);
        }
    }

    fn invoke(&self, request: &str, vehicle: Option<&str>, expected: u64, change: Change) -> usize {
        let now = self.recorder.now();
        self.recorder.invoke(Write {
            request: request.to_owned(),
            writer: self.number,
            change,
            vehicle: vehicle.map(str::to_owned),
            expected,
            invoked: now,
            ended: now,
            outcome: Outcome::Unknown("not answered yet".to_owned()),
        })
    }

    /// Returns the outcome of a change to `vehicle`, after which its version would be `next`. The answer to a deletion
    /// names neither.
    fn outcome(&self, answer: Answer, vehicle: Option<&str>, next: u64) -> Outcome {
        match answer {
            Answer::Status(204, _) => Outcome::Acknowledged {
                vehicle: vehicle.expect("a deletion is of a known vehicle").to_owned(),
                version: next,
            },
            Answer::Status(200 | 201, body) => Outcome::Acknowledged {
                vehicle: body["id"].as_str().expect("an id").to_owned(),
                version: body["version"].as_u64().expect("a version"),
            },
            // Another writer was faster.
            Answer::Status(status @ (404 | 409 | 412), body) => Outcome::Rejected(reason(status, &body)),
            Answer::Status(status @ 400..=499, body) => {
                let reason = reason(status, &body);
                self.recorder.trouble(format!("a change was rejected: {reason}"));
                Outcome::Rejected(reason)
            }
            Answer::Status(status, body) => {
                let reason = reason(status, &body);
                self.recorder.trouble(format!("a change failed: {reason}"));
                Outcome::Unknown(reason)
            }
            Answer::NotSent(reason) => {
                self.recorder.trouble(format!("a change was not sent: {reason}"));
                Outcome::Rejected(reason)
            }
            Answer::Unknown(reason) => {
                self.recorder
                    .trouble(format!("a change was not answered: {reason}"));
                Outcome::Unknown(reason)
            }
        }
    }
}

fn reason(status: u16, body: &Value) -> String {
    format!("{status} {}", body["detail"].as_str().unwrap_or_default())
}

/// Returns a status other than `status` that users may set, so that every request changes something.
fn following(status: &str) -> &'static str {
    match status {
        "IDLE" => "STOPPED",
        "STOPPED" => "MAINTENANCE",
        _ => "IDLE",
    }
}
