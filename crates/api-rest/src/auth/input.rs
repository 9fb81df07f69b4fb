//! The inputs of logging in and staying logged in, and their schemas.

use application::sessions::RefreshToken;
use domain::{PasswordPolicy, Violations};
use secrecy::SecretString;
use serde_json::{Value, json};
use strict_json::{Fields, fields::text};

use crate::{
    passwords::{new_secret, password, secret, secret_text},
    schemas::{closed, schemas},
};

schemas! {
    /// Name and password.
    LogInSchema: "LogIn" = closed(
        &["username", "password"],
        json!({"username": {"type": "string"}, "password": secret_text()}),
    );
    /// A refresh token.
    RefreshSchema: "Refresh" = closed(&["refreshToken"], json!({"refreshToken": secret_text()}));
    /// A present password and the next.
    PasswordChangeSchema: "PasswordChange" = closed(
        &["currentPassword", "newPassword"],
        json!({"currentPassword": secret_text(), "newPassword": password()}),
    );
}

/// Name and password.
#[derive(Debug)]
pub(crate) struct LogInDocument {
    /// The name.
    pub(crate) username: String,
    /// The password.
    pub(crate) password: SecretString,
}

/// Reads `{username, password}`.
///
/// # Errors
/// Everything that is wrong with it.
pub(crate) fn log_in(document: Value) -> Result<LogInDocument, Violations> {
    Fields::read(document, |fields| {
        let username = fields.required("username", text);
        let password = fields.required("password", secret);
        Some(LogInDocument {
            username: username?,
            password: password?,
        })
    })
}

/// Reads `{refreshToken}`.
///
/// # Errors
/// Everything that is wrong with it.
pub(crate) fn refresh_token(document: Value) -> Result<RefreshToken, Violations> {
    Fields::read(document, |fields| {
        fields.required("refreshToken", text).map(RefreshToken::given)
    })
}

/// A present password and the next.
#[derive(Debug)]
pub(crate) struct PasswordChange {
    /// The present one.
    pub(crate) current: SecretString,
    /// The next.
    pub(crate) new: SecretString,
}

/// Reads `{currentPassword, newPassword}`.
///
/// # Errors
/// Everything that is wrong with it.
pub(crate) fn password_change(document: Value, policy: PasswordPolicy) -> Result<PasswordChange, Violations> {
    Fields::read(document, |fields| {
        let current = fields.required("currentPassword", secret);
        let new = fields.required("newPassword", new_secret(policy));
        Some(PasswordChange {
            current: current?,
            new: new?,
        })
    })
}
