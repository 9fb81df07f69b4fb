//! Health and readiness of the server, for probes and operators. Probes don't log in, so there is no actor here, and
//! the answers contain only what may be published.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::{
    FutureExt as _,
    future::{BoxFuture, Shared, WeakShared},
};
use parking_lot::Mutex;
use tokio::time::{Instant, timeout};

use crate::{
    error::{Error, Result},
    live::{FeedStatus, Live},
    ports::{Capability, Dependency},
};

/// Maximum time for a dependency to answer.
const TIMEOUT: Duration = Duration::from_secs(1);

/// Time for which an answer is reused. The endpoints need no token, so not every request should cause a request to a
/// store.
const FRESH_FOR: Duration = Duration::from_millis(500);

/// Health of the server or of one of its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Fully working.
    Up,
    /// Partly working.
    Degraded,
    /// Not working.
    Down,
}

/// Result of checking a dependency.
#[derive(Debug, Clone)]
pub enum Answer {
    /// The store is part of this process and is always available.
    Embedded,
    /// The dependency answered.
    Given {
        /// Time until the answer.
        latency: Duration,
    },
    /// The dependency answered, but refuses writes.
    ReadOnly {
        /// Time until the answer.
        latency: Duration,
        /// Reason that may be published.
        reason: &'static str,
    },
    /// The dependency did not answer.
    Missing {
        /// Time until the check failed.
        latency: Duration,
        /// Error whose message may be published.
        error: Arc<Error>,
    },
}

impl Answer {
    /// Returns the status, which is degraded for a read-only dependency.
    #[must_use]
    pub const fn status(&self) -> Status {
        match self {
            Self::Embedded | Self::Given { .. } => Status::Up,
            Self::ReadOnly { .. } => Status::Degraded,
            Self::Missing { .. } => Status::Down,
        }
    }
}

/// Health of Redis, which serves commands and carries the robots' messages.
#[derive(Debug)]
pub struct RedisHealth {
    /// Result of a command.
    pub answer: Answer,
    /// Status of the subscription to the robots' channels.
    pub feed: FeedStatus,
}

impl RedisHealth {
    /// Returns the status, which is degraded if Redis answers but refuses writes, or the subscription is down.
    #[must_use]
    pub const fn status(&self) -> Status {
        match self.answer.status() {
            Status::Up if !self.feed.is_up => Status::Degraded,
            status => status,
        }
    }
}

/// Health of the server as a whole.
#[derive(Debug)]
pub struct Health {
    /// The registry.
    pub database: Answer,
    /// The bus and the live keys.
    pub redis: RedisHealth,
}

impl Health {
    /// Returns the status, which is down only if both dependencies are: without the database live delivery continues,
    /// and without Redis vehicles can be managed and their last known state is still shown.
    #[must_use]
    pub const fn status(&self) -> Status {
        match (self.database.status(), self.redis.status()) {
            (Status::Up, Status::Up) => Status::Up,
            (Status::Down, Status::Down) => Status::Down,
            _ => Status::Degraded,
        }
    }
}

/// Checks the dependencies, concurrently and each for at most a second. However many callers ask, each dependency is
/// checked once at a time and at most twice a second: the endpoints need no token, and each check takes a connection.
#[derive(Clone)]
pub struct CheckHealth {
    database: Option<Asked>,
    redis: Option<Asked>,
    live: Arc<Live>,
}

impl CheckHealth {
    /// Checks these dependencies; `None` means a store in this process.
    #[must_use]
    pub fn new(
        database: Option<Arc<dyn Dependency>>,
        redis: Option<Arc<dyn Dependency>>,
        live: Arc<Live>,
    ) -> Self {
        Self {
            database: database.map(Asked::new),
            redis: redis.map(Asked::new),
            live,
        }
    }

    pub async fn execute(&self) -> Health {
        let (database, redis) = tokio::join!(self.database(), self.redis());
        Health { database, redis }
    }

    pub async fn database(&self) -> Answer {
        answer_of(self.database.as_ref()).await
    }

    /// Checks Redis. It is degraded while the live keys cannot be written, even if it answers.
    pub async fn redis(&self) -> RedisHealth {
        let answer = match answer_of(self.redis.as_ref()).await {
            Answer::Given { latency } if self.live.is_failing_to_write_keys() => Answer::ReadOnly {
                latency,
                reason: "the live keys cannot be written",
            },
            answer => answer,
        };
        RedisHealth {
            answer,
            feed: self.live.stats().feed,
        }
    }
}

async fn answer_of(asked: Option<&Asked>) -> Answer {
    match asked {
        Some(asked) => asked.answer().await,
        None => Answer::Embedded,
    }
}

type Question = BoxFuture<'static, Answer>;

/// A dependency and its latest answer, shared by all callers.
#[derive(Clone)]
struct Asked {
    dependency: Arc<dyn Dependency>,
    known: Arc<Mutex<Known>>,
}

#[derive(Default)]
struct Known {
    /// The pending check. Weak, so that it is dropped with its last caller.
    question: Option<WeakShared<Question>>,
    answer: Option<(Answer, Instant)>,
}

impl Asked {
    fn new(dependency: Arc<dyn Dependency>) -> Self {
        Self {
            dependency,
            known: Arc::default(),
        }
    }

    async fn answer(&self) -> Answer {
        let question = {
            let mut known = self.known.lock();
            if let Some((answer, at)) = &known.answer
                && at.elapsed() < FRESH_FOR
            {
                return answer.clone();
            }
            // A check that is complete has stored its answer, which is outdated by now, so only a pending one is
            // joined.
            let under_way = known.question.as_ref().and_then(WeakShared::upgrade);
            match under_way.filter(|shared| shared.peek().is_none()) {
                Some(under_way) => under_way,
                None => {
                    let next = ask(Arc::clone(&self.dependency), Arc::clone(&self.known));
                    let next: Shared<Question> = next.boxed().shared();
                    known.question = next.downgrade();
                    next
                }
            }
        };
        question.await
    }
}

async fn ask(dependency: Arc<dyn Dependency>, known: Arc<Mutex<Known>>) -> Answer {
    let asked_at = Instant::now();
    let answered = timeout(TIMEOUT, dependency.check()).await;
    let latency = asked_at.elapsed();
    let answer = match answered.unwrap_or_else(|elapsed| Err(Error::unavailable(dependency.name(), elapsed)))
    {
        Ok(Capability::ReadWrite) => Answer::Given { latency },
        Ok(Capability::ReadOnly { reason }) => Answer::ReadOnly { latency, reason },
        Err(error) => Answer::Missing {
            latency,
            error: Arc::new(error),
        },
    };
    let before = known.lock().answer.replace((answer.clone(), Instant::now()));
    let was = before.map_or(Status::Up, |(before, _)| before.status());
    if was != answer.status() {
        log_change(dependency.name(), &answer);
    }
    answer
}

/// Logs only changes of the status: the endpoints need no token, so requests must not fill the log.
fn log_change(dependency: &str, answer: &Answer) {
    match answer {
        Answer::Embedded | Answer::Given { .. } => {
            tracing::info!(dependency, "a dependency is available again")
        }
        Answer::ReadOnly { reason, .. } => tracing::warn!(dependency, reason, "a dependency rejects writes"),
        Answer::Missing { error, .. } => {
            let cause = std::error::Error::source(&**error);
            tracing::warn!(dependency, %error, cause, "a dependency is unavailable");
        }
    }
}

/// Reason why a server is not ready for requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotReady {
    /// The registry has not been read yet.
    Starting,
    /// It is not known yet whether the robots' channels can be subscribed to.
    Unheard,
    /// The first administrator has not been created yet, see [`Readiness::hold`].
    Held,
    /// The server is shutting down.
    ShuttingDown,
}

/// Readiness of the server for requests from a load balancer. Clones share one state.
#[derive(Debug, Clone)]
pub struct Readiness {
    live: Arc<Live>,
    /// Number of [`Hold`]s.
    holds: Arc<AtomicUsize>,
    is_shutting_down: Arc<AtomicBool>,
}

/// Prevents the server from being ready until it is dropped.
#[derive(Debug)]
pub struct Hold(Arc<AtomicUsize>);

impl Drop for Hold {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Readiness {
    /// Creates the readiness of a server that starts. It is not ready until the registry has been read and the robots'
    /// channels are subscribed, so that every later message arrives. A bus that was found to be unreachable does not
    /// prevent readiness.
    #[must_use]
    pub fn new(live: Arc<Live>) -> Self {
        Self {
            live,
            holds: Arc::default(),
            is_shutting_down: Arc::default(),
        }
    }

    /// Prevents the server from being ready until the returned value is dropped, while the first administrator is being
    /// created.
    #[must_use]
    pub fn hold(&self) -> Hold {
        self.holds.fetch_add(1, Ordering::AcqRel);
        Hold(Arc::clone(&self.holds))
    }

    /// Makes the server not ready, permanently.
    pub fn shut_down(&self) {
        self.is_shutting_down.store(true, Ordering::Release);
    }

    /// Checks that the server is ready.
    ///
    /// # Errors
    /// Returns the reason why it is not ready.
    pub fn check(&self) -> Result<(), NotReady> {
        if self.is_shutting_down.load(Ordering::Acquire) {
            Err(NotReady::ShuttingDown)
        } else if !self.live.registry_status().is_loaded() {
            Err(NotReady::Starting)
        } else if !self.live.read(|core, _| core.is_feed_known()) {
            Err(NotReady::Unheard)
        } else if self.holds.load(Ordering::Acquire) > 0 {
            Err(NotReady::Held)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use domain::telemetry::{FreshnessRules, PlausibilityRules, Timestamp};
    use futures::future::{join, join_all};
    use rstest::rstest;
    use tokio::sync::Semaphore;

    use super::*;
    use crate::{Moment, live::LiveRules, ports::Clock};

    fn answer(is_there: bool) -> Answer {
        let latency = Duration::from_millis(1);
        if is_there {
            Answer::Given { latency }
        } else {
            Answer::Missing {
                latency,
                error: Arc::new(Error::unavailable("database", "connection refused")),
            }
        }
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
            database: answer(database),
            redis: RedisHealth {
                answer: answer(redis),
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
        let asked = Asked::new(store.clone());
        for round in 1..=2 {
            let all = join_all((0..50).map(|_| asked.answer()));
            // This is polled after the others, so all of them are waiting by then.
            let (answers, ()) = join(all, async { store.goes_on.add_permits(1) }).await;
            assert!(answers.iter().all(|answer| answer.status() == Status::Up));
            assert_eq!(store.asked.load(Ordering::SeqCst), round);
            for _ in 0..1_000 {
                asked.answer().await;
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
        let asked = Asked::new(store.clone());
        assert!(asked.answer().now_or_never().is_none());
        store.goes_on.add_permits(1);
        assert_eq!(asked.answer().await.status(), Status::Up);
        assert_eq!(store.asked.load(Ordering::SeqCst), 2);
    }

    #[test]
    fn a_server_is_not_ready_before_the_first_administrator_is_created() {
        let live = a_live_core();
        let readiness = Readiness::new(Arc::clone(&live));
        let (one, other) = (readiness.hold(), readiness.clone().hold());
        assert_eq!(readiness.check(), Err(NotReady::Starting));
        live.registry_status().set_loaded();
        assert_eq!(readiness.check(), Err(NotReady::Unheard));
        live.set_feed(true);
        drop(one);
        assert_eq!(readiness.check(), Err(NotReady::Held));
        drop(other);
        assert_eq!(readiness.check(), Ok(()));
    }

    #[test]
    fn a_server_is_ready_once_the_bus_is_known_to_be_unavailable() {
        let live = a_live_core();
        live.registry_status().set_loaded();
        let readiness = Readiness::new(Arc::clone(&live));
        assert_eq!(readiness.check(), Err(NotReady::Unheard));
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
}
