use application::users::{UserDraft, UserUpdate};
use domain::{OrganizationId, PasswordPolicy, Role, User, UserChanges, Username, Violations};
use secrecy::ExposeSecret as _;
use serde::Serialize;
use serde_json::Value;
use time::OffsetDateTime;
use utoipa::ToSchema;

use super::{new_secret, secret};
use crate::{
    fields::{Fields, flag, parsed, text},
    time::rfc3339,
    words,
};

/// Somebody who can log in.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = User)]
pub struct UserDocument {
    /// Its identity, for ever.
    #[schema(format = Uuid)]
    pub id: String,
    /// What it logs in with; unique, capital and small letters are the same.
    #[schema(example = "ana.lopez")]
    pub username: String,
    /// What it may do: ADMIN, OPERATOR or VIEWER.
    #[schema(value_type = words::Role)]
    pub role: &'static str,
    /// The organisation that it belongs to; null for those of the whole plant.
    #[schema(required, format = Uuid)]
    pub organization_id: Option<String>,
    /// Whether it may log in.
    pub is_enabled: bool,
    /// When it was made.
    #[serde(serialize_with = "rfc3339")]
    pub created_at: OffsetDateTime,
    /// When it was changed last.
    #[serde(serialize_with = "rfc3339")]
    pub updated_at: OffsetDateTime,
}

impl From<&User> for UserDocument {
    fn from(user: &User) -> Self {
        Self {
            id: user.id.to_string(),
            username: user.username.to_string(),
            role: user.role.as_str(),
            organization_id: user.organization_id.map(|id| id.to_string()),
            is_enabled: user.is_enabled,
            created_at: user.created_at,
            updated_at: user.updated_at,
        }
    }
}

/// Reads a user to make: `{username, password, role, organizationId?}`.
///
/// # Errors
/// All that is wrong with it.
pub fn new_user(document: Value, policy: PasswordPolicy) -> Result<UserDraft, Violations> {
    let mut fields = Fields::of(document)?;
    let username = fields.required("username", text);
    let password = fields.required("password", secret);
    let role = fields.required("role", parsed(str::parse::<Role>));
    let organization = fields.optional("organizationId", parsed(str::parse::<OrganizationId>));
    let mut faults = Violations::default();
    faults.join(fields.finish().map(|_| ()));
    let draft = match (username, password) {
        (Some(username), Some(password)) => {
            let role_or_any = role.unwrap_or(Role::Viewer);
            faults.join(UserDraft::new(
                &username,
                password,
                role_or_any,
                organization.flatten(),
                policy,
            ))
        }
        // The one that is there is judged whatever the other is like.
        (Some(username), None) => {
            faults.keep("username", Username::new(&username));
            None
        }
        (None, Some(password)) => {
            faults.keep("password", policy.check(password.expose_secret(), None));
            None
        }
        (None, None) => None,
    };
    faults.into_result()?;
    draft.ok_or_else(|| Violations::of("body", "cannot be understood"))
}

/// Reads a change of a user: `{role?, isEnabled?, password?}`.
///
/// # Errors
/// All that is wrong with it.
pub fn user_update(document: Value, policy: PasswordPolicy) -> Result<UserUpdate, Violations> {
    let mut fields = Fields::of(document)?;
    fields.refuse("username", "cannot be changed");
    fields.refuse("organizationId", "cannot be changed");
    let update = UserUpdate {
        changes: UserChanges {
            role: fields.change("role", parsed(str::parse::<Role>)),
            is_enabled: fields.change("isEnabled", flag),
        },
        password: fields.change("password", new_secret(policy)),
    };
    fields.finish()?;
    Ok(update)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fields_of(faults: &Violations) -> Vec<&str> {
        faults.iter().map(|fault| fault.field.as_str()).collect()
    }

    #[test]
    fn a_user_is_read() {
        let draft = new_user(
            json!({"username": " Ana ", "password": "correct horse", "role": "OPERATOR"}),
            PasswordPolicy::default(),
        );
        let draft = draft.expect("a user");
        assert_eq!((draft.username.as_str(), draft.role), ("Ana", Role::Operator));
        assert_eq!(draft.organization_id, None);
    }

    #[test]
    fn a_name_and_a_password_are_judged_without_the_other() {
        for (document, expected) in [
            (
                json!({"username": 5, "password": "secret7", "role": "ADMIN"}),
                ["password", "username"],
            ),
            (
                json!({"password": "secret7", "role": "ADMIN"}),
                ["password", "username"],
            ),
            (
                json!({"username": "a b", "role": "ADMIN"}),
                ["password", "username"],
            ),
        ] {
            let faults = new_user(document, PasswordPolicy::default()).expect_err("two faults");
            let mut fields = fields_of(&faults);
            fields.sort_unstable();
            assert_eq!(fields, expected);
        }
    }

    #[test]
    fn every_fault_of_a_user_is_named_and_no_password_is_repeated() {
        let faults = new_user(json!({
            "username": "a b", "password": "secret7", "role": "BOSS", "organizationId": 7, "colour": "red",
        }), PasswordPolicy::default())
        .expect_err("five faults");
        let mut fields = fields_of(&faults);
        fields.sort_unstable();
        assert_eq!(
            fields,
            ["colour", "organizationId", "password", "role", "username"]
        );
        assert!(!faults.to_string().contains("secret7"), "{faults}");
    }

    #[test]
    fn what_a_user_is_called_cannot_be_changed() {
        let faults = user_update(
            json!({
                "username": "bo", "organizationId": null, "role": null, "isEnabled": 1, "password": "short",
            }),
            PasswordPolicy::default(),
        );
        let faults = faults.expect_err("five faults");
        let mut fields = fields_of(&faults);
        fields.sort_unstable();
        assert_eq!(
            fields,
            ["isEnabled", "organizationId", "password", "role", "username"]
        );
        assert!(user_update(json!({}), PasswordPolicy::default()).is_ok());
    }
}
