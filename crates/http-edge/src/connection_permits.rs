//! Limits on sockets and streams: altogether, by address and by user.

use std::{collections::HashMap, fmt, hash::Hash, net::IpAddr, sync::Arc};

use actix_web::http::StatusCode;
use application::{Origin, place_of};
use domain::UserId;
use parking_lot::Mutex;

/// Maximum numbers of sockets and streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionLimits {
    /// Maximum over all clients.
    pub all: usize,
    /// Maximum from one address; for IPv6, from one /64 network.
    pub per_address: usize,
    /// Maximum for one user.
    pub per_user: usize,
}

/// Counts sockets and streams: altogether, by address and by user.
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

/// The limit that prevents another socket or stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crowded {
    /// The server has the maximum number of connections.
    Everywhere,
    /// The address has the maximum number of connections.
    FromAddress,
    /// The user has the maximum number of connections.
    OfUser,
}

impl Crowded {
    #[must_use]
    pub const fn status(self) -> StatusCode {
        match self {
            Self::Everywhere => StatusCode::SERVICE_UNAVAILABLE,
            Self::FromAddress | Self::OfUser => StatusCode::TOO_MANY_REQUESTS,
        }
    }
}

impl fmt::Display for Crowded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Everywhere => "too many connections",
            Self::FromAddress => "too many connections from this address",
            Self::OfUser => "too many connections from this user",
        })
    }
}

/// A permit for one socket or stream. It is released when dropped.
pub struct ConnectionPermit {
    connections: Arc<Connections>,
    address: IpAddr,
    user: Option<UserId>,
}

impl Connections {
    /// Creates the counts, which start at zero. `watch` is called with the new total after each change, while the
    /// counts are locked.
    #[must_use]
    pub fn new(limits: ConnectionLimits, watch: impl Fn(usize) + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self {
            limits,
            counts: Mutex::default(),
            watch: Box::new(watch),
        })
    }

    #[must_use]
    pub fn count(&self) -> usize {
        self.counts.lock().all
    }

    /// Takes a permit for a socket whose user is not known yet. It counts towards the client's address or, for IPv6,
    /// its network (see [`place_of`]).
    ///
    /// # Errors
    /// Returns [`Crowded`] if a limit is reached.
    pub fn admit(self: &Arc<Self>, origin: &Origin) -> Result<ConnectionPermit, Crowded> {
        self.enter(origin.address.unwrap_or(IpAddr::from([0, 0, 0, 0])))
    }

    fn enter(self: &Arc<Self>, address: IpAddr) -> Result<ConnectionPermit, Crowded> {
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
        Ok(ConnectionPermit {
            connections: Arc::clone(self),
            address,
            user: None,
        })
    }

    /// Takes a permit for a socket or stream of a known user.
    ///
    /// # Errors
    /// Returns [`Crowded`] if a limit is reached.
    pub fn admit_user(self: &Arc<Self>, origin: &Origin, user: UserId) -> Result<ConnectionPermit, Crowded> {
        let mut permit = self.admit(origin)?;
        // On failure the permit is dropped, so the address's count is decremented again.
        permit.assign(user)?;
        Ok(permit)
    }
}

impl ConnectionPermit {
    /// Counts the socket or stream towards the limit of its user, who may only become known after the handshake. Must
    /// be called at most once.
    ///
    /// # Errors
    /// Returns [`Crowded::OfUser`] if the user's limit is reached.
    pub fn assign(&mut self, user: UserId) -> Result<(), Crowded> {
        let mut counts = self.connections.counts.lock();
        if !add(&mut counts.by_user, user, self.connections.limits.per_user) {
            return Err(Crowded::OfUser);
        }
        self.user = Some(user);
        Ok(())
    }
}

impl Drop for ConnectionPermit {
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

/// Increments a count unless it has reached `most`; returns `true` on success.
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

impl fmt::Debug for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connections")
            .field("limits", &self.limits)
            .field("count", &self.count())
            .finish()
    }
}

impl fmt::Debug for ConnectionPermit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectionPermit")
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
    fn permits_are_limited_and_returned_when_dropped() {
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
    fn an_ipv6_network_is_one_address() {
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
    fn a_users_limit_covers_all_addresses() {
        let user = UserId::COMMAND_LINE;
        let connections = connections(9, 9, 1);
        let mut first = connections.enter([127, 0, 0, 1].into()).expect("the first");
        let mut second = connections.enter([127, 0, 0, 2].into()).expect("the second");
        assert_eq!(first.assign(user), Ok(()));
        assert_eq!(second.assign(user), Err(Crowded::OfUser));
        drop(first);
        assert_eq!(second.assign(user), Ok(()));
    }
}
