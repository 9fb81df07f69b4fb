//! Debts for work whose price was only known when it was done.

use std::collections::HashMap;

use parking_lot::Mutex;

use crate::payer::Payer;

/// The debts of accounts. Only those that owe something have an entry.
#[derive(Debug, Default)]
pub(crate) struct Debts(Mutex<HashMap<Payer, u32>>);

impl Debts {
    /// Adds to the debt of an account, up to a limit.
    pub(crate) fn add(&self, payer: Payer, calls: u32, limit: u32) {
        if calls > 0 {
            let mut debts = self.0.lock();
            let debt = debts.entry(payer).or_default();
            *debt = debt.saturating_add(calls).min(limit);
        }
    }

    /// Pays a debt with what `take` gets of the quota; returns what is still owed.
    pub(crate) fn pay(&self, payer: Payer, take: impl FnOnce(u32) -> u32) -> u32 {
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
