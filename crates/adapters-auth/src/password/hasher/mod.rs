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
    /// Number of hashes computed at the same time.
    pub threads: NonZeroUsize,
    /// Maximum number of hashes that wait in the queue.
    pub max_waiting: usize,
}

impl Default for HasherOptions {
    /// Returns OWASP's cost, half of the cores, and a queue that is processed within seconds.
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

/// Hashes passwords with argon2id (RFC 9106), on dedicated threads. Dropping it waits for the hashes being computed.
pub struct Argon2Hasher {
    scheme: Arc<Scheme>,
    /// Hash of a random password. Checking against it takes as long for unknown users as for known ones.
    decoy: PasswordHash,
    workers: Workers,
}

impl Argon2Hasher {
    /// Starts the threads, and computes one hash.
    ///
    /// # Errors
    /// [`StartFault`] if the cost is invalid, or the system lacks threads or memory.
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
                what: "log-ins",
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
        // A match must not log in, even with the decoy's password.
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
