//! Callers, subjects, and the rule of scopes: which subjects exist for which callers. The rule is stated here a second
//! time, independently of the implementation.

use domain::{GrantRole, Standing};

/// Source and extent of a caller's scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Reach {
    /// Everything, as a global ADMIN.
    Everything,
    /// An organisation, as its ADMIN or through a grant.
    Organization,
    /// A group, through a grant.
    Group,
    /// A single vehicle, through a grant.
    Vehicle,
    /// No objects, because there are no grants.
    Nothing,
}

/// A kind of caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Standpoint {
    pub standing: Standing,
    pub reach: Reach,
    /// Highest role that the caller's grants allow. Administrators are not limited by it.
    pub ceiling: GrantRole,
}

impl Standpoint {
    pub(super) fn all() -> Vec<Self> {
        let granted = [Reach::Organization, Reach::Group, Reach::Vehicle, Reach::Nothing];
        let of = |standing| granted.map(|reach| Self::operating(standing, reach));
        let mut all = vec![
            Self::operating(Standing::OrganizationAdmin, Reach::Organization),
            Self::operating(Standing::GlobalAdmin, Reach::Everything),
        ];
        all.extend(of(Standing::Viewer));
        all.extend(of(Standing::Operator));
        // Add operators whose grants only allow reading.
        all.extend(
            [Reach::Organization, Reach::Group, Reach::Vehicle].map(|reach| Self {
                ceiling: GrantRole::Viewer,
                ..Self::operating(Standing::Operator, reach)
            }),
        );
        all
    }

    /// Returns a caller whose grants have the highest ceiling.
    pub(super) const fn operating(standing: Standing, reach: Reach) -> Self {
        Self {
            standing,
            reach,
            ceiling: GrantRole::Operator,
        }
    }

    /// Returns the standing within the reach of the grants: the lower of the caller's own standing and the grants'
    /// ceiling.
    pub(super) fn effective(self) -> Standing {
        match (self.standing, self.ceiling) {
            (Standing::Operator, GrantRole::Viewer) => Standing::Viewer,
            (standing, _) => standing,
        }
    }
}

/// Location of an object. There are two organisations; the callers' grants are in the first one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Place {
    /// The individually granted vehicle, which is not in the granted group.
    Itself,
    /// The granted group, or an object in it.
    InGroup,
    /// The granted organisation, or an object in it outside the granted group.
    InOrganization,
    /// The other organisation, or an object in it.
    Elsewhere,
    /// An object in no organisation.
    Nowhere,
}

/// Owner of a session, relative to the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Whose {
    Own,
    Another,
}

/// Kind of a grant's target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum What {
    Vehicle,
    Group,
    Organization,
}

/// Subject of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Subject {
    /// No existing object.
    Nothing,
    Vehicle(Place),
    /// A deleted vehicle.
    DeletedVehicle(Place),
    /// A vehicle, in a search by its group.
    VehicleByGroup(Place),
    Group(Place),
    Organization(Place),
    User(Place),
    /// An existing grant.
    Grant {
        user: Place,
        target: Place,
    },
    /// An audit entry about an object at a place.
    Entry(Place),
    /// A dead letter that names a vehicle at a place.
    Letter(Place),
    Session(Whose),
    /// The caller's own account.
    Oneself,
    /// The membership of a vehicle in a group, existing or to be created.
    Member {
        group: Place,
        vehicle: Place,
        is_in: bool,
    },
    /// A grant to be created.
    Granting {
        user: Place,
        what: What,
        target: Place,
    },
}

impl Subject {
    /// Returns two flags: whether the subject exists for a caller, and whether the second object of the request does.
    /// This is the rule of scopes.
    pub(super) fn parts_within(self, Standpoint { standing, reach, .. }: Standpoint) -> (bool, bool) {
        use Place::{InGroup, InOrganization, Itself};
        let has_vehicle = |place| match reach {
            Reach::Everything => true,
            Reach::Organization => matches!(place, Itself | InGroup | InOrganization),
            Reach::Group => place == InGroup,
            Reach::Vehicle => place == Itself,
            Reach::Nothing => false,
        };
        let has_group = |place| match reach {
            Reach::Group => place == InGroup,
            Reach::Vehicle => false,
            _ => has_vehicle(place),
        };
        // Organisations, and objects that belong to a whole organisation.
        let has_organization = |place| match reach {
            Reach::Everything => true,
            Reach::Organization => place == InOrganization,
            _ => false,
        };
        let is_seen = |what, place| match what {
            What::Vehicle => has_vehicle(place),
            What::Group => has_group(place),
            What::Organization => has_organization(place),
        };
        match self {
            Self::Nothing | Self::Oneself | Self::Session(Whose::Own) => (true, true),
            Self::Session(Whose::Another) => (false, true),
            Self::Vehicle(place) => (has_vehicle(place), true),
            // Grants for a vehicle, and access through its groups, end when it is deleted.
            Self::DeletedVehicle(place) => {
                let is_administrator = standing >= Standing::OrganizationAdmin;
                (is_administrator && has_organization(place), true)
            }
            Self::VehicleByGroup(Itself) => (has_vehicle(Itself), has_group(InOrganization)),
            Self::VehicleByGroup(place) => (has_vehicle(place), has_group(place)),
            Self::Group(place) => (has_group(place), true),
            Self::Organization(place) | Self::User(place) | Self::Entry(place) | Self::Letter(place) => {
                (has_organization(place), true)
            }
            // Users of any organisation may hold the grant.
            Self::Grant { target, .. } => (has_organization(target), true),
            Self::Member { group, vehicle, .. } => (has_group(group), has_vehicle(vehicle)),
            Self::Granting { user, what, target } => (has_organization(user), is_seen(what, target)),
        }
    }

    /// Returns `false` for cases that can't be set up: a vehicle can't be in a group of another organisation, not even
    /// for a caller who sees both.
    pub(super) fn is_possible_for(self, standpoint: Standpoint) -> bool {
        let crosses = matches!(self, Self::Member { group, vehicle, .. } if (group == Place::Elsewhere) != (vehicle == Place::Elsewhere));
        !(crosses && self.is_within(standpoint))
    }

    /// Returns `true` if all parts of the subject exist for a caller.
    pub(super) fn is_within(self, standpoint: Standpoint) -> bool {
        let (itself, beside) = self.parts_within(standpoint);
        itself && beside
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use domain::{AccessScope, GrantTarget, GroupId, OrganizationId, Role, VehicleId};
    use uuid::Uuid;

    use super::{Place::*, *};

    fn organization(place: Place) -> OrganizationId {
        let number = if place == Elsewhere { 2 } else { 1 };
        OrganizationId::from_uuid(Uuid::from_u128(number))
    }

    fn group(place: Place) -> GroupId {
        GroupId::from_uuid(Uuid::from_u128(10 + place as u128))
    }

    fn vehicle(place: Place) -> VehicleId {
        VehicleId::from_uuid(Uuid::from_u128(20 + place as u128))
    }

    fn scope(Standpoint { standing, reach, .. }: Standpoint) -> AccessScope {
        let grant = match reach {
            Reach::Organization => Some(GrantTarget::Organization(organization(InOrganization))),
            Reach::Group => Some(GrantTarget::Group(group(InGroup))),
            Reach::Vehicle => Some(GrantTarget::Vehicle(vehicle(Itself))),
            Reach::Everything | Reach::Nothing => None,
        };
        let home = organization(InOrganization);
        match standing {
            Standing::GlobalAdmin => AccessScope::of_user(Role::Admin, None, None),
            Standing::OrganizationAdmin => AccessScope::of_user(Role::Admin, Some(home), None),
            _ => AccessScope::of_user(Role::Viewer, Some(home), grant),
        }
    }

    #[test]
    fn the_rule_agrees_with_access_scopes() {
        for standpoint in Standpoint::all() {
            let scope = scope(standpoint);
            let check = |subject: Subject, expected: bool| {
                assert_eq!(
                    subject.is_within(standpoint),
                    expected,
                    "{standpoint:?} {subject:?}"
                );
            };
            for place in [Itself, InGroup, InOrganization, Elsewhere] {
                // Each vehicle is in a separate group, except for one that is in none.
                let groups = if place == InOrganization {
                    BTreeSet::new()
                } else {
                    [group(place)].into()
                };
                let covers = scope.covers(organization(place), &groups, vehicle(place));
                check(Subject::Vehicle(place), covers);
                check(
                    Subject::Group(place),
                    scope.has_group(organization(place), group(place)),
                );
            }
            for place in [InOrganization, Elsewhere] {
                let has = scope.has_organization(organization(place));
                check(Subject::Organization(place), has);
                check(Subject::User(place), has);
                check(Subject::Entry(place), has);
                check(Subject::Letter(place), has);
            }
            for subject in [
                Subject::User(Nowhere),
                Subject::Entry(Nowhere),
                Subject::Letter(Nowhere),
            ] {
                check(subject, scope == AccessScope::All);
            }
        }
    }
}
