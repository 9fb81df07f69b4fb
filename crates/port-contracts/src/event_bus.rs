//! The contract of `EventBus`.
//!
//! `port_contracts::event_bus_contract!(my_servers);` makes a test of each function below. The argument is an async function
//! without arguments that gives [`Servers`].

use std::time::Duration;

use application::{ports::EventBus, registry::Sequence};
use futures::{StreamExt, stream::BoxStream};
use tokio::time::{Instant, timeout};

/// Two servers that hear each other, or one twice where there are no neighbours.
pub trait Servers: Send + Sync {
    /// One of them.
    fn one(&self) -> &dyn EventBus;

    /// The other one.
    fn other(&self) -> &dyn EventBus;
}

/// Checks a bus against the whole contract, a test per sentence.
#[macro_export]
macro_rules! event_bus_contract {
    ($servers:expr) => {
        $crate::contract! { event_bus, $servers =>
            nobody_has_to_listen
            an_announcement_reaches_every_listener
            announcements_come_in_their_order
            who_listens_later_hears_what_is_announced_later
            a_listener_that_has_gone_is_missed_by_nobody
        }
    };
}

/// How long anything may take; far more than it does take.
const DEADLINE: Duration = Duration::from_secs(20);
/// How long an announcement may take before another is made: it may have been lost.
const PATIENCE: Duration = Duration::from_millis(200);

type Listener = BoxStream<'static, Option<Sequence>>;

async fn announce(bus: &dyn EventBus, number: u64) {
    let announced = bus.announce(Sequence::new(number)).await;
    announced.expect("the bus is there");
}

/// The next number, if one comes in that time. That something may have been missed is no news: these tests know.
async fn next(listener: &mut Listener, patience: Duration) -> Option<u64> {
    let number = async {
        loop {
            if let Some(number) = listener.next().await.expect("a stream does not end") {
                return number.get();
            }
        }
    };
    timeout(patience, number).await.ok()
}

/// Announces a number until a listener, who may still be on its way to the bus, has heard it.
async fn until_heard(bus: &dyn EventBus, listener: &mut Listener, number: u64) {
    let began = Instant::now();
    loop {
        announce(bus, number).await;
        while let Some(heard) = next(listener, PATIENCE).await {
            if heard == number {
                return;
            }
        }
        assert!(began.elapsed() < DEADLINE, "{number} was never heard");
    }
}

/// Hears all that is on its way.
async fn drain(listener: &mut Listener) {
    while next(listener, PATIENCE).await.is_some() {}
}

/// It is announced all the same.
pub async fn nobody_has_to_listen(servers: &impl Servers) {
    for number in 1..=100 {
        announce(servers.one(), number).await;
    }
}

/// On the other server, on its own, and each of several.
pub async fn an_announcement_reaches_every_listener(servers: &impl Servers) {
    let mut listeners = [
        servers.one().listen(),
        servers.one().listen(),
        servers.other().listen(),
    ];
    for listener in &mut listeners {
        until_heard(servers.one(), listener, 1).await;
    }
    for listener in &mut listeners {
        drain(listener).await;
    }
    for (bus, number) in [(servers.one(), 2), (servers.other(), 3)] {
        announce(bus, number).await;
        for listener in &mut listeners {
            assert_eq!(next(listener, DEADLINE).await, Some(number));
        }
    }
}

/// Of one server.
pub async fn announcements_come_in_their_order(servers: &impl Servers) {
    let mut listener = servers.other().listen();
    until_heard(servers.one(), &mut listener, 1).await;
    drain(&mut listener).await;
    for number in 2..=50 {
        announce(servers.one(), number).await;
    }
    for number in 2..=50 {
        assert_eq!(next(&mut listener, DEADLINE).await, Some(number));
    }
}

/// Beside those who were there before.
pub async fn who_listens_later_hears_what_is_announced_later(servers: &impl Servers) {
    let mut early = servers.one().listen();
    until_heard(servers.other(), &mut early, 1).await;
    let mut late = servers.one().listen();
    until_heard(servers.other(), &mut late, 2).await;
    until_heard(servers.other(), &mut early, 2).await;
}

/// Least of all by the other listeners.
pub async fn a_listener_that_has_gone_is_missed_by_nobody(servers: &impl Servers) {
    let (mut stays, mut goes) = (servers.one().listen(), servers.one().listen());
    until_heard(servers.one(), &mut stays, 1).await;
    until_heard(servers.one(), &mut goes, 2).await;
    drop(goes);
    until_heard(servers.other(), &mut stays, 3).await;
    drop(stays);
    announce(servers.one(), 4).await;
    until_heard(servers.one(), &mut servers.one().listen(), 5).await;
}
