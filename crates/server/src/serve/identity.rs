//! Wiring of authentication: signing key, password hashes, request checks and the first administrator.

use std::sync::Arc;

use adapters_auth::{Argon2Hasher, EdDsaTokens, HasherOptions, SigningKey, key_file};
use anyhow::Context as _;
use application::{
    Actor, Application,
    audit::NoteRefusals,
    ports::{AuthPorts, PasswordHasher},
    sessions::NameSeal,
    users::{UserDraft, Users},
};
use backon::BackoffBuilder as _;
use http_edge::{BodyLimits, QuotaRules, RequestChecks, TrustedProxies};

use super::retry::{MAX_PAUSE_WHILE_AWAY, WHILE_AWAY};
use crate::config::Config;

/// Name of the signing key's file in the data directory.
const KEY_FILE: &str = "signing-key.pem";

/// Creates the adapters for tokens and passwords, and the seal that replaces unknown usernames in the audit log.
pub(super) fn auth_ports(config: &Config) -> anyhow::Result<(AuthPorts, NameSeal)> {
    let key = signing_key(config)?;
    let previous = &config.auth.previous_keys;
    let auth = AuthPorts {
        hasher: password_hasher()?,
        tokens: Arc::new(EdDsaTokens::new(config.auth.issuer.clone(), &key, previous)),
    };
    Ok((auth, NameSeal::new(&key.derived("names in the audit log"))))
}

/// Creates the checks that every HTTP endpoint shares: authentication, client address, quotas and body limits.
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

/// Creates the adapter that hashes and verifies passwords.
///
/// # Errors
/// Fails if the system has no threads or no memory left.
pub fn password_hasher() -> anyhow::Result<Arc<dyn PasswordHasher>> {
    let hasher = Argon2Hasher::new(HasherOptions::default())?;
    Ok(Arc::new(hasher))
}

/// Returns the configured signing key, or else the one in the data directory, which is generated on first use.
fn signing_key(config: &Config) -> anyhow::Result<SigningKey> {
    if let Some(key) = &config.auth.signing_key {
        return Ok(key.clone());
    }
    let path = config.data.dir.join(KEY_FILE);
    let key = key_file::load_or_make(&path);
    key.context("FLEETWATCH_AUTH__SIGNING_KEY is not set, and FLEETWATCH_DATA__DIR contains no usable key")
}

/// Creates the first administrator if there are no users. If the database is unavailable, returns the draft, to be
/// passed to [`until_created`]; other errors are only logged.
pub(super) async fn try_to_create_first(draft: Option<UserDraft>, users: &Users) -> Option<UserDraft> {
    let Some(draft) = draft else {
        warn_if_no_user(users).await;
        return None;
    };
    match users.create_first_administrator(draft.clone()).await {
        Ok(Some(user)) => {
            tracing::info!(user.id = %user.id, username = %user.username, "the first administrator was created");
            None
        }
        Ok(None) => {
            tracing::debug!("FLEETWATCH_AUTH__ADMIN_USERNAME is ignored, because users exist already");
            None
        }
        Err(error) if error.is_unavailable() => Some(draft),
        Err(error) => {
            let error = &error as &dyn std::error::Error;
            tracing::error!(error, "cannot create the first administrator");
            None
        }
    }
}

/// Creates the first administrator like [`try_to_create_first`], and retries until the database is available.
pub(super) async fn until_created(draft: UserDraft, users: &Users) {
    let mut pauses = WHILE_AWAY.build();
    let mut waiting = try_to_create_first(Some(draft), users).await;
    while waiting.is_some() {
        tokio::time::sleep(pauses.next().unwrap_or(MAX_PAUSE_WHILE_AWAY)).await;
        waiting = try_to_create_first(waiting, users).await;
    }
}

async fn warn_if_no_user(users: &Users) {
    if matches!(users.count(&Actor::command_line()).await, Ok(0)) {
        tracing::warn!(
            "no user exists, so log-in is impossible: set FLEETWATCH_AUTH__ADMIN_USERNAME and \
             FLEETWATCH_AUTH__ADMIN_PASSWORD, or run `fleetwatch user create`"
        );
    }
}
