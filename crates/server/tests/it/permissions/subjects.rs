//! Subjects that probes are applied to.

use super::reach::{
    Place::{self, Elsewhere, InGroup, InOrganization, Itself, Nowhere},
    Subject, What, Whose,
};

pub(super) const NOTHING: &[Subject] = &[Subject::Nothing];
pub(super) const ONESELF: &[Subject] = &[Subject::Oneself];
pub(super) const SESSIONS: &[Subject] = &[Subject::Session(Whose::Own), Subject::Session(Whose::Another)];
pub(super) const VEHICLES: &[Subject] = &[
    Subject::Vehicle(Itself),
    Subject::Vehicle(InGroup),
    Subject::Vehicle(InOrganization),
    Subject::Vehicle(Elsewhere),
];
pub(super) const DELETED_VEHICLES: &[Subject] = &[
    Subject::DeletedVehicle(InOrganization),
    Subject::DeletedVehicle(Elsewhere),
];
pub(super) const VEHICLES_BY_GROUP: &[Subject] = &[
    Subject::VehicleByGroup(Itself),
    Subject::VehicleByGroup(InGroup),
    Subject::VehicleByGroup(InOrganization),
    Subject::VehicleByGroup(Elsewhere),
];
pub(super) const GROUPS: &[Subject] = &[
    Subject::Group(InGroup),
    Subject::Group(InOrganization),
    Subject::Group(Elsewhere),
];
pub(super) const ORGANIZATIONS: &[Subject] = &[
    Subject::Organization(InOrganization),
    Subject::Organization(Elsewhere),
];
pub(super) const USERS: &[Subject] = &[
    Subject::User(InOrganization),
    Subject::User(Elsewhere),
    Subject::User(Nowhere),
];
pub(super) const ENTRIES: &[Subject] = &[
    Subject::Entry(InOrganization),
    Subject::Entry(Elsewhere),
    Subject::Entry(Nowhere),
];
pub(super) const LETTERS: &[Subject] = &[
    Subject::Letter(InOrganization),
    Subject::Letter(Elsewhere),
    Subject::Letter(Nowhere),
];
pub(super) const GRANTS: &[Subject] = &[
    grant(InOrganization, InOrganization),
    grant(InOrganization, Elsewhere),
    grant(Elsewhere, InOrganization),
    grant(Elsewhere, Elsewhere),
];
pub(super) const MEMBERS_TO_BE: &[Subject] = &[
    member(InGroup, InOrganization, false),
    member(InOrganization, InOrganization, false),
    member(InOrganization, Elsewhere, false),
    member(Elsewhere, Elsewhere, false),
];
pub(super) const MEMBERS: &[Subject] = &[
    member(InGroup, InGroup, true),
    member(InOrganization, InOrganization, true),
    member(InOrganization, Elsewhere, true),
    member(Elsewhere, Elsewhere, true),
];
pub(super) const GRANTINGS_OF_VEHICLES: &[Subject] = &grantings(What::Vehicle);
pub(super) const GRANTINGS_OF_GROUPS: &[Subject] = &grantings(What::Group);
pub(super) const GRANTINGS_OF_ORGANIZATIONS: &[Subject] = &grantings(What::Organization);

const fn grant(user: Place, target: Place) -> Subject {
    Subject::Grant { user, target }
}

const fn member(group: Place, vehicle: Place, is_in: bool) -> Subject {
    Subject::Member {
        group,
        vehicle,
        is_in,
    }
}

const fn grantings(what: What) -> [Subject; 4] {
    const fn granting(user: Place, what: What, target: Place) -> Subject {
        Subject::Granting { user, what, target }
    }
    [
        granting(InOrganization, what, InOrganization),
        granting(InOrganization, what, Elsewhere),
        granting(Elsewhere, what, InOrganization),
        granting(Elsewhere, what, Elsewhere),
    ]
}
