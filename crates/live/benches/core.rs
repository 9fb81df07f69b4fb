//! The cost of a message and of a delivery in the live core.

mod fleet;

use std::task::{Context, Poll, Waker};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use fleet::{at_ms, core, position, subscribe_all};
use live::{Mailbox, Turn};

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
                let mut spent = std::time::Duration::ZERO;
                for _ in 0..rounds {
                    ms += 1_000;
                    for n in 0..100 {
                        let report = position(n, (ms % 1_000) as f64, ms);
                        core.apply(report, at_ms(ms), at_ms(ms))
                            .expect("a plausible position");
                    }
                    let began = std::time::Instant::now();
                    core.tick(at_ms(ms + 200));
                    spent += began.elapsed();
                    mailboxes.iter().for_each(|mailbox| empty(mailbox));
                }
                spent
            });
        });
    }
    group.finish();
}

criterion_group!(benches, apply, serve);
criterion_main!(benches);
