//! Hashing of passwords with argon2id, and checking of stored hashes, on the calling thread.

use application::ports::{PasswordCheck, PasswordHash};
use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::phc::{self, Output, ParamsString, Salt},
};
use rand::RngCore as _;
use secrecy::{ExposeSecret as _, SecretString};

use super::cost::{Cost, InvalidCost};

/// Length of the salt in bytes (RFC 9106, section 3.1).
const SALT_BYTES: usize = 16;

/// Maximum memory, in KiB, that a stored hash may require. A hash that requires more is damaged or malicious.
const MAX_STORED_MEMORY_KIB: u32 = 1_048_576;

/// Maximum number of passes that a stored hash may require.
const MAX_STORED_PASSES: u32 = 64;

/// Parameters of new hashes. Existing hashes are checked with their own parameters.
pub(super) struct Scheme {
    params: Params,
    #[cfg(test)]
    pub(super) computations: std::sync::atomic::AtomicUsize,
}

/// Error of a computation, for the log. It reveals nothing about the password.
#[derive(Debug, thiserror::Error)]
pub(super) enum HashFault {
    /// The text is not an argon2 hash in the PHC string format.
    #[error("a stored password hash is malformed")]
    Unreadable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The hash has no salt or no output.
    #[error("a stored password hash is truncated")]
    Incomplete,
    /// The hash requires an unreasonable amount of memory or time.
    #[error("a stored password hash exceeds the cost limits: {memory_kib} KiB, {passes} passes")]
    Excessive { memory_kib: u32, passes: u32 },
    /// argon2 rejected its input, or could not allocate memory.
    #[error("cannot hash a password: {0}")]
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

    /// Computes a hash, in the PHC string format.
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

    /// Hashes a password with the parameters of a stored hash, and compares the two hashes in constant time.
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

    /// Computes a hash. No other function does, so tests can count the computations here.
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
        // The reference implementation omitted the version while there was only one.
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
