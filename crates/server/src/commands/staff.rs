//! Users of the demo, one for each role.

use std::{fmt, sync::Arc};

use anyhow::Context as _;
use application::{
    Actor,
    grants::Grants,
    registry_changes::RegistryChanges,
    users::{UserDraft, Users},
};
use domain::{GrantTarget, GrantTerms, OrganizationId, Role, User};
use rand::{Rng as _, distr::slice::Choose};
use secrecy::{ExposeSecret as _, SecretString};

use crate::{config::Config, serve::password_hasher, stores::Stores};

/// Characters of generated passwords, excluding letters and digits that look alike.
const ALPHABET: &[u8] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// Length of generated passwords: 16 characters of 5 bits, 80 bits of entropy.
const PASSWORD_CHARS: usize = 16;

/// Users of the demo and their passwords. [`Display`](fmt::Display) prints them as a table.
pub(super) struct Staff(Vec<(User, Shown)>);

/// The password of a user in the form in which the demo prints it.
enum Shown {
    /// A generated password, which is printed.
    Password(SecretString),
    /// The configured password of the first administrator, which is not printed.
    AsConfigured,
}

/// Creates an administrator, an operator and a viewer. If the configuration names a first administrator, that user is
/// the administrator.
///
/// # Errors
/// Fails if passwords can't be hashed, or the configured administrator can't be created.
pub(super) async fn create(config: &Config, stores: &Stores) -> anyhow::Result<Staff> {
    let changes = RegistryChanges::on(&stores.ports, config.live.rules());
    let users = Users::new(
        &stores.ports,
        password_hasher()?,
        Arc::clone(&changes),
        config.auth.passwords,
    );
    let grants = Grants::new(&stores.ports, changes);
    let by = &Actor::command_line();
    let mut staff = Vec::new();
    if let Some(draft) = config.auth.first_administrator.clone() {
        let made = users
            .create_first_administrator(draft)
            .await
            .context("cannot create the first administrator")?;
        staff.extend(made.map(|user| (user, Shown::AsConfigured)));
    }
    let has_administrator = !staff.is_empty();
    for (name, role) in [
        ("admin", Role::Admin),
        ("operator", Role::Operator),
        ("viewer", Role::Viewer),
    ] {
        if role == Role::Admin && has_administrator {
            continue;
        }
        let password = made_up();
        let draft = UserDraft::new(name, password.clone(), role, None, config.auth.passwords)?;
        let made = users.create(by, Ok(draft)).await;
        let user = made.with_context(|| format!("cannot create the user {name}"))?;
        if role != Role::Admin {
            let all = GrantTerms::to_operate(GrantTarget::Organization(OrganizationId::DEFAULT));
            let granted = grants.create(by, Ok((user.id, all))).await;
            granted.with_context(|| format!("cannot grant {name} access to the vehicles"))?;
        }
        staff.push((user, Shown::Password(password)));
    }
    Ok(Staff(staff))
}

impl Staff {
    /// Returns the generated passwords as shell commands: `export viewer_password=…`. They need no quotes.
    pub(super) fn variables(&self) -> SecretString {
        let made_up = self.0.iter().filter_map(|(user, shown)| match shown {
            Shown::Password(password) => Some((user.username.as_str(), password.expose_secret())),
            Shown::AsConfigured => None,
        });
        let lines = made_up.map(|(name, password)| format!("export {name}_password={password}\n"));
        lines.collect::<String>().into()
    }
}

fn made_up() -> SecretString {
    let letters = Choose::new(ALPHABET).expect("the alphabet is not empty");
    let text: String = rand::rng()
        .sample_iter(letters)
        .take(PASSWORD_CHARS)
        .map(|&letter| char::from(letter))
        .collect();
    text.into()
}

impl fmt::Display for Staff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (user, shown) in &self.0 {
            let password = match shown {
                Shown::Password(password) => password.expose_secret(),
                Shown::AsConfigured => "(as configured)",
            };
            writeln!(
                f,
                "  {:<9}  {:<9}  {password}",
                user.role.as_str(),
                user.username.as_str()
            )?;
        }
        Ok(())
    }
}
