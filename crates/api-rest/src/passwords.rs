//! Passwords and tokens that clients send, and their schemas.

use domain::PasswordPolicy;
use secrecy::SecretString;
use serde_json::{Value, json};
use strict_json::{Read, fields::text};

/// Reads a secret that exists.
pub(crate) fn secret(value: Value) -> Read<SecretString> {
    text(value).map(SecretString::from)
}

/// Reads a new password.
pub(crate) fn new_secret(policy: PasswordPolicy) -> impl Fn(Value) -> Read<SecretString> {
    move |value| {
        let password = text(value)?;
        policy.check(&password, None).map_err(|fault| fault.to_string())?;
        Ok(password.into())
    }
}

/// The schema of [`secret`].
pub(crate) fn secret_text() -> Value {
    json!({"type": "string", "writeOnly": true})
}

/// The schema of [`new_secret`].
pub(crate) fn password() -> Value {
    json!({
        "type": "string", "format": "password", "writeOnly": true,
        "minLength": PasswordPolicy::default().min_chars(), "maxLength": PasswordPolicy::MOST,
        "description": "None of the most common passwords, not the username, and not one character repeated. A setting \
                        of the server may ask for more or fewer characters",
        "examples": ["correct horse battery staple"],
    })
}
