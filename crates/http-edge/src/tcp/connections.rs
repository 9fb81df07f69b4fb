//! All connections of HTTP clients.

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

/// How often it is looked for connections whose clients take too long.
const SWEEP_EVERY: Duration = Duration::from_secs(1);

/// How long the rest of a body that is not wanted is read after the answer, at most. A connection that is closed with bytes
/// unread is reset, and many clients look for an answer only when all is sent. The largest file takes as long at 4 Mbit/s.
/// Meanwhile the connection is as dispensable as an idle one.
pub const BODY_REST: Duration = Duration::from_secs(30);

/// The same for a socket that the server has closed, and for everything when the server stops.
const SHORT_REST: Duration = Duration::from_secs(3);

/// How long a client may pause in sending it.
const REST_PAUSE: Duration = Duration::from_secs(5);

/// When there is no room, one connection in so many is closed at once: looking for the oldest means looking at all.
const SHED_ONE_IN: usize = 64;

/// How many connections there may be, and how long each may be idle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionRules {
    /// Altogether, open sockets among them: as many as there are descriptors for.
    pub all: usize,
    /// From one address (of IPv6, its /64). Trusted proxies and open sockets don't count.
    pub per_address: usize,
    /// How long a connection is kept for the next request.
    pub idle: Duration,
    /// How long the head of a request may take, the first one from the connection's begin.
    pub head: Duration,
}

/// All connections of HTTP clients.
#[derive(Debug)]
pub struct ClientConnections {
    rules: ConnectionRules,
    proxies: TrustedProxies,
    open: Mutex<Open>,
    is_stopping: AtomicBool,
}

#[derive(Debug, Default)]
struct Open {
    connections: HashMap<u64, Arc<Connection>>,
    by_address: HashMap<IpAddr, usize>,
    next: u64,
}

/// A connection's entry in the list of all. Dropping it takes it out.
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
    /// None yet.
    #[must_use]
    pub fn new(rules: ConnectionRules, proxies: TrustedProxies) -> Arc<Self> {
        Arc::new(Self {
            rules,
            proxies,
            open: Mutex::default(),
            is_stopping: AtomicBool::new(false),
        })
    }

    /// Lists a connection, which counts for an address, if for any.
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

    /// Returns whether connections from an address count for it: those of trusted proxies don't.
    pub(super) fn counts(&self, peer: IpAddr) -> bool {
        !self.proxies.trust(peer)
    }

    fn number(&self, counts_for: Option<IpAddr>, connection: &Arc<Connection>) -> Result<u64, StatusCode> {
        let mut open = self.open.lock();
        if let Some(address) = counts_for
            && open
                .by_address
                .get(&address)
                .is_some_and(|count| *count >= self.rules.per_address)
        {
            return Err(StatusCode::TOO_MANY_REQUESTS);
        }
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

    /// Lets a connection not count for its address any more.
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

    /// From now on no client may take long to send what is not read: the server stops.
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

    /// Closes connections whose clients take too long, for as long as it is polled.
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

/// Closes the most dispensable connections; tells whether there were any.
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
