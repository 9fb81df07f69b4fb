//! Who may see and do what.

use crate::{
    id::{OrganizationId, VehicleId},
    text::named_enum,
};

named_enum! {
    /// What a user is allowed to do, as far as its [`AccessScope`] reaches.
    Role {
        /// Manages vehicles, users and grants.
        Admin = "ADMIN",
        /// Enables, disables and sets the status of vehicles.
        Operator = "OPERATOR",
        /// Looks.
        Viewer = "VIEWER",
    }
}

/// The vehicles that exist for a caller. What lies outside is indistinguishable from what is not there.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum AccessScope {
    /// Every vehicle of every organisation.
    All,
    /// The vehicles of some organisations, and some single ones.
    Restricted {
        /// All vehicles of these organisations.
        organizations: Vec<OrganizationId>,
        /// These vehicles, whatever their organisation.
        vehicles: Vec<VehicleId>,
    },
}

impl AccessScope {
    /// Whether a vehicle of that organisation exists for the caller.
    #[must_use]
    pub fn covers(&self, organization: OrganizationId, vehicle: VehicleId) -> bool {
        match self {
            Self::All => true,
            Self::Restricted {
                organizations,
                vehicles,
            } => organizations.contains(&organization) || vehicles.contains(&vehicle),
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_restricted_scope_covers_its_organisations_and_its_single_vehicles_only() {
        let (ours, theirs) = (
            OrganizationId::from_uuid(Uuid::from_u128(1)),
            OrganizationId::from_uuid(Uuid::from_u128(2)),
        );
        let (a, b) = (
            VehicleId::from_uuid(Uuid::from_u128(3)),
            VehicleId::from_uuid(Uuid::from_u128(4)),
        );
        let scope = AccessScope::Restricted {
            organizations: vec![ours],
            vehicles: vec![a],
        };
        assert!(scope.covers(ours, b));
        assert!(scope.covers(theirs, a));
        assert!(!scope.covers(theirs, b));
        assert!(AccessScope::All.covers(theirs, b));
    }
}
