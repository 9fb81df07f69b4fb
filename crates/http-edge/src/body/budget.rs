//! Budget for the bytes of bodies in flight.

use std::{collections::HashMap, sync::Arc};

use parking_lot::Mutex;

use super::BodyFault;
use crate::payer::Payer;

/// Limits on the bytes of request bodies in memory, from their arrival until they are parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BodyLimits {
    /// Maximum over all clients, in bytes.
    pub all: usize,
    /// Maximum for one address, and for one user, in bytes.
    pub per_client: usize,
}

impl Default for BodyLimits {
    /// Returns 64 MiB altogether and 32 MiB per client.
    fn default() -> Self {
        Self {
            all: 64 * 1024 * 1024,
            per_client: 32 * 1024 * 1024,
        }
    }
}

/// Counts the bytes of bodies: altogether, by address and by user. Clones share the counts.
///
/// Bytes are counted when they arrive. If announced lengths were counted, a few idle connections could reserve the
/// whole budget at no cost.
#[derive(Debug, Clone)]
pub(crate) struct BodyBudget {
    limits: BodyLimits,
    counts: Arc<Mutex<Counts>>,
}

#[derive(Debug, Default)]
struct Counts {
    all: usize,
    by_client: HashMap<Payer, usize>,
}

impl BodyBudget {
    pub(crate) fn new(limits: BodyLimits) -> Self {
        Self {
            limits,
            counts: Arc::default(),
        }
    }

    /// Starts counting a body for these clients: the sender's address and, if known, the user.
    pub(crate) fn begin(&self, clients: Vec<Payer>) -> Charge {
        Charge {
            budget: self.clone(),
            clients,
            bytes: 0,
        }
    }
}

/// The share of the budget that one body holds. Dropping it releases the bytes.
#[derive(Debug)]
pub(crate) struct Charge {
    budget: BodyBudget,
    clients: Vec<Payer>,
    bytes: usize,
}

impl Charge {
    /// Takes bytes from the budget.
    ///
    /// # Errors
    /// Returns [`BodyFault::ClientIsFull`] or [`BodyFault::ServerIsFull`] if a limit would be exceeded. In that case,
    /// no bytes are taken.
    pub(crate) fn take(&mut self, bytes: usize) -> Result<(), BodyFault> {
        let limits = self.budget.limits;
        let mut counts = self.budget.counts.lock();
        // Check all limits before changing a count, so that a refused body takes nothing.
        let is_full = |client| {
            let held = counts.by_client.get(client).copied().unwrap_or_default();
            held + bytes > limits.per_client
        };
        if self.clients.iter().any(is_full) {
            return Err(BodyFault::ClientIsFull);
        }
        if counts.all + bytes > limits.all {
            return Err(BodyFault::ServerIsFull);
        }
        counts.all += bytes;
        for client in &self.clients {
            *counts.by_client.entry(*client).or_default() += bytes;
        }
        self.bytes += bytes;
        Ok(())
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        let mut counts = self.budget.counts.lock();
        counts.all -= self.bytes;
        for client in &self.clients {
            if let Some(held) = counts.by_client.get_mut(client) {
                *held -= self.bytes;
                if *held == 0 {
                    counts.by_client.remove(client);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::UserId;

    use super::*;

    fn budget() -> BodyBudget {
        BodyBudget::new(BodyLimits {
            all: 100,
            per_client: 60,
        })
    }

    fn address(last: u8) -> Payer {
        Payer::address([10, 0, 0, last].into())
    }

    #[test]
    fn one_client_cannot_use_the_whole_budget() {
        let budget = budget();
        let (mut one, mut again) = (budget.begin(vec![address(1)]), budget.begin(vec![address(1)]));
        assert_eq!(one.take(40), Ok(()));
        assert_eq!(again.take(30), Err(BodyFault::ClientIsFull));
        assert_eq!(again.take(20), Ok(()));
        let mut other = budget.begin(vec![address(2)]);
        assert_eq!(other.take(41), Err(BodyFault::ServerIsFull));
        assert_eq!(other.take(40), Ok(()));
        drop(one);
        assert_eq!(again.take(40), Ok(()));
    }

    #[test]
    fn a_user_is_one_client_from_every_address() {
        let budget = budget();
        let user = Payer::User(UserId::COMMAND_LINE);
        let mut one = budget.begin(vec![address(1), user]);
        let mut other = budget.begin(vec![address(2), user]);
        assert_eq!(one.take(60), Ok(()));
        assert_eq!(other.take(1), Err(BodyFault::ClientIsFull));
    }

    #[test]
    fn clients_without_bodies_take_no_memory() {
        let budget = budget();
        let mut one = budget.begin(vec![address(1)]);
        assert_eq!(one.take(10), Ok(()));
        drop(one);
        let counts = budget.counts.lock();
        assert_eq!((counts.all, counts.by_client.len()), (0, 0));
    }
}
