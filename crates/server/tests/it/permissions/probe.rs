//! Probes: requests for an operation at an endpoint, and the interpretation of their responses.

use std::fmt;

use domain::Operation;

use super::reach::Subject;

/// An endpoint of the APIs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Endpoint {
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

/// Template of a request. The placeholders `{id}`, `{beside}`, `{name}` and `{new}` represent the subject's id, the id
/// of a second object, the subject's name, and an unused name.
#[derive(Debug, Clone, Copy)]
pub(super) enum Ask {
    Rest {
        /// Method, and path below `/api`.
        route: &'static str,
        query: &'static str,
        body: &'static str,
        media_type: &'static str,
    },
    /// A GraphQL document, with the placeholders as variables.
    Graphql(&'static str),
}

/// The check that is made first when the caller's role does not allow an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// Existence of the subject for the caller. The operation is denied only on subjects that the caller can see.
    SubjectFirst,
    /// The role. It is checked first if the subject does not exist yet, and for users, grants and audit entries, which
    /// only administrators can see. Others are denied access whether or not the subject exists.
    RoleFirst,
}

/// Criterion by which a successful response shows that a subject exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// Any successful response.
    Answered,
    /// The response contains the subject's id.
    Shown,
    /// The response counts at least one object.
    Found,
    /// The response counts exactly the objects of this kind within the caller's reach.
    Counted(Kind),
}

/// A countable kind of object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Vehicles,
    Groups,
    Organizations,
    Users,
    Grants,
}

impl Kind {
    pub(super) fn has(self, subject: Subject) -> bool {
        match self {
            Self::Vehicles => matches!(subject, Subject::Vehicle(_)),
            Self::Groups => matches!(subject, Subject::Group(_)),
            Self::Organizations => matches!(subject, Subject::Organization(_)),
            Self::Users => matches!(subject, Subject::User(_)),
            Self::Grants => matches!(subject, Subject::Grant { .. }),
        }
    }
}

/// Effect of a probe on its subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// No change.
    Looks,
    /// A change after which other cases can still use the subject.
    Touches,
    /// A change or deletion after which other cases can't use the subject, so each case needs a new one.
    Changes,
}

/// A request for an operation, to be made by every caller.
#[derive(Debug, Clone, Copy)]
pub(super) struct Probe {
    pub operation: Operation,
    /// Operation id in the OpenAPI document, or root field of GraphQL.
    pub name: &'static str,
    pub ask: Ask,
    pub subjects: &'static [Subject],
    pub order: Order,
    pub reading: Reading,
    pub effect: Effect,
}

/// Creates a probe of a REST route.
pub(super) fn rest(operation: Operation, name: &'static str, route: &'static str) -> Probe {
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

/// Creates a probe of a GraphQL query or mutation.
pub(super) fn graphql(operation: Operation, name: &'static str, document: &'static str) -> Probe {
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

    pub(super) fn query(mut self, text: &'static str) -> Self {
        if let Ask::Rest { query, .. } = &mut self.ask {
            *query = text;
        }
        self
    }

    pub(super) fn body(mut self, text: &'static str) -> Self {
        if let Ask::Rest { body, .. } = &mut self.ask {
            *body = text;
        }
        self
    }

    pub(super) fn media_type(mut self, text: &'static str) -> Self {
        if let Ask::Rest { media_type, .. } = &mut self.ask {
            *media_type = text;
        }
        self
    }

    /// Makes the probe request one of the subjects by id.
    pub(super) fn gets(self, subjects: &'static [Subject]) -> Self {
        Self { subjects, ..self }
    }

    /// Makes the probe list the subjects, whose ids the response contains.
    pub(super) fn shows(self, subjects: &'static [Subject]) -> Self {
        Self {
            subjects,
            reading: Reading::Shown,
            ..self
        }
    }

    /// Makes the probe search for one of the subjects and count the results.
    pub(super) fn finds(self, subjects: &'static [Subject]) -> Self {
        Self {
            subjects,
            reading: Reading::Found,
            ..self
        }
    }

    pub(super) fn counts(self, kind: Kind) -> Self {
        Self {
            reading: Reading::Counted(kind),
            ..self
        }
    }

    /// Makes the probe create an object in one of the subjects.
    pub(super) fn makes_in(self, subjects: &'static [Subject]) -> Self {
        Self {
            subjects,
            order: Order::RoleFirst,
            effect: Effect::Touches,
            ..self
        }
    }

    /// Makes the probe change one of the subjects idempotently, so all cases can share it.
    pub(super) fn touches(self, subjects: &'static [Subject]) -> Self {
        Self {
            subjects,
            effect: Effect::Touches,
            ..self
        }
    }

    /// Makes the probe change or delete one of the subjects.
    pub(super) fn changes(self, subjects: &'static [Subject]) -> Self {
        Self {
            subjects,
            effect: Effect::Changes,
            ..self
        }
    }

    /// Marks the subjects as visible to administrators only.
    pub(super) fn for_administrators(self) -> Self {
        Self {
            order: Order::RoleFirst,
            ..self
        }
    }

    /// Returns `true` if the request contains an id or name of the subject.
    pub(super) fn names_its_subject(&self) -> bool {
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

    pub(super) fn endpoints(&self) -> &'static [Endpoint] {
        match self.ask {
            Ask::Rest { .. } => &[Endpoint::Rest],
            Ask::Graphql(_) => &[Endpoint::Graphql, Endpoint::GraphqlSocket],
        }
    }
}
