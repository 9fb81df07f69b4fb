//! Two organisations with their groups, vehicles, users and grants.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicU64, Ordering},
};

use deadpool_redis::redis::cmd;
use serde_json::{Value, json};

use super::{
    people::Person,
    probe::Kind,
    reach::{
        Place::{self, Elsewhere, InGroup, InOrganization, Itself, Nowhere},
        Standpoint, Subject, Whose,
    },
};
use crate::end_to_end::support::{ADMINISTRATOR, Plant, Program, now_ms, position, until_ok};

/// Target of a request.
#[derive(Debug, Clone, Default)]
pub(super) struct Target {
    pub id: String,
    /// Id of the second object in the request: a vehicle's group, a group's organisation, a grant's user.
    pub beside: String,
    pub name: String,
    /// Token to use instead of the caller's, if the caller must not make the request.
    pub token: Option<String>,
}

/// An object that exists from the start.
pub(super) struct Thing {
    pub subject: Subject,
    pub target: Target,
}

/// The server, the callers, and the objects that the cases use.
pub(super) struct World {
    pub plant: Plant,
    pub http: reqwest::Client,
    pub people: BTreeMap<Standpoint, Person>,
    pub things: Vec<Thing>,
    names: AtomicU64,
    /// Id of the administrator, who created all objects.
    pub administrator: String,
}

/// Id of the default organisation, which always exists.
const DEFAULT_ORGANIZATION: &str = "00000000-0000-7000-8000-000000000001";

impl World {
    pub(super) async fn begin(plant: Plant) -> Self {
        let administrator = plant.program.administrator().await.user.clone();
        let mut world = Self {
            plant,
            http: reqwest::Client::new(),
            people: BTreeMap::new(),
            things: Vec::new(),
            names: AtomicU64::new(0),
            administrator,
        };
        world.settle().await;
        world.fill().await;
        for standpoint in Standpoint::all() {
            world.add_person(standpoint).await;
        }
        world.set_in_motion().await;
        world
    }

    pub(super) const fn program(&self) -> &Program {
        &self.plant.program
    }

    /// Creates organisations and groups.
    async fn settle(&mut self) {
        for place in [InOrganization, Elsewhere] {
            let subject = Subject::Organization(place);
            let name = name_of(subject);
            let made = self.make("/api/organizations", json!({"name": name})).await;
            self.keep(subject, &made, "", &name);
        }
        let always = Target {
            id: DEFAULT_ORGANIZATION.to_owned(),
            ..Target::default()
        };
        self.things.push(Thing {
            subject: Subject::Organization(Elsewhere),
            target: always,
        });
        for place in [InGroup, InOrganization, Elsewhere, Itself] {
            // The group of the individually granted vehicle is not granted.
            let subject = Subject::Group(if place == Itself { InOrganization } else { place });
            let name = format!("group-{place:?}");
            let organization = self.organization(place).expect("the place has an organisation");
            let body = json!({"name": name, "organizationId": organization});
            let made = self.make("/api/groups", body).await;
            self.keep(subject, &made, &organization, &name);
        }
    }

    /// Creates vehicles, users, and grants to these users.
    async fn fill(&mut self) {
        for place in [Itself, InGroup, InOrganization, Elsewhere] {
            let subject = Subject::Vehicle(place);
            let name = name_of(subject);
            let id = self.make_vehicle(place, &name).await;
            let group = self.named(&format!("group-{place:?}")).id.clone();
            self.order("PUT", &format!("/api/groups/{group}/vehicles/{id}"), None)
                .await;
            self.order("POST", &format!("/api/vehicles/{id}/enable"), None)
                .await;
            self.keep(subject, &id, &group, &name);
        }
        for place in [InOrganization, Elsewhere, Nowhere] {
            let subject = Subject::User(place);
            let name = name_of(subject);
            let id = self.make_user(&name, "VIEWER", place).await;
            self.keep(subject, &id, "", &name);
        }
        let administrator = self.administrator.clone();
        self.keep(Subject::User(Nowhere), &administrator, "", "");
        for place in [InOrganization, Elsewhere, Nowhere] {
            let vehicle = match place {
                Nowhere => None,
                _ => Some(self.thing(Subject::Vehicle(place)).id.clone()),
            };
            let id = self.make_letter(vehicle.as_deref()).await;
            self.keep(Subject::Letter(place), &id, "", "");
        }
        for (user, target) in [
            (InOrganization, InOrganization),
            (InOrganization, Elsewhere),
            (Elsewhere, InOrganization),
            (Elsewhere, Elsewhere),
        ] {
            let user_id = self.thing(Subject::User(user)).id.clone();
            let vehicle = self.thing(Subject::Vehicle(target)).id.clone();
            let body = json!({"userId": user_id, "vehicleId": vehicle});
            let made = self.make("/api/grants", body).await;
            self.keep(Subject::Grant { user, target }, &made, &user_id, "");
        }
    }

    /// Publishes a position and a state for every vehicle.
    async fn set_in_motion(&self) {
        let mut robot = self.plant.robot().await;
        for place in [Itself, InGroup, InOrganization, Elsewhere] {
            let id = &self.thing(Subject::Vehicle(place)).id;
            robot
                .publish("vehicle:position:update", position(id, 1.0).to_string())
                .await;
            let state =
                json!({"vehicleId": id, "currentSpeed": 1, "batteryLevel": 50, "lastUpdateTime": now_ms()});
            robot.publish("vehicle:state:update", state.to_string()).await;
        }
        for (place, what) in [Itself, InGroup, InOrganization, Elsewhere]
            .into_iter()
            .flat_map(|place| [(place, "position"), (place, "state")])
        {
            let path = format!("/api/vehicles/{}/{what}", self.thing(Subject::Vehicle(place)).id);
            until_ok("the messages are received", async || {
                let (status, _) = self.program().as_administrator("GET", &path, None).await;
                (status == 200).then_some(())
            })
            .await;
        }
    }

    pub(super) fn keep(&mut self, subject: Subject, id: &str, beside: &str, name: &str) {
        let target = Target {
            id: id.to_owned(),
            beside: beside.to_owned(),
            name: name.to_owned(),
            token: None,
        };
        self.things.push(Thing { subject, target });
    }

    /// Returns the permanent object for a subject.
    pub(super) fn thing(&self, subject: Subject) -> &Target {
        let found = self.things.iter().find(|thing| thing.subject == subject);
        &found.unwrap_or_else(|| panic!("there is no {subject:?}")).target
    }

    pub(super) fn named(&self, name: &str) -> &Target {
        let found = self.things.iter().find(|thing| thing.target.name == name);
        &found.unwrap_or_else(|| panic!("there is no {name}")).target
    }

    /// Returns an existing target for a request that does not change it.
    pub(super) fn existing_target(&self, subject: Subject, standpoint: Standpoint) -> Target {
        let person = &self.people[&standpoint];
        let of_id = |id: &str| Target {
            id: id.to_owned(),
            ..Target::default()
        };
        match subject {
            Subject::Nothing => Target::default(),
            Subject::Oneself => of_id(&person.id),
            Subject::Session(Whose::Own) => of_id(&person.session),
            Subject::Session(Whose::Another) => {
                let another = self.people.iter().find(|(other, _)| **other != standpoint);
                of_id(&another.expect("there are several people").1.session)
            }
            Subject::Entry(Nowhere) => of_id(&self.thing(Subject::User(Nowhere)).id),
            Subject::VehicleByGroup(place) => self.thing(Subject::Vehicle(place)).clone(),
            Subject::Entry(place) => of_id(&self.thing(Subject::Vehicle(place)).id),
            _ => self.thing(subject).clone(),
        }
    }

    /// Returns the number of objects of a kind that exist for a caller.
    pub(super) fn count(&self, kind: Kind, standpoint: Standpoint) -> usize {
        self.things
            .iter()
            .filter(|thing| kind.has(thing.subject) && thing.subject.is_within(standpoint))
            .count()
    }

    /// Returns the organisation of a place; `None` for `Nowhere`.
    pub(super) fn organization(&self, place: Place) -> Option<String> {
        let there = match place {
            Nowhere => return None,
            Elsewhere => Elsewhere,
            _ => InOrganization,
        };
        Some(self.thing(Subject::Organization(there)).id.clone())
    }

    /// Returns an unused name.
    pub(super) fn new_name(&self) -> String {
        // The name is also used as a password, which needs this length.
        format!("new-thing-{:06}", self.names.fetch_add(1, Ordering::Relaxed))
    }

    pub(super) async fn make_vehicle(&self, place: Place, name: &str) -> String {
        let body = json!({
            "type": "FORKLIFT", "name": name, "manufacturer": "Acme", "details": {},
            "specification": {"maxSpeed": 1, "maxLoad": 1, "batteryCapacity": 1},
            "organizationId": self.organization(place),
        });
        self.make("/api/vehicles", body).await
    }

    pub(super) async fn make_user(&self, name: &str, role: &str, place: Place) -> String {
        let organization = self.organization(place);
        let body = json!({
            "username": name, "password": ADMINISTRATOR.1, "role": role, "organizationId": organization,
        });
        self.make("/api/users", body).await
    }

    /// Stores a dead letter and returns its id.
    pub(super) async fn make_letter(&self, vehicle: Option<&str>) -> String {
        let mut add = cmd("XADD");
        add.arg("fleetwatch:dlq").arg("*");
        for (name, text) in [
            ("channel", "vehicle:position:update"),
            ("payload", "hello"),
            ("bytes", "5"),
            ("reason", "not_json"),
            ("receivedAt", "1732333333123"),
        ] {
            add.arg(name).arg(text);
        }
        if let Some(id) = vehicle {
            add.arg("vehicleId").arg(id);
        }
        let mut robot = self.plant.robot().await;
        add.query_async(&mut robot.connection).await.expect("Redis is up")
    }

    /// Creates an object as the administrator and returns its id.
    pub(super) async fn make(&self, path: &str, body: Value) -> String {
        let made = self.order("POST", path, Some(body)).await;
        made["id"].as_str().expect("it has an id").to_owned()
    }

    /// Sends a request as the administrator, which must succeed.
    pub(super) async fn order(&self, method: &str, path: &str, body: Option<Value>) -> Value {
        let (status, answer) = self.program().as_administrator(method, path, body).await;
        assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
        answer
    }
}

fn name_of(subject: Subject) -> String {
    match subject {
        Subject::Vehicle(place) => format!("vehicle-{place:?}"),
        Subject::User(place) => format!("user-{place:?}"),
        Subject::Organization(place) => format!("organization-{place:?}"),
        _ => unreachable!("{subject:?} has no name"),
    }
}
