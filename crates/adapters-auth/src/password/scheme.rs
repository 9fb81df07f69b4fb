//! From a password to its hash.

use application::ports::{PasswordCheck, PasswordHash};
use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::phc::{self, Output, ParamsString, Salt},
};
use rand::RngCore as _;
use secrecy::{ExposeSecret as _, SecretString};

use super::cost::{Cost, InvalidCost};

/// The random bytes that make two hashes of one password differ (RFC 9106, section 3.1).
const SALT_BYTES: usize = 16;

/// The most memory that a stored hash may ask for: one that asks for more is damaged, or meant to harm.
const MAX_STORED_MEMORY_KIB: u32 = 1_048_576;

/// The most passes that a stored hash may ask for.
const MAX_STORED_PASSES: u32 = 64;

/// How hashes are made now. Those that were made otherwise can be checked all the same.
pub(super) struct Scheme {
    params: Params,
    /// How often a password was gone over.
    #[cfg(test)]
    pub(super) computations: std::sync::atomic::AtomicUsize,
}

/// Why a hash was not made or not checked. It is for the log, and says nothing of the password.
#[derive(Debug, thiserror::Error)]
pub(super) enum HashFault {
    /// It is no hash, or one of another kind.
    #[error("a stored password hash cannot be read")]
    Unreadable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It has no salt, or nothing to compare with.
    #[error("a stored password hash is not whole")]
    Incomplete,
    /// It would take more than anybody should spend on it.
    #[error("a stored password hash asks for {memory_kib} KiB and {passes} passes")]
    Excessive { memory_kib: u32, passes: u32 },
    /// There is no memory left.
    #[error("a password could not be hashed: {0}")]
    Failed(argon2::Error),
}

impl Scheme {
    pub(super) fn new(cost: Cost) -> Result<Self, InvalidCost> {
        Ok(Self {
            params: cost.params()?,
            #[cfg(test)]
            computations: Default::default(),
        })
    }

    /// Makes a hash, in the PHC string format.
    pub(super) fn hash(&self, password: &SecretString) -> Result<PasswordHash, HashFault> {
        let mut salt = [0; SALT_BYTES];
        rand::rng().fill_bytes(&mut salt);
        let (algorithm, version) = (Algorithm::Argon2id, Version::V0x13);
        let argon = Argon2::new(algorithm, version, self.params.clone());
        let output = self.compute(&argon, password, &salt)?;
        let hash = phc::PasswordHash {
            algorithm: algorithm.ident(),
            version: Some(version.into()),
            params: ParamsString::try_from(&self.params).map_err(unreadable)?,
            salt: Some(Salt::new(&salt).map_err(unreadable)?),
            hash: Some(output),
        };
        Ok(PasswordHash::new(hash.to_string()))
    }

    /// Computes a password's hash in the way that the given one was made, and compares the two in constant time.
    pub(super) fn check(
        &self,
        password: &SecretString,
        hash: &PasswordHash,
    ) -> Result<PasswordCheck, HashFault> {
        let stored = Stored::parse(hash)?;
        let argon = Argon2::new(stored.algorithm, stored.version, stored.params.clone());
        let output = self.compute(&argon, password, &stored.salt)?;
        if output != stored.output {
            return Ok(PasswordCheck::Wrong);
        }
        Ok(PasswordCheck::Right {
            is_outdated: self.is_outdated(&stored),
        })
    }

    fn is_outdated(&self, stored: &Stored) -> bool {
        let Stored {
            algorithm,
            version,
            params,
            salt,
            output: _,
        } = stored;
        (*algorithm, *version) != (Algorithm::Argon2id, Version::V0x13)
            || *params != self.params
            || salt.len() != SALT_BYTES
    }

    /// The one place where passwords are gone over.
    fn compute(&self, argon: &Argon2<'_>, password: &SecretString, salt: &[u8]) -> Result<Output, HashFault> {
        #[cfg(test)]
        self.computations
            .fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let length = argon.params().output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN);
        let mut output = [0; Output::MAX_LENGTH];
        let output = output.get_mut(..length).ok_or(HashFault::Incomplete)?;
        argon
            .hash_password_into(password.expose_secret().as_bytes(), salt, output)
            .map_err(HashFault::Failed)?;
        Output::new(output).map_err(unreadable)
    }
}

/// A hash, taken apart.
struct Stored {
    algorithm: Algorithm,
    version: Version,
    params: Params,
    salt: Salt,
    output: Output,
}

impl Stored {
    fn parse(hash: &PasswordHash) -> Result<Self, HashFault> {
        let hash = phc::PasswordHash::new(hash.expose()).map_err(unreadable)?;
        let params = Params::try_from(&hash).map_err(unreadable)?;
        let (memory_kib, passes) = (params.m_cost(), params.t_cost());
        if memory_kib > MAX_STORED_MEMORY_KIB || passes > MAX_STORED_PASSES {
            return Err(HashFault::Excessive { memory_kib, passes });
        }
        // The reference implementation left the version out before there was a second one.
        let version = hash
            .version
            .map_or(Ok(Version::V0x10), Version::try_from)
            .map_err(unreadable)?;
        Ok(Self {
            algorithm: Algorithm::try_from(hash.algorithm.as_str()).map_err(unreadable)?,
            version,
            params,
            salt: hash.salt.ok_or(HashFault::Incomplete)?,
            output: hash.hash.ok_or(HashFault::Incomplete)?,
        })
    }
}

fn unreadable(error: impl std::error::Error + Send + Sync + 'static) -> HashFault {
    HashFault::Unreadable(Box::new(error))
}
