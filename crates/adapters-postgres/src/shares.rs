//! Shares of the connection pool by user, organisation and process.
//!
//! A pool alone serves in the order of arrival, so that one caller with a hundred queries makes everybody wait for all of
//! them. Here a caller, and an organisation, has a share of the pool; what it asks beyond that waits in its own queue.

use std::{sync::Arc, time::Duration};

use application::{
    Error, Result,
    fairness::{Crowded, LanePermit, Lanes, account::Holder},
};
use domain::{OrganizationId, UserId};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use crate::failure::DATABASE;

/// How long a query may wait for its turn.
const PATIENCE: Duration = Duration::from_secs(5);

/// How many queries of one user, and of one organisation, may wait.
const QUEUE_OF_A_USER: usize = 200;
const QUEUE_OF_AN_ORGANIZATION: usize = 1_000;

/// When a caller may try again whose queries did not get their turn.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The shares of a pool.
pub(crate) struct Shares {
    users: Arc<Lanes<UserId>>,
    organizations: Arc<Lanes<OrganizationId>>,
    /// For all callers together. The rest is for imports and for the server's own work, such as finding out who calls.
    callers: Arc<Semaphore>,
}

/// The places that a query has taken.
pub(crate) struct PoolShare {
    _user: LanePermit<UserId>,
    _organization: Option<LanePermit<OrganizationId>>,
    _caller: OwnedSemaphorePermit,
}

/// Why a caller did not get a connection.
#[derive(Debug, thiserror::Error)]
#[error("all connections are in use")]
struct AllInUse;

impl Shares {
    pub(crate) fn of(pool_size: usize) -> Self {
        let callers = (pool_size - pool_size / 4)
            .min(pool_size.saturating_sub(1))
            .max(1);
        let of_a_user = (pool_size / 4).max(2).min(callers);
        let of_an_organization = (pool_size / 2).max(2).min(callers);
        Self {
            users: Lanes::new(of_a_user, QUEUE_OF_A_USER, PATIENCE),
            organizations: Lanes::new(of_an_organization, QUEUE_OF_AN_ORGANIZATION, PATIENCE),
            callers: Arc::new(Semaphore::new(callers)),
        }
    }

    /// Waits for a caller's turn. The narrowest share comes first: who waits for its own share holds no place in another.
    ///
    /// # Errors
    /// [`Error::RateLimited`] when the caller, or its organisation, asks too much at once; [`Error::Unavailable`] when
    /// all callers together do.
    pub(crate) async fn turn_of(&self, holder: Holder) -> Result<PoolShare> {
        let too_many = |Crowded| Error::RateLimited {
            what: "queries at once",
            retry_after: RETRY_AFTER,
        };
        let user = self.users.enter(holder.user).await.map_err(too_many)?;
        let organization = match holder.organization {
            Some(id) => Some(self.organizations.enter(id).await.map_err(too_many)?),
            None => None,
        };
        let caller = timeout(PATIENCE, Arc::clone(&self.callers).acquire_owned()).await;
        let caller = caller.map_err(|_| Error::unavailable(DATABASE, AllInUse))?;
        Ok(PoolShare {
            _user: user,
            _organization: organization,
            _caller: caller.map_err(|_| Error::unavailable(DATABASE, AllInUse))?,
        })
    }
}
