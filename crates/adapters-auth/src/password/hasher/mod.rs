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

/// When somebody may try again who found the queue full: by then some of it is done.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// How passwords are hashed, and how much of the machine that may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HasherOptions {
    /// What one hash costs.
    pub cost: Cost,
    /// How many are computed at the same time.
    pub threads: NonZeroUsize,
    /// How many may wait for their turn.
    pub max_waiting: usize,
}

impl Default for HasherOptions {
    /// OWASP's cost, half of the cores, and a queue that is worked off in some seconds.
    fn default() -> Self {
        let cores = available_parallelism().map_or(1, NonZeroUsize::get);
        Self {
            cost: Cost::default(),
            threads: NonZeroUsize::new(cores / 2).unwrap_or(NonZeroUsize::MIN),
            max_waiting: 256,
        }
    }
}

/// Why there is no [`Argon2Hasher`].
#[derive(Debug, thiserror::Error)]
pub enum StartFault {
    /// The cost makes no sense.
    #[error(transparent)]
    Cost(#[from] InvalidCost),
    /// The system gives no threads.
    #[error("threads that hash passwords cannot be started")]
    Threads(#[source] io::Error),
    /// A first hash could not be made.
    #[error("passwords cannot be hashed")]
    Hash(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Hashes passwords with argon2id (RFC 9106), on threads of its own. Dropping it waits for what they are doing.
pub struct Argon2Hasher {
    scheme: Arc<Scheme>,
    /// What a password is checked against when there is no user: the hash of a password that nobody knows.
    decoy: PasswordHash,
    workers: Workers,
}

impl Argon2Hasher {
    /// Starts the threads, and makes one hash.
    ///
    /// # Errors
    /// When the cost makes no sense, or the system has no threads or no memory left.
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

    /// Lets a thread do something with a copy of the password, which is wiped when it is done or given up.
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
