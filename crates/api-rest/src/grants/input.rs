//! Input of grants, and its schema.

use application::grants::GrantRequest;
use domain::{GrantRole, GrantTerms, UserId, Violations};
use serde_json::{Value, json};
use strict_json::{
    Fields,
    fields::{parsed, text},
};

use crate::schemas::{closed, id, named, or_null, schemas};

schemas! {
    NewGrantSchema: "NewGrant" = schema_of_new_grant();
}

fn schema_of_new_grant() -> Value {
    let to_one = |target: &str| {
        let mut role = or_null(named("GrantRole"));
        role["default"] = GrantRole::default().as_str().into();
        role["description"] = "Maximum role that the grant allows, regardless of the user's role".into();
        let fields = json!({"userId": id(), target: id(), "role": role});
        let mut schema = closed(&["userId", target], fields);
        schema["title"] = target.into();
        schema
    };
    let to_any = ["organizationId", "groupId", "vehicleId"].map(to_one);
    json!({"description": "A new grant for exactly one organisation, group or vehicle", "oneOf": to_any})
}

/// Reads a new grant: `{userId, role?}` and one of `organizationId`, `groupId` and `vehicleId`. The role is VIEWER by
/// default.
pub(crate) fn new_grant(document: Value) -> Result<(UserId, GrantTerms), Violations> {
    let mut fields = Fields::of(document)?;
    let user_id = fields.optional("userId", text);
    let organization_id = fields.optional("organizationId", text);
    let group_id = fields.optional("groupId", text);
    let vehicle_id = fields.optional("vehicleId", text);
    let role = fields.optional("role", parsed(str::parse::<GrantRole>));
    // The number of targets is only checked if all fields could be read.
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
    wanted.ok_or_else(|| Violations::of("body", "is invalid"))
}

#[cfg(test)]
mod tests {
    use domain::GrantTarget;

    use super::*;

    const ID: &str = "0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70";

    #[test]
    fn the_role_of_a_grant_is_viewer_by_default() {
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
