//! Inputs of users, and their schemas.

use application::users::{UserDraft, UserUpdate};
use domain::{OrganizationId, PasswordPolicy, Role, UserChanges, Username, Violations};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use strict_json::{
    Fields,
    fields::{flag, parsed, text},
};

use crate::{
    passwords::{new_secret, password, secret},
    schemas::{closed, id, named, or_null, schemas, username},
};

schemas! {
    NewUserSchema: "NewUser" = closed(
        &["username", "password", "role"],
        json!({
            "username": username(), "password": password(), "role": named("Role"), "organizationId": or_null(id()),
        }),
    );
    UserChangesSchema: "UserChanges" = closed(
        &[],
        json!({"role": named("Role"), "isEnabled": {"type": "boolean"}, "password": password()}),
    );
}

/// Reads a new user: `{username, password, role, organizationId?}`.
pub(crate) fn new_user(document: Value, policy: PasswordPolicy) -> Result<UserDraft, Violations> {
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
        // Check the field that is present, so that all violations are reported at once.
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
    draft.ok_or_else(|| Violations::of("body", "is invalid"))
}

/// Reads changes to a user: `{role?, isEnabled?, password?}`.
pub(crate) fn user_update(document: Value, policy: PasswordPolicy) -> Result<UserUpdate, Violations> {
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
        assert_eq!((draft.username.as_str(), draft.role), ("ana", Role::Operator));
        assert_eq!(draft.organization_id, None);
    }

    #[test]
    fn a_name_and_a_password_are_checked_without_the_other() {
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
    fn the_username_and_the_organization_cannot_be_changed() {
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
