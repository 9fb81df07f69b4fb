//! Subjects that probes are applied to.

use super::reach::{
    Place::{self, Elsewhere, InGroup, InOrganization, Itself, Nowhere},
    Subject, What, Whose,
};

pub const NOTHING: &[Subject] = &[Subject::Nothing];
pub const ONESELF: &[Subject] = &[Subject::Oneself];
pub const SESSIONS: &[Subject] = &[Subject::Session(Whose::Own), Subject::Session(Whose::Another)];
pub const VEHICLES: &[Subject] = &[
    Subject::Vehicle(Itself),
    Subject::Vehicle(InGroup),
    Subject::Vehicle(InOrganization),
    Subject::Vehicle(Elsewhere),
];
pub const DELETED_VEHICLES: &[Subject] = &[
    Subject::DeletedVehicle(InOrganization),
    Subject::DeletedVehicle(Elsewhere),
];
pub const VEHICLES_BY_GROUP: &[Subject] = &[
    Subject::VehicleByGroup(Itself),
    Subject::VehicleByGroup(InGroup),
    Subject::VehicleByGroup(InOrganization),
    Subject::VehicleByGroup(Elsewhere),
];
pub const GROUPS: &[Subject] = &[
    Subject::Group(InGroup),
    Subject::Group(InOrganization),
    Subject::Group(Elsewhere),
];
pub const ORGANIZATIONS: &[Subject] = &[
    Subject::Organization(InOrganization),
    Subject::Organization(Elsewhere),
];
pub const USERS: &[Subject] = &[
    Subject::User(InOrganization),
    Subject::User(Elsewhere),
    Subject::User(Nowhere),
];
pub const ENTRIES: &[Subject] = &[
    Subject::Entry(InOrganization),
    Subject::Entry(Elsewhere),
    Subject::Entry(Nowhere),
];
pub const GRANTS: &[Subject] = &[
    grant(InOrganization, InOrganization),
    grant(InOrganization, Elsewhere),
    grant(Elsewhere, InOrganization),
    grant(Elsewhere, Elsewhere),
];
pub const MEMBERS_TO_BE: &[Subject] = &[
    member(InGroup, InOrganization, false),
    member(InOrganization, InOrganization, false),
    member(InOrganization, Elsewhere, false),
    member(Elsewhere, Elsewhere, false),
];
pub const MEMBERS: &[Subject] = &[
    member(InGroup, InGroup, true),
    member(InOrganization, InOrganization, true),
    member(InOrganization, Elsewhere, true),
    member(Elsewhere, Elsewhere, true),
];
pub const GRANTINGS_OF_VEHICLES: &[Subject] = &grantings(What::Vehicle);
pub const GRANTINGS_OF_GROUPS: &[Subject] = &grantings(What::Group);
pub const GRANTINGS_OF_ORGANIZATIONS: &[Subject] = &grantings(What::Organization);

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
