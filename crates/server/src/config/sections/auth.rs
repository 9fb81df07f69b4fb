//! The `AUTH__*` settings.

use std::time::Duration;

use adapters_auth::{PublicKey, SigningKey};
use application::users::UserDraft;
use domain::{PasswordPolicy, Username, Violations};
use secrecy::SecretString;

use super::periods::{DAY_S, YEAR_S};
use crate::config::{
    mask::hidden,
    reader::Reader,
    secret::password,
    signing_key,
    value::{self, number, seconds},
};

/// The `AUTH__*` settings.
#[derive(Debug, Clone)]
pub struct Auth {
    /// Lifetime of an access token.
    pub access_ttl: Duration,
    /// Lifetime of a refresh token.
    pub refresh_ttl: Duration,
    /// Lifetime of a session, regardless of how often it is refreshed.
    pub session_ttl: Duration,
    /// Policy for new passwords.
    pub passwords: PasswordPolicy,
    /// Key that signs access tokens. If `None`, a key is generated and kept in the data directory.
    pub signing_key: Option<SigningKey>,
    /// Further keys whose access tokens are accepted, such as the previous signing key.
    pub previous_keys: Vec<PublicKey>,
    /// Issuer named in the tokens.
    pub issuer: String,
    /// First administrator, created if there are no users yet.
    pub first_administrator: Option<UserDraft>,
}

impl Auth {
    pub(in crate::config) fn read(from: &mut Reader) -> Self {
        let access_ttl = from.value(
            "AUTH__ACCESS_TTL_S",
            "Lifetime of an access token",
            "900",
            seconds(1..=DAY_S),
        );
        let refresh_ttl = from.value(
            "AUTH__REFRESH_TTL_S",
            "Lifetime of a refresh token; must not be less than `AUTH__ACCESS_TTL_S`",
            "1209600",
            seconds(1..=YEAR_S),
        );
        from.rule(
            &["AUTH__REFRESH_TTL_S", "AUTH__ACCESS_TTL_S"],
            refresh_ttl >= access_ttl,
            || "must not be less than AUTH__ACCESS_TTL_S".to_owned(),
        );
        let session_ttl = from.value(
            "AUTH__SESSION_TTL_S",
            "Maximum lifetime of a session, however often it is refreshed; must not be less than `AUTH__ACCESS_TTL_S`",
            "2592000",
            seconds(1..=YEAR_S),
        );
        from.rule(
            &["AUTH__SESSION_TTL_S", "AUTH__ACCESS_TTL_S"],
            session_ttl >= access_ttl,
            || "must not be less than AUTH__ACCESS_TTL_S".to_owned(),
        );
        let passwords = PasswordPolicy::of_at_least(from.value(
            "AUTH__PASSWORD_MIN_LENGTH",
            "Minimum number of characters of new passwords; existing passwords remain valid",
            "12",
            number(PasswordPolicy::LEAST..=PasswordPolicy::MOST),
        ));
        Self {
            access_ttl,
            refresh_ttl,
            session_ttl,
            passwords,
            signing_key: from.key_of_production(
                "AUTH__SIGNING_KEY",
                "Key that signs access tokens; if it is not set, a key is generated, and stored in `DATA__DIR`",
                signing_key::private(),
            ),
            previous_keys: from
                .secret(
                    "AUTH__PREVIOUS_KEYS",
                    "Further keys whose access tokens are accepted, such as the previous signing key",
                    signing_key::public(),
                    hidden,
                )
                .unwrap_or_default(),
            issuer: from.value(
                "AUTH__ISSUER",
                "Issuer of access tokens (the claim `iss`)",
                "fleetwatch",
                value::text("a string"),
            ),
            first_administrator: first_administrator(from, passwords),
        }
    }
}

fn first_administrator(from: &mut Reader, passwords: PasswordPolicy) -> Option<UserDraft> {
    let username = from.optional(
        "AUTH__ADMIN_USERNAME",
        "Name of the first administrator, who is created if there is no user yet; must be given together with \
         `AUTH__ADMIN_PASSWORD`",
        value::username(),
    );
    let password = from.secret(
        "AUTH__ADMIN_PASSWORD",
        "Password of the first administrator; must be given together with `AUTH__ADMIN_USERNAME`",
        password(),
        hidden,
    );
    from.rule(
        &["AUTH__ADMIN_PASSWORD", "AUTH__ADMIN_USERNAME"],
        username.is_some() == password.is_some(),
        || "must be given together with AUTH__ADMIN_USERNAME".to_owned(),
    );
    let draft = |(username, password): (Username, SecretString)| {
        UserDraft::of_first_administrator(username.as_str(), password, passwords)
    };
    let drafted = username.zip(password).map(draft).transpose();
    let fault = drafted.as_ref().err().map(fault_of);
    // If the minimum length is invalid, the policy has the default one.
    from.rule(
        &["AUTH__ADMIN_PASSWORD", "AUTH__PASSWORD_MIN_LENGTH"],
        fault.is_none(),
        || fault.clone().unwrap_or_default(),
    );
    drafted.ok().flatten()
}

/// Joins the faults of the first administrator's draft into one message. The username was checked when its setting was
/// read.
fn fault_of(faults: &Violations) -> String {
    let messages = faults.iter().map(|fault| fault.message.as_str());
    messages.collect::<Vec<_>>().join("; ")
}
