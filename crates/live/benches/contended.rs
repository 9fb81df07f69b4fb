//! The lock of the live core under contention: the cost of updates while other threads use the lock, and the time for
//! which another thread waits while updates are applied.

#[expect(dead_code, reason = "there are no subscribers here")]
mod fleet;

use std::{
    hint::{black_box, spin_loop},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use fleet::{at_ms, core, id, position};
use live::{Core, Moment, report::Report};
use parking_lot::Mutex;

const VEHICLES: u32 = 10_000;
/// Number of updates that are applied each time the lock is held.
const BATCH: u32 = 64;
/// Pause of another thread between two uses of the lock.
const PAUSE: Duration = Duration::from_micros(100);

/// Robots that publish one after another.
struct Robots {
    next: u32,
    ms: u64,
}

impl Robots {
    /// Builds the next reports. Returns them and the time at which they arrive.
    fn batch(&mut self) -> (Vec<Report>, Moment) {
        self.ms += 1;
        let numbers = self.next..self.next + BATCH;
        self.next = numbers.end % VEHICLES;
        let reports = numbers.map(|n| position(n % VEHICLES, f64::from(n % 1_000), self.ms));
        (reports.collect(), at_ms(self.ms))
    }
}

struct Scene {
    core: Mutex<Core>,
    robots: Robots,
}

/// Stops the other threads of a measurement when it is dropped, even during a panic.
struct End<'a>(&'a AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Scene {
    fn new() -> Self {
        Self {
            core: Mutex::new(core(VEHICLES)),
            robots: Robots { next: 0, ms: 1_000 },
        }
    }

    /// Applies batches while other threads repeatedly read the state of a vehicle.
    fn apply_beside(&mut self, others: u32, batches: u64) -> Duration {
        let Self { core, robots } = self;
        let (core, is_over) = (&*core, &AtomicBool::new(false));
        thread::scope(|scope| {
            let _end = End(is_over);
            for other in 0..others {
                scope.spawn(move || {
                    let mut vehicle = other;
                    while !is_over.load(Ordering::Relaxed) {
                        vehicle = (vehicle + others) % VEHICLES;
                        black_box(core.lock().present(id(vehicle), at_ms(0)));
                        thread::sleep(PAUSE);
                    }
                });
            }
            let time_batch = |_| {
                let (reports, now) = robots.batch();
                let began = Instant::now();
                apply(&mut core.lock(), reports, now);
                began.elapsed()
            };
            (0..batches).map(time_batch).sum()
        })
    }

    /// Waits for the lock while another thread applies batches and holds the lock for a share of the time.
    fn wait_beside(&mut self, share: f64, waits: u64) -> Duration {
        let Self { core, robots } = self;
        let (core, is_over) = (&*core, &AtomicBool::new(false));
        thread::scope(|scope| {
            let _end = End(is_over);
            scope.spawn(move || {
                let (mut reports, mut now) = robots.batch();
                while !is_over.load(Ordering::Relaxed) {
                    let mut locked = core.lock();
                    let began = Instant::now();
                    apply(&mut locked, reports, now);
                    let held = began.elapsed();
                    drop(locked);
                    (reports, now) = robots.batch();
                    spin_until(began + held.mul_f64(1.0 / share));
                }
            });
            let mut pauses = Pauses(1);
            let time_wait = |_| {
                spin_until(Instant::now() + pauses.draw());
                let began = Instant::now();
                let locked = core.lock();
                let waited = began.elapsed();
                black_box(locked.present(id(0), at_ms(0)));
                waited
            };
            (0..waits).map(time_wait).sum()
        })
    }
}

fn apply(core: &mut Core, reports: Vec<Report>, now: Moment) {
    for report in reports {
        black_box(core.apply(report, now, now)).expect("a plausible position");
    }
    black_box(core.tick(now));
}

/// Spins, because a sleep is not precise enough.
fn spin_until(at: Instant) {
    while Instant::now() < at {
        spin_loop();
    }
}

/// Random pauses of 0 to 200 µs, drawn from a linear congruential generator, so that the lock is used independently of
/// the batches.
struct Pauses(u64);

impl Pauses {
    fn draw(&mut self) -> Duration {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        Duration::from_nanos((self.0 >> 33) % 200_000)
    }
}

fn applying(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("apply under a shared lock");
    group.throughput(Throughput::Elements(u64::from(BATCH)));
    let mut scene = Scene::new();
    for others in [0, 1, 3, 7] {
        group.bench_function(format!("{others} other threads"), |bencher| {
            bencher.iter_custom(|batches| scene.apply_beside(others, batches));
        });
    }
    group.finish();
}

fn waiting(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("wait for the lock");
    let mut scene = Scene::new();
    for percent in [25u32, 50, 75] {
        group.bench_function(format!("used for {percent} % of the time"), |bencher| {
            bencher.iter_custom(|waits| scene.wait_beside(f64::from(percent) / 100.0, waits));
        });
    }
    group.finish();
}

criterion_group!(benches, applying, waiting);
criterion_main!(benches);
