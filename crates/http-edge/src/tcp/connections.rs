//! The list of all connections of HTTP clients.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use actix_web::http::StatusCode;
use observability::metrics::names;
use parking_lot::Mutex;
use tokio::time::interval;

use super::connection::{Connection, Ending, Patience, Use};
use crate::address::TrustedProxies;

/// Interval of the search for connections that have exceeded a time limit.
const SWEEP_EVERY: Duration = Duration::from_secs(1);

/// Maximum time for which the rest of a refused body is read after the response. A connection that is closed with
/// unread bytes is reset, and many clients read the response only after they have sent everything. At 4.5 Mbit/s, the
/// largest file arrives in this time. Meanwhile, the connection is as dispensable as an idle one.
pub const BODY_REST: Duration = Duration::from_secs(30);

/// Shorter limit for sockets that the server has closed, and for request bodies while the server shuts down.
const SHORT_REST: Duration = Duration::from_secs(3);

/// Maximum pause of a client whose bytes are being discarded.
const REST_PAUSE: Duration = Duration::from_secs(5);

/// One out of this number of connections is closed when there is no room. Several are closed at once, because finding
/// the most dispensable ones means scanning the whole list.
const SHED_ONE_IN: usize = 64;

/// Limits on the number and idle time of connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionRules {
    /// Maximum number of all connections, including open sockets. It must not exceed the available file descriptors.
    pub all: usize,
    /// Maximum number from one address (for IPv6, from one /64 network). Trusted proxies and open sockets are not
    /// counted.
    pub per_address: usize,
    /// Time for which an idle connection is kept open.
    pub idle: Duration,
    /// Time limit for the head of a request; for the first one, from the opening of the connection.
    pub head: Duration,
}

/// All connections of HTTP clients.
#[derive(Debug)]
pub struct ClientConnections {
    rules: ConnectionRules,
    proxies: TrustedProxies,
    open: Mutex<Open>,
    is_draining: AtomicBool,
    is_stopping: AtomicBool,
}

#[derive(Debug, Default)]
struct Open {
    connections: HashMap<u64, Arc<Connection>>,
    by_address: HashMap<IpAddr, usize>,
    next: u64,
}

/// A connection's entry in the list. Dropping it removes the entry.
#[derive(Debug)]
pub(super) struct Admitted {
    number: u64,
    connection: Arc<Connection>,
    all: Arc<ClientConnections>,
}

impl Admitted {
    pub(super) const fn connection(&self) -> &Arc<Connection> {
        &self.connection
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        let mut open = self.all.open.lock();
        open.connections.remove(&self.number);
        self.all.count_no_more(&mut open, &self.connection);
        gauge(&open);
    }
}

impl ClientConnections {
    #[must_use]
    pub fn new(rules: ConnectionRules, proxies: TrustedProxies) -> Arc<Self> {
        Arc::new(Self {
            rules,
            proxies,
            open: Mutex::default(),
            is_draining: AtomicBool::new(false),
            is_stopping: AtomicBool::new(false),
        })
    }

    /// Adds a connection to the list and counts it towards `counts_for`, if given. If a limit is reached, returns the
    /// status of the refusal.
    pub(super) fn enter(self: &Arc<Self>, counts_for: Option<IpAddr>) -> Result<Admitted, StatusCode> {
        let connection = Arc::new(Connection::new(counts_for));
        let number = self.number(counts_for, &connection)?;
        let all = Arc::clone(self);
        Ok(Admitted {
            number,
            connection,
            all,
        })
    }

    /// Returns `true` if connections from an address count towards its limit. Those from trusted proxies do not.
    pub(super) fn counts(&self, peer: IpAddr) -> bool {
        !self.proxies.trust(peer)
    }

    fn number(&self, counts_for: Option<IpAddr>, connection: &Arc<Connection>) -> Result<u64, StatusCode> {
        let mut open = self.open.lock();
        // Check the address first: a client at its own limit must not cause other clients' connections to be closed.
        if let Some(address) = counts_for
            && open
                .by_address
                .get(&address)
                .is_some_and(|count| *count >= self.rules.per_address)
        {
            return Err(StatusCode::TOO_MANY_REQUESTS);
        }
        // Shed connections stay in the list until their streams are dropped, so the total may exceed the limit briefly.
        if open.connections.len() >= self.rules.all && !shed(&open) {
            return Err(StatusCode::SERVICE_UNAVAILABLE);
        }
        if let Some(address) = counts_for {
            *open.by_address.entry(address).or_default() += 1;
        }
        let number = open.next;
        open.next += 1;
        open.connections.insert(number, Arc::clone(connection));
        gauge(&open);
        Ok(number)
    }

    /// Stops counting a connection towards its address.
    pub(super) fn stops_counting(&self, connection: &Connection) {
        self.count_no_more(&mut self.open.lock(), connection);
    }

    fn count_no_more(&self, open: &mut Open, connection: &Connection) {
        if let Some(address) = connection.count_no_more()
            && let Some(count) = open.by_address.get_mut(&address)
        {
            *count -= 1;
            if *count == 0 {
                open.by_address.remove(&address);
            }
        }
    }

    /// Returns `true` if no connection is open.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.open.lock().connections.is_empty()
    }

    /// Makes every response announce the end of its connection, so that proxies use other servers for later requests.
    /// Called when the server stops, some time before it closes connections.
    pub fn drain(&self) {
        self.is_draining.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_draining(&self) -> bool {
        self.is_draining.load(Ordering::Relaxed)
    }

    /// Shortens the time limit for discarded bodies. Called when the server starts to shut down.
    pub fn hurry(&self) {
        self.is_stopping.store(true, Ordering::Relaxed);
    }

    fn patience(&self) -> Patience {
        Patience {
            idle: self.rules.idle,
            head: self.rules.head,
            body_rest: match self.is_stopping.load(Ordering::Relaxed) {
                true => SHORT_REST,
                false => BODY_REST,
            },
            socket_rest: SHORT_REST,
            pause: REST_PAUSE,
        }
    }

    /// Closes connections that have exceeded a time limit, for as long as the future is polled.
    pub async fn sweep(&self) {
        let mut ticks = interval(SWEEP_EVERY);
        loop {
            ticks.tick().await;
            let patience = self.patience();
            let mut slow = 0;
            for connection in self.open.lock().connections.values() {
                if let Some(ending) = connection.overdue(patience)
                    && connection.ending().is_none()
                {
                    connection.end(ending);
                    slow += u64::from(ending == Ending::HeadTooSlow);
                }
            }
            count("slow", slow);
        }
    }
}

/// Closes the most dispensable connections; returns `true` if any were found.
fn shed(open: &Open) -> bool {
    let used = |connection: &Arc<Connection>| Some((connection.dispensable()?, Arc::clone(connection)));
    let mut dispensable: Vec<(Use, Arc<Connection>)> = open.connections.values().filter_map(used).collect();
    let wanted = (open.connections.len() / SHED_ONE_IN).max(1);
    if dispensable.len() > wanted {
        dispensable.select_nth_unstable_by_key(wanted - 1, |(used, _)| *used);
        dispensable.truncate(wanted);
    }
    for (_, connection) in &dispensable {
        connection.end(Ending::Quietly);
    }
    count("shed", dispensable.len() as u64);
    !dispensable.is_empty()
}

fn gauge(open: &Open) {
    metrics::gauge!(names::HTTP_CONNECTIONS).set(open.connections.len() as f64);
}

pub(super) fn count(reason: &'static str, connections: u64) {
    if connections > 0 {
        metrics::counter!(names::HTTP_CONNECTIONS_CLOSED_TOTAL, "reason" => reason).increment(connections);
    }
}
