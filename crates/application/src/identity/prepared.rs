//! Passwords as they are hashed: in one form, however they are typed.

use domain::password::prepare;
use secrecy::{ExposeSecret as _, SecretString};

use super::Urgency;
use crate::{
    error::Result,
    ports::{PasswordCheck, PasswordHash, PasswordHasher},
};

/// The form of a password that is hashed.
pub(crate) fn prepared(password: &SecretString) -> SecretString {
    prepare(password.expose_secret()).into_owned().into()
}

/// Checks a password as it was typed. A hash that was made before passwords had one form is of the password as it is:
/// where the two differ both are tried, and such a hash is outdated. Both are tried without a hash too, so that it takes
/// as long.
pub(crate) async fn check_password(
    hasher: &dyn PasswordHasher,
    password: &SecretString,
    hash: Option<&PasswordHash>,
    urgency: Urgency,
) -> Result<PasswordCheck> {
    let form = prepared(password);
    let checked = hasher.check(&form, hash, urgency.into()).await?;
    if checked != PasswordCheck::Wrong || form.expose_secret() == password.expose_secret() {
        return Ok(checked);
    }
    Ok(match hasher.check(password, hash, urgency.into()).await? {
        PasswordCheck::Right { .. } => PasswordCheck::Right { is_outdated: true },
        PasswordCheck::Wrong => PasswordCheck::Wrong,
    })
}
