//! The costs of updates and deliveries with one room and with 10,000 rooms, of updates with no rooms, and of taking the
//! live keys.
//!
//! Every round consists of the same work: a position of each vehicle is applied, the rooms are served, the subscribers
//! take their deliveries, and the keys are taken for writing. Each benchmark measures one of these parts.

mod fleet;

use std::{
    hint::black_box,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use domain::AccessScope;
use fleet::{at_ms, core, id, position, subscribe_all};
use live::{
    Area, Core, Filter, Mailbox, SubscriberId, Topic, Turn,
    report::{Content, Report},
};

/// Number of vehicles, and of rooms if there is one for each. Tests run an unoptimised build once, with fewer vehicles.
const VEHICLES: u32 = if cfg!(debug_assertions) { 100 } else { 10_000 };
/// Number of columns of the grid in which the vehicles are arranged.
const COLUMNS: u32 = 100;
/// Side of the area of one vehicle, in metres.
const SIDE_M: f64 = 10.0;
/// Delivery interval of the rooms.
const INTERVAL: Duration = Duration::from_millis(100);
/// Time between two rounds, after which every room is due.
const ROUND_MS: u64 = 200;
/// Maximum number of vehicles whose keys are written in one pipeline.
const KEYS_AT_ONCE: usize = 512;

#[derive(Debug, Clone, Copy)]
enum Rooms {
    None,
    All,
    OneVehicleEach,
    OneAreaEach,
}

impl Rooms {
    const fn name(self) -> &'static str {
        match self {
            Self::None => "no rooms",
            Self::All => "one room of all vehicles",
            Self::OneVehicleEach => "10,000 rooms of one vehicle each",
            Self::OneAreaEach => "10,000 rooms of one area each",
        }
    }
}

/// Durations of the parts of a round.
#[derive(Debug)]
struct Round {
    apply: Duration,
    serve: Duration,
    take: Duration,
    keys: Duration,
}

struct Scene {
    core: Core,
    mailboxes: Vec<Arc<Mailbox>>,
    ms: u64,
}

impl Scene {
    fn new(rooms: Rooms) -> Self {
        let mut scene = Self {
            core: core(VEHICLES),
            mailboxes: Vec::new(),
            ms: 1_000,
        };
        scene.apply();
        let subscribers: Vec<_> = match rooms {
            Rooms::None => Vec::new(),
            Rooms::All => vec![subscribe_all(&mut scene.core, scene.ms)],
            Rooms::OneVehicleEach => (0..VEHICLES)
                .map(|n| scene.subscribe(&Topic::Vehicle(id(n)), Filter::default()))
                .collect(),
            Rooms::OneAreaEach => (0..VEHICLES)
                .map(|n| scene.subscribe(&Topic::All, filter(n)))
                .collect(),
        };
        for (subscriber, mailbox) in subscribers {
            scene.read_snapshot(subscriber, &mailbox);
            scene.mailboxes.push(mailbox);
        }
        scene
    }

    fn subscribe(&mut self, topic: &Topic, filter: Filter) -> (SubscriberId, Arc<Mailbox>) {
        let (subscriber, mailbox) = self.core.connect(AccessScope::All.into(), INTERVAL);
        self.core
            .subscribe_filtered(subscriber, topic, filter, at_ms(self.ms))
            .expect("a topic of known vehicles");
        (subscriber, mailbox)
    }

    fn read_snapshot(&mut self, subscriber: SubscriberId, mailbox: &Mailbox) {
        let mut cx = Context::from_waker(Waker::noop());
        loop {
            match mailbox.poll_turn(&mut cx) {
                Poll::Ready(Turn::Walk) => self.core.advance(subscriber, at_ms(self.ms)),
                Poll::Ready(Turn::Message(_)) => {}
                _ => return,
            }
        }
    }

    fn round(&mut self) -> Round {
        Round {
            apply: self.apply(),
            serve: self.serve(),
            take: self.take(),
            keys: self.take_keys(),
        }
    }

    fn apply(&mut self) -> Duration {
        self.ms += ROUND_MS;
        let now = at_ms(self.ms);
        let reports: Vec<_> = (0..VEHICLES).map(|n| report(n, self.ms)).collect();
        let began = Instant::now();
        for report in reports {
            black_box(self.core.apply(report, now, now)).expect("a plausible position");
        }
        began.elapsed()
    }

    fn serve(&mut self) -> Duration {
        let now = at_ms(self.ms);
        let began = Instant::now();
        while self
            .core
            .next_tick_us()
            .is_some_and(|next_us| next_us <= now.uptime_us)
        {
            black_box(self.core.tick(now));
        }
        began.elapsed()
    }

    fn take(&mut self) -> Duration {
        let mut cx = Context::from_waker(Waker::noop());
        let began = Instant::now();
        for mailbox in &self.mailboxes {
            while let Poll::Ready(Turn::Message(message)) = mailbox.poll_turn(&mut cx) {
                black_box(message);
            }
        }
        began.elapsed()
    }

    fn take_keys(&mut self) -> Duration {
        let now = at_ms(self.ms);
        // Kept, because the server writes and frees the records after it has released the lock.
        let mut taken = Vec::new();
        let began = Instant::now();
        while self.core.unsynced_count() > 0 {
            let records = self.core.take_unsynced(KEYS_AT_ONCE, now);
            let ids = records.iter().map(|record| record.vehicle_id);
            self.core.keys_written(ids, now);
            taken.push(records);
        }
        began.elapsed()
    }

    /// Returns the time that a part of the work takes in this number of rounds.
    fn time(&mut self, rounds: u64, part: fn(&Round) -> Duration) -> Duration {
        (0..rounds).map(|_| part(&self.round())).sum()
    }
}

/// Returns the lower left corner of a vehicle's area.
fn corner(n: u32) -> [f64; 2] {
    [n % COLUMNS, n / COLUMNS].map(|place| f64::from(place) * SIDE_M)
}

/// Builds a filter that only one vehicle matches.
fn filter(n: u32) -> Filter {
    let [left, bottom] = corner(n);
    let area = Area::new([left, bottom, left + SIDE_M, bottom + SIDE_M]).expect("a rectangle");
    Filter {
        area: Some(area),
        ..Filter::default()
    }
}

/// Builds a position of a vehicle that moves inside its area.
fn report(n: u32, ms: u64) -> Report {
    let [left, bottom] = corner(n);
    let moved = (ms % 1_000) as f64 / 1_000.0;
    let mut report = position(n, left + SIDE_M / 2.0 + moved, ms);
    if let Content::Position { position, .. } = &mut report.content {
        position.y = bottom + SIDE_M / 2.0;
    }
    report
}

fn measure(
    criterion: &mut Criterion,
    group: &str,
    scenes: &mut [(&str, Scene)],
    part: fn(&Round) -> Duration,
) {
    let mut group = criterion.benchmark_group(group);
    group.sample_size(20);
    group.throughput(Throughput::Elements(u64::from(VEHICLES)));
    for (name, scene) in scenes {
        group.bench_function(*name, |bencher| {
            bencher.iter_custom(|rounds| scene.time(rounds, part));
        });
    }
    group.finish();
}

fn rooms(criterion: &mut Criterion) {
    let mut scenes = [Rooms::None, Rooms::All, Rooms::OneVehicleEach, Rooms::OneAreaEach]
        .map(|rooms| (rooms.name(), Scene::new(rooms)));
    measure(criterion, "apply beside rooms", &mut scenes, |round| round.apply);
    measure(criterion, "serve rooms", &mut scenes[1..], |round| round.serve);
    measure(criterion, "take deliveries", &mut scenes[2..], |round| round.take);
    measure(criterion, "take live keys", &mut scenes[..1], |round| round.keys);
}

criterion_group!(benches, rooms);
criterion_main!(benches);
