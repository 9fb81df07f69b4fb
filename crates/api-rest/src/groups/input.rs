//! The input of a group, and its schemas.

use domain::{GroupName, OrganizationId, Violations};
use serde_json::{Value, json};
use strict_json::{Fields, fields::parsed};

use crate::schemas::{closed, id, label, or_null, schemas};

schemas! {
    /// A group to make.
    NewGroupSchema: "NewGroup" = closed(
        &["name"],
        json!({"name": label("Night shift"), "organizationId": or_null(id())}),
    );
}

/// A group to make, as a caller gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewGroup {
    /// Where it is to belong; the caller's own organisation when nobody says.
    pub(crate) organization: Option<OrganizationId>,
    /// Its name, or all that is wrong with the document.
    pub(crate) name: Result<GroupName, Violations>,
}

/// Reads a group to make: `{name, organizationId?}`.
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

/// Reads a group's new name: `{name}`.
///
/// # Errors
/// Everything that is wrong with it.
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
    fn a_name_is_all_that_a_group_needs() {
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
