use std::{
    future::{pending, ready},
    sync::atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use futures::{FutureExt as _, future::join_all};
use tokio::time::{advance, timeout};

use super::*;
use crate::probe::Unreachable;

const PATIENCE: Duration = Duration::from_millis(500);
const PROBE_WITHIN: Duration = Duration::from_secs(1);
/// Time limit for anything that a test waits for. Paused time passes at once.
const DEADLINE: Duration = Duration::from_secs(60);

/// A server that can be away, or accept connections without answering.
#[derive(Default)]
struct Server {
    is_away: AtomicBool,
    is_silent: AtomicBool,
    attempts: Mutex<Vec<Instant>>,
}

#[async_trait]
impl Probe for Server {
    async fn reach(&self) -> Result<(), Unreachable> {
        self.attempts.lock().push(Instant::now());
        if self.is_silent.load(Ordering::SeqCst) {
            pending::<()>().await;
        }
        match self.is_away.load(Ordering::SeqCst) {
            true => Err(Unreachable("connection refused".to_owned())),
            false => Ok(()),
        }
    }
}

struct Scene {
    server: Arc<Server>,
    circuits: Circuits,
    breaker: CircuitBreaker,
}

impl Scene {
    fn set() -> Self {
        let server = Arc::new(Server::default());
        let circuits = Circuits::of("store");
        let options = BreakerOptions {
            server: "store:1".to_owned(),
            patience: PATIENCE,
            long_patience: Duration::from_secs(3),
            probe_within: PROBE_WITHIN,
        };
        let breaker = CircuitBreaker::new(&circuits, options, Arc::clone(&server) as Arc<dyn Probe>);
        Self {
            server,
            circuits,
            breaker,
        }
    }

    fn go_away(&self) {
        self.server.is_away.store(true, Ordering::SeqCst);
    }

    fn come_back(&self) {
        self.server.is_away.store(false, Ordering::SeqCst);
        self.server.is_silent.store(false, Ordering::SeqCst);
    }

    fn attempts(&self) -> usize {
        self.server.attempts.lock().len()
    }

    async fn until(&self, circuit: CircuitState) {
        let mut state = self.breaker.knowledge.state.subscribe();
        let reached = timeout(DEADLINE, state.wait_for(|state| state.circuit == circuit)).await;
        let reached = reached.expect("the circuit should change");
        drop(reached.expect("the sender exists"));
    }

    async fn lose(&self) {
        self.breaker.lose(&"connection refused").await;
    }

    /// Makes a call that takes some time, and returns whether the circuit let it pass.
    async fn call(&self, takes: Duration) -> Result<(), CircuitOpen> {
        self.breaker.guard(sleep(takes)).await
    }
}

#[tokio::test(start_paused = true)]
async fn calls_pass_a_closed_circuit_without_a_probe() {
    let scene = Scene::set();
    assert_eq!(scene.breaker.guard(ready(7)).await, Ok(7));
    scene.call(PATIENCE / 2).await.expect("the circuit is closed");
    assert_eq!(
        (scene.breaker.state(), scene.attempts()),
        (CircuitState::Closed, 0)
    );
}

#[tokio::test(start_paused = true)]
async fn a_reported_loss_opens_the_circuit_and_calls_fail_without_being_made() {
    let scene = Scene::set();
    scene.go_away();
    scene.lose().await;
    assert_eq!(scene.circuits.state(), CircuitState::Open);
    let made = AtomicBool::new(false);
    let call = scene.breaker.guard(async { made.store(true, Ordering::SeqCst) });
    assert_eq!(call.now_or_never(), Some(Err(CircuitOpen)));
    assert!(!made.load(Ordering::SeqCst));
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_does_not_answer_makes_older_ones_unusable_and_leaves_the_circuit_closed() {
    let scene = Scene::set();
    let before = Instant::now().into_std();
    assert!(scene.breaker.trusts(before));
    advance(Duration::from_secs(5)).await;
    scene.breaker.distrust_connections();
    advance(Duration::from_millis(1)).await;
    assert!(!scene.breaker.trusts(before));
    assert!(scene.breaker.trusts(Instant::now().into_std()));
    assert_eq!(scene.breaker.state(), CircuitState::Closed);
}

#[tokio::test(start_paused = true)]
async fn connections_with_an_outdated_property_are_replaced_once_they_are_older_than_a_limit() {
    const LIMIT: Duration = Duration::from_secs(1);
    let scene = Scene::set();
    // Paused time starts at an arbitrary moment, before which there need not be a second.
    advance(Duration::from_secs(60)).await;
    let (old, distrust) = (Instant::now().into_std(), || {
        scene.breaker.distrust_connections_older_than(LIMIT);
    });
    advance(LIMIT / 2).await;
    let young = Instant::now().into_std();
    distrust();
    assert!(scene.breaker.trusts(old) && scene.breaker.trusts(young));
    advance(LIMIT / 2 + Duration::from_millis(1)).await;
    distrust();
    assert!(!scene.breaker.trusts(old) && scene.breaker.trusts(young));
    assert_eq!(scene.breaker.state(), CircuitState::Closed);

    scene.breaker.distrust_connections();
    distrust();
    assert!(!scene.breaker.trusts(young), "distrust does not end");
}

#[tokio::test(start_paused = true)]
async fn calls_in_flight_fail_when_the_circuit_opens() {
    let scene = Scene::set();
    scene.go_away();
    let calls = (0..100).map(|_| scene.breaker.guard(pending::<()>()));
    let (outcomes, ()) = tokio::join!(join_all(calls), scene.lose());
    assert!(outcomes.iter().all(|outcome| *outcome == Err(CircuitOpen)));
}

#[tokio::test(start_paused = true)]
async fn only_the_probe_passes_a_half_open_circuit() {
    let scene = Scene::set();
    scene.server.is_silent.store(true, Ordering::SeqCst);
    scene.lose().await;
    scene.until(CircuitState::HalfOpen).await;
    assert_eq!(scene.circuits.state(), CircuitState::HalfOpen);
    for _ in 0..50 {
        let outcome = scene.breaker.guard(ready(())).now_or_never();
        assert_eq!(outcome, Some(Err(CircuitOpen)));
    }
    assert_eq!(scene.attempts(), 1);

    let began = Instant::now();
    scene.until(CircuitState::Open).await;
    assert_eq!(began.elapsed().as_millis() / 10, PROBE_WITHIN.as_millis() / 10);
    assert_eq!(*scene.breaker.knowledge.reason.lock(), "no answer within 1 s");
    scene.until(CircuitState::HalfOpen).await;
    assert_eq!(scene.attempts(), 2);
}

#[tokio::test(start_paused = true)]
async fn the_circuit_closes_once_the_probe_reaches_the_server() {
    let scene = Scene::set();
    scene.go_away();
    scene.lose().await;
    sleep(Duration::from_secs(10)).await;
    assert_ne!(scene.breaker.state(), CircuitState::Closed);
    scene.come_back();
    let began = Instant::now();
    scene.until(CircuitState::Closed).await;
    // Timers have a granularity of a millisecond.
    let limit = 2 * MAX_PAUSE + Duration::from_millis(1);
    assert!(began.elapsed() <= limit, "{:?}", began.elapsed());
    assert_eq!(scene.breaker.guard(ready(7)).await, Ok(7));
    assert_eq!(scene.circuits.state(), CircuitState::Closed);
}

#[tokio::test]
async fn a_caller_that_does_nothing_but_repeat_its_call_lets_the_probe_run() {
    let scene = Scene::set();
    scene.lose().await;
    let calls = async { while scene.breaker.guard(ready(())).await.is_err() {} };
    timeout(DEADLINE, calls).await.expect("the circuit closes");
}

#[tokio::test(start_paused = true)]
async fn attempts_follow_one_another_with_growing_random_pauses() {
    let scene = Scene::set();
    scene.go_away();
    scene.lose().await;
    sleep(Duration::from_secs(30)).await;
    let attempts = scene.server.attempts.lock().clone();
    let pauses: Vec<_> = attempts
        .windows(2)
        .map(|pair| (pair[1] - pair[0]).as_millis())
        .collect();
    // Timers have a granularity of a millisecond.
    for (pause, shortest) in pauses.iter().zip([100, 200, 400, 500, 500, 500]) {
        assert!((shortest..=2 * shortest + 1).contains(pause), "{pauses:?}");
    }
    assert!(pauses.iter().all(|pause| *pause <= 1_001), "{pauses:?}");
    assert!(pauses[5..].iter().any(|pause| *pause != pauses[4]), "{pauses:?}");
}

#[tokio::test(start_paused = true)]
async fn a_slow_call_starts_few_probes_and_completes_if_the_server_is_reachable() {
    let scene = Scene::set();
    scene.call(5 * PATIENCE).await.expect("the server is reachable");
    assert_eq!(
        (scene.breaker.state(), scene.attempts()),
        (CircuitState::Closed, 1)
    );
}

#[tokio::test(start_paused = true)]
async fn many_slow_calls_start_few_probes() {
    let scene = Scene::set();
    let began = Instant::now();
    let calls = (0..100).map(|number| {
        let scene = &scene;
        async move {
            sleep(Duration::from_millis(number * 10)).await;
            scene.call(2 * PATIENCE).await
        }
    });
    assert!(join_all(calls).await.iter().all(Result::is_ok));
    let limit = began.elapsed().as_millis() / PATIENCE.as_millis();
    let attempts = scene.attempts() as u128;
    assert!((1..=limit).contains(&attempts), "{attempts} of {limit}");
}

#[tokio::test(start_paused = true)]
async fn a_slow_call_fails_once_the_probe_finds_the_server_silent() {
    let scene = Scene::set();
    scene.server.is_silent.store(true, Ordering::SeqCst);
    let began = Instant::now();
    assert_eq!(scene.call(DEADLINE).await, Err(CircuitOpen));
    let expected = PATIENCE + PROBE_WITHIN;
    assert_eq!(began.elapsed().as_millis() / 10, expected.as_millis() / 10);
}

#[tokio::test(start_paused = true)]
async fn a_doubt_opens_the_circuit_only_if_the_server_is_unreachable() {
    let scene = Scene::set();
    scene.breaker.suspect();
    sleep(PATIENCE).await;
    assert_eq!(
        (scene.breaker.state(), scene.attempts()),
        (CircuitState::Closed, 1)
    );
    scene.go_away();
    scene.breaker.suspect();
    scene.until(CircuitState::Open).await;
}

#[tokio::test(start_paused = true)]
async fn a_loss_during_an_attempt_requires_another_attempt() {
    let scene = Scene::set();
    scene.go_away();
    scene.server.is_silent.store(true, Ordering::SeqCst);
    scene.lose().await;
    scene.until(CircuitState::HalfOpen).await;
    scene.lose().await;
    assert_eq!(scene.breaker.state(), CircuitState::Open);
    scene.come_back();
    scene.until(CircuitState::Closed).await;
    assert!(scene.attempts() >= 2);
}

#[tokio::test(start_paused = true)]
async fn connections_from_before_a_loss_are_not_trusted() {
    let scene = Scene::set();
    let before = Instant::now().into_std();
    assert!(scene.breaker.trusts(before));
    advance(Duration::from_millis(1)).await;
    scene.lose().await;
    scene.until(CircuitState::Closed).await;
    assert!(!scene.breaker.trusts(before));
    advance(Duration::from_millis(1)).await;
    assert!(scene.breaker.trusts(Instant::now().into_std()));
}

#[tokio::test(start_paused = true)]
async fn a_dropped_breaker_stops_its_probe_and_no_longer_counts() {
    let scene = Scene::set();
    scene.server.is_silent.store(true, Ordering::SeqCst);
    scene.lose().await;
    scene.until(CircuitState::HalfOpen).await;
    let Scene {
        server,
        circuits,
        breaker,
    } = scene;
    drop(breaker);
    sleep(Duration::from_secs(1)).await;
    let attempts = server.attempts.lock().len();
    sleep(Duration::from_secs(10)).await;
    assert_eq!(server.attempts.lock().len(), attempts);
    assert_eq!(circuits.state(), CircuitState::Closed);
}
