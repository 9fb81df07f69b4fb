//! Shares of the connection pool: of each user, of each organisation, and of all callers.
//!
//! A plain pool serves queries in order of arrival, so one caller with a hundred queries would make all others wait.
//! Here, every user and every organisation has a share of the pool; queries beyond that wait in a separate queue.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use application::{
    Error, GivenUp, Result,
    fairness::{Crowded, LanePermit, Lanes, account::Holder},
};
use domain::{OrganizationId, UserId};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use crate::failure::DATABASE;

/// Maximum time that a query waits for each of its shares.
const PATIENCE: Duration = Duration::from_secs(5);

/// Maximum number of waiting queries per user.
const QUEUE_OF_A_USER: usize = 200;
/// Maximum number of waiting queries per organisation.
const QUEUE_OF_AN_ORGANIZATION: usize = 1_000;

/// Suggested delay before the next attempt of a caller whose query did not get its turn.
const RETRY_AFTER: Duration = Duration::from_secs(1);

pub(crate) struct Shares {
    users: Arc<Lanes<UserId>>,
    organizations: Arc<Lanes<OrganizationId>>,
    /// Connections for all callers together. The others are for imports and for the server's own work, such as looking
    /// up callers.
    callers: Arc<Semaphore>,
    /// Number of queries that are waiting for their turns.
    waiting: AtomicUsize,
}

/// A query that is waiting for its turn, until this value is dropped.
struct WaitingQuery<'a>(&'a AtomicUsize);

impl<'a> WaitingQuery<'a> {
    fn count(waiting: &'a AtomicUsize) -> Self {
        waiting.fetch_add(1, Ordering::Relaxed);
        Self(waiting)
    }
}

impl Drop for WaitingQuery<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Permits of one query.
pub(crate) struct PoolShare {
    _user: LanePermit<UserId>,
    _organization: Option<LanePermit<OrganizationId>>,
    _caller: OwnedSemaphorePermit,
}

impl Shares {
    pub(crate) fn of(pool_size: usize) -> Self {
        // At least one connection is left for other work, unless there is only one. The alert FleetwatchPoolExhausted
        // calculates the same number.
        let callers = (pool_size - pool_size / 4)
            .min(pool_size.saturating_sub(1))
            .max(1);
        let of_a_user = (pool_size / 4).max(2).min(callers);
        let of_an_organization = (pool_size / 2).max(2).min(callers);
        Self {
            users: Lanes::new(of_a_user, QUEUE_OF_A_USER, PATIENCE),
            organizations: Lanes::new(of_an_organization, QUEUE_OF_AN_ORGANIZATION, PATIENCE),
            callers: Arc::new(Semaphore::new(callers)),
            waiting: AtomicUsize::new(0),
        }
    }

    /// Returns the number of queries that are waiting for their turns.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Waits for a caller's turn. The narrowest share is acquired first, so that a query that waits for it holds no
    /// other permit.
    ///
    /// # Errors
    /// Returns [`Error::RateLimited`] if the user or the user's organisation runs too many concurrent queries, and
    /// [`Error::Unavailable`] if all callers together do.
    pub(crate) async fn turn_of(&self, holder: Holder) -> Result<PoolShare> {
        // This is also dropped if the caller is dropped while it is waiting.
        let _waiting = WaitingQuery::count(&self.waiting);
        let too_many = |Crowded| Error::RateLimited {
            what: "concurrent queries",
            retry_after: RETRY_AFTER,
        };
        let user = self.users.enter(holder.user).await.map_err(too_many)?;
        let organization = match holder.organization {
            Some(id) => Some(self.organizations.enter(id).await.map_err(too_many)?),
            None => None,
        };
        let caller = timeout(PATIENCE, Arc::clone(&self.callers).acquire_owned()).await;
        let caller = caller.map_err(|_| Error::given_up(DATABASE, GivenUp::NoConnection(PATIENCE)))?;
        Ok(PoolShare {
            _user: user,
            _organization: organization,
            _caller: caller.expect("the semaphore is never closed"),
        })
    }
}
