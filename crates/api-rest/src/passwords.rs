//! Passwords and tokens in requests, and their schemas.

use domain::PasswordPolicy;
use secrecy::SecretString;
use serde_json::{Value, json};
use strict_json::{Read, fields::text};

/// Reads an existing password, to which no policy applies.
pub(crate) fn secret(value: Value) -> Read<SecretString> {
    text(value).map(SecretString::from)
}

/// Reads a new password and checks it against the policy.
pub(crate) fn new_secret(policy: PasswordPolicy) -> impl Fn(Value) -> Read<SecretString> {
    move |value| {
        let password = text(value)?;
        policy.check(&password, None).map_err(|fault| fault.to_string())?;
        Ok(password.into())
    }
}

/// Returns the schema of an existing password or a token.
pub(crate) fn secret_text() -> Value {
    json!({"type": "string", "writeOnly": true})
}

/// Returns the schema of a new password.
pub(crate) fn password() -> Value {
    json!({
        "type": "string", "format": "password", "writeOnly": true,
        "minLength": PasswordPolicy::default().min_chars(), "maxLength": PasswordPolicy::MOST,
        "description": "Must not be a common password, the username or one repeated character, and must not contain \
                        control or invisible characters. The server's configuration may set another minimum length",
        "examples": ["correct horse battery staple"],
    })
}
