//! Leases of a single server.

use std::{collections::HashMap, time::Duration};

use application::{
    Result,
    ports::{LeaseHolder, Leases},
};
use async_trait::async_trait;
use parking_lot::Mutex;
use tokio::time::Instant;

/// Number of leases above which expired ones are removed.
const SWEEP_ABOVE: usize = 1_024;

/// Leases inside this process.
#[derive(Debug, Default)]
pub struct MemoryLeases {
    held: Mutex<HashMap<String, Lease>>,
}

#[derive(Debug)]
struct Lease {
    holder: LeaseHolder,
    expires_at: Instant,
}

#[async_trait]
impl Leases for MemoryLeases {
    async fn acquire(&self, holder: &LeaseHolder, names: &[String], duration: Duration) -> Result<Vec<bool>> {
        let now = Instant::now();
        let mut held = self.held.lock();
        if held.len() > SWEEP_ABOVE {
            held.retain(|_, lease| lease.expires_at > now);
        }
        let acquired = names.iter().map(|name| {
            let is_held = held
                .get(name)
                .is_some_and(|lease| lease.holder != *holder && lease.expires_at > now);
            if !is_held {
                let lease = Lease {
                    holder: holder.clone(),
                    expires_at: now + duration,
                };
                held.insert(name.clone(), lease);
            }
            !is_held
        });
        Ok(acquired.collect())
    }

    async fn release(&self, holder: &LeaseHolder, name: &str) -> Result<()> {
        let mut held = self.held.lock();
        if held.get(name).is_some_and(|lease| lease.holder == *holder) {
            held.remove(name);
        }
        Ok(())
    }
}
