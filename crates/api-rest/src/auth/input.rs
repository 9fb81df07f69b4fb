//! Inputs of the log-in, refresh and password endpoints, and their schemas.

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
    LogInSchema: "LogIn" = closed(
        &["username", "password"],
        json!({"username": {"type": "string"}, "password": secret_text()}),
    );
    RefreshSchema: "Refresh" = closed(&["refreshToken"], json!({"refreshToken": secret_text()}));
    PasswordChangeSchema: "PasswordChange" = closed(
        &["currentPassword", "newPassword"],
        json!({"currentPassword": secret_text(), "newPassword": password()}),
    );
}

#[derive(Debug)]
pub(crate) struct LogInDocument {
    pub(crate) username: String,
    pub(crate) password: SecretString,
}

/// Reads `{username, password}`.
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
pub(crate) fn refresh_token(document: Value) -> Result<RefreshToken, Violations> {
    Fields::read(document, |fields| {
        fields.required("refreshToken", text).map(RefreshToken::given)
    })
}

#[derive(Debug)]
pub(crate) struct PasswordChange {
    pub(crate) current: SecretString,
    pub(crate) new: SecretString,
}

/// Reads `{currentPassword, newPassword}`.
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
