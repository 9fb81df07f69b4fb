use std::sync::atomic::{AtomicU16, AtomicU32};

use futures::stream::{self, BoxStream, StreamExt as _};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use super::*;
use crate::{
    health::{
        shared_check::{FRESH_FOR, SharedCheck},
        tests::RuntimeClock,
    },
    live::workers::Ticker,
    ports::{Canary, FeedEvent},
    telemetry::Report,
};

/// Maximum time of a check, with the inaccuracy of timers.
const LIMIT: Duration = Duration::from_millis(1_100);

/// A bus whose canaries arrive at once, if at all.
struct Bus {
    live: Arc<Live>,
    routes: u16,
    /// Number of routes by which canaries arrive.
    working: AtomicU16,
    /// Number of attempts whose canaries are still to be lost.
    to_lose: AtomicU32,
}

#[async_trait]
impl TelemetryBus for Bus {
    fn subscribe(&self) -> BoxStream<'static, FeedEvent> {
        stream::empty().boxed()
    }

    async fn publish(&self, _reports: &[Report]) -> Result<()> {
        Ok(())
    }

    async fn release_canaries(&self, number: u64) -> Result<u16> {
        if self.routes == 0 {
            return Err(Error::unavailable("redis", "connection refused"));
        }
        let lose = |left: u32| left.checked_sub(1);
        if self
            .to_lose
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, lose)
            .is_err()
        {
            for route in 0..self.working.load(Ordering::SeqCst) {
                self.live.pass_canary(Canary { number, route });
            }
        }
        Ok(self.routes)
    }
}

struct Rig {
    live: Arc<Live>,
    bus: Arc<Bus>,
    check: SharedCheck<Delivery>,
    _ticker: Option<AbortOnDropHandle<()>>,
}

impl Rig {
    fn new(routes: u16, working: u16, is_feed_up: bool) -> Self {
        let mut rig = Self::without_ticker(routes, working, is_feed_up);
        let ticker = Ticker::new(Arc::clone(&rig.live)).run(CancellationToken::new());
        rig._ticker = Some(AbortOnDropHandle::new(tokio::spawn(ticker)));
        rig
    }

    fn without_ticker(routes: u16, working: u16, is_feed_up: bool) -> Self {
        let clock = Arc::new(RuntimeClock(Instant::now()));
        let live = Live::new(test_builders::live_rules(), clock, None);
        live.set_feed(is_feed_up);
        let bus = Arc::new(Bus {
            live: Arc::clone(&live),
            routes,
            working: AtomicU16::new(working),
            to_lose: AtomicU32::new(0),
        });
        let check = SharedCheck::new(Delivery::new(bus.clone(), Arc::clone(&live)));
        Self {
            live,
            bus,
            check,
            _ticker: None,
        }
    }

    /// Returns the outcome of a new check.
    async fn outcome(&self) -> DeliveryHealth {
        tokio::time::advance(FRESH_FOR).await;
        self.check.outcome().await
    }
}

#[rstest::rstest]
#[case::every_canary_arrives(3, 3, true, Status::Up, None)]
#[case::the_subscription_is_stuck(
    1,
    0,
    true,
    Status::Down,
    Some("a canary sent through Redis did not arrive")
)]
#[case::the_feed_is_down(
    1,
    0,
    false,
    Status::Down,
    Some("the server is not subscribed to the robots' channels")
)]
#[case::one_master_is_missing(
    3,
    2,
    true,
    Status::Degraded,
    Some("canaries only arrive from some of the Redis servers")
)]
#[case::a_channel_of_robots_is_missing(
    3,
    3,
    false,
    Status::Degraded,
    Some("the server is not subscribed to some of the robots' channels")
)]
#[case::redis_takes_no_canary(0, 0, true, Status::Down, Some("a canary cannot be sent through Redis"))]
#[tokio::test(start_paused = true)]
async fn only_a_feed_whose_canaries_arrive_is_up(
    #[case] routes: u16,
    #[case] working: u16,
    #[case] is_feed_up: bool,
    #[case] status: Status,
    #[case] reason: Option<&str>,
) {
    let rig = Rig::new(routes, working, is_feed_up);
    let before = rig.live.stats();
    let asked_at = Instant::now();
    let health = rig.outcome().await;
    assert_eq!((health.status, health.reason), (status, reason));
    assert_eq!((health.routes, health.arrived), (routes, working));
    assert_eq!(health.latency.is_some(), routes > 0 && working == routes);
    assert!(asked_at.elapsed() <= FRESH_FOR + LIMIT);
    assert_eq!(rig.live.stats(), before, "the subscriber is gone");
}

#[tokio::test(start_paused = true)]
async fn a_core_that_is_not_ticked_delivers_only_one_canary_at_once() {
    let rig = Rig::without_ticker(2, 2, true);
    let health = rig.outcome().await;
    assert_eq!((health.status, health.arrived), (Status::Degraded, 1));
}

#[tokio::test(start_paused = true)]
async fn a_canary_that_is_lost_once_is_sent_again() {
    let rig = Rig::new(2, 2, true);
    rig.bus.to_lose.store(1, Ordering::SeqCst);
    let health = rig.outcome().await;
    assert_eq!(health.status, Status::Up);
    let latency = health.latency.expect("it arrived");
    assert!(
        latency < Duration::from_millis(100),
        "the latency is that of the last attempt: {latency:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn since_is_the_first_check_with_the_same_status() {
    let rig = Rig::new(1, 1, true);
    let first = rig.outcome().await.since;
    assert_eq!(rig.outcome().await.since, first);
    rig.bus.working.store(0, Ordering::SeqCst);
    let lost = rig.outcome().await.since;
    assert!(lost > first);
    assert_eq!(rig.outcome().await.since, lost);
    rig.bus.working.store(1, Ordering::SeqCst);
    assert!(rig.outcome().await.since > lost);
}
