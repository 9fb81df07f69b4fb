use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use domain::telemetry::{FreshnessRules, PlausibilityRules, Timestamp};
use futures::{
    FutureExt as _,
    future::{join, join_all},
};
use rstest::rstest;
use tokio::{sync::Semaphore, time::Instant};

use super::{
    dependency_check::DependencyCheck,
    shared_check::{FRESH_FOR, SharedCheck},
    *,
};
use crate::{
    Moment,
    error::{Error, Result},
    live::{FeedStatus, Live, LiveRules},
    ports::{Capability, Clock, Dependency},
    registry::Sequence,
};

fn checked(is_there: bool) -> Checked {
    let latency = Duration::from_millis(1);
    let answer = if is_there {
        Answer::Given { latency }
    } else {
        Answer::Missing {
            latency,
            error: Arc::new(Error::unavailable("database", "connection refused")),
        }
    };
    let since = Some(Timestamp::EPOCH);
    Checked { answer, since }
}

#[rstest]
#[case::everything_works(true, true, true, Status::Up)]
#[case::live_delivery_continues_without_the_database(false, true, true, Status::Degraded)]
#[case::vehicles_can_be_managed_without_redis(true, false, false, Status::Degraded)]
#[case::redis_answers_but_the_subscription_is_down(true, true, false, Status::Degraded)]
#[case::without_database_and_subscription_the_last_known_state_is_still_shown(
    false,
    true,
    false,
    Status::Degraded
)]
#[case::both_are_down(false, false, false, Status::Down)]
fn the_server_is_down_only_without_both_dependencies(
    #[case] database: bool,
    #[case] redis: bool,
    #[case] is_up: bool,
    #[case] expected: Status,
) {
    let feed = FeedStatus {
        is_up,
        since: Timestamp::MAX,
    };
    let health = Health {
        database: checked(database),
        redis: RedisHealth {
            commands: checked(redis),
            feed,
        },
    };
    assert_eq!(health.status(), expected);
}

/// A dependency that answers once a permit is added.
struct Slow {
    asked: AtomicUsize,
    goes_on: Semaphore,
}

#[async_trait]
impl Dependency for Slow {
    fn name(&self) -> &'static str {
        "store"
    }

    async fn check(&self) -> Result<Capability> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.goes_on.acquire().await.expect("it stays open").forget();
        Ok(Capability::ReadWrite)
    }
}

#[tokio::test(start_paused = true)]
async fn a_dependency_is_checked_once_for_any_number_of_callers() {
    let store = Arc::new(Slow {
        asked: AtomicUsize::new(0),
        goes_on: Semaphore::new(0),
    });
    let asked = SharedCheck::new(DependencyCheck::new(store.clone(), a_live_core()));
    for round in 1..=2 {
        let all = join_all((0..50).map(|_| asked.outcome()));
        // The permit is added after all callers have been polled, so all of them are waiting by then.
        let (answers, ()) = join(all, async { store.goes_on.add_permits(1) }).await;
        assert!(answers.iter().all(|answer| answer.status() == Status::Up));
        assert_eq!(store.asked.load(Ordering::SeqCst), round);
        for _ in 0..1_000 {
            asked.outcome().await;
        }
        assert_eq!(store.asked.load(Ordering::SeqCst), round, "the answer is reused");
        tokio::time::advance(FRESH_FOR).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_check_without_callers_is_dropped_and_started_again() {
    let store = Arc::new(Slow {
        asked: AtomicUsize::new(0),
        goes_on: Semaphore::new(0),
    });
    let asked = SharedCheck::new(DependencyCheck::new(store.clone(), a_live_core()));
    assert!(asked.outcome().now_or_never().is_none());
    store.goes_on.add_permits(1);
    assert_eq!(asked.outcome().await.status(), Status::Up);
    assert_eq!(store.asked.load(Ordering::SeqCst), 2);
}

#[test]
fn a_server_is_not_ready_before_the_first_administrator_is_created() {
    let live = a_live_core();
    let readiness = Readiness::new(Arc::clone(&live));
    let (one, other) = (readiness.hold(), readiness.clone().hold());
    assert_eq!(readiness.check(), Err(NotReady::Starting));
    live.registry_status().set_loaded(Sequence::START);
    assert_eq!(readiness.check(), Err(NotReady::NotSubscribed));
    live.set_feed(true);
    drop(one);
    assert_eq!(readiness.check(), Err(NotReady::Held));
    drop(other);
    assert_eq!(readiness.check(), Ok(()));
}

#[test]
fn a_server_is_ready_once_the_bus_is_known_to_be_unavailable() {
    let live = a_live_core();
    live.registry_status().set_loaded(Sequence::START);
    let readiness = Readiness::new(Arc::clone(&live));
    assert_eq!(readiness.check(), Err(NotReady::NotSubscribed));
    live.set_feed(false);
    assert_eq!(readiness.check(), Ok(()));
}

fn a_live_core() -> Arc<Live> {
    let plausibility = PlausibilityRules {
        bounds: "-1,-1,-1,1,1,1".parse().expect("bounds"),
        max_speed_mps: 30.0,
        max_jump_m: 10.0,
        max_ahead_ms: 5_000,
        relocation_samples: 5,
    };
    let freshness = FreshnessRules {
        stale_after: Duration::from_secs(5),
        disconnected_after: Duration::from_secs(30),
    };
    let rules = LiveRules {
        plausibility,
        freshness,
        key_ttl: Duration::from_secs(86_400),
    };
    Live::new(rules, Arc::new(Standstill), None)
}

struct Standstill;

impl Clock for Standstill {
    fn now(&self) -> Moment {
        Moment {
            unix_us: 0,
            uptime_us: 0,
        }
    }
}

#[test]
fn an_embedded_store_is_up() {
    assert_eq!(Answer::Embedded.status(), Status::Up);
}

/// A dependency whose capability the test chooses.
#[derive(Default)]
struct Changing {
    is_read_only: AtomicBool,
}

#[async_trait]
impl Dependency for Changing {
    fn name(&self) -> &'static str {
        "store"
    }

    async fn check(&self) -> Result<Capability> {
        Ok(match self.is_read_only.load(Ordering::SeqCst) {
            true => Capability::ReadOnly { reason: "full" },
            false => Capability::ReadWrite,
        })
    }
}

#[tokio::test(start_paused = true)]
async fn since_is_the_first_check_with_the_same_status() {
    let store = Arc::new(Changing::default());
    let live = Live::new(
        test_builders::live_rules(),
        Arc::new(RuntimeClock(Instant::now())),
        None,
    );
    let asked = SharedCheck::new(DependencyCheck::new(store.clone(), live));
    let since = async || {
        tokio::time::advance(FRESH_FOR).await;
        let Checked { since, .. } = asked.outcome().await;
        since.expect("the store is not embedded").as_unix_ms()
    };
    assert_eq!((since().await, since().await), (500, 500));
    store.is_read_only.store(true, Ordering::SeqCst);
    assert_eq!((since().await, since().await), (1_500, 1_500));
    store.is_read_only.store(false, Ordering::SeqCst);
    assert_eq!(since().await, 2_500);
}

#[rstest]
#[case::the_feed_came_up_later(true, true, 20, Some(20))]
#[case::commands_came_back_later(true, true, 5, Some(10))]
#[case::the_feed_is_down(true, false, 20, Some(20))]
#[case::commands_fail(false, false, 20, Some(10))]
fn redis_has_its_status_since_the_last_change_of_its_parts(
    #[case] answers: bool,
    #[case] is_up: bool,
    #[case] feed_since: i64,
    #[case] expected: Option<i64>,
) {
    let at = |ms| Timestamp::from_unix_ms(ms).expect("a time");
    let health = RedisHealth {
        commands: Checked {
            since: Some(at(10)),
            ..checked(answers)
        },
        feed: FeedStatus {
            is_up,
            since: at(feed_since),
        },
    };
    assert_eq!(health.since().map(Timestamp::as_unix_ms), expected);
}

/// A clock that follows the paused time of the runtime, and started in 1970.
pub(super) struct RuntimeClock(pub(super) Instant);

impl Clock for RuntimeClock {
    fn now(&self) -> Moment {
        Standstill.now().after(self.0.elapsed())
    }
}
