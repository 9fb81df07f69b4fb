//! Callers of every standing and kind of grant.

use domain::Standing;
use serde_json::json;

use super::{
    graphql_socket::GraphqlSocket,
    reach::{
        Place::{self, Elsewhere, InGroup, InOrganization, Itself, Nowhere},
        Reach, Standpoint, Subject,
    },
    world::World,
};
use crate::end_to_end::support::ADMINISTRATOR;

/// A caller: a user who has logged in.
pub(super) struct Person {
    pub id: String,
    pub name: String,
    pub token: String,
    pub session: String,
    pub organization: Option<String>,
    pub socket: GraphqlSocket,
}

impl World {
    /// Creates a caller, whose own organisation is as unrelated as possible to the caller's grants.
    pub(super) async fn add_person(&mut self, standpoint: Standpoint) {
        let Standpoint {
            standing,
            reach,
            ceiling,
        } = standpoint;
        let (role, home) = match (standing, reach) {
            (Standing::GlobalAdmin, _) => ("ADMIN", Nowhere),
            (Standing::OrganizationAdmin, _) => ("ADMIN", InOrganization),
            (Standing::Operator, Reach::Organization | Reach::Group) => ("OPERATOR", Nowhere),
            (Standing::Operator, _) => ("OPERATOR", InOrganization),
            (Standing::Viewer, Reach::Organization | Reach::Vehicle) => ("VIEWER", Elsewhere),
            (Standing::Viewer, _) => ("VIEWER", InOrganization),
        };
        let name = format!("{role}-{reach:?}-{home:?}-{ceiling}");
        let id = self.make_user(&name, role, home).await;
        self.keep(Subject::User(home), &id, "", &name);
        if matches!(standing, Standing::Viewer | Standing::Operator)
            && let Some((what, subject, target)) = granted(reach)
        {
            let granted = self.thing(subject).id.clone();
            let made = self
                .make(
                    "/api/grants",
                    json!({"userId": id, what: granted, "role": ceiling.as_str()}),
                )
                .await;
            self.keep(Subject::Grant { user: home, target }, &made, &id, "");
        }
        let token = self.program().log_in(&name, ADMINISTRATOR.1).await.access;
        let person = Person {
            session: self.session_of(&token).await,
            socket: GraphqlSocket::connect(self.program(), &token).await,
            organization: self.organization(home),
            id,
            name,
            token,
        };
        self.people.insert(standpoint, person);
    }

    /// Returns the id of a token's session.
    pub(super) async fn session_of(&self, token: &str) -> String {
        let (_, sessions) = self
            .program()
            .rest("GET", "/api/auth/sessions", Some(token), None)
            .await;
        let sessions = sessions.as_array().expect("a list");
        let current = sessions.iter().find(|session| session["isCurrent"] == true);
        let id = current.and_then(|session| session["id"].as_str());
        id.expect("the token has a session").to_owned()
    }
}

/// Returns the grant that gives a caller the given reach: the field of the request, the target, and the target's place.
fn granted(reach: Reach) -> Option<(&'static str, Subject, Place)> {
    match reach {
        Reach::Organization => Some((
            "organizationId",
            Subject::Organization(InOrganization),
            InOrganization,
        )),
        Reach::Group => Some(("groupId", Subject::Group(InGroup), InOrganization)),
        Reach::Vehicle => Some(("vehicleId", Subject::Vehicle(Itself), InOrganization)),
        Reach::Everything | Reach::Nothing => None,
    }
}
