use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use uuid::Uuid;

use crate::error::Result;

/// A holder of leases, such as a running server, or one turn to change dead letters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LeaseHolder(Arc<str>);

impl LeaseHolder {
    /// Creates a holder that differs from all others.
    #[must_use]
    pub fn unique() -> Self {
        Self(Uuid::new_v4().to_string().into())
    }

    /// Returns the name of the holder.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Leases: exclusive rights for a limited time, through which servers that share a store divide work that only one of
/// them should do. A holder that stops without finishing its work only delays the work until its leases expire.
///
/// A lease is not a lock: a holder that is slower than the duration may still be working when another holder acquires
/// the lease, so the work must be harmless when it is done twice.
#[async_trait]
pub trait Leases: Send + Sync {
    /// Acquires leases, or renews those that the holder has, for `duration` from now. Returns, in the order of `names`,
    /// whether the holder has each of them. A name may be any text, and must always be used with the same duration.
    ///
    /// # Errors
    /// Returns [`crate::Error::Unavailable`] when the store is unreachable; some of the leases may have been acquired.
    async fn acquire(&self, holder: &LeaseHolder, names: &[String], duration: Duration) -> Result<Vec<bool>>;

    /// Releases a lease before it expires. Has no effect if the holder does not have it.
    ///
    /// # Errors
    /// Returns [`crate::Error::Unavailable`] when the store is unreachable; the lease may remain until it expires.
    async fn release(&self, holder: &LeaseHolder, name: &str) -> Result<()>;
}
