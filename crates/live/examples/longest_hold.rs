//! The longest time for which a server with 100,000 vehicles holds the lock of its live core.
//!
//! Each line describes one operation. Its last figure is the duration of the longest call, during which all other users
//! of the lock wait.

#![expect(clippy::print_stdout, reason = "the figures are the output of the program")]

#[path = "../benches/fleet/mod.rs"]
mod fleet;

use std::{
    collections::HashSet,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use domain::{AccessScope, OrganizationId};
use fleet::{at_ms, core, id, position, subscribe_all};
use live::{Core, Mailbox, Moment, SubscriberId, TableCursor, Topic, Turn};

const VEHICLES: u32 = 100_000;

/// Durations of the calls of one operation.
#[derive(Default)]
struct Holds {
    longest: Duration,
    all: Duration,
    calls: u32,
}

impl Holds {
    fn time<T>(&mut self, call: impl FnOnce() -> T) -> T {
        let began = Instant::now();
        let result = call();
        let held = began.elapsed();
        self.longest = self.longest.max(held);
        self.all += held;
        self.calls += 1;
        result
    }

    /// Ticks until nothing is due at `now`.
    fn tick(&mut self, core: &mut Core, now: Moment) {
        while core.next_tick_us().is_some_and(|next| next <= now.uptime_us) {
            self.time(|| core.tick(now));
        }
    }

    /// Takes everything that is waiting for a subscriber, as the task of its socket does.
    fn take(&mut self, core: &mut Core, id: SubscriberId, mailbox: &Mailbox, now: Moment) {
        let mut cx = Context::from_waker(Waker::noop());
        loop {
            match mailbox.poll_turn(&mut cx) {
                Poll::Ready(Turn::Walk) => self.time(|| core.advance(id, now)),
                Poll::Ready(Turn::Message(_)) => {}
                _ => return,
            }
        }
    }

    fn print(&self, operation: &str) {
        let Self { longest, all, calls } = self;
        let (longest, all) = (longest.as_secs_f64() * 1e3, all.as_secs_f64() * 1e3);
        println!("| {operation} | {calls} | {all:.1} | **{longest:.2}** |");
    }
}

fn main() {
    let mut core = core(VEHICLES);
    let mut ms = 1_000;
    println!("| {VEHICLES} vehicles | calls | together, ms | longest, ms |\n|---|--:|--:|--:|");

    let mut holds = Holds::default();
    for n in 0..VEHICLES {
        holds
            .time(|| core.apply(position(n, 1.0, ms), at_ms(ms), at_ms(ms)))
            .expect("accepted");
    }
    holds.print("a first position of each vehicle, without subscribers");

    let mut holds = Holds::default();
    let (subscriber, mailbox) = holds.time(|| subscribe_all(&mut core, ms));
    holds.take(&mut core, subscriber, &mailbox, at_ms(ms));
    holds.print("`subscribeAll`");

    ms += 500;
    let mut holds = Holds::default();
    for n in 0..VEHICLES {
        holds
            .time(|| core.apply(position(n, 2.0, ms), at_ms(ms), at_ms(ms)))
            .expect("accepted");
    }
    holds.print("a position of each vehicle, with a room of all vehicles");
    let mut holds = Holds::default();
    holds.tick(&mut core, at_ms(ms + 200));
    holds.take(&mut core, subscriber, &mailbox, at_ms(ms + 200));
    holds.print("the delivery to that room");

    let (slow, unread) = subscribe_all(&mut core, ms);
    let mut other = Holds::default();
    other.take(&mut core, slow, &unread, at_ms(ms));
    let mut holds = Holds::default();
    for x in [3.0, 4.0] {
        ms += 500;
        for n in 0..VEHICLES {
            core.apply(position(n, x, ms), at_ms(ms), at_ms(ms))
                .expect("accepted");
        }
        holds.tick(&mut core, at_ms(ms + 200));
        other.take(&mut core, subscriber, &mailbox, at_ms(ms + 200));
    }
    holds.print("two deliveries, to a subscriber that reads and one that does not");
    let mut holds = Holds::default();
    holds.time(|| core.unsubscribe(slow, &Topic::All, at_ms(ms + 200)));
    holds.print("`unsubscribeAll` by the subscriber that does not read");
    drop(core.take_discarded());
    drop(unread);

    let scope = Arc::new(AccessScope::of_organization(OrganizationId::DEFAULT));
    let mut holds = Holds::default();
    holds.time(|| core.change_scope(subscriber, scope, at_ms(ms + 300)));
    holds.take(&mut core, subscriber, &mailbox, at_ms(ms + 300));
    holds.print("a change of a subscriber's scope");

    let mut holds = Holds::default();
    holds
        .time(|| core.subscribe(subscriber, &Topic::Vehicle(id(7)), at_ms(ms + 400)))
        .expect("it exists");
    holds.time(|| core.unsubscribe(subscriber, &Topic::All, at_ms(ms + 400)));
    holds.take(&mut core, subscriber, &mailbox, at_ms(ms + 400));
    holds.print("`unsubscribeAll` by a subscriber of one vehicle");

    ms += 5_500;
    let mut holds = Holds::default();
    holds.tick(&mut core, at_ms(ms));
    holds.print("the timeout of all vehicles");

    let all: HashSet<_> = (0..VEHICLES).map(id).collect();
    let mut holds = Holds::default();
    let mut place = Some(TableCursor::START);
    while let Some(from) = place {
        place = holds.time(|| core.remove_missing(&all, from, 500, at_ms(ms)));
    }
    holds.print("a comparison with the registry, to remove missing vehicles");
}
