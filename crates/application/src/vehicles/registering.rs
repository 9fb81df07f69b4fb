//! The rule that decides which vehicles in a list can be registered. Every registry applies it.

use std::collections::HashSet;

use domain::{
    AccessScope, OrganizationId, VehicleId,
    vehicle::{VehicleName, VehicleType},
};

use crate::{
    Actor,
    error::{VEHICLE_ID_IS_TAKEN as ID_IS_TAKEN, VEHICLE_NAME_IS_TAKEN as NAME_IS_TAKEN},
    ports::{Collision, Registration},
};

/// Owner of an id that a registration names. Ids are unique among entities of all kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdHolder {
    /// A vehicle, deleted or not.
    Vehicle(KnownVehicle),
    /// An organisation, a group, a user, a grant or a session.
    Other,
}

/// A vehicle whose id a registration names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownVehicle {
    pub organization: OrganizationId,
    pub kind: VehicleType,
    pub is_deleted: bool,
}

/// Effect of a registration without conflicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placement {
    /// A new vehicle is created.
    New,
    /// The deleted vehicle with this id is restored, with the data of the registration.
    Restored,
}

/// Checks the registrations in a list, one after the other.
///
/// An id in a registration must be that of a deleted vehicle of the same organisation and kind, which is then restored.
/// Only callers who can see everything may supply other, free ids. For other callers, accepting or refusing a free id
/// would reveal whether another tenant uses it, and registering an id gives access to the messages published under it.
/// They therefore get the same message for every id outside the organisation, free or not.
#[derive(Debug, Clone)]
pub struct Registrar {
    organization: OrganizationId,
    may_bring_ids: bool,
    names: HashSet<VehicleName>,
    ids: HashSet<VehicleId>,
    placements: Vec<Placement>,
    collisions: Vec<Collision>,
    judged: usize,
}

const ID_IS_REPEATED: &str = "an earlier vehicle in the file has this id";
const ID_IS_OF_ANOTHER_KIND: &str = "another object, not a vehicle, has this id";
const ID_IS_RESERVED: &str = "must not be the nil UUID or the max UUID";
const ID_IS_FOREIGN: &str = "must be the id of a deleted vehicle of the organisation, or be omitted";

impl Registrar {
    /// Starts the check of a list that `by` registers in an organisation.
    #[must_use]
    pub fn new(by: &Actor, organization: OrganizationId) -> Self {
        Self {
            organization,
            may_bring_ids: *by.scope == AccessScope::All,
            names: HashSet::new(),
            ids: HashSet::new(),
            placements: Vec::new(),
            collisions: Vec::new(),
            judged: 0,
        }
    }

    /// Returns `true` if the caller may supply free ids. The registry then has to look up the owners of ids in all
    /// organisations.
    #[must_use]
    pub const fn may_bring_ids(&self) -> bool {
        self.may_bring_ids
    }

    /// Checks the next registration. `is_name_taken` states whether the organisation has a vehicle of this name that is
    /// not deleted; `known` is the owner of the id.
    pub fn judge(&mut self, registration: &Registration, is_name_taken: bool, known: Option<IdHolder>) {
        let placement = match registration.id {
            None => Some(Placement::New),
            Some(id) => self.judge_id(id, registration.draft.details.kind(), known),
        };
        // Check the name even if the id is refused, so that the client gets all conflicts in its file at once.
        let is_repeated = !self.names.insert(registration.draft.name.clone());
        if is_name_taken || is_repeated {
            self.collide("name", NAME_IS_TAKEN.into());
        }
        self.placements.extend(placement);
        self.judged += 1;
    }

    fn judge_id(&mut self, id: VehicleId, kind: VehicleType, known: Option<IdHolder>) -> Option<Placement> {
        if id.as_uuid().is_nil() || id.as_uuid().is_max() {
            self.collide("id", ID_IS_RESERVED.into());
            return None;
        }
        if !self.ids.insert(id) {
            self.collide("id", ID_IS_REPEATED.into());
            return None;
        }
        let own = match known {
            Some(IdHolder::Vehicle(vehicle)) if vehicle.organization == self.organization => Some(vehicle),
            _ => None,
        };
        match (own, known) {
            (Some(own), _) if own.is_deleted && own.kind == kind => Some(Placement::Restored),
            (Some(own), _) if own.is_deleted => {
                let message = format!(
                    "must be {}, the type of the deleted vehicle with this id",
                    own.kind
                );
                self.collide("type", message.into());
                None
            }
            (Some(_), _) => {
                self.collide("id", ID_IS_TAKEN.into());
                None
            }
            (None, _) if !self.may_bring_ids => {
                self.collide("id", ID_IS_FOREIGN.into());
                None
            }
            (None, Some(IdHolder::Vehicle(_))) => {
                self.collide("id", ID_IS_TAKEN.into());
                None
            }
            (None, Some(IdHolder::Other)) => {
                self.collide("id", ID_IS_OF_ANOTHER_KIND.into());
                None
            }
            (None, None) => Some(Placement::New),
        }
    }

    fn collide(&mut self, field: &'static str, message: std::borrow::Cow<'static, str>) {
        self.collisions.push(Collision {
            index: self.judged,
            field,
            message,
        });
    }

    /// Returns the effect of each registration if there are no conflicts.
    ///
    /// # Errors
    /// Returns all conflicts.
    pub fn verdict(self) -> Result<Vec<Placement>, Vec<Collision>> {
        if self.collisions.is_empty() {
            Ok(self.placements)
        } else {
            Err(self.collisions)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use domain::vehicle::{
        AgvDetails, ForkliftDetails, GuideType, Manufacturer, VehicleDetails, VehicleDraft,
        VehicleSpecification,
    };
    use rstest::rstest;
    use uuid::Uuid;

    use super::*;

    const HOME: OrganizationId = OrganizationId::DEFAULT;

    fn elsewhere() -> OrganizationId {
        OrganizationId::from_uuid(Uuid::from_u128(9))
    }

    fn a_forklift(name: &str, id: Option<u128>) -> Registration {
        Registration {
            id: id.map(|id| VehicleId::from_uuid(Uuid::from_u128(id))),
            is_enabled: false,
            draft: VehicleDraft {
                name: VehicleName::new(name).expect("a name"),
                manufacturer: Manufacturer::new("Acme").expect("a name"),
                model: None,
                specification: VehicleSpecification::new(1.0, 1.0, 1.0).expect("a data sheet"),
                details: VehicleDetails::Forklift(ForkliftDetails::default()),
            },
        }
    }

    fn known(organization: OrganizationId, is_deleted: bool) -> Option<IdHolder> {
        Some(IdHolder::Vehicle(KnownVehicle {
            organization,
            kind: VehicleType::Forklift,
            is_deleted,
        }))
    }

    fn everything() -> Actor {
        Actor::command_line()
    }

    fn of_home() -> Actor {
        Actor {
            scope: Arc::new(AccessScope::of_organization(HOME)),
            ..Actor::command_line()
        }
    }

    #[rstest]
    #[case::free(None, &[(everything(), Ok(Placement::New)), (of_home(), Err(ID_IS_FOREIGN))])]
    #[case::foreign(known(elsewhere(), false), &[(everything(), Err(ID_IS_TAKEN)), (of_home(), Err(ID_IS_FOREIGN))])]
    #[case::foreign_and_deleted(known(elsewhere(), true), &[(everything(), Err(ID_IS_TAKEN)), (of_home(), Err(ID_IS_FOREIGN))])]
    #[case::of_another_kind(Some(IdHolder::Other), &[(everything(), Err(ID_IS_OF_ANOTHER_KIND)), (of_home(), Err(ID_IS_FOREIGN))])]
    #[case::own(known(HOME, false), &[(everything(), Err(ID_IS_TAKEN)), (of_home(), Err(ID_IS_TAKEN))])]
    #[case::own_and_deleted(known(HOME, true), &[(everything(), Ok(Placement::Restored)), (of_home(), Ok(Placement::Restored))])]
    fn an_id_is_accepted_depending_on_its_owner(
        #[case] known: Option<IdHolder>,
        #[case] expected: &[(Actor, Result<Placement, &str>)],
    ) {
        for (by, expected) in expected {
            let mut registrar = Registrar::new(by, HOME);
            registrar.judge(&a_forklift("a", Some(1)), false, known);
            let verdict = registrar.verdict();
            match expected {
                Ok(placement) => assert_eq!(verdict, Ok(vec![*placement])),
                Err(message) => assert_eq!(verdict.expect_err("there is a conflict")[0].message, *message),
            }
        }
    }

    #[rstest]
    #[case(Uuid::nil())]
    #[case(Uuid::max())]
    fn a_reserved_uuid_is_refused(#[case] id: Uuid) {
        for by in [everything(), of_home()] {
            let mut registrar = Registrar::new(&by, HOME);
            registrar.judge(&a_forklift("a", Some(id.as_u128())), false, None);
            assert_eq!(
                registrar.verdict().expect_err("there is a conflict")[0].message,
                ID_IS_RESERVED
            );
        }
    }

    #[test]
    fn a_deleted_vehicle_is_not_restored_as_another_kind() {
        let agv = AgvDetails::new(GuideType::Laser, None, None, None).expect("details");
        let mut registration = a_forklift("a", Some(1));
        registration.draft.details = VehicleDetails::Agv(agv);
        let mut registrar = Registrar::new(&everything(), HOME);
        registrar.judge(&registration, false, known(HOME, true));
        let collisions = registrar.verdict().expect_err("there is a conflict");
        assert_eq!(collisions[0].field, "type");
        assert_eq!(
            collisions[0].message,
            "must be FORKLIFT, the type of the deleted vehicle with this id"
        );
    }

    #[test]
    fn every_conflict_is_reported_with_its_index() {
        let mut registrar = Registrar::new(&everything(), HOME);
        registrar.judge(&a_forklift("a", Some(1)), false, None);
        registrar.judge(&a_forklift("a", Some(1)), false, None);
        registrar.judge(&a_forklift("b", None), true, None);
        let reported: Vec<_> = registrar
            .verdict()
            .expect_err("there are conflicts")
            .into_iter()
            .map(|collision| (collision.index, collision.field))
            .collect();
        assert_eq!(reported, [(1, "id"), (1, "name"), (2, "name")]);
    }
}
