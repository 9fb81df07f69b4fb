//! Load on the ports of a server, with a record of all attempts and deliveries.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use adapters_redis::{FredTelemetryBus, Redis, RedisDeadLetters, RedisLiveStore};
use application::{
    ports::{BrokenParts, DeadLetters as _, FeedEvent, LiveKeys as _, LiveRecord, Series, TelemetryBus as _},
    telemetry::{Channel, Content, DeadLetter, Inbound, Reason, Rejection, Report},
};
use domain::{
    VehicleId,
    telemetry::{Percentage, Rotation, Timestamp, VehiclePosition},
};
use futures::StreamExt as _;
use parking_lot::Mutex;
use tokio::time::{MissedTickBehavior, interval, sleep};
use tokio_util::task::AbortOnDropHandle;

use super::{SOON, show, until};
use crate::noon;

/// Number of vehicles that publish, enough for every shard to have some.
const VEHICLES: u16 = 16;
/// Number of vehicles whose keys are written and read.
const VEHICLES_WITH_KEYS: u16 = 500;
/// Interval of the robots' messages and of the commands.
const EVERY: Duration = Duration::from_millis(20);

const COMMANDS: [&str; 3] = ["write keys", "read keys", "dead letters"];

/// A fleet that publishes, a server that listens, and one that writes and reads keys and dead letters.
pub(crate) struct Load {
    record: Arc<Record>,
    store: RedisLiveStore,
    tasks: Vec<AbortOnDropHandle<()>>,
}

#[derive(Default)]
struct Record {
    /// Each vehicle publishes one position and one state in each batch, with the number of the batch as their time.
    published: Mutex<Vec<Attempt>>,
    delivered: Mutex<BTreeMap<(VehicleId, Channel), Vec<Delivery>>>,
    feed: Mutex<Vec<(Instant, bool)>>,
    commands: Mutex<BTreeMap<&'static str, Vec<Attempt>>>,
    /// The last error of each kind of operation.
    errors: Mutex<BTreeMap<&'static str, String>>,
}

#[derive(Debug, Clone, Copy)]
struct Attempt {
    began: Instant,
    ended: Instant,
    succeeded: bool,
}

#[derive(Debug, Clone, Copy)]
struct Delivery {
    at: Instant,
    batch: usize,
}

/// Returns the vehicle with this number in the last four digits of its id.
pub(crate) fn vehicle(number: u16) -> VehicleId {
    let first = 0x0190_a5f2_7c1e_7d54_9a3b_2f6c_8e1d_0000;
    VehicleId::from_uuid(uuid::Uuid::from_u128(first + u128::from(number)))
}

impl Load {
    /// Starts the load, and waits until everything works.
    pub(crate) async fn start(redis: &Redis) -> Self {
        // Test runners print this log if the test fails.
        let log = tracing_subscriber::fmt().with_test_writer().with_ansi(false);
        let _ = log.with_max_level(tracing::Level::INFO).try_init();
        let record = Arc::new(Record::default());
        let bus = || redis.telemetry_bus(noon(), 1024 * 1024);
        let tasks = vec![
            AbortOnDropHandle::new(tokio::spawn(listen(bus(), Arc::clone(&record)))),
            AbortOnDropHandle::new(tokio::spawn(publish(bus(), Arc::clone(&record)))),
            AbortOnDropHandle::new(tokio::spawn(command(
                redis.live_store(),
                redis.dead_letters(),
                Arc::clone(&record),
            ))),
        ];
        let load = Self {
            record,
            store: redis.live_store(),
            tasks,
        };
        load.until_all_works(Instant::now(), Duration::from_secs(20))
            .await;
        load
    }

    /// Waits for half a second, during which the load continues.
    pub(crate) async fn run(&self) {
        sleep(Duration::from_millis(500)).await;
    }

    /// Waits until the feed is up, a message of every vehicle has arrived on both channels, and every kind of command
    /// has succeeded. Only messages and commands that began after `since` are considered.
    ///
    /// # Panics
    /// Panics if this takes longer than `limit` after `since`.
    pub(crate) async fn until_all_works(&self, since: Instant, limit: Duration) {
        loop {
            let times = self.record.first_successes(since);
            let missing: Vec<_> = times
                .iter()
                .filter(|(_, at)| at.is_none())
                .map(|(what, _)| what)
                .collect();
            let is_up = self.record.feed.lock().last().is_some_and(|(_, is_up)| *is_up);
            if missing.is_empty() && is_up {
                let latest = times.values().flatten().max().expect("there are commands");
                let took = latest.saturating_duration_since(since);
                show(format_args!("everything worked after {took:.2?}"));
                assert!(took <= limit, "only after {took:?}: {times:?}");
                return;
            }
            assert!(
                since.elapsed() <= limit + Duration::from_secs(1),
                "not after {limit:?}: {missing:?}, feed {:?}, last errors {:?}",
                self.feed(since),
                self.record.errors.lock()
            );
            sleep(Duration::from_millis(5)).await;
        }
    }

    /// Stops the load, and checks that only a gap was lost: messages that were published at least 100 ms before
    /// `trouble`, or after the feed was up again, were delivered once, and the keys have the newest positions.
    pub(crate) async fn check_that_only_a_gap_is_lost(mut self, trouble: Instant) {
        self.run().await;
        drop(self.tasks.remove(1));
        // The last messages are still in transit.
        self.run().await;
        let is_up = async || {
            self.record
                .feed
                .lock()
                .last()
                .and_then(|(_, is_up)| is_up.then_some(()))
        };
        until(SOON, is_up).await;
        show(format_args!(
            "feed {:?}, failures {:?}",
            self.feed(trouble),
            self.record.failures()
        ));
        self.record.check_deliveries(trouble);

        let newest = Timestamp::from_unix_ms(1_000_000).expect("a time");
        let records = records(newest);
        self.tasks.clear();
        self.store.write(&records).await.expect("Redis is up");
        let ids: Vec<_> = records.iter().map(|record| record.vehicle_id).collect();
        let kept = self.store.read(&ids).await.expect("Redis is up");
        assert_eq!(kept.len(), records.len());
        let is_newest = |record: &LiveRecord| {
            record
                .position
                .as_ref()
                .is_some_and(|position| position.timestamp == newest)
        };
        assert!(kept.iter().all(is_newest));
    }

    /// Checks that the messages selected by `which` arrived at intervals of at most `limit` after `trouble`.
    pub(crate) fn check_no_gap(
        &self,
        trouble: Instant,
        limit: Duration,
        which: impl Fn(VehicleId, Channel) -> bool,
    ) {
        let delivered = self.record.delivered.lock();
        let mut checked = 0;
        for ((vehicle, channel), all) in delivered
            .iter()
            .filter(|((vehicle, channel), _)| which(*vehicle, *channel))
        {
            let times: Vec<_> = all
                .iter()
                .map(|delivery| delivery.at)
                .filter(|at| *at >= trouble)
                .collect();
            let gap = times.windows(2).map(|pair| pair[1] - pair[0]).max();
            assert!(
                gap.is_some_and(|gap| gap <= limit),
                "{vehicle} {channel:?}: {gap:?}"
            );
            checked += 1;
        }
        assert!(checked > 0, "there are no such messages");
    }

    /// Returns the changes of the feed, in seconds after `since`.
    fn feed(&self, since: Instant) -> Vec<(f64, bool)> {
        let seconds = |at: Instant| match at.checked_duration_since(since) {
            Some(after) => after.as_secs_f64(),
            None => -(since - at).as_secs_f64(),
        };
        self.record
            .feed
            .lock()
            .iter()
            .map(|(at, is_up)| (seconds(*at), *is_up))
            .collect()
    }
}

impl Record {
    /// Returns `true` for a success, and keeps the error of a failure.
    fn has_succeeded<T>(&self, what: &'static str, result: application::Result<T>) -> bool {
        let error = result.err();
        if let Some(error) = &error {
            let reason = std::error::Error::source(error).map(ToString::to_string);
            self.errors
                .lock()
                .insert(what, format!("{error}: {}", reason.unwrap_or_default()));
        }
        error.is_none()
    }

    /// Returns the time at which each kind of operation that began after `since` succeeded for the first time.
    fn first_successes(&self, since: Instant) -> BTreeMap<String, Option<Instant>> {
        let published = self.published.lock();
        let first = |attempts: &[Attempt]| {
            let mut successes = attempts
                .iter()
                .filter(|attempt| attempt.succeeded && attempt.began >= since);
            successes.next().map(|attempt| attempt.ended)
        };
        let mut times = BTreeMap::from([("publish".to_owned(), first(&published))]);
        let commands = self.commands.lock();
        for name in COMMANDS {
            times.insert(
                name.to_owned(),
                commands.get(name).and_then(|attempts| first(attempts)),
            );
        }
        let delivered = self.delivered.lock();
        for vehicle in (0..VEHICLES).map(vehicle) {
            for channel in Channel::ALL {
                let all = delivered.get(&(vehicle, *channel)).map_or(&[][..], |all| all);
                let first = all
                    .iter()
                    .find(|delivery| published[delivery.batch].began >= since);
                times.insert(
                    format!("{vehicle} {}", channel.as_str()),
                    first.map(|delivery| delivery.at),
                );
            }
        }
        times
    }

    fn check_deliveries(&self, trouble: Instant) {
        let (published, delivered, feed) = (self.published.lock(), self.delivered.lock(), self.feed.lock());
        let (up_since, is_up) = *feed.last().expect("the feed is up");
        assert!(is_up);
        let (first_up, _) = feed[0];
        for ((vehicle, channel), all) in &*delivered {
            let mut times = vec![0; published.len()];
            all.iter().for_each(|delivery| times[delivery.batch] += 1);
            for (batch, (attempt, times)) in published.iter().zip(times).enumerate() {
                assert!(
                    times <= 1,
                    "{vehicle} {channel:?}: batch {batch} arrived {times} times"
                );
                // A message that was in transit when the trouble began may be lost.
                let was_before =
                    attempt.began > first_up && attempt.ended + Duration::from_millis(100) < trouble;
                let must_arrive = attempt.succeeded && (was_before || attempt.began > up_since);
                assert!(
                    times == 1 || !must_arrive,
                    "{vehicle} {channel:?}: batch {batch} is lost"
                );
            }
        }
    }

    /// Returns the number of failed and of all attempts of each kind.
    fn failures(&self) -> BTreeMap<&'static str, (usize, usize)> {
        let count = |attempts: &[Attempt]| {
            let failed = attempts.iter().filter(|attempt| !attempt.succeeded).count();
            (failed, attempts.len())
        };
        let mut all: BTreeMap<_, _> = self
            .commands
            .lock()
            .iter()
            .map(|(name, all)| (*name, count(all)))
            .collect();
        all.insert("publish", count(&self.published.lock()));
        all
    }
}

async fn listen(bus: FredTelemetryBus, record: Arc<Record>) {
    let mut feed = bus.subscribe();
    while let Some(event) = feed.next().await {
        let now = Instant::now();
        match event {
            FeedEvent::Up => record.feed.lock().push((now, true)),
            FeedEvent::Down => record.feed.lock().push((now, false)),
            FeedEvent::Canary(_) => {}
            FeedEvent::Lagged(messages) => panic!("{messages} messages were dropped"),
            FeedEvent::Messages(messages) => {
                let mut delivered = record.delivered.lock();
                for (channel, report) in messages.into_iter().flat_map(reports_in) {
                    let batch =
                        usize::try_from(time_of(&report).as_unix_ms() - 1).expect("the number of a batch");
                    let all = delivered.entry((report.vehicle_id, channel)).or_default();
                    all.push(Delivery { at: now, batch });
                }
            }
        }
    }
}

fn reports_in(message: Inbound) -> impl Iterator<Item = (Channel, Report)> {
    let report = move |item: application::telemetry::Item| (message.channel, item.report.expect("a report"));
    message.items.into_iter().map(report)
}

fn time_of(report: &Report) -> Timestamp {
    match &report.content {
        Content::Position { position, .. } => position.timestamp,
        Content::State(state) => state.last_update_time,
        Content::Battery { at, .. } => *at,
    }
}

async fn publish(bus: FredTelemetryBus, record: Arc<Record>) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for batch in 0.. {
        ticks.tick().await;
        let at = Timestamp::from_unix_ms(batch + 1).expect("a time");
        let reports: Vec<_> = (0..VEHICLES)
            .flat_map(|number| reports(vehicle(number), at))
            .collect();
        // Messages may arrive before the call returns, and the listener looks their batch up.
        let began = Instant::now();
        let mut attempt = Attempt {
            began,
            ended: began,
            succeeded: false,
        };
        record.published.lock().push(attempt);
        attempt.succeeded = record.has_succeeded("publish", bus.publish(&reports).await);
        attempt.ended = Instant::now();
        *record.published.lock().last_mut().expect("it was added") = attempt;
    }
}

fn reports(vehicle_id: VehicleId, at: Timestamp) -> [Report; 2] {
    let level = Percentage::new(50.0).expect("a percentage");
    let contents = [
        Content::Position {
            position: position(at),
            speed: None,
        },
        Content::Battery { level, at },
    ];
    contents.map(|content| Report {
        vehicle_id,
        content,
        trace_parent: None,
    })
}

const fn position(timestamp: Timestamp) -> VehiclePosition {
    VehiclePosition {
        x: 1.0,
        y: 2.0,
        z: 0.0,
        rotation: Rotation::IDENTITY,
        timestamp,
        frame_id: None,
        map_id: None,
    }
}

fn records(at: Timestamp) -> Vec<LiveRecord> {
    let record = |number| LiveRecord {
        vehicle_id: vehicle(number),
        position: Some(position(at)),
        state: None,
        last_update: at,
        series: Series::default(),
        broken: BrokenParts::default(),
        expires_in: Duration::from_secs(3_600),
    };
    (0..VEHICLES_WITH_KEYS).map(record).collect()
}

async fn command(store: RedisLiveStore, letters: RedisDeadLetters, record: Arc<Record>) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let ids: Vec<_> = (0..VEHICLES_WITH_KEYS).map(vehicle).collect();
    for number in 1.. {
        ticks.tick().await;
        let at = Timestamp::from_unix_ms(number).expect("a time");
        let records = records(at);
        let letter = DeadLetter::new(
            Channel::State,
            b"x",
            Rejection::new(Reason::NotJson, "broken"),
            at,
        );
        for name in COMMANDS {
            let began = Instant::now();
            let succeeded = match name {
                "write keys" => record.has_succeeded(name, store.write(&records).await),
                "read keys" => record.has_succeeded(name, store.read(&ids).await),
                _ => record.has_succeeded(name, letters.append(std::slice::from_ref(&letter)).await),
            };
            let attempt = Attempt {
                began,
                ended: Instant::now(),
                succeeded,
            };
            record.commands.lock().entry(name).or_default().push(attempt);
        }
    }
}
