//! Normalised passwords. The normalised form, which is hashed, does not depend on the keyboard or input method.

use domain::password::prepare;
use secrecy::{ExposeSecret as _, SecretString};

use super::Urgency;
use crate::{
    error::Result,
    ports::{PasswordCheck, PasswordHash, PasswordHasher},
};

/// Returns the normalised form of a password.
pub(crate) fn prepared(password: &SecretString) -> SecretString {
    prepare(password.expose_secret()).into_owned().into()
}

/// Checks a password that is not normalised yet. Older hashes may be those of the raw password. If the two forms differ
/// and the normalised one does not match, the raw one is checked too, and a match is reported as outdated. Without a
/// hash, both forms are checked as well, so the check takes just as long.
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
