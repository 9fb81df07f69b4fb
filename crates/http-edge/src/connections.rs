//! How many sockets there are.

use std::{collections::HashMap, hash::Hash, net::IpAddr, sync::Arc};

use application::place_of;
use domain::UserId;
use parking_lot::Mutex;

/// How many sockets there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionLimits {
    /// Altogether.
    pub all: usize,
    /// From one address.
    pub per_address: usize,
    /// Of one user.
    pub per_user: usize,
}

/// Counts sockets: altogether, by address and by user.
pub struct Connections {
    limits: ConnectionLimits,
    counts: Mutex<Counts>,
    watch: Box<dyn Fn(usize) + Send + Sync>,
}

#[derive(Debug, Default)]
struct Counts {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
    by_user: HashMap<UserId, usize>,
}

/// Why one more socket is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crowded {
    /// The server has as many as it bears.
    Everywhere,
    /// This address has as many as it may have.
    FromAddress,
    /// This user has as many as it may have.
    OfUser,
}

impl Crowded {
    /// In words for the client.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Everywhere => "too many connections",
            Self::FromAddress => "too many connections from this address",
            Self::OfUser => "too many connections of this user",
        }
    }
}

/// One socket's place; dropping it frees the place.
pub struct Place {
    connections: Arc<Connections>,
    address: IpAddr,
    user: Option<UserId>,
}

impl Connections {
    /// At most so many sockets. Whenever their number changes, `watch` is told.
    #[must_use]
    pub fn new(limits: ConnectionLimits, watch: impl Fn(usize) + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self {
            limits,
            counts: Mutex::default(),
            watch: Box::new(watch),
        })
    }

    /// How many sockets there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.counts.lock().all
    }

    /// Takes a place for a socket from an address, or of IPv6 from its network (see [`place_of`]).
    ///
    /// # Errors
    /// Why there is none.
    pub fn enter(self: &Arc<Self>, address: IpAddr) -> Result<Place, Crowded> {
        let address = place_of(address);
        let mut counts = self.counts.lock();
        if counts.all >= self.limits.all {
            return Err(Crowded::Everywhere);
        }
        if !add(&mut counts.by_address, address, self.limits.per_address) {
            return Err(Crowded::FromAddress);
        }
        counts.all += 1;
        (self.watch)(counts.all);
        Ok(Place {
            connections: Arc::clone(self),
            address,
            user: None,
        })
    }
}

impl Place {
    /// Gives the place to a user, who may be known only later than its address.
    ///
    /// # Errors
    /// When that user has as many as it may have.
    pub fn give_to(&mut self, user: UserId) -> Result<(), Crowded> {
        let mut counts = self.connections.counts.lock();
        if !add(&mut counts.by_user, user, self.connections.limits.per_user) {
            return Err(Crowded::OfUser);
        }
        self.user = Some(user);
        Ok(())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.connections.counts.lock();
        counts.all -= 1;
        (self.connections.watch)(counts.all);
        take(&mut counts.by_address, &self.address);
        if let Some(user) = &self.user {
            take(&mut counts.by_user, user);
        }
    }
}

/// Counts one more, unless there are as many as allowed.
fn add<K: Eq + Hash>(counts: &mut HashMap<K, usize>, key: K, most: usize) -> bool {
    let count = counts.entry(key).or_default();
    let has_room = *count < most;
    *count += usize::from(has_room);
    has_room
}

fn take<K: Eq + Hash>(counts: &mut HashMap<K, usize>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

impl std::fmt::Debug for Connections {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connections")
            .field("limits", &self.limits)
            .field("count", &self.count())
            .finish()
    }
}

impl std::fmt::Debug for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Place")
            .field("address", &self.address)
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connections(all: usize, per_address: usize, per_user: usize) -> Arc<Connections> {
        let limits = ConnectionLimits {
            all,
            per_address,
            per_user,
        };
        Connections::new(limits, |_| {})
    }

    #[test]
    fn places_are_limited_and_come_back() {
        let (a, b): (IpAddr, IpAddr) = ([127, 0, 0, 1].into(), [127, 0, 0, 2].into());
        let connections = connections(3, 2, 9);
        let first = connections.enter(a).expect("the first");
        let _second = connections.enter(a).expect("the second");
        assert_eq!(connections.enter(a).err(), Some(Crowded::FromAddress));
        let _third = connections.enter(b).expect("from elsewhere");
        assert_eq!(connections.enter(b).err(), Some(Crowded::Everywhere));
        drop(first);
        assert_eq!(connections.count(), 2);
        assert!(connections.enter(a).is_ok());
    }

    #[test]
    fn a_network_of_ipv6_is_one_address() {
        let at = |address: &str| address.parse::<IpAddr>().expect("an address");
        let connections = connections(9, 1, 9);
        let first = connections.enter(at("2001:db8:1:2::3")).expect("the first");
        let again = connections.enter(at("2001:db8:1:2:ffff::4"));
        assert_eq!(again.err(), Some(Crowded::FromAddress));
        let _neighbour = connections.enter(at("2001:db8:1:3::3")).expect("from elsewhere");
        drop(first);
        assert!(connections.enter(at("2001:db8:1:2:ffff::4")).is_ok());
    }

    #[test]
    fn a_user_has_places_of_its_own_wherever_it_is() {
        let user = UserId::COMMAND_LINE;
        let connections = connections(9, 9, 1);
        let mut first = connections.enter([127, 0, 0, 1].into()).expect("the first");
        let mut second = connections.enter([127, 0, 0, 2].into()).expect("the second");
        assert_eq!(first.give_to(user), Ok(()));
        assert_eq!(second.give_to(user), Err(Crowded::OfUser));
        drop(first);
        assert_eq!(second.give_to(user), Ok(()));
    }
}
