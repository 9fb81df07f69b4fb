//! Who calls, about what, and whether that exists for it: the rule of scopes, said a second time and without a look at
//! how the program goes about it.

use domain::{GrantRole, Standing};

/// How a caller came to see what it sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reach {
    /// By being ADMIN of everything.
    Everything,
    /// By being ADMIN of the organisation, or by a grant of it.
    Organization,
    /// By a grant of the group.
    Group,
    /// By a grant of the single vehicle.
    Vehicle,
    /// Nothing was granted.
    Nothing,
}

/// A caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Standpoint {
    pub standing: Standing,
    pub reach: Reach,
    /// The most that its grants allow; none limits an administrator.
    pub ceiling: GrantRole,
}

impl Standpoint {
    pub fn all() -> Vec<Self> {
        let granted = [Reach::Organization, Reach::Group, Reach::Vehicle, Reach::Nothing];
        let of = |standing| granted.map(|reach| Self::operating(standing, reach));
        let mut all = vec![
            Self::operating(Standing::OrganizationAdmin, Reach::Organization),
            Self::operating(Standing::GlobalAdmin, Reach::Everything),
        ];
        all.extend(of(Standing::Viewer));
        all.extend(of(Standing::Operator));
        // Operators whose grants are to look only.
        all.extend(
            [Reach::Organization, Reach::Group, Reach::Vehicle].map(|reach| Self {
                ceiling: GrantRole::Viewer,
                ..Self::operating(Standing::Operator, reach)
            }),
        );
        all
    }

    /// Somebody whose grants allow as much as a grant can.
    pub const fn operating(standing: Standing, reach: Reach) -> Self {
        Self {
            standing,
            reach,
            ceiling: GrantRole::Operator,
        }
    }

    /// The standing that it has where its grants reach: the lower of its own standing and their ceiling.
    pub fn effective(self) -> Standing {
        match (self.standing, self.ceiling) {
            (Standing::Operator, GrantRole::Viewer) => Standing::Viewer,
            (standing, _) => standing,
        }
    }
}

/// Where something is. There are two organisations, and callers reach into the first one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// The vehicle that is granted by itself; it is in another group than the granted one.
    Itself,
    /// The group that is granted, or in it.
    InGroup,
    /// The organisation that is granted, or in it, outside of the granted group.
    InOrganization,
    /// The other organisation, or in it.
    Elsewhere,
    /// In no organisation.
    Nowhere,
}

/// Whose session it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Whose {
    Own,
    Another,
}

/// What can be granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum What {
    Vehicle,
    Group,
    Organization,
}

/// What somebody wants to see or change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// Nothing that is there already.
    Nothing,
    Vehicle(Place),
    /// A vehicle that was deleted.
    DeletedVehicle(Place),
    /// A vehicle that is looked for by the group that it is in.
    VehicleByGroup(Place),
    Group(Place),
    Organization(Place),
    User(Place),
    /// A grant that a user has.
    Grant {
        user: Place,
        target: Place,
    },
    /// What the audit log says of something.
    Entry(Place),
    Session(Whose),
    /// The caller's own account.
    Oneself,
    /// That a vehicle is in a group, or is to be.
    Member {
        group: Place,
        vehicle: Place,
        is_in: bool,
    },
    /// That a user has a grant, which it is to get.
    Granting {
        user: Place,
        what: What,
        target: Place,
    },
}

impl Subject {
    /// Whether what is asked for exists for a caller, and whether what is named beside it does. This is the rule.
    pub fn parts_within(self, Standpoint { standing, reach, .. }: Standpoint) -> (bool, bool) {
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
        // Organisations themselves, and what belongs to one as a whole.
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
            // Grants of it, and through its groups, have ended with it.
            Self::DeletedVehicle(place) => {
                let is_administrator = standing >= Standing::OrganizationAdmin;
                (is_administrator && has_organization(place), true)
            }
            Self::VehicleByGroup(Itself) => (has_vehicle(Itself), has_group(InOrganization)),
            Self::VehicleByGroup(place) => (has_vehicle(place), has_group(place)),
            Self::Group(place) => (has_group(place), true),
            Self::Organization(place) | Self::User(place) | Self::Entry(place) => {
                (has_organization(place), true)
            }
            // Users of any organisation may hold it.
            Self::Grant { target, .. } => (has_organization(target), true),
            Self::Member { group, vehicle, .. } => (has_group(group), has_vehicle(vehicle)),
            Self::Granting { user, what, target } => (has_organization(user), is_seen(what, target)),
        }
    }

    /// Whether there can be such a thing for a caller: a vehicle does not come into a group of another organisation,
    /// whoever sees both.
    pub fn is_possible_for(self, standpoint: Standpoint) -> bool {
        let crosses = matches!(self, Self::Member { group, vehicle, .. } if (group == Place::Elsewhere) != (vehicle == Place::Elsewhere));
        !(crosses && self.is_within(standpoint))
    }

    /// Whether all of it exists for a caller.
    pub fn is_within(self, standpoint: Standpoint) -> bool {
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
    fn the_rule_is_that_of_scopes() {
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
                // Each vehicle is in a group of its own, all but one.
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
            }
            for subject in [Subject::User(Nowhere), Subject::Entry(Nowhere)] {
                check(subject, scope == AccessScope::All);
            }
        }
    }
}
