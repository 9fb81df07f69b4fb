//! New subjects for probes that change their subjects, so that the cases do not affect each other.

use domain::Standing;
use serde_json::json;

use super::{
    reach::{
        Place::{self, Elsewhere, InGroup, InOrganization, Itself},
        Reach, Standpoint, Subject, What, Whose,
    },
    world::{Target, World},
};
use crate::end_to_end::support::ADMINISTRATOR;

impl World {
    /// Creates a new target for a subject. If the caller's reach covers the subject's place, it also covers the target.
    pub(super) async fn fresh(&self, subject: Subject, standpoint: Standpoint) -> Target {
        match subject {
            Subject::Vehicle(place) => self.fresh_vehicle(place, standpoint).await,
            Subject::DeletedVehicle(place) => {
                let target = self.fresh_vehicle(place, standpoint).await;
                self.order("DELETE", &format!("/api/vehicles/{}", target.id), None)
                    .await;
                target
            }
            Subject::Group(place) => self.fresh_group(place, standpoint).await,
            Subject::Organization(place) => self.fresh_organization(place, standpoint).await,
            Subject::User(place) => self.fresh_user(place).await,
            Subject::Letter(place) => self.fresh_letter(place).await,
            Subject::Grant { user, target } => {
                let user = &self.thing(Subject::User(user)).id;
                let vehicle = self.fresh_vehicle(target, standpoint).await.id;
                let body = json!({"userId": user, "vehicleId": vehicle});
                Target {
                    id: self.make("/api/grants", body).await,
                    ..Target::default()
                }
            }
            Subject::Member {
                group,
                vehicle,
                is_in,
            } => self.fresh_member(group, vehicle, is_in, standpoint).await,
            Subject::Granting { user, what, target } => {
                self.fresh_granting(user, what, target, standpoint).await
            }
            Subject::Session(Whose::Own) => self.fresh_session(standpoint).await,
            Subject::Oneself => self.double_of(standpoint).await,
            Subject::Nothing
            | Subject::VehicleByGroup(_)
            | Subject::Entry(_)
            | Subject::Session(Whose::Another) => self.existing_target(subject, standpoint),
        }
    }

    async fn fresh_vehicle(&self, place: Place, standpoint: Standpoint) -> Target {
        let name = self.new_name();
        let id = self.make_vehicle(place, &name).await;
        if place == InGroup {
            let group = &self.thing(Subject::Group(InGroup)).id;
            self.order("PUT", &format!("/api/groups/{group}/vehicles/{id}"), None)
                .await;
        }
        if place == Itself && standpoint.reach == Reach::Vehicle {
            self.grant_to(standpoint, "vehicleId", &id).await;
        }
        Target {
            id,
            name,
            ..Target::default()
        }
    }

    async fn fresh_group(&self, place: Place, standpoint: Standpoint) -> Target {
        let name = self.new_name();
        let body = json!({"name": name, "organizationId": self.organization(place)});
        let id = self.make("/api/groups", body).await;
        if place == InGroup && standpoint.reach == Reach::Group {
            self.grant_to(standpoint, "groupId", &id).await;
        }
        Target {
            id,
            name,
            ..Target::default()
        }
    }

    async fn fresh_organization(&self, place: Place, standpoint: Standpoint) -> Target {
        // The administrator of an organisation reaches only that organisation, not a new one.
        if place == InOrganization && standpoint.standing == Standing::OrganizationAdmin {
            return self.thing(Subject::Organization(place)).clone();
        }
        let name = self.new_name();
        let id = self.make("/api/organizations", json!({"name": name})).await;
        if place == InOrganization && standpoint.reach == Reach::Organization {
            self.grant_to(standpoint, "organizationId", &id).await;
        }
        Target {
            id,
            name,
            ..Target::default()
        }
    }

    async fn fresh_user(&self, place: Place) -> Target {
        let name = self.new_name();
        Target {
            id: self.make_user(&name, "VIEWER", place).await,
            name,
            ..Target::default()
        }
    }

    /// Stores a dead letter of a new vehicle, because the permanent vehicles have been deleted by then.
    async fn fresh_letter(&self, place: Place) -> Target {
        let vehicle = match place {
            Place::Nowhere => None,
            _ => Some(self.make_vehicle(place, &self.new_name()).await),
        };
        Target {
            id: self.make_letter(vehicle.as_deref()).await,
            ..Target::default()
        }
    }

    async fn fresh_member(
        &self,
        group: Place,
        vehicle: Place,
        is_in: bool,
        standpoint: Standpoint,
    ) -> Target {
        let group_id = self.thing(Subject::Group(group)).id.clone();
        let vehicle_id = self.fresh_vehicle(vehicle, standpoint).await.id;
        // A vehicle can't be in a group of another organisation.
        if is_in && (group == Elsewhere) == (vehicle == Elsewhere) {
            let path = format!("/api/groups/{group_id}/vehicles/{vehicle_id}");
            self.order("PUT", &path, None).await;
        }
        Target {
            id: group_id,
            beside: vehicle_id,
            ..Target::default()
        }
    }

    async fn fresh_granting(&self, user: Place, what: What, target: Place, standpoint: Standpoint) -> Target {
        let known = self.thing(Subject::User(user)).id.clone();
        let (id, beside) = match what {
            What::Vehicle => (known, self.fresh_vehicle(target, standpoint).await.id),
            What::Group => (known, self.fresh_group(target, standpoint).await.id),
            What::Organization => {
                let organization = self.fresh_organization(target, standpoint).await.id;
                // An administrator reaches only one organisation, which can't be granted to the same user twice.
                let is_the_same = organization == self.thing(Subject::Organization(InOrganization)).id;
                let user = if is_the_same && user == InOrganization {
                    self.fresh_user(user).await.id
                } else {
                    known
                };
                (user, organization)
            }
        };
        Target {
            id,
            beside,
            ..Target::default()
        }
    }

    /// Creates another session of the caller.
    async fn fresh_session(&self, standpoint: Standpoint) -> Target {
        let name = &self.people[&standpoint].name;
        let token = self.program().log_in(name, ADMINISTRATOR.1).await.access;
        Target {
            id: self.session_of(&token).await,
            ..Target::default()
        }
    }

    /// Creates another user of the same standing, who makes the request instead of the caller.
    async fn double_of(&self, standpoint: Standpoint) -> Target {
        let name = self.new_name();
        let (role, place) = match standpoint.standing {
            Standing::Viewer => ("VIEWER", InOrganization),
            Standing::Operator => ("OPERATOR", InOrganization),
            Standing::OrganizationAdmin => ("ADMIN", InOrganization),
            Standing::GlobalAdmin => ("ADMIN", Place::Nowhere),
        };
        let id = self.make_user(&name, role, place).await;
        let token = self.program().log_in(&name, ADMINISTRATOR.1).await.access;
        Target {
            id,
            token: Some(token),
            ..Target::default()
        }
    }

    async fn grant_to(&self, standpoint: Standpoint, what: &str, id: &str) {
        let person = &self.people[&standpoint].id;
        self.make(
            "/api/grants",
            json!({"userId": person, what: id, "role": standpoint.ceiling.as_str()}),
        )
        .await;
    }
}
