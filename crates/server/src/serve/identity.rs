//! Who may come in: everything between the stores and the endpoints that knows about users.

use std::{sync::Arc, time::Duration};

use adapters_auth::{Argon2Hasher, EdDsaTokens, HasherOptions, SigningKey, key_file};
use anyhow::Context as _;
use application::{
    Actor, Application,
    audit::NoteRefusals,
    ports::{AuthPorts, PasswordHasher},
    sessions::NameSeal,
    users::{UserDraft, Users},
};
use http_edge::{BodyLimits, QuotaRules, RequestChecks, TrustedProxies};

use crate::config::Config;

/// The key's file in the data directory.
const KEY_FILE: &str = "signing-key.pem";

/// How long it takes to look again for a database that is away.
const RETRY: Duration = Duration::from_secs(1);

/// What makes tokens and checks passwords, and seals names that no user has.
pub(super) fn auth_ports(config: &Config) -> anyhow::Result<(AuthPorts, NameSeal)> {
    let key = signing_key(config)?;
    let previous = &config.auth.previous_keys;
    let auth = AuthPorts {
        hasher: password_hasher()?,
        tokens: Arc::new(EdDsaTokens::new(config.auth.issuer.clone(), &key, previous)),
    };
    Ok((auth, NameSeal::new(&key.derived("names in the audit log"))))
}

/// What asks who calls, from where, and how often.
pub(super) fn request_checks(config: &Config, app: &Application, refusals: NoteRefusals) -> RequestChecks {
    let quotas = QuotaRules {
        per_second: config.limits.api_per_second,
        burst: config.limits.api_burst,
    };
    let bodies = BodyLimits {
        all: config.limits.body_bytes,
        per_client: config.limits.body_bytes_per_client,
    };
    let proxies = TrustedProxies::new(config.http.trusted_proxies.clone());
    RequestChecks::new(app.authenticate.clone(), proxies, quotas, bodies, refusals)
}

/// What makes and checks passwords' hashes.
///
/// # Errors
/// When the system has no threads or no memory left.
pub fn password_hasher() -> anyhow::Result<Arc<dyn PasswordHasher>> {
    let hasher = Argon2Hasher::new(HasherOptions::default())?;
    Ok(Arc::new(hasher))
}

/// The configured key; else the one of the data directory, which is made when it is needed first.
fn signing_key(config: &Config) -> anyhow::Result<SigningKey> {
    if let Some(key) = &config.auth.signing_key {
        return Ok(key.clone());
    }
    let path = config.data.dir.join(KEY_FILE);
    let key = key_file::load_or_make(&path);
    key.context(
        "FLEETWATCH_AUTH__SIGNING_KEY is not set, and FLEETWATCH_DATA__DIR has no key that can be used",
    )
}

/// Makes the first administrator, if there is no user at all. Gives back who is to be made while the database is away,
/// for [`until_made`].
pub(super) async fn make_first(draft: Option<UserDraft>, users: &Users) -> Option<UserDraft> {
    let Some(draft) = draft else {
        warn_if_nobody(users).await;
        return None;
    };
    match users.create_first_administrator(draft.clone()).await {
        Ok(Some(user)) => {
            tracing::info!(user.id = %user.id, username = %user.username, "the first administrator is made");
            None
        }
        Ok(None) => {
            tracing::debug!("there are users: FLEETWATCH_AUTH__ADMIN_USERNAME is not used");
            None
        }
        Err(error) if error.is_unavailable() => Some(draft),
        Err(error) => {
            let error = &error as &dyn std::error::Error;
            tracing::error!(error, "the first administrator can't be made");
            None
        }
    }
}

/// The same, however long it takes until the database is there.
pub(super) async fn until_made(draft: UserDraft, users: &Users) {
    let mut waiting = make_first(Some(draft), users).await;
    while waiting.is_some() {
        tokio::time::sleep(RETRY).await;
        waiting = make_first(waiting, users).await;
    }
}

async fn warn_if_nobody(users: &Users) {
    if matches!(users.count(&Actor::command_line()).await, Ok(0)) {
        tracing::warn!(
            "there is no user, so nobody can log in: set FLEETWATCH_AUTH__ADMIN_USERNAME and \
             FLEETWATCH_AUTH__ADMIN_PASSWORD, or run `fleetwatch user create`"
        );
    }
}
