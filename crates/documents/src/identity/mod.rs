//! Users and what they may see, as documents.

mod audit;
mod grant;
mod session;
mod user;

pub use audit::AuditDocument;
pub use grant::{GrantDocument, new_grant};
pub use session::{
    LogInDocument, PasswordChange, SessionDocument, TokensDocument, log_in, password_change, refresh_token,
};
pub use user::{UserDocument, new_user, user_update};

use domain::{PasswordPolicy, Violations};
use secrecy::SecretString;
use serde_json::Value;

use crate::fields::{Fields, Read, text};

fn secret(value: Value) -> Read<SecretString> {
    text(value).map(SecretString::from)
}

/// A password that is to be somebody's.
fn new_secret(policy: PasswordPolicy) -> impl Fn(Value) -> Read<SecretString> {
    move |value| {
        let password = text(value)?;
        policy.check(&password, None).map_err(|fault| fault.to_string())?;
        Ok(password.into())
    }
}

/// Reads a whole document.
fn read<T>(document: Value, read: impl FnOnce(&mut Fields) -> Option<T>) -> Result<T, Violations> {
    let mut fields = Fields::of(document)?;
    let read = read(&mut fields);
    fields.finish()?;
    read.ok_or_else(|| Violations::of("body", "cannot be understood"))
}
