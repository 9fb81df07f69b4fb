use async_trait::async_trait;
use secrecy::SecretString;

use crate::{error::Result, identity::PasswordHash};

/// What came of checking a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordCheck {
    /// It is another one.
    Wrong,
    /// It is this one.
    Right {
        /// Whether its hash was made in another way than hashes are made now.
        is_outdated: bool,
    },
}

/// Who goes first when many wait: the variants in their order, among equals whoever came first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// Who is where it has logged in lately, or is about to be let in.
    Known,
    /// Anybody.
    Usual {
        /// How often somebody has failed to log in from there lately, to whichever account.
        failures: u32,
    },
    /// An administrator, for somebody to whom it gives a password.
    ForAnother,
    /// One of a crowd that tries the same account.
    Crowd {
        /// How often somebody has failed to log in to it from there lately.
        failures: u32,
    },
}

/// Makes and checks hashes of passwords. That is slow on purpose: it is done aside, and only so much at a time.
///
/// Every method may answer [`crate::Error::RateLimited`] when too many wait who are not less urgent.
#[async_trait]
pub trait PasswordHasher: Send + Sync {
    /// Makes a hash, which differs each time.
    ///
    /// # Errors
    /// [`crate::Error::RateLimited`].
    async fn hash(&self, password: &SecretString, urgency: Urgency) -> Result<PasswordHash>;

    /// Checks a password. Without a hash it takes as long as with one, and is wrong: so nobody learns from the time
    /// whether there is such a user.
    ///
    /// # Errors
    /// [`crate::Error::RateLimited`].
    async fn check(
        &self,
        password: &SecretString,
        hash: Option<&PasswordHash>,
        urgency: Urgency,
    ) -> Result<PasswordCheck>;
}
