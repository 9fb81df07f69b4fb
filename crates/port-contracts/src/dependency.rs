//! The contract of `Dependency`.
//!
//! `port_contracts::dependency_contract!(my_service);` generates a test for each check below. The argument is an async
//! function without arguments that returns a running [`Service`].

use std::time::{Duration, Instant};

use application::ports::{Capability, CircuitState, Dependency};
use async_trait::async_trait;
use futures::future::join_all;
use tokio::time::sleep;

/// A service that can be stopped and restarted, and a dependency on it.
#[async_trait]
pub trait Service: Send + Sync {
    fn dependency(&self) -> &dyn Dependency;

    /// Stops the service.
    async fn go_away(&self);

    /// Restarts the service.
    async fn come_back(&self);

    /// Makes the service refuse all writes but answer reads.
    async fn refuse_writes(&self);
}

/// Generates a test for each check of the contract.
#[macro_export]
macro_rules! dependency_contract {
    ($($subject:tt)+) => {
        $crate::contract! { dependency, $($subject)+ =>
            its_name_is_valid_as_a_metric_label
            a_service_that_answers_reads_and_writes
            concurrent_checks_are_answered
            a_stopped_service_is_unavailable_until_it_is_restarted
            the_circuit_is_open_while_the_service_is_stopped_and_closes_without_a_call
            a_service_that_refuses_writes_is_read_only_with_a_reason
        }
    };
}

/// Time limit for detecting a change, far above the usual time.
const DEADLINE: Duration = Duration::from_secs(20);

async fn until(what: &str, is_so: impl AsyncFn() -> bool) {
    let began = Instant::now();
    while !is_so().await {
        assert!(began.elapsed() < DEADLINE, "not noticed in time: {what}");
        sleep(Duration::from_millis(10)).await;
    }
}

pub async fn its_name_is_valid_as_a_metric_label(service: &dyn Service) {
    let name = service.dependency().name();
    let is_word = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    assert!(is_word && (1..=32).contains(&name.len()), "{name:?}");
}

pub async fn a_service_that_answers_reads_and_writes(service: &dyn Service) {
    for _ in 0..3 {
        let found = service.dependency().check().await;
        assert_eq!(found.expect("the service answers"), Capability::ReadWrite);
    }
}

pub async fn concurrent_checks_are_answered(service: &dyn Service) {
    let checks = (0..50).map(|_| service.dependency().check());
    for found in join_all(checks).await {
        assert_eq!(found.expect("the service answers"), Capability::ReadWrite);
    }
}

pub async fn a_stopped_service_is_unavailable_until_it_is_restarted(service: &dyn Service) {
    let dependency = service.dependency();
    dependency.check().await.expect("the service answers");
    service.go_away().await;
    for _ in 0..3 {
        let outcome = dependency.check().await;
        assert!(
            outcome.as_ref().is_err_and(|error| error.is_unavailable()),
            "{outcome:?}"
        );
    }
    service.come_back().await;
    until("it is available again", async || dependency.check().await.is_ok()).await;
    assert_eq!(
        dependency.check().await.expect("the service answers"),
        Capability::ReadWrite
    );
}

pub async fn the_circuit_is_open_while_the_service_is_stopped_and_closes_without_a_call(
    service: &dyn Service,
) {
    let dependency = service.dependency();
    dependency.check().await.expect("the service answers");
    assert_eq!(dependency.circuit(), Some(CircuitState::Closed));
    service.go_away().await;
    until("the circuit opens", async || {
        dependency.check().await.is_err() && dependency.circuit() != Some(CircuitState::Closed)
    })
    .await;
    // Each of these calls would take a moment if it were made.
    let began = Instant::now();
    for _ in 0..1_000 {
        let outcome = dependency.check().await;
        assert!(outcome.is_err_and(|error| error.is_unavailable()));
    }
    assert!(began.elapsed() < DEADLINE, "{:?}", began.elapsed());
    service.come_back().await;
    until("the circuit closes", async || {
        dependency.circuit() == Some(CircuitState::Closed)
    })
    .await;
    dependency.check().await.expect("the service answers");
}

pub async fn a_service_that_refuses_writes_is_read_only_with_a_reason(service: &dyn Service) {
    let dependency = service.dependency();
    service.refuse_writes().await;
    until("the server rejects writes", async || {
        let found = dependency.check().await.expect("the service answers");
        matches!(found, Capability::ReadOnly { reason } if !reason.is_empty())
    })
    .await;
}
