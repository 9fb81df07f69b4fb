use std::{fmt, str::FromStr};

use domain::{GrantRole, GrantTarget, GrantTerms, GroupId, OrganizationId, UserId, VehicleId, Violations};
use validator::{Validate, ValidationError};

use crate::validation::{check, fault_of_value, fault_of_whole};

const ONE_TARGET: &str = "must have exactly one of organizationId, groupId and vehicleId";

/// A grant to create, as given by a caller. Ids are texts, and exactly one of the three targets must be given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Validate)]
#[validate(schema(function = has_one_target, skip_on_field_errors = false))]
pub struct GrantRequest {
    #[validate(required, custom(function = is_id::<UserId>))]
    pub user_id: Option<String>,
    #[validate(custom(function = is_id::<OrganizationId>))]
    pub organization_id: Option<String>,
    #[validate(custom(function = is_id::<GroupId>))]
    pub group_id: Option<String>,
    #[validate(custom(function = is_id::<VehicleId>))]
    pub vehicle_id: Option<String>,
    /// Highest role that the grant allows; VIEWER by default.
    pub role: Option<GrantRole>,
}

impl GrantRequest {
    /// Parses the user and the terms.
    ///
    /// # Errors
    /// Returns all violations. Those that concern the whole request have the field `body`.
    pub fn checked(&self) -> Result<(UserId, GrantTerms), Violations> {
        check(self)?;
        let target = read(&self.organization_id)
            .map(GrantTarget::Organization)
            .or_else(|| read(&self.group_id).map(GrantTarget::Group))
            .or_else(|| read(&self.vehicle_id).map(GrantTarget::Vehicle));
        let role = self.role.unwrap_or_default();
        let terms = target.map(|target| GrantTerms { target, role });
        read(&self.user_id)
            .zip(terms)
            .ok_or_else(|| Violations::of("body", ONE_TARGET))
    }
}

/// Checks that exactly one target is given, whether it is valid or not.
fn has_one_target(request: &GrantRequest) -> Result<(), ValidationError> {
    let targets = [&request.organization_id, &request.group_id, &request.vehicle_id];
    match targets.into_iter().flatten().count() {
        1 => Ok(()),
        _ => Err(fault_of_whole("body", ONE_TARGET)),
    }
}

fn is_id<Id>(text: &str) -> Result<(), ValidationError>
where
    Id: FromStr,
    Id::Err: fmt::Display,
{
    text.parse::<Id>().map(|_| ()).map_err(fault_of_value)
}

fn read<Id: FromStr>(text: &Option<String>) -> Option<Id> {
    text.as_deref()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70";

    fn fields(request: &GrantRequest) -> Vec<String> {
        let faults = request.checked().expect_err("it is wrong");
        faults.iter().map(|fault| fault.field.clone()).collect()
    }

    #[test]
    fn a_request_has_a_user_and_one_target() {
        let some = |text: &str| Some(text.to_owned());
        let right = GrantRequest {
            user_id: some(ID),
            vehicle_id: some(ID),
            ..GrantRequest::default()
        };
        let (_, terms) = right.checked().expect("nothing is wrong");
        assert!(matches!(terms.target, GrantTarget::Vehicle(_)));
        assert_eq!(terms.role, GrantRole::Viewer);

        let two = GrantRequest {
            group_id: some(ID),
            ..right.clone()
        };
        assert_eq!(fields(&two), ["body"]);
        let unreadable = GrantRequest {
            user_id: some("x"),
            vehicle_id: some("y"),
            ..right
        };
        assert_eq!(fields(&unreadable), ["userId", "vehicleId"]);
        assert_eq!(fields(&GrantRequest::default()), ["userId", "body"]);
    }
}
