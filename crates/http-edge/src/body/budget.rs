//! Bytes of bodies in flight.

use std::{collections::HashMap, sync::Arc};

use parking_lot::Mutex;

use super::BodyFault;
use crate::payer::Payer;

/// How many bytes of bodies there may be at once: from the first that arrives until the body is parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BodyLimits {
    /// Altogether.
    pub all: usize,
    /// From one address, and of one user.
    pub per_client: usize,
}

impl Default for BodyLimits {
    /// 64 MiB altogether, of which a client has at most half.
    fn default() -> Self {
        Self {
            all: 64 * 1024 * 1024,
            per_client: 32 * 1024 * 1024,
        }
    }
}

/// Counts bytes of bodies: altogether, by address and by user. Clones share the counts.
///
/// Bytes count as they arrive, not as they are announced: an announced length costs its sender nothing, and would let
/// a few idle connections use up the room of all.
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

    /// Begins a body of these clients: an address, and a user when it is known.
    pub(crate) fn begin(&self, clients: Vec<Payer>) -> Charge {
        Charge {
            budget: self.clone(),
            clients,
            bytes: 0,
        }
    }
}

/// What one body takes of the budget. Dropping it gives it back.
#[derive(Debug)]
pub(crate) struct Charge {
    budget: BodyBudget,
    clients: Vec<Payer>,
    bytes: usize,
}

impl Charge {
    /// Takes some more bytes.
    ///
    /// # Errors
    /// When there is no room for them; nothing is taken then.
    pub(crate) fn take(&mut self, bytes: usize) -> Result<(), BodyFault> {
        let limits = self.budget.limits;
        let mut counts = self.budget.counts.lock();
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
    fn a_client_leaves_room_for_others() {
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
    fn a_user_is_one_client_from_wherever() {
        let budget = budget();
        let user = Payer::User(UserId::COMMAND_LINE);
        let mut one = budget.begin(vec![address(1), user]);
        let mut other = budget.begin(vec![address(2), user]);
        assert_eq!(one.take(60), Ok(()));
        assert_eq!(other.take(1), Err(BodyFault::ClientIsFull));
    }

    #[test]
    fn nothing_is_remembered_of_clients_without_bodies() {
        let budget = budget();
        let mut one = budget.begin(vec![address(1)]);
        assert_eq!(one.take(10), Ok(()));
        drop(one);
        let counts = budget.counts.lock();
        assert_eq!((counts.all, counts.by_client.len()), (0, 0));
    }
}
