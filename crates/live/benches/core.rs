//! The cost of a message and of a delivery in the live core.

mod fleet;

use std::{
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use domain::AccessScope;
use fleet::{at_ms, core, position, subscribe_all};
use live::{Area, Core, Filter, Mailbox, Topic, Turn};

fn empty(mailbox: &Mailbox) {
    let mut cx = Context::from_waker(Waker::noop());
    while let Poll::Ready(Turn::Message(_)) = mailbox.poll_turn(&mut cx) {}
}

/// Checks one position and marks it for the rooms that cover the vehicle.
fn apply(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("apply");
    group.throughput(Throughput::Elements(1));
    for vehicles in [100, 100_000] {
        let mut core = core(vehicles);
        let (_, mailbox) = subscribe_all(&mut core, 0);
        let (mut turn, mut ms) = (0u32, 1_000u64);
        group.bench_function(format!("{vehicles} vehicles"), |bencher| {
            bencher.iter(|| {
                turn += 1;
                ms += u64::from(turn % 100 == 0);
                let report = position(turn % vehicles, f64::from(turn % 1_000), ms);
                core.apply(report, at_ms(ms), at_ms(ms))
                    .expect("a plausible position")
            });
        });
        empty(&mailbox);
    }
    group.finish();
}

/// Delivers 100 changed vehicles of a room to its members.
fn serve(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("serve 100 vehicles");
    for members in [1u64, 100, 1_000] {
        group.throughput(Throughput::Elements(100 * members));
        let mut core = core(100);
        let mailboxes: Vec<_> = (0..members).map(|_| subscribe_all(&mut core, 0).1).collect();
        let mut ms = 1_000u64;
        group.bench_function(format!("{members} members"), |bencher| {
            bencher.iter_custom(|rounds| {
                let mut spent = Duration::ZERO;
                for _ in 0..rounds {
                    ms += 1_000;
                    for n in 0..100 {
                        let report = position(n, (ms % 1_000) as f64, ms);
                        core.apply(report, at_ms(ms), at_ms(ms))
                            .expect("a plausible position");
                    }
                    let began = std::time::Instant::now();
                    serve_all(&mut core, ms + 200);
                    spent += began.elapsed();
                    mailboxes.iter().for_each(|mailbox| empty(mailbox));
                }
                spent
            });
        });
    }
    group.finish();
}

/// Moves a vehicle across the edges of the areas of all rooms, and serves the rooms.
fn cross_edges(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("cross edges");
    for rooms in [100u32, 1_000, 10_000] {
        group.throughput(Throughput::Elements(u64::from(rooms)));
        let mut core = core(1);
        let mailboxes: Vec<_> = (0..rooms).map(|n| subscribe_area(&mut core, n)).collect();
        let (mut ms, mut is_inside) = (1_000u64, false);
        group.bench_function(format!("{rooms} rooms"), |bencher| {
            bencher.iter_custom(|rounds| {
                let mut spent = Duration::ZERO;
                for _ in 0..rounds {
                    ms += 1_000;
                    is_inside = !is_inside;
                    let x = if is_inside { 0.0 } else { 100.0 };
                    let began = std::time::Instant::now();
                    core.apply(position(0, x, ms), at_ms(ms), at_ms(ms))
                        .expect("a plausible position");
                    serve_all(&mut core, ms);
                    spent += began.elapsed();
                    mailboxes.iter().for_each(|mailbox| empty(mailbox));
                }
                spent
            });
        });
    }
    group.finish();
}

/// Adds a subscriber of the vehicles in an area around the origin. The areas differ with `n`.
fn subscribe_area(core: &mut Core, n: u32) -> Arc<Mailbox> {
    let (id, mailbox) = core.connect(AccessScope::All.into(), Duration::from_millis(100));
    let edge = 1.0 + f64::from(n) / 1_000.0;
    let filter = Filter {
        area: Some(Area::new([-edge, -edge, edge, edge]).expect("valid edges")),
        ..Filter::default()
    };
    core.subscribe_filtered(id, &Topic::All, filter, at_ms(0))
        .expect("a topic of all");
    mailbox
}

fn serve_all(core: &mut Core, ms: u64) {
    let now = at_ms(ms);
    while core.next_tick_us().is_some_and(|due_us| due_us <= now.uptime_us) {
        core.tick(now);
    }
}

criterion_group!(benches, apply, serve, cross_edges);
criterion_main!(benches);
