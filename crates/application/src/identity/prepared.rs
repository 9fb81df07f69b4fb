//! Normalised passwords: the form that is hashed, independent of how the password was typed.

use domain::password::prepare;
use secrecy::{ExposeSecret as _, SecretString};

use super::Urgency;
use crate::{
    error::Result,
    ports::{PasswordCheck, PasswordHash, PasswordHasher},
};

/// Returns the normalised form of a password, which is the one that is hashed.
pub(crate) fn prepared(password: &SecretString) -> SecretString {
    prepare(password.expose_secret()).into_owned().into()
}

/// Checks a password as typed. Hashes that predate the normalisation are of the raw password. If the two forms differ,
/// both are therefore tried, and a match of the raw form is reported as outdated. Without a hash both forms are tried
/// too, so that the check takes equally long.
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
