use std::fmt;

use async_trait::async_trait;
use secrecy::{ExposeSecret as _, SecretString};

use crate::error::Result;

/// How a password is checked: a hash in the PHC string format
/// (<https://github.com/P-H-C/phc-string-format>), which names its algorithm and parameters.
#[derive(Clone)]
pub struct PasswordHash(SecretString);

impl PasswordHash {
    /// Wraps a hash.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(SecretString::from(text.into()))
    }

    /// The text, for the store and the hasher only.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl PartialEq for PasswordHash {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(..)")
    }
}

/// The outcome of checking a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordCheck {
    /// The password is another one.
    Wrong,
    /// The password is right.
    Right {
        /// Whether its hash was made in another way than hashes are made now.
        is_outdated: bool,
    },
}

/// The rank of a call among those that wait: the call of the lowest rank goes first, and of two calls of equal rank the
/// earlier one. When too many wait, the call of the highest rank is refused. The callers decide what a rank stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank(u64);

impl Rank {
    /// The rank of calls that go before all others.
    pub const FIRST: Self = Self(0);

    /// Returns the rank of this number.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }
}

/// Makes and checks hashes of passwords. That is slow on purpose: it is done aside, and only so much at a time.
///
/// Every method may answer [`crate::Error::RateLimited`] when too many calls wait whose rank is not higher.
#[async_trait]
pub trait PasswordHasher: Send + Sync {
    /// Makes a hash, which differs each time.
    ///
    /// # Errors
    /// [`crate::Error::RateLimited`].
    async fn hash(&self, password: &SecretString, rank: Rank) -> Result<PasswordHash>;

    /// Checks a password. Without a hash it takes as long as with one, and is wrong, so that the time does not reveal
    /// whether there is such a user.
    ///
    /// # Errors
    /// [`crate::Error::RateLimited`]; [`crate::Error::Internal`] when the hash is none, which is a fault of the registry.
    async fn check(
        &self,
        password: &SecretString,
        hash: Option<&PasswordHash>,
        rank: Rank,
    ) -> Result<PasswordCheck>;
}
