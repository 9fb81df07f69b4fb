use std::{io, num::NonZeroUsize, sync::Arc, thread::available_parallelism, time::Duration};

use application::{
    Error, Result,
    ports::{PasswordCheck, PasswordHash, PasswordHasher, Rank},
};
use async_trait::async_trait;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use rand::RngCore as _;
use secrecy::SecretString;

use super::{
    cost::{Cost, InvalidCost},
    scheme::{HashFault, Scheme},
    workers::{Undone, Workers},
};

/// Suggested delay before a caller that found the queue full tries again.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Cost of a hash, and the share of the machine that hashing may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HasherOptions {
    pub cost: Cost,
    /// Number of threads, each of which computes one hash at a time.
    pub threads: NonZeroUsize,
    /// Maximum number of hashes waiting in the queue.
    pub max_waiting: usize,
}

impl Default for HasherOptions {
    /// Returns OWASP's cost, one thread for every two cores (at least one), and a queue of 256 hashes.
    fn default() -> Self {
        let cores = available_parallelism().map_or(1, NonZeroUsize::get);
        Self {
            cost: Cost::default(),
            threads: NonZeroUsize::new(cores / 2).unwrap_or(NonZeroUsize::MIN),
            max_waiting: 256,
        }
    }
}

/// Error of [`Argon2Hasher::new`].
#[derive(Debug, thiserror::Error)]
pub enum StartFault {
    /// The cost is outside argon2's limits.
    #[error(transparent)]
    Cost(#[from] InvalidCost),
    /// The system cannot start threads.
    #[error("cannot start the password hashing threads")]
    Threads(#[source] io::Error),
    /// The first hash could not be computed.
    #[error("cannot hash passwords")]
    Hash(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Password hasher that uses argon2id (RFC 9106) on dedicated threads. Dropping it waits for the hashes in progress.
pub struct Argon2Hasher {
    scheme: Arc<Scheme>,
    /// Hash of a random password. A check for an unknown user uses it, and takes as long as one for a known user.
    decoy: PasswordHash,
    workers: Workers,
}

impl Argon2Hasher {
    /// Computes one hash, and starts the threads.
    ///
    /// # Errors
    /// Returns [`StartFault`] if the cost is invalid, or the system lacks threads or memory.
    pub fn new(options: HasherOptions) -> Result<Self, StartFault> {
        let scheme = Scheme::new(options.cost)?;
        let decoy = scheme
            .hash(&an_unknown_password())
            .map_err(|fault| StartFault::Hash(fault.into()))?;
        Ok(Self {
            scheme: Arc::new(scheme),
            decoy,
            workers: Workers::start(options.threads, options.max_waiting).map_err(StartFault::Threads)?,
        })
    }

    /// Runs a job on one of the threads, with a copy of the password that is wiped once the job is done or dropped.
    async fn aside<T: Send + 'static>(
        &self,
        password: &SecretString,
        rank: Rank,
        job: impl FnOnce(&Scheme, &SecretString) -> Result<T, HashFault> + Send + 'static,
    ) -> Result<T> {
        let (scheme, password) = (Arc::clone(&self.scheme), password.clone());
        let pending = self.workers.submit(rank, move || job(&scheme, &password));
        match pending.done().await {
            Ok(done) => done.map_err(Error::internal),
            Err(Undone::QueueFull) => Err(Error::RateLimited {
                what: "concurrent log-ins and password changes",
                retry_after: RETRY_AFTER,
            }),
            Err(Undone::Broken(broken)) => Err(Error::internal(broken)),
        }
    }
}

#[async_trait]
impl PasswordHasher for Argon2Hasher {
    async fn hash(&self, password: &SecretString, rank: Rank) -> Result<PasswordHash> {
        self.aside(password, rank, Scheme::hash).await
    }

    async fn check(
        &self,
        password: &SecretString,
        hash: Option<&PasswordHash>,
        rank: Rank,
    ) -> Result<PasswordCheck> {
        let against = hash.unwrap_or(&self.decoy).clone();
        let check = self
            .aside(password, rank, move |scheme, password| {
                scheme.check(password, &against)
            })
            .await?;
        // Without a hash, every password is wrong, even the decoy's.
        Ok(match hash {
            Some(_) => check,
            None => PasswordCheck::Wrong,
        })
    }
}

fn an_unknown_password() -> SecretString {
    let mut bytes = [0; 32];
    rand::rng().fill_bytes(&mut bytes);
    BASE64_STANDARD.encode(bytes).into()
}

#[cfg(test)]
mod tests;
