use application::grants::GrantRequest;
use domain::{Grant, GrantRole, GrantTarget, GrantTerms, UserId, Violations};
use serde::Serialize;
use serde_json::Value;
use time::OffsetDateTime;
use utoipa::ToSchema;

use crate::{
    fields::{Fields, parsed, text},
    time::rfc3339,
    words,
};

/// That a user sees something, and may do with it what the lower of its role and the grant's allows. Exactly one of the three ids is there.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Grant)]
pub struct GrantDocument {
    /// Its identity, for ever.
    #[schema(format = Uuid)]
    pub id: String,
    /// Who.
    #[schema(format = Uuid)]
    pub user_id: String,
    /// All vehicles of this organisation.
    #[schema(required, format = Uuid)]
    pub organization_id: Option<String>,
    /// All vehicles of this group.
    #[schema(required, format = Uuid)]
    pub group_id: Option<String>,
    /// This vehicle.
    #[schema(required, format = Uuid)]
    pub vehicle_id: Option<String>,
    /// The most that it allows, whatever the user's role: VIEWER or OPERATOR.
    #[schema(value_type = words::GrantRole)]
    pub role: &'static str,
    /// Since when.
    #[serde(serialize_with = "rfc3339")]
    pub created_at: OffsetDateTime,
}

impl From<&Grant> for GrantDocument {
    fn from(grant: &Grant) -> Self {
        let mut document = Self {
            id: grant.id.to_string(),
            user_id: grant.user_id.to_string(),
            organization_id: None,
            group_id: None,
            vehicle_id: None,
            role: grant.role.as_str(),
            created_at: grant.created_at,
        };
        match grant.target {
            GrantTarget::Organization(id) => document.organization_id = Some(id.to_string()),
            GrantTarget::Group(id) => document.group_id = Some(id.to_string()),
            GrantTarget::Vehicle(id) => document.vehicle_id = Some(id.to_string()),
        }
        document
    }
}

/// Reads a grant to make: `{userId, and one of organizationId, groupId, vehicleId, role?}`. Without a role it is one to
/// look.
///
/// # Errors
/// All that is wrong with it.
pub fn new_grant(document: Value) -> Result<(UserId, GrantTerms), Violations> {
    let mut fields = Fields::of(document)?;
    let user_id = fields.optional("userId", text);
    let organization_id = fields.optional("organizationId", text);
    let group_id = fields.optional("groupId", text);
    let vehicle_id = fields.optional("vehicleId", text);
    let role = fields.optional("role", parsed(str::parse::<GrantRole>));
    // Whether exactly one target is there can only be said of what can be read.
    let request = (|| {
        Some(GrantRequest {
            user_id: user_id?,
            organization_id: organization_id?,
            group_id: group_id?,
            vehicle_id: vehicle_id?,
            role: role.flatten(),
        })
    })();
    let mut faults = Violations::default();
    let wanted = request.and_then(|request| faults.join(request.checked()));
    faults.join(fields.finish());
    faults.into_result()?;
    wanted.ok_or_else(|| Violations::of("body", "cannot be understood"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ID: &str = "0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70";

    #[test]
    fn a_grant_is_one_to_look_unless_it_says_more() {
        let role = |document| new_grant(document).expect("a grant").1.role;
        assert_eq!(role(json!({"userId": ID, "groupId": ID})), GrantRole::Viewer);
        assert_eq!(
            role(json!({"userId": ID, "groupId": ID, "role": null})),
            GrantRole::Viewer
        );
        assert_eq!(
            role(json!({"userId": ID, "groupId": ID, "role": "OPERATOR"})),
            GrantRole::Operator
        );
    }

    #[test]
    fn a_grant_has_one_target() {
        let (_, terms) = new_grant(json!({"userId": ID, "groupId": ID, "vehicleId": null})).expect("a grant");
        assert!(matches!(terms.target, GrantTarget::Group(_)), "{terms:?}");
        for document in [
            json!({"userId": ID}),
            json!({"userId": ID, "groupId": ID, "vehicleId": ID}),
            json!({"groupId": ID}),
            json!({"userId": ID, "groupId": ID, "role": "ADMIN"}),
            json!({"userId": 7, "groupId": ID}),
            json!({"userId": ID, "groupId": ID, "colour": "red"}),
        ] {
            assert!(new_grant(document.clone()).is_err(), "{document}");
        }
        for (document, expected) in [
            (json!({}), vec!["body", "userId"]),
            (json!({"userId": "x"}), vec!["body", "userId"]),
            (
                json!({"groupId": "x", "colour": "red"}),
                vec!["colour", "groupId", "userId"],
            ),
            (
                json!({"userId": ID, "groupId": ID, "vehicleId": "x"}),
                vec!["body", "vehicleId"],
            ),
        ] {
            let faults = new_grant(document.clone()).expect_err("it is wrong");
            let mut fields: Vec<&str> = faults.iter().map(|fault| fault.field.as_str()).collect();
            fields.sort_unstable();
            assert_eq!(fields, expected, "{document}");
        }
    }
}
