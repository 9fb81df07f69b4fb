use std::fmt;

use async_trait::async_trait;
use secrecy::{ExposeSecret as _, SecretString};

use crate::error::Result;

/// Hash of a password in the PHC string format (<https://github.com/P-H-C/phc-string-format>), which names its
/// algorithm and parameters. Its `Debug` output hides the text.
#[derive(Clone)]
pub struct PasswordHash(SecretString);

impl PasswordHash {
    /// Wraps the text of a hash, without checking its format.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(SecretString::from(text.into()))
    }

    /// Returns the text, for the store and the hasher only.
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

/// Result of checking a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordCheck {
    /// The password does not match.
    Wrong,
    /// The password matches.
    Right {
        /// Whether the hash was made with an algorithm or parameters other than the current ones, and should be
        /// replaced.
        is_outdated: bool,
    },
}

/// Rank of a call in the queue of the hasher. Lower ranks are served first, equal ranks in the order of arrival. When
/// the queue is full, the call with the highest rank is refused. Callers define the meaning of a rank, see
/// [`Urgency`](crate::identity::Urgency).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank(u64);

impl Rank {
    /// The lowest rank, which is served first.
    pub const FIRST: Self = Self(0);

    /// Returns the rank with this number.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }
}

/// Hashes and checks passwords. Hashing is slow by design, so implementations run it outside the async runtime, with
/// bounded concurrency and a bounded queue.
///
/// Passwords can have any length and content. They are not normalised: that is the caller's task. A call whose future
/// is dropped leaves the queue.
///
/// Both methods return [`crate::Error::RateLimited`] if the queue is full and no waiting call has a higher rank, or if
/// a call with a lower rank later takes its place in the queue; and [`crate::Error::Internal`] if the computation
/// fails.
#[async_trait]
pub trait PasswordHasher: Send + Sync {
    /// Hashes a password with a random salt, so two hashes of the same password differ.
    ///
    /// # Errors
    /// Returns [`crate::Error::RateLimited`] or [`crate::Error::Internal`].
    async fn hash(&self, password: &SecretString, rank: Rank) -> Result<PasswordHash>;

    /// Compares a password with a hash in constant time. If `hash` is `None`, the call takes as long as for a hash with
    /// the current parameters, and returns [`PasswordCheck::Wrong`]. The response time therefore does not reveal
    /// whether a user exists.
    ///
    /// # Errors
    /// Returns [`crate::Error::RateLimited`] or [`crate::Error::Internal`], the latter also when the stored hash is
    /// malformed.
    async fn check(
        &self,
        password: &SecretString,
        hash: Option<&PasswordHash>,
        rank: Rank,
    ) -> Result<PasswordCheck>;
}
