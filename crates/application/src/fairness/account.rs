//! On whose account work is done.
//!
//! Ports that read take a scope, not an actor, because the scope is all that decides what they give. Who asks decides how
//! long it waits: a store that serves callers in turn asks [`holder`]. An API opens an [`Account`] around the handling of
//! each request; whoever finds out who the caller is, [`assign`]s it. Work outside of an account is the server's own.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
    time::Duration,
};

use domain::{OrganizationId, UserId};

use crate::Actor;

tokio::task_local! {
    static ACCOUNT: Arc<Account>;
}

/// What counts and searches may take of a store's time for the price of a request. A request that takes this many times as
/// long costs as many more requests.
const SCANNING_OF_A_CALL: Duration = Duration::from_millis(10);

/// Who work is done for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holder {
    /// The user.
    pub user: UserId,
    /// The organisation that the user belongs to.
    pub organization: Option<OrganizationId>,
}

impl From<&Actor> for Holder {
    fn from(actor: &Actor) -> Self {
        Self {
            user: actor.user_id,
            organization: actor.organization_id,
        }
    }
}

/// The account of one request.
#[derive(Debug)]
pub struct Account {
    /// Tells it from all others.
    number: u64,
    holder: OnceLock<Holder>,
    scanning_us: AtomicU64,
    calls: AtomicU32,
}

impl Account {
    /// An account whose holder is not known yet.
    #[must_use]
    pub fn open() -> Arc<Self> {
        Arc::new(Self::new())
    }

    fn new() -> Self {
        static ACCOUNTS: AtomicU64 = AtomicU64::new(0);
        Self {
            number: ACCOUNTS.fetch_add(1, Ordering::Relaxed),
            holder: OnceLock::new(),
            scanning_us: AtomicU64::new(0),
            calls: AtomicU32::new(0),
        }
    }

    /// The account of a caller that is known.
    #[must_use]
    pub fn of(actor: &Actor) -> Arc<Self> {
        let account = Self::new();
        let _ = account.holder.set(actor.into());
        Arc::new(account)
    }

    /// Does work on this account.
    pub async fn run<T>(self: Arc<Self>, work: impl Future<Output = T>) -> T {
        ACCOUNT.scope(self, work).await
    }

    /// Whose account it is, if that is known.
    #[must_use]
    pub fn holder(&self) -> Option<Holder> {
        self.holder.get().copied()
    }

    /// The price of the request's scans and of long answers, in requests, beside the one that was paid for the request.
    #[must_use]
    pub fn calls_owed(&self) -> u32 {
        let scanned = self.scanning_us.load(Ordering::Relaxed);
        let calls = u128::from(scanned) / SCANNING_OF_A_CALL.as_micros();
        let calls = u32::try_from(calls).unwrap_or(u32::MAX);
        calls.saturating_add(self.calls.load(Ordering::Relaxed))
    }
}

/// Tells the present account, if there is one, who holds it. The first answer stays.
pub fn assign(actor: &Actor) {
    let _ = ACCOUNT.try_with(|account| account.holder.set(actor.into()));
}

/// Who the present work is done for; nobody for the server's own work, and before the caller is known.
#[must_use]
pub fn holder() -> Option<Holder> {
    ACCOUNT.try_with(|account| account.holder()).ok().flatten()
}

/// Tells the present account from all others; none for the server's own work.
#[must_use]
pub fn number() -> Option<u64> {
    ACCOUNT.try_with(|account| account.number).ok()
}

/// Puts a count or a search that took so much of a store's time on the present account.
pub fn charge_scan(took: Duration) {
    let took = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    let _ = ACCOUNT.try_with(|account| account.scanning_us.fetch_add(took, Ordering::Relaxed));
}

/// Puts the price of a long answer on the present account, in requests beside the one that was paid for it.
pub fn charge_calls(calls: u32) {
    let _ = ACCOUNT.try_with(|account| account.calls.fetch_add(calls, Ordering::Relaxed));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_first_caller_holds_the_account_of_its_request() {
        assert_eq!(holder(), None);
        let account = Account::open();
        let other = Actor {
            user_id: UserId::NOBODY,
            ..Actor::command_line()
        };
        Arc::clone(&account)
            .run(async {
                assert_eq!(holder(), None);
                assign(&Actor::command_line());
                assign(&other);
                assert_eq!(holder().map(|holder| holder.user), Some(UserId::COMMAND_LINE));
            })
            .await;
        assert_eq!(account.holder(), Some(Holder::from(&Actor::command_line())));
        assert_eq!(holder(), None, "it ends with the request");
    }

    #[tokio::test]
    async fn scans_cost_what_they_take_beyond_the_price_of_the_request() {
        let account = Account::of(&Actor::command_line());
        let scans = |times: &'static [u64]| {
            let account = Arc::clone(&account);
            account.run(async move {
                for ms in times {
                    charge_scan(Duration::from_millis(*ms));
                }
            })
        };
        scans(&[3, 6]).await;
        assert_eq!(account.calls_owed(), 0);
        scans(&[1, 500]).await;
        assert_eq!(account.calls_owed(), 51);
        charge_scan(Duration::from_secs(1));
        assert_eq!(account.calls_owed(), 51, "the server's own");
    }
}
