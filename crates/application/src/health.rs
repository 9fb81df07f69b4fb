//! Whether the server can do its work, for probes and operators. Probes have no log-in, so there is no actor
//! here, and nothing in the answers that a stranger may not know.

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

/// How long a dependency may take to answer.
const TIMEOUT: Duration = Duration::from_secs(1);

/// How long an answer is reused: the endpoints need no token, and must not turn each request into one to a store.
const FRESH_FOR: Duration = Duration::from_millis(500);

/// How well something works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// As it should.
    Up,
    /// In part.
    Degraded,
    /// Not at all.
    Down,
}

/// What came of asking a dependency.
#[derive(Debug, Clone)]
pub enum Answer {
    /// It lives in this process and cannot be away.
    Embedded,
    /// It answered.
    Given {
        /// The round trip.
        latency: Duration,
    },
    /// It answered, and refuses every write.
    ReadOnly {
        /// The round trip.
        latency: Duration,
        /// Why, in words that may be shown.
        reason: &'static str,
    },
    /// It did not.
    Missing {
        /// How long it was waited for.
        latency: Duration,
        /// Why, in words that may be shown.
        error: Arc<Error>,
    },
}

impl Answer {
    /// Degraded when it can only be read.
    #[must_use]
    pub const fn status(&self) -> Status {
        match self {
            Self::Embedded | Self::Given { .. } => Status::Up,
            Self::ReadOnly { .. } => Status::Degraded,
            Self::Missing { .. } => Status::Down,
        }
    }
}

/// How Redis works: it is asked for keys, and it is listened to.
#[derive(Debug)]
pub struct RedisHealth {
    /// What it answers.
    pub answer: Answer,
    /// Whether robots are heard through it.
    pub feed: FeedStatus,
}

impl RedisHealth {
    /// Degraded when it answers, but refuses writes, or robots are not heard.
    #[must_use]
    pub const fn status(&self) -> Status {
        match self.answer.status() {
            Status::Up if !self.feed.is_up => Status::Degraded,
            status => status,
        }
    }
}

/// How the server works as a whole.
#[derive(Debug)]
pub struct Health {
    /// The truth about vehicles.
    pub database: Answer,
    /// The truth about now.
    pub redis: RedisHealth,
}

impl Health {
    /// Down only when neither dependency is there: without the database live delivery goes on, without Redis
    /// vehicles are still managed and their last known state is still shown.
    #[must_use]
    pub const fn status(&self) -> Status {
        match (self.database.status(), self.redis.status()) {
            (Status::Up, Status::Up) => Status::Up,
            (Status::Down, Status::Down) => Status::Down,
            _ => Status::Degraded,
        }
    }
}

/// Asks the dependencies how they are: all at once, each for at most a second. However many want to know, each
/// dependency is asked once at a time and at most twice a second: the endpoints need no token, and each question takes
/// a connection.
#[derive(Clone)]
pub struct CheckHealth {
    database: Option<Asked>,
    redis: Option<Asked>,
    live: Arc<Live>,
}

impl CheckHealth {
    /// Who is asked; `None` for a store that lives in this process.
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

    /// How all is.
    pub async fn execute(&self) -> Health {
        let (database, redis) = tokio::join!(self.database(), self.redis());
        Health { database, redis }
    }

    /// How the database is.
    pub async fn database(&self) -> Answer {
        answer_of(self.database.as_ref()).await
    }

    /// How Redis is. One that answers is degraded while the live keys cannot be written.
    pub async fn redis(&self) -> RedisHealth {
        let answer = match answer_of(self.redis.as_ref()).await {
            Answer::Given { latency } if self.live.is_failing_to_write_keys() => Answer::ReadOnly {
                latency,
                reason: "the live keys can't be written",
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
    /// The question that it is being asked. It is dropped with its last caller.
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

/// Logs a change only: the endpoints need no token.
fn log_change(dependency: &str, answer: &Answer) {
    match answer {
        Answer::Embedded | Answer::Given { .. } => tracing::info!(dependency, "a dependency is well again"),
        Answer::ReadOnly { reason, .. } => tracing::warn!(dependency, reason, "a dependency refuses writes"),
        Answer::Missing { error, .. } => {
            let cause = std::error::Error::source(&**error);
            tracing::warn!(dependency, %error, cause, "a dependency does not answer");
        }
    }
}

/// Why a server wants no requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotReady {
    /// It does not know the vehicles yet.
    Starting,
    /// It does not know yet whether robots are heard.
    Unheard,
    /// The first administrator is not made yet, for whom it was asked to wait by [`Readiness::hold`].
    Held,
    /// It is about to stop.
    ShuttingDown,
}

/// Whether a load balancer should send requests here. Shared by who shuts the server down and who is asked.
#[derive(Debug, Clone)]
pub struct Readiness {
    live: Arc<Live>,
    /// How many wait for the first administrator.
    holds: Arc<AtomicUsize>,
    is_shutting_down: Arc<AtomicBool>,
}

/// A wait for the first administrator; dropping this ends it.
#[derive(Debug)]
pub struct Hold(Arc<AtomicUsize>);

impl Drop for Hold {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Readiness {
    /// Not ready until the registry has been read and the robots' channels are subscribed, so that every later message
    /// arrives. A bus that was found to be away is no reason to refuse requests.
    #[must_use]
    pub fn new(live: Arc<Live>) -> Self {
        Self {
            live,
            holds: Arc::default(),
            is_shutting_down: Arc::default(),
        }
    }

    /// Not ready before the first administrator is made, too.
    #[must_use]
    pub fn hold(&self) -> Hold {
        self.holds.fetch_add(1, Ordering::AcqRel);
        Hold(Arc::clone(&self.holds))
    }

    /// From now on, and for good, no more requests are wanted.
    pub fn shut_down(&self) {
        self.is_shutting_down.store(true, Ordering::Release);
    }

    /// Whether requests are wanted.
    ///
    /// # Errors
    /// Why they are not.
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
    #[case::all_is_well(true, true, true, Status::Up)]
    #[case::live_delivery_goes_on_without_the_database(false, true, true, Status::Degraded)]
    #[case::vehicles_are_managed_without_redis(true, false, false, Status::Degraded)]
    #[case::redis_answers_but_robots_are_not_heard(true, true, false, Status::Degraded)]
    #[case::a_deaf_server_without_database_still_shows_the_last_known_state(
        false,
        true,
        false,
        Status::Degraded
    )]
    #[case::nothing_is_left(false, false, false, Status::Down)]
    fn the_whole_is_as_well_as_its_parts(
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

    /// Answers when it is told to.
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
            self.goes_on.acquire().await.expect("it is open").forget();
            Ok(Capability::ReadWrite)
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_dependency_is_asked_once_however_many_want_to_know() {
        let store = Arc::new(Slow {
            asked: AtomicUsize::new(0),
            goes_on: Semaphore::new(0),
        });
        let asked = Asked::new(store.clone());
        for round in 1..=2 {
            let all = join_all((0..50).map(|_| asked.answer()));
            // Polled behind the others, so that all of them wait by then.
            let (answers, ()) = join(all, async { store.goes_on.add_permits(1) }).await;
            assert!(answers.iter().all(|answer| answer.status() == Status::Up));
            assert_eq!(store.asked.load(Ordering::SeqCst), round);
            for _ in 0..1_000 {
                asked.answer().await;
            }
            assert_eq!(
                store.asked.load(Ordering::SeqCst),
                round,
                "the answer still counts"
            );
            tokio::time::advance(FRESH_FOR).await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_question_that_everybody_has_left_is_asked_anew() {
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
    fn requests_are_not_wanted_before_the_first_administrator_is_made() {
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
    fn requests_are_wanted_once_robots_were_found_not_to_be_heard() {
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
    fn what_is_embedded_is_up() {
        assert_eq!(Answer::Embedded.status(), Status::Up);
    }
}
