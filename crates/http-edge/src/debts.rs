//! Debts of accounts, for work whose cost is only known afterwards.

use std::collections::HashMap;

use parking_lot::Mutex;

use crate::payer::Payer;

/// Debts by account; accounts without debts have no entry.
#[derive(Debug, Default)]
pub(crate) struct Debts(Mutex<HashMap<Payer, u32>>);

impl Debts {
    /// Adds to an account's debt, up to `limit`.
    pub(crate) fn add(&self, payer: Payer, calls: u32, limit: u32) {
        if calls > 0 {
            let mut debts = self.0.lock();
            let debt = debts.entry(payer).or_default();
            *debt = debt.saturating_add(calls).min(limit);
        }
    }

    /// Pays a debt with the calls that `take` withdraws from the quota; returns the remaining debt.
    pub(crate) fn pay(&self, payer: Payer, take: impl FnOnce(u32) -> u32) -> u32 {
        // Keep the lock until the end: concurrent calls must not pay the same debt twice.
        let mut debts = self.0.lock();
        let Some(debt) = debts.get_mut(&payer) else {
            return 0;
        };
        *debt -= take(*debt).min(*debt);
        let left = *debt;
        if left == 0 {
            debts.remove(&payer);
        }
        left
    }
}
