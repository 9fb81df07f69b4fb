//! Accounts, which attribute work to the requests that caused it.
//!
//! The reading methods of ports take a scope instead of an actor, because the scope alone determines the result. A
//! store that shares its capacity fairly among callers finds the caller through [`holder`]. An API opens an [`Account`]
//! around the handling of each request, and [`assign`]s the caller once it is known. Work outside any account is the
//! server's own.

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

/// Scanning time that costs as much as one request.
const SCANNING_OF_A_CALL: Duration = Duration::from_millis(10);

/// The caller for which work is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holder {
    pub user: UserId,
    /// Organisation of the user; `None` if the user belongs to none.
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

#[derive(Debug)]
pub struct Account {
    number: u64,
    holder: OnceLock<Holder>,
    scanning_us: AtomicU64,
    calls: AtomicU32,
}

impl Account {
    /// Returns an account whose caller is not known yet.
    #[must_use]
    pub fn open() -> Arc<Self> {
        Arc::new(Self::new())
    }

    fn new() -> Self {
        static ACCOUNTS: AtomicU64 = AtomicU64::new(0);
        Self {
            // Relaxed suffices: the numbers only have to be distinct.
            number: ACCOUNTS.fetch_add(1, Ordering::Relaxed),
            holder: OnceLock::new(),
            scanning_us: AtomicU64::new(0),
            calls: AtomicU32::new(0),
        }
    }

    /// Returns the account of a known caller.
    #[must_use]
    pub fn of(actor: &Actor) -> Arc<Self> {
        let account = Self::new();
        let _ = account.holder.set(actor.into());
        Arc::new(account)
    }

    /// Runs `work` with this account as the current one.
    pub async fn run<T>(self: Arc<Self>, work: impl Future<Output = T>) -> T {
        ACCOUNT.scope(self, work).await
    }

    /// Returns the caller; `None` while it is not known.
    #[must_use]
    pub fn holder(&self) -> Option<Holder> {
        self.holder.get().copied()
    }

    /// Returns the cost of scans and long answers as a number of requests, in addition to the request itself.
    #[must_use]
    pub fn calls_owed(&self) -> u32 {
        let scanned = self.scanning_us.load(Ordering::Relaxed);
        let calls = u128::from(scanned) / SCANNING_OF_A_CALL.as_micros();
        let calls = u32::try_from(calls).unwrap_or(u32::MAX);
        calls.saturating_add(self.calls.load(Ordering::Relaxed))
    }
}

/// Sets the caller of the current account, if there is an account. Only the first call has an effect.
pub fn assign(actor: &Actor) {
    let _ = ACCOUNT.try_with(|account| account.holder.set(actor.into()));
}

/// Returns the caller for which the current work is done; `None` for the server's own work, and before the caller is
/// known.
#[must_use]
pub fn holder() -> Option<Holder> {
    ACCOUNT.try_with(|account| account.holder()).ok().flatten()
}

/// Returns the number of the current account; `None` for the server's own work.
#[must_use]
pub fn number() -> Option<u64> {
    ACCOUNT.try_with(|account| account.number).ok()
}

/// Charges the current account for a scan, such as a count or a search, that took a store this long.
pub fn charge_scan(took: Duration) {
    let took = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    let _ = ACCOUNT.try_with(|account| account.scanning_us.fetch_add(took, Ordering::Relaxed));
}

/// Charges the current account for a long answer. `calls` is its cost as a number of requests, in addition to the
/// request itself.
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
            user_id: UserId::ANONYMOUS,
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
    async fn scans_cost_one_request_per_10_ms() {
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
        assert_eq!(account.calls_owed(), 51, "the server's own work");
    }
}
