//! Execution of probes and interpretation of their responses.

use std::fmt;

use domain::Standing;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    graphql_socket::GraphqlSocket,
    probe::{Ask, Endpoint, Probe, Reading},
    reach::{Place, Reach, Standpoint, Subject},
    world::{Target, World},
};

/// Outcome of a case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Outcome {
    /// The operation succeeded, or the subject was returned.
    Done,
    /// The operation was denied: 403 or `FORBIDDEN`.
    Forbidden,
    /// The subject does not exist for the caller: 404, `NOT_FOUND`, null, or absent from a list, a count or the events.
    Absent,
    /// Any other outcome, with a description.
    Odd(String),
}

/// A response and the outcome of the request.
pub(super) struct Answer {
    pub outcome: Outcome,
    pub text: String,
    /// Status and header names, which must not reveal the subject either.
    shape: String,
    total: Option<u64>,
}

impl World {
    /// Executes a probe as a caller.
    pub(super) async fn ask(
        &self,
        endpoint: Endpoint,
        probe: &Probe,
        standpoint: Standpoint,
        target: &Target,
    ) -> Answer {
        let new = self.new_name();
        match probe.ask {
            Ask::Rest {
                route,
                query,
                body,
                media_type,
            } => {
                let (method, path) = route.split_once(' ').expect("a method and a path");
                let path = filled(&format!("/api{path}{query}"), target, &new);
                let body = filled(body, target, &new);
                self.request(standpoint, target, [method, &path, media_type], body)
                    .await
            }
            Ask::Graphql(document) => {
                let Target { id, beside, name, .. } = target;
                let variables = json!({"id": id, "beside": beside, "name": name, "new": new});
                let answer = self
                    .graphql(endpoint, standpoint, target, document, &variables)
                    .await;
                graphql_answer(answer)
            }
        }
    }

    async fn request(
        &self,
        standpoint: Standpoint,
        target: &Target,
        [method, path, media_type]: [&str; 3],
        body: String,
    ) -> Answer {
        let token = target.token.as_ref().unwrap_or(&self.people[&standpoint].token);
        let url = self.program().url(path);
        let send = async |method: &str| {
            let mut request = self
                .http
                .request(method.parse().expect("a method"), &url)
                .bearer_auth(token);
            if !body.is_empty() {
                request = request.header("content-type", media_type).body(body.clone());
            }
            request.send().await.expect("it listens")
        };
        let response = send(method).await;
        let status = response.status().as_u16();
        let mut headers: Vec<_> = response
            .headers()
            .keys()
            .map(|name| name.as_str().to_owned())
            .collect();
        // Whether the connection stays open depends on whether the unread body had arrived by then.
        headers.retain(|name| name != "connection");
        headers.sort();
        let text = response.text().await.expect("a body");
        let mut outcome = match status {
            200 | 201 | 204 => Outcome::Done,
            403 => Outcome::Forbidden,
            404 => Outcome::Absent,
            _ => Outcome::Odd(format!("{status} {text}")),
        };
        if method == "GET" {
            let without_body = send("HEAD").await.status().as_u16();
            if without_body != status {
                outcome = Outcome::Odd(format!("GET is {status}, HEAD {without_body}"));
            }
        }
        let total = serde_json::from_str(&text)
            .ok()
            .and_then(|value: Value| value["totalCount"].as_u64());
        Answer {
            outcome,
            shape: format!("{status} {}", headers.join(" ")),
            text,
            total,
        }
    }

    async fn graphql(
        &self,
        endpoint: Endpoint,
        standpoint: Standpoint,
        target: &Target,
        document: &str,
        variables: &Value,
    ) -> Value {
        let person = &self.people[&standpoint];
        match (endpoint, &target.token) {
            (Endpoint::Graphql, token) => {
                let token = token.as_ref().unwrap_or(&person.token);
                self.program()
                    .graphql_as(Some(token), document, variables.clone())
                    .await
            }
            (_, None) => {
                let answer = person.socket.ask(document, variables).await;
                answer.unwrap_or_else(|end| json!({"the connection is over": end}))
            }
            // A password change ends the caller's session, so the socket may be closed before the response.
            (_, Some(token)) => {
                let socket = GraphqlSocket::connect(self.program(), token).await;
                let answer = socket.ask(document, variables).await;
                answer.unwrap_or_else(|end| json!({"data": {"end": end == "the session has ended"}}))
            }
        }
    }

    /// Derives from a response whether the subject exists for the caller.
    pub(super) fn read(
        &self,
        reading: Reading,
        standpoint: Standpoint,
        target: &Target,
        answer: &Answer,
    ) -> Outcome {
        if answer.outcome != Outcome::Done {
            return answer.outcome.clone();
        }
        let done_if = |is_there| if is_there { Outcome::Done } else { Outcome::Absent };
        match reading {
            Reading::Answered => Outcome::Done,
            Reading::Shown => done_if(answer.text.contains(&target.id)),
            Reading::Found => done_if(answer.total.is_some_and(|total| total > 0)),
            Reading::Counted(kind) => {
                let expected = self.count(kind, standpoint);
                if answer.total == u64::try_from(expected).ok() {
                    Outcome::Done
                } else {
                    Outcome::Odd(format!("counts {:?} of {expected}", answer.total))
                }
            }
        }
    }

    /// Returns the target with new ids in place of the ids of objects that don't exist for the caller.
    pub(super) fn unknown_instead(target: &Target, subject: Subject, standpoint: Standpoint) -> Target {
        let (itself, beside) = subject.parts_within(standpoint);
        let mut unknown = target.clone();
        if !itself {
            unknown.id = match subject {
                Subject::Letter(_) => format!("1-{}", Uuid::now_v7().as_u64_pair().1),
                _ => Uuid::now_v7().to_string(),
            };
            unknown.name = "never-was".to_owned();
        }
        if !beside {
            unknown.beside = Uuid::now_v7().to_string();
        }
        unknown
    }

    /// Searches a text for the name or id of an object that does not exist for the caller, and describes the first one.
    pub(super) fn leak(
        &self,
        standpoint: Standpoint,
        target: &Target,
        text_received: &str,
    ) -> Option<String> {
        let said = [&target.id, &target.beside, &target.name];
        let secret = |text: &&String| {
            !text.is_empty()
                && !said.contains(text)
                && text_received.contains(text.as_str())
                && !self.belongs_to_visible_objects(standpoint, text)
        };
        self.things
            .iter()
            .filter(|thing| !thing.subject.is_within(standpoint))
            .flat_map(|thing| [&thing.target.id, &thing.target.name])
            .find(secret)
            .map(|text| format!("reveals {text}: {text_received}"))
    }

    /// Returns `true` for ids that visible objects contain: the caller's own, the organisation of a visible vehicle or
    /// group, and the user who created everything.
    fn belongs_to_visible_objects(&self, standpoint: Standpoint, id: &str) -> bool {
        let person = &self.people[&standpoint];
        let of_seen = matches!(standpoint.reach, Reach::Vehicle | Reach::Group)
            && self.organization(Place::InOrganization).as_deref() == Some(id);
        let is_own =
            [person.id.as_str(), &person.name].contains(&id) || person.organization.as_deref() == Some(id);
        let has_made_all = self.administrator == id;
        // Administrators of an object see the ids of the users who hold grants of it.
        let holds_its_grants = standpoint.standing >= Standing::OrganizationAdmin
            && self.things.iter().any(|thing| {
                matches!(thing.subject, Subject::Grant { .. })
                    && thing.subject.is_within(standpoint)
                    && thing.target.beside == id
            });
        of_seen || is_own || has_made_all || holds_its_grants
    }
}

impl Answer {
    /// Returns the part of a response that must be equal for subjects that don't exist at all and subjects that don't
    /// exist for the caller.
    pub(super) fn without(&self, target: &Target) -> String {
        let mut text = match serde_json::from_str::<Value>(&self.text) {
            Ok(mut value) => {
                remove_varying_fields(&mut value);
                value.to_string()
            }
            Err(_) => self.text.clone(),
        };
        for said in [&target.id, &target.beside, &target.name] {
            if !said.is_empty() {
                text = text.replace(said.as_str(), "…");
            }
        }
        format!("{} {text}", self.shape)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Odd(what) => f.write_str(what),
            outcome => write!(f, "{outcome:?}"),
        }
    }
}

/// Interprets a GraphQL response from any endpoint.
pub(super) fn graphql_answer(answer: Value) -> Answer {
    let code = answer["errors"][0]["extensions"]["code"].as_str();
    let field = answer["data"].as_object().and_then(|data| data.values().next());
    let outcome = match (code, field) {
        (Some("FORBIDDEN"), _) => Outcome::Forbidden,
        (Some("NOT_FOUND"), _) | (None, Some(Value::Null)) => Outcome::Absent,
        (None, Some(Value::Bool(false))) => Outcome::Odd(answer.to_string()),
        (None, Some(_)) if answer["errors"].is_null() => Outcome::Done,
        _ => Outcome::Odd(answer.to_string()),
    };
    let total = field.and_then(|field| field["totalCount"].as_u64());
    Answer {
        outcome,
        text: answer.to_string(),
        shape: String::new(),
        total,
    }
}

fn filled(template: &str, target: &Target, new: &str) -> String {
    template
        .replace("{id}", &target.id)
        .replace("{vehicleId}", &target.beside)
        .replace("{beside}", &target.beside)
        .replace("{name}", &target.name)
        .replace("{new}", new)
}

fn remove_varying_fields(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.remove("requestId");
            // The cost of a count depends on its duration.
            fields.remove("cost");
            fields.values_mut().for_each(remove_varying_fields);
        }
        Value::Array(items) => items.iter_mut().for_each(remove_varying_fields),
        _ => {}
    }
}
