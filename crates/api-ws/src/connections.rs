//! How many sockets there are.

use std::{collections::HashMap, net::IpAddr, sync::Arc};

use metrics::gauge;
use parking_lot::Mutex;

/// Counts sockets, altogether and by address.
#[derive(Debug)]
pub struct Connections {
    max: usize,
    max_per_address: usize,
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// Why one more socket is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The server has as many as it bears.
    Full,
    /// This address has as many as it may have.
    TooManyFromAddress,
}

/// One socket's place; dropping it frees the place.
#[derive(Debug)]
pub(crate) struct Place {
    connections: Arc<Connections>,
    address: IpAddr,
}

impl Connections {
    /// At most `max` sockets altogether and `max_per_address` from one address.
    #[must_use]
    pub fn new(max: usize, max_per_address: usize) -> Arc<Self> {
        Arc::new(Self {
            max,
            max_per_address,
            counts: Mutex::default(),
        })
    }

    /// How many sockets there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.counts.lock().all
    }

    pub(crate) fn enter(self: &Arc<Self>, address: IpAddr) -> Result<Place, Refusal> {
        let mut counts = self.counts.lock();
        if counts.all >= self.max {
            return Err(Refusal::Full);
        }
        let from_address = counts.by_address.entry(address).or_default();
        if *from_address >= self.max_per_address {
            return Err(Refusal::TooManyFromAddress);
        }
        *from_address += 1;
        counts.all += 1;
        gauge!("fleetwatch_ws_connections").set(counts.all as f64);
        Ok(Place {
            connections: Arc::clone(self),
            address,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.connections.counts.lock();
        counts.all -= 1;
        gauge!("fleetwatch_ws_connections").set(counts.all as f64);
        if let Some(from_address) = counts.by_address.get_mut(&self.address) {
            *from_address -= 1;
            if *from_address == 0 {
                counts.by_address.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_limited_and_come_back() {
        let (a, b): (IpAddr, IpAddr) = ([127, 0, 0, 1].into(), [127, 0, 0, 2].into());
        let connections = Connections::new(3, 2);
        let first = connections.enter(a).expect("the first");
        let _second = connections.enter(a).expect("the second");
        assert_eq!(connections.enter(a).err(), Some(Refusal::TooManyFromAddress));
        let _third = connections.enter(b).expect("from elsewhere");
        assert_eq!(connections.enter(b).err(), Some(Refusal::Full));
        drop(first);
        assert_eq!(connections.count(), 2);
        assert!(connections.enter(a).is_ok());
    }
}
