//! Groups and organisations.

use domain::{Group, GroupName, Organization, OrganizationId, OrganizationName, Violations};
use serde::Serialize;
use serde_json::Value;
use time::OffsetDateTime;
use utoipa::ToSchema;

use crate::{
    fields::{Fields, parsed},
    time::rfc3339,
};

/// A group of vehicles of one organisation.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Group)]
pub struct GroupDocument {
    /// Its identity, for ever.
    #[schema(format = Uuid)]
    pub id: String,
    /// What people call it; unique in its organisation.
    #[schema(example = "Night shift")]
    pub name: String,
    /// The organisation whose vehicles it has.
    #[schema(format = Uuid)]
    pub organization_id: String,
    /// When it was made.
    #[serde(serialize_with = "rfc3339")]
    pub created_at: OffsetDateTime,
    /// When its name was changed last.
    #[serde(serialize_with = "rfc3339")]
    pub updated_at: OffsetDateTime,
}

impl From<&Group> for GroupDocument {
    fn from(group: &Group) -> Self {
        Self {
            id: group.id.to_string(),
            name: group.name.to_string(),
            organization_id: group.organization_id.to_string(),
            created_at: group.created_at,
            updated_at: group.updated_at,
        }
    }
}

/// An organisation (tenant).
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Organization)]
pub struct OrganizationDocument {
    /// Its identity, for ever.
    #[schema(format = Uuid)]
    pub id: String,
    /// What people call it; unique.
    #[schema(example = "Plant 2")]
    pub name: String,
    /// When it was made.
    #[serde(serialize_with = "rfc3339")]
    pub created_at: OffsetDateTime,
    /// When its name was changed last.
    #[serde(serialize_with = "rfc3339")]
    pub updated_at: OffsetDateTime,
}

impl From<&Organization> for OrganizationDocument {
    fn from(organization: &Organization) -> Self {
        Self {
            id: organization.id.to_string(),
            name: organization.name.to_string(),
            created_at: organization.created_at,
            updated_at: organization.updated_at,
        }
    }
}

/// A group to make, as a caller gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewGroup {
    /// Where it is to belong; the caller's own organisation when nobody says.
    pub organization: Option<OrganizationId>,
    /// Its name, or all that is wrong with the document.
    pub name: Result<GroupName, Violations>,
}

/// Reads a group to make: `{name, organizationId?}`.
#[must_use]
pub fn new_group(document: Value) -> NewGroup {
    let mut organization = None;
    let name = read(document, |fields| {
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
/// All that is wrong with it.
pub fn group_name(document: Value) -> Result<GroupName, Violations> {
    read(document, |fields| {
        fields.refuse("organizationId", "cannot be changed");
        fields.required("name", parsed(GroupName::new))
    })
}

/// Reads an organisation's name: `{name}`.
///
/// # Errors
/// All that is wrong with it.
pub fn organization_name(document: Value) -> Result<OrganizationName, Violations> {
    read(document, |fields| {
        fields.required("name", parsed(OrganizationName::new))
    })
}

fn read<T>(document: Value, read: impl FnOnce(&mut Fields) -> Option<T>) -> Result<T, Violations> {
    let mut fields = Fields::of(document)?;
    let read = read(&mut fields);
    fields.finish()?;
    read.ok_or_else(|| Violations::of("body", "cannot be understood"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

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
        assert!(organization_name(json!({})).is_err());
    }
}
