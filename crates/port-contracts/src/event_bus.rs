//! The contract of `EventBus`.
//!
//! `port_contracts::event_bus_contract!(my_servers);` generates a test for each check below. The argument is an async
//! function without arguments that returns [`Servers`].

use std::time::Duration;

use application::{ports::EventBus, registry::Sequence};
use futures::{StreamExt, stream::BoxStream};
use tokio::time::{Instant, timeout};

/// Two servers that receive each other's announcements; the same server twice if the bus is local.
pub trait Servers: Send + Sync {
    fn one(&self) -> &dyn EventBus;

    fn other(&self) -> &dyn EventBus;
}

/// Generates a test for each check of the contract.
#[macro_export]
macro_rules! event_bus_contract {
    ($servers:expr) => {
        $crate::contract! { event_bus, $servers =>
            announcing_needs_no_listener
            an_announcement_reaches_every_listener
            announcements_arrive_in_order
            a_later_listener_receives_later_announcements
            a_dropped_listener_does_not_affect_others
        }
    };
}

/// Time limit of an operation, far above its usual duration.
const DEADLINE: Duration = Duration::from_secs(20);
/// Time after which an announcement is repeated, because it may have been lost.
const PATIENCE: Duration = Duration::from_millis(200);

type Listener = BoxStream<'static, Option<Sequence>>;

async fn announce(bus: &dyn EventBus, number: u64) {
    let announced = bus.announce(Sequence::new(number)).await;
    announced.expect("the bus is available");
}

/// Returns the next number, if one arrives within `patience`. `None` items (announcements may have been missed) are
/// skipped.
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

/// Announces a number until a listener, which may still be subscribing, has received it.
async fn announce_until_received(bus: &dyn EventBus, listener: &mut Listener, number: u64) {
    let began = Instant::now();
    loop {
        announce(bus, number).await;
        while let Some(received) = next(listener, PATIENCE).await {
            if received == number {
                return;
            }
        }
        assert!(began.elapsed() < DEADLINE, "{number} was not received");
    }
}

/// Discards announcements until none arrives for [`PATIENCE`].
async fn drain(listener: &mut Listener) {
    while next(listener, PATIENCE).await.is_some() {}
}

pub async fn announcing_needs_no_listener(servers: &impl Servers) {
    for number in 1..=100 {
        announce(servers.one(), number).await;
    }
}

/// Listens on the announcing server and on another server, with several listeners on one of them.
pub async fn an_announcement_reaches_every_listener(servers: &impl Servers) {
    let mut listeners = [
        servers.one().listen(),
        servers.one().listen(),
        servers.other().listen(),
    ];
    for listener in &mut listeners {
        announce_until_received(servers.one(), listener, 1).await;
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

/// Checks that one server's announcements arrive in order. Those of different servers are not ordered.
pub async fn announcements_arrive_in_order(servers: &impl Servers) {
    let mut listener = servers.other().listen();
    announce_until_received(servers.one(), &mut listener, 1).await;
    drain(&mut listener).await;
    for number in 2..=50 {
        announce(servers.one(), number).await;
    }
    for number in 2..=50 {
        assert_eq!(next(&mut listener, DEADLINE).await, Some(number));
    }
}

/// Checks that earlier listeners receive the later announcements as well.
pub async fn a_later_listener_receives_later_announcements(servers: &impl Servers) {
    let mut early = servers.one().listen();
    announce_until_received(servers.other(), &mut early, 1).await;
    let mut late = servers.one().listen();
    announce_until_received(servers.other(), &mut late, 2).await;
    announce_until_received(servers.other(), &mut early, 2).await;
}

pub async fn a_dropped_listener_does_not_affect_others(servers: &impl Servers) {
    let (mut stays, mut goes) = (servers.one().listen(), servers.one().listen());
    announce_until_received(servers.one(), &mut stays, 1).await;
    announce_until_received(servers.one(), &mut goes, 2).await;
    drop(goes);
    announce_until_received(servers.other(), &mut stays, 3).await;
    drop(stays);
    announce(servers.one(), 4).await;
    announce_until_received(servers.one(), &mut servers.one().listen(), 5).await;
}
