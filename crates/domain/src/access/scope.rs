//! The vehicles that a caller can access.

use std::collections::BTreeSet;

use super::{GrantTarget, GrantTerms, Role, Standing};
use crate::{
    id::{GroupId, OrganizationId, VehicleId},
    user::User,
    vehicle::Vehicle,
};

/// Vehicles that a caller can access. Vehicles outside the scope are reported as if they did not exist.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum AccessScope {
    /// Every vehicle of every organisation.
    All,
    /// The vehicles of some organisations, the vehicles of some groups, and some individual vehicles.
    Restricted {
        /// All vehicles of these organisations.
        organizations: BTreeSet<OrganizationId>,
        /// All vehicles of these groups.
        groups: BTreeSet<GroupId>,
        /// These vehicles, regardless of their organisation and groups.
        vehicles: BTreeSet<VehicleId>,
    },
}

impl AccessScope {
    /// Returns the empty scope.
    #[must_use]
    pub const fn nothing() -> Self {
        Self::Restricted {
            organizations: BTreeSet::new(),
            groups: BTreeSet::new(),
            vehicles: BTreeSet::new(),
        }
    }

    /// Returns the scope of all vehicles of one organisation.
    #[must_use]
    pub fn of_organization(id: OrganizationId) -> Self {
        Self::of_organizations([id])
    }

    /// Returns the scope of all vehicles of several organisations.
    #[must_use]
    pub fn of_organizations(ids: impl IntoIterator<Item = OrganizationId>) -> Self {
        Self::Restricted {
            organizations: ids.into_iter().collect(),
            groups: BTreeSet::new(),
            vehicles: BTreeSet::new(),
        }
    }

    /// Returns the scope of all vehicles of several groups.
    #[must_use]
    pub fn of_groups(ids: impl IntoIterator<Item = GroupId>) -> Self {
        Self::Restricted {
            organizations: BTreeSet::new(),
            groups: ids.into_iter().collect(),
            vehicles: BTreeSet::new(),
        }
    }

    /// Returns the scope of individual vehicles.
    #[must_use]
    pub fn of_vehicles(ids: impl IntoIterator<Item = VehicleId>) -> Self {
        Self::Restricted {
            organizations: BTreeSet::new(),
            groups: BTreeSet::new(),
            vehicles: ids.into_iter().collect(),
        }
    }

    /// Returns the scope of a user. An administrator who belongs to an organisation can access all its vehicles, and
    /// one who belongs to none can access the vehicles of all organisations. Other users can access the vehicles that
    /// their grants cover; membership of an organisation alone gives no access.
    #[must_use]
    pub fn of_user(
        role: Role,
        organization: Option<OrganizationId>,
        grants: impl IntoIterator<Item = GrantTarget>,
    ) -> Self {
        match (role, organization) {
            (Role::Admin, None) => Self::All,
            (Role::Admin, Some(own)) => Self::of_organization(own),
            (Role::Operator | Role::Viewer, _) => Self::of_grants(grants),
        }
    }

    /// Returns the part of a user's scope in which the user may operate vehicles: the whole scope of an administrator,
    /// the targets of an operator's grants whose ceiling is OPERATOR, and nothing for a viewer.
    #[must_use]
    pub fn operable_by(
        role: Role,
        organization: Option<OrganizationId>,
        grants: impl IntoIterator<Item = GrantTerms>,
    ) -> Self {
        let allow_it = grants
            .into_iter()
            .filter(|grant| grant.role.limit(role) >= Standing::Operator)
            .map(|grant| grant.target);
        Self::of_user(role, organization, allow_it)
    }

    fn of_grants(grants: impl IntoIterator<Item = GrantTarget>) -> Self {
        let (mut organizations, mut groups, mut vehicles) =
            (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for target in grants {
            match target {
                GrantTarget::Organization(id) => organizations.insert(id),
                GrantTarget::Group(id) => groups.insert(id),
                GrantTarget::Vehicle(id) => vehicles.insert(id),
            };
        }
        Self::Restricted {
            organizations,
            groups,
            vehicles,
        }
    }

    /// Returns the organisations of the scope, and `group` if the scope contains it. Only within these may the caller
    /// learn which vehicles are in the group.
    #[must_use]
    pub fn through_group(&self, group: GroupId) -> Self {
        match self {
            Self::All => Self::All,
            Self::Restricted {
                organizations,
                groups,
                ..
            } => Self::Restricted {
                organizations: organizations.clone(),
                groups: groups.get(&group).copied().into_iter().collect(),
                vehicles: BTreeSet::new(),
            },
        }
    }

    /// Returns the union of two scopes.
    #[must_use]
    pub fn joined_with(&self, other: &Self) -> Self {
        let (
            Self::Restricted {
                organizations,
                groups,
                vehicles,
            },
            Self::Restricted {
                organizations: more_organizations,
                groups: more_groups,
                vehicles: more_vehicles,
            },
        ) = (self, other)
        else {
            return Self::All;
        };
        Self::Restricted {
            organizations: organizations | more_organizations,
            groups: groups | more_groups,
            vehicles: vehicles | more_vehicles,
        }
    }

    /// Returns `true` if the scope covers a vehicle with this organisation, groups and id.
    #[must_use]
    pub fn covers(
        &self,
        organization: OrganizationId,
        groups: &BTreeSet<GroupId>,
        vehicle: VehicleId,
    ) -> bool {
        match self {
            Self::All => true,
            Self::Restricted {
                organizations,
                groups: granted,
                vehicles,
            } => {
                organizations.contains(&organization)
                    || vehicles.contains(&vehicle)
                    || groups.iter().any(|group| granted.contains(group))
            }
        }
    }

    /// Returns `true` if the scope covers a vehicle.
    #[must_use]
    pub fn shows(&self, vehicle: &Vehicle) -> bool {
        self.covers(vehicle.organization_id, &vehicle.group_ids, vehicle.id)
    }

    /// Returns `true` if the scope covers all vehicles of an organisation.
    #[must_use]
    pub fn has_organization(&self, id: OrganizationId) -> bool {
        match self {
            Self::All => true,
            Self::Restricted { organizations, .. } => organizations.contains(&id),
        }
    }

    /// Returns `true` if an administrator with this scope can see a user. Users who belong to no organisation are only
    /// visible in [`AccessScope::All`].
    #[must_use]
    pub fn has_user(&self, user: &User) -> bool {
        match user.organization_id {
            Some(organization) => self.has_organization(organization),
            None => *self == Self::All,
        }
    }

    /// Returns `true` if the scope covers all vehicles of a group of this organisation.
    #[must_use]
    pub fn has_group(&self, organization: OrganizationId, id: GroupId) -> bool {
        match self {
            Self::All => true,
            Self::Restricted {
                organizations,
                groups,
                ..
            } => organizations.contains(&organization) || groups.contains(&id),
        }
    }
}

impl Vehicle {
    /// Returns the vehicle as a caller with this scope sees it, with only those of its groups that the scope covers.
    #[must_use]
    pub fn within(mut self, scope: &AccessScope) -> Self {
        let organization = self.organization_id;
        self.group_ids
            .retain(|group| scope.has_group(organization, *group));
        self
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn organization(n: u128) -> OrganizationId {
        OrganizationId::from_uuid(Uuid::from_u128(n))
    }

    fn group(n: u128) -> GroupId {
        GroupId::from_uuid(Uuid::from_u128(n))
    }

    fn vehicle(n: u128) -> VehicleId {
        VehicleId::from_uuid(Uuid::from_u128(n))
    }

    #[test]
    fn a_scope_covers_what_any_of_its_grants_covers() {
        let scope = AccessScope::Restricted {
            organizations: [organization(1)].into(),
            groups: [group(1)].into(),
            vehicles: [vehicle(1)].into(),
        };
        let covers = |organization_id: u128, groups: &[u128], vehicle_id: u128| {
            let groups = groups.iter().map(|n| group(*n)).collect();
            scope.covers(organization(organization_id), &groups, vehicle(vehicle_id))
        };
        assert!(covers(1, &[], 9), "of the organisation");
        assert!(covers(2, &[3, 1], 9), "in the group");
        assert!(covers(2, &[], 1), "by itself");
        assert!(!covers(2, &[2, 3], 2));
        assert!(AccessScope::All.covers(organization(2), &[].into(), vehicle(2)));
        assert!(!AccessScope::nothing().covers(organization(1), &[group(1)].into(), vehicle(1)));
    }

    #[test]
    fn joined_scopes_cover_what_either_covers() {
        let scope = AccessScope::of_organization(organization(1));
        let joined = scope.joined_with(&AccessScope::of_groups([group(1)]));
        assert!(joined.covers(organization(1), &[].into(), vehicle(9)));
        assert!(joined.covers(organization(2), &[group(1)].into(), vehicle(9)));
        assert!(!joined.covers(organization(2), &[group(2)].into(), vehicle(9)));
        assert_eq!(joined.joined_with(&AccessScope::All), AccessScope::All);
    }

    #[test]
    fn the_scope_through_a_group_covers_what_the_group_gives_access_to() {
        let scope = AccessScope::Restricted {
            organizations: [organization(1)].into(),
            groups: [group(1), group(2)].into(),
            vehicles: [vehicle(1)].into(),
        };
        let through = |n| scope.through_group(group(n));
        assert!(through(1).covers(organization(9), &[group(1)].into(), vehicle(9)));
        assert!(!through(1).covers(organization(9), &[group(2)].into(), vehicle(9)));
        assert!(!through(3).covers(organization(9), &[group(3)].into(), vehicle(1)));
        assert!(through(3).covers(organization(1), &[group(3)].into(), vehicle(9)));
        assert_eq!(AccessScope::All.through_group(group(1)), AccessScope::All);
    }

    #[test]
    fn only_administrators_see_their_organization_without_a_grant() {
        let own = organization(1);
        let grants = || [GrantTarget::Group(group(3)), GrantTarget::Vehicle(vehicle(4))];
        let of = |role, organization| AccessScope::of_user(role, organization, grants());
        assert_eq!(of(Role::Admin, None), AccessScope::All);
        assert_eq!(of(Role::Admin, Some(own)), AccessScope::of_organization(own));
        let granted = AccessScope::Restricted {
            organizations: [].into(),
            groups: [group(3)].into(),
            vehicles: [vehicle(4)].into(),
        };
        for role in [Role::Operator, Role::Viewer] {
            assert_eq!(of(role, Some(own)), granted, "{role}");
            assert_eq!(of(role, None), granted, "{role}");
        }
    }

    #[test]
    fn vehicles_can_be_operated_if_both_role_and_grant_allow_it() {
        let grants = || {
            [
                GrantTerms::to_operate(GrantTarget::Group(group(3))),
                GrantTerms::to_view(GrantTarget::Vehicle(vehicle(4))),
            ]
        };
        let by = |role, organization| AccessScope::operable_by(role, organization, grants());
        assert_eq!(by(Role::Operator, None), AccessScope::of_groups([group(3)]));
        assert_eq!(by(Role::Viewer, None), AccessScope::nothing());
        assert_eq!(by(Role::Admin, None), AccessScope::All);
        let own = organization(1);
        assert_eq!(by(Role::Admin, Some(own)), AccessScope::of_organization(own));
    }

    #[test]
    fn an_organization_covers_its_groups_but_a_group_not_its_organization() {
        let all_of_one = AccessScope::of_organization(organization(1));
        assert!(all_of_one.has_organization(organization(1)));
        assert!(all_of_one.has_group(organization(1), group(7)));
        assert!(!all_of_one.has_group(organization(2), group(7)));
        let one_group = AccessScope::of_groups([group(7)]);
        assert!(one_group.has_group(organization(1), group(7)));
        assert!(!one_group.has_organization(organization(1)));
    }
}
