//! What is tried: a way to ask for an operation at a endpoint, and what its answers mean.

use std::fmt;

use domain::Operation;

use super::reach::Subject;

/// A way in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Endpoint {
    /// The REST API.
    Rest,
    /// `POST /graphql`.
    Graphql,
    /// Queries and mutations at `/graphql/ws`.
    GraphqlSocket,
    /// Subscriptions at `/graphql/ws`.
    Subscriptions,
    /// `/ws`.
    Live,
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rest => "REST",
            Self::Graphql => "GraphQL",
            Self::GraphqlSocket => "GraphQL by socket",
            Self::Subscriptions => "subscriptions",
            Self::Live => "/ws",
        })
    }
}

/// How a request is written. `{id}`, `{beside}`, `{name}` and `{new}` stand for what it is about: its id, the id of
/// what is named beside it, its name, and a name that nothing has yet.
#[derive(Debug, Clone, Copy)]
pub enum Ask {
    Rest {
        /// The method and the path below `/api`.
        route: &'static str,
        query: &'static str,
        body: &'static str,
        media_type: &'static str,
    },
    /// A document, to which the four are given as variables.
    Graphql(&'static str),
}

/// What is judged first when a caller's role does not allow an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Whether the subject exists for the caller: refused is only what it can know of.
    SubjectFirst,
    /// The role. What is made is not there yet; and who administers nothing knows of no user, grant or entry at all, so
    /// each is refused to it, whether it is there or not.
    RoleFirst,
}

/// How an answer that is no error shows that a subject exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// By being one.
    Answered,
    /// By having its id in it.
    Shown,
    /// By counting at least one.
    Found,
    /// By counting as many as there are of this kind within reach.
    Counted(Kind),
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Vehicles,
    Groups,
    Organizations,
    Users,
    Grants,
}

impl Kind {
    pub fn has(self, subject: Subject) -> bool {
        match self {
            Self::Vehicles => matches!(subject, Subject::Vehicle(_)),
            Self::Groups => matches!(subject, Subject::Group(_)),
            Self::Organizations => matches!(subject, Subject::Organization(_)),
            Self::Users => matches!(subject, Subject::User(_)),
            Self::Grants => matches!(subject, Subject::Grant { .. }),
        }
    }
}

/// What a probe leaves behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Nothing.
    Looks,
    /// Something; what it is tried on is as good as before for others.
    Touches,
    /// What it is tried on is another, or gone: it needs one of its own.
    Changes,
}

/// One way to ask for an operation.
#[derive(Debug, Clone, Copy)]
pub struct Probe {
    pub operation: Operation,
    /// The operation's id in the OpenAPI document, or the root field.
    pub name: &'static str,
    pub ask: Ask,
    pub subjects: &'static [Subject],
    pub order: Order,
    pub reading: Reading,
    pub effect: Effect,
}

/// A route of the REST API.
pub fn rest(operation: Operation, name: &'static str, route: &'static str) -> Probe {
    Probe::new(
        operation,
        name,
        Ask::Rest {
            route,
            query: "",
            body: "",
            media_type: "application/json",
        },
    )
}

/// A query or mutation of GraphQL.
pub fn graphql(operation: Operation, name: &'static str, document: &'static str) -> Probe {
    Probe::new(operation, name, Ask::Graphql(document))
}

impl Probe {
    fn new(operation: Operation, name: &'static str, ask: Ask) -> Self {
        Self {
            operation,
            name,
            ask,
            subjects: &[Subject::Nothing],
            order: Order::SubjectFirst,
            reading: Reading::Answered,
            effect: Effect::Looks,
        }
    }

    pub fn query(mut self, text: &'static str) -> Self {
        if let Ask::Rest { query, .. } = &mut self.ask {
            *query = text;
        }
        self
    }

    pub fn body(mut self, text: &'static str) -> Self {
        if let Ask::Rest { body, .. } = &mut self.ask {
            *body = text;
        }
        self
    }

    pub fn media_type(mut self, text: &'static str) -> Self {
        if let Ask::Rest { media_type, .. } = &mut self.ask {
            *media_type = text;
        }
        self
    }

    /// It asks for one of these by its id.
    pub fn gets(self, subjects: &'static [Subject]) -> Self {
        Self { subjects, ..self }
    }

    /// Its answer shows these.
    pub fn shows(self, subjects: &'static [Subject]) -> Self {
        Self {
            subjects,
            reading: Reading::Shown,
            ..self
        }
    }

    /// It looks for one of these.
    pub fn finds(self, subjects: &'static [Subject]) -> Self {
        Self {
            subjects,
            reading: Reading::Found,
            ..self
        }
    }

    pub fn counts(self, kind: Kind) -> Self {
        Self {
            reading: Reading::Counted(kind),
            ..self
        }
    }

    /// It makes something in one of these.
    pub fn makes_in(self, subjects: &'static [Subject]) -> Self {
        Self {
            subjects,
            order: Order::RoleFirst,
            effect: Effect::Touches,
            ..self
        }
    }

    /// It changes one of these to what it may be already, so all can be tried on the same.
    pub fn touches(self, subjects: &'static [Subject]) -> Self {
        Self {
            subjects,
            effect: Effect::Touches,
            ..self
        }
    }

    /// It changes one of these.
    pub fn changes(self, subjects: &'static [Subject]) -> Self {
        Self {
            subjects,
            effect: Effect::Changes,
            ..self
        }
    }

    /// Nobody else knows of its subjects.
    pub fn for_administrators(self) -> Self {
        Self {
            order: Order::RoleFirst,
            ..self
        }
    }

    /// Whether its request names what it is about.
    pub fn names_its_subject(&self) -> bool {
        let names = |texts: [&str; 3]| {
            texts.iter().any(|text| {
                ["{id}", "{beside}", "{vehicleId}", "{name}"]
                    .iter()
                    .any(|name| text.contains(name))
            })
        };
        match self.ask {
            Ask::Rest {
                route, query, body, ..
            } => names([route, query, body]),
            Ask::Graphql(document) => ["$id", "$beside", "$name"]
                .iter()
                .any(|name| document.contains(name)),
        }
    }

    pub fn endpoints(&self) -> &'static [Endpoint] {
        match self.ask {
            Ask::Rest { .. } => &[Endpoint::Rest],
            Ask::Graphql(_) => &[Endpoint::Graphql, Endpoint::GraphqlSocket],
        }
    }
}
