//! The subscriptions of one subscriber, at all servers that deliver its channels.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use fred::types::config::Config;
use tokio::{
    sync::{Notify, watch},
    time::{Instant, sleep},
};
use uuid::Uuid;

use super::{channels::Channels, inbox::Connections, link::Link};
use crate::{
    topology::{Known, Layout, Topology},
    url::Node,
};

/// Pause between two requests to determine the masters while a subscription is missing.
const PAUSE: Duration = Duration::from_millis(200);
/// Time after which the subscriptions to the plain channels move from a failed server to another one, even if no link
/// to another one is up.
const PATIENCE: Duration = Duration::from_millis(500);

/// Minimum capacity of the queue of one connection, in messages, if the subscription has several connections.
const LEAST_WAITING: usize = 4_096;

/// Whether published messages arrive. Receivers notice every change, even one that is reverted before they check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// No attempt to subscribe has succeeded or failed yet.
    Trying,
    /// All subscriptions are confirmed.
    Up,
    /// A subscription is missing. Messages on other channels may still arrive.
    Down,
}

/// Keeps the subscriptions to channels. With a single server or Sentinel, all of them are made at the master. In a
/// cluster, those to the plain channels are made at any one master, and that to each sharded channel at the master of
/// its slot.
pub(super) struct Subscription {
    config: Config,
    topology: Arc<Topology>,
    channels: Channels,
    /// Number of messages that may wait, in the queues of all connections together.
    waiting: usize,
    connections: Connections,
    state: watch::Sender<State>,
    links: BTreeMap<Node, Held>,
    plain: Option<Plain>,
    /// Notified of every change of a link's state.
    changed: Arc<Notify>,
}

struct Held {
    link: Link,
    /// Number of losses that have been reported.
    losses: u64,
}

/// The server of the plain channels.
struct Plain {
    server: Node,
    /// Time since which its link has been failing; `None` while it works.
    fails_since: Option<Instant>,
}

impl Subscription {
    pub(super) fn new(
        config: Config,
        topology: Arc<Topology>,
        channels: Channels,
        waiting: usize,
        connections: Connections,
        state: watch::Sender<State>,
    ) -> Self {
        Self {
            config,
            topology,
            channels,
            waiting,
            connections,
            state,
            links: BTreeMap::new(),
            plain: None,
            changed: Arc::default(),
        }
    }

    /// Keeps the subscriptions until the future or the receiver of the messages is dropped.
    pub(super) async fn keep(mut self) {
        let mut known = self.topology.follow();
        while !self.connections.is_closed() {
            let now = known.borrow_and_update().clone();
            let state = match now {
                Known::Nothing => State::Trying,
                Known::Failure(_) => State::Down,
                Known::Layout(layout) => self.arrange(&layout).await,
            };
            self.report(state);
            tokio::select! {
                changed = known.changed() => if changed.is_err() { return },
                () = self.changed.notified() => {}
                () = sleep(PAUSE), if state != State::Up => self.topology.doubt(),
            }
        }
    }

    /// Starts and stops links, so that there is one to each server that is needed. Returns their combined state.
    async fn arrange(&mut self, layout: &Layout) -> State {
        let Some(plain_at) = self.server_of_plain_channels(layout) else {
            return State::Down;
        };
        let (plan, is_complete) = self.channels.plan(layout, &plain_at);
        self.links.retain(|server, _| plan.contains_key(server));
        // The queue of a connection takes memory even while it is empty, so the connections share the limit.
        let waiting = (self.waiting / plan.len().max(1)).max(LEAST_WAITING.min(self.waiting));
        for (server, wanted) in plan {
            if let Some(held) = self.links.get(&server) {
                held.link.want(wanted);
                continue;
            }
            let changed = Arc::clone(&self.changed);
            let (link, messages) = Link::start(&self.config, &server, waiting, wanted, changed);
            self.links.insert(server, Held { link, losses: 0 });
            // Fails if the receiver was dropped, which the caller checks.
            let _ = self.connections.send(messages).await;
        }
        if is_complete && self.links.values().all(|held| held.link.is_up()) {
            State::Up
        } else if is_complete && !self.links.values().any(|held| held.link.has_failed()) {
            State::Trying
        } else {
            State::Down
        }
    }

    /// Chooses the master at which to subscribe to the plain channels, and keeps the choice unless the master fails.
    /// Returns `None` if there is no master.
    ///
    /// Every server of a cluster delivers all messages of plain channels. The connection to a failed master is
    /// therefore replaced by one to another master, without waiting for a failover.
    fn server_of_plain_channels(&mut self, layout: &Layout) -> Option<Node> {
        let masters = layout.masters();
        let current = self.plain.take().filter(|plain| masters.contains(&plain.server));
        let Some(mut plain) = current else {
            // A random master, so that the masters share the load.
            let number = usize::try_from(Uuid::new_v4().as_u128() % masters.len().max(1) as u128).ok()?;
            let server = masters.get(number)?.clone();
            self.plain = Some(Plain {
                server: server.clone(),
                fails_since: None,
            });
            return Some(server);
        };
        let fails = self
            .links
            .get(&plain.server)
            .is_some_and(|held| held.link.has_failed());
        plain.fails_since = if fails {
            plain.fails_since.or_else(|| Some(Instant::now()))
        } else {
            None
        };
        if let Some(since) = plain.fails_since {
            let is_up = |server: &&Node| self.links.get(*server).is_some_and(|held| held.link.is_up());
            let after = masters
                .iter()
                .skip_while(|server| **server != plain.server)
                .skip(1);
            let next = || after.chain(masters).find(|server| **server != plain.server);
            let other = masters
                .iter()
                .find(is_up)
                .or_else(|| if since.elapsed() >= PATIENCE { next() } else { None });
            if let Some(other) = other.cloned() {
                // Otherwise, the failed link would also subscribe to the plain channels when it recovers.
                self.links.remove(&plain.server);
                plain = Plain {
                    server: other,
                    fails_since: None,
                };
            }
        }
        let server = plain.server.clone();
        self.plain = Some(plain);
        Some(server)
    }

    /// Reports the state. A loss is reported even if it was repaired in the meantime, because messages may have been
    /// lost.
    fn report(&mut self, state: State) {
        let mut was_lost = false;
        for held in self.links.values_mut() {
            let losses = held.link.losses();
            was_lost |= std::mem::replace(&mut held.losses, losses) != losses;
        }
        self.state.send_if_modified(|last| {
            let is_loss = was_lost && *last == State::Up;
            if is_loss {
                *last = State::Down;
            }
            is_loss
        });
        self.state.send_if_modified(|last| match (*last, state) {
            // After the first report, channels that are not subscribed yet are treated as missing.
            (State::Up, State::Trying) => std::mem::replace(last, State::Down) != State::Down,
            (State::Down, State::Trying) => false,
            _ => std::mem::replace(last, state) != state,
        });
    }
}
