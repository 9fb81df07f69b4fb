//! Inputs of groups, and their schemas.

use domain::{GroupName, OrganizationId, Violations};
use serde_json::{Value, json};
use strict_json::{Fields, fields::parsed};

use crate::schemas::{closed, id, label, or_null, schemas};

schemas! {
    NewGroupSchema: "NewGroup" = closed(
        &["name"],
        json!({"name": label("Night shift"), "organizationId": or_null(id())}),
    );
}

/// A new group, as a client sends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewGroup {
    /// Organisation of the group; `None` for the caller's own.
    pub(crate) organization: Option<OrganizationId>,
    /// Name of the group, or all violations of the input.
    pub(crate) name: Result<GroupName, Violations>,
}

/// Reads a new group: `{name, organizationId?}`. All violations are in [`NewGroup::name`].
#[must_use]
pub(crate) fn new_group(document: Value) -> NewGroup {
    let mut organization = None;
    let name = Fields::read(document, |fields| {
        let name = fields.required("name", parsed(GroupName::new));
        organization = fields
            .optional("organizationId", parsed(str::parse::<OrganizationId>))
            .flatten();
        name
    });
    NewGroup { organization, name }
}

/// Reads the new name of a group: `{name}`.
pub(crate) fn group_name(document: Value) -> Result<GroupName, Violations> {
    Fields::read(document, |fields| {
        fields.refuse("organizationId", "cannot be changed");
        fields.required("name", parsed(GroupName::new))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_needs_only_a_name() {
        let NewGroup { organization, name } = new_group(json!({"name": " Hall 1 "}));
        assert_eq!(organization, None);
        assert_eq!(name.expect("a name").as_str(), "Hall 1");
    }

    #[test]
    fn every_fault_is_named() {
        let faults = new_group(json!({"name": "", "organizationId": 7, "colour": "red"}))
            .name
            .expect_err("three faults");
        let fields: Vec<_> = faults.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(fields, ["name", "organizationId", "colour"]);
        assert!(group_name(json!({"name": "x", "organizationId": null})).is_err());
    }
}
