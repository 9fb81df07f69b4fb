//! The contract of `Leases`.
//!
//! `port_contracts::leases_contract!(my_leases);` generates a test for each check below. The argument is an async
//! function without arguments that returns an empty store of leases.

use std::{sync::Arc, time::Duration};

use application::ports::{LeaseHolder, Leases};
use futures::future::join_all;
use tokio::time::{Instant, sleep};

/// Generates a test for each check of the contract; with `all_on`, runs all checks on one subject in the current test.
#[macro_export]
macro_rules! leases_contract {
    ($($subject:tt)+) => {
        $crate::contract! { leases, $($subject)+ =>
            only_one_holder_has_a_lease
            leases_of_different_names_are_independent
            a_lease_can_be_acquired_once_it_has_expired
            a_renewed_lease_lasts_longer
            a_released_lease_can_be_acquired_at_once
            only_the_holder_releases_a_lease
            of_concurrent_holders_one_acquires
        }
    };
}

/// The leases under test.
pub type SharedLeases = Arc<dyn Leases>;

/// Duration of leases that must not expire during a test.
const LONG: Duration = Duration::from_secs(600);
/// Duration of leases whose expiry a test waits for.
const SHORT: Duration = Duration::from_millis(300);
/// Time limit for the expiry of a lease.
const PATIENCE: Duration = Duration::from_secs(20);

async fn acquire(leases: &SharedLeases, holder: &LeaseHolder, name: &str, duration: Duration) -> bool {
    let acquired = leases.acquire(holder, &[name.to_owned()], duration).await;
    acquired.expect("the store is available") == [true]
}

async fn release(leases: &SharedLeases, holder: &LeaseHolder, name: &str) {
    let released = leases.release(holder, name).await;
    released.expect("the store is available");
}

/// Acquires a lease as soon as it is free, and returns the waiting time.
async fn acquire_when_free(
    leases: &SharedLeases,
    holder: &LeaseHolder,
    name: &str,
    duration: Duration,
) -> Duration {
    let began = Instant::now();
    while !acquire(leases, holder, name, duration).await {
        assert!(began.elapsed() < PATIENCE, "{name} does not expire in time");
        sleep(Duration::from_millis(5)).await;
    }
    began.elapsed()
}

pub async fn only_one_holder_has_a_lease(leases: &SharedLeases) {
    let (first, second) = (LeaseHolder::unique(), LeaseHolder::unique());
    assert!(acquire(leases, &first, "exclusive", LONG).await);
    assert!(!acquire(leases, &second, "exclusive", LONG).await);
    assert!(
        acquire(leases, &first, "exclusive", LONG).await,
        "the holder renews it"
    );
    assert!(!acquire(leases, &second, "exclusive", LONG).await);
}

pub async fn leases_of_different_names_are_independent(leases: &SharedLeases) {
    let (first, second) = (LeaseHolder::unique(), LeaseHolder::unique());
    let names = ["a", "", "{b}", "c:d\r\n", "é"].map(str::to_owned);
    let taken = [names[1].clone(), names[3].clone()];
    let acquired = leases.acquire(&first, &taken, LONG).await;
    assert_eq!(acquired.expect("the store is available"), [true, true]);
    let acquired = leases.acquire(&second, &names, LONG).await;
    assert_eq!(
        acquired.expect("the store is available"),
        [true, false, true, false, true]
    );
    let none = leases.acquire(&first, &[], LONG).await;
    assert_eq!(none.expect("the store is available"), [false; 0]);
}

pub async fn a_lease_can_be_acquired_once_it_has_expired(leases: &SharedLeases) {
    let (first, second) = (LeaseHolder::unique(), LeaseHolder::unique());
    assert!(acquire(leases, &first, "brief", SHORT).await);
    acquire_when_free(leases, &second, "brief", SHORT).await;
    acquire_when_free(leases, &first, "brief", SHORT).await;
}

/// Checks that a renewal extends the lease beyond its first duration.
pub async fn a_renewed_lease_lasts_longer(leases: &SharedLeases) {
    let (first, second) = (LeaseHolder::unique(), LeaseHolder::unique());
    assert!(acquire(leases, &first, "renewed", SHORT).await);
    sleep(SHORT / 2).await;
    // On a slow machine, the lease may have expired; the holder then acquires it again.
    assert!(acquire(leases, &first, "renewed", SHORT).await);
    let waited = acquire_when_free(leases, &second, "renewed", SHORT).await;
    // The clock of the store may differ slightly from that of this process.
    assert!(waited >= SHORT * 3 / 4, "only {waited:?} after the renewal");
}

pub async fn a_released_lease_can_be_acquired_at_once(leases: &SharedLeases) {
    let (first, second) = (LeaseHolder::unique(), LeaseHolder::unique());
    assert!(acquire(leases, &first, "released", LONG).await);
    release(leases, &first, "released").await;
    assert!(acquire(leases, &second, "released", LONG).await);
}

pub async fn only_the_holder_releases_a_lease(leases: &SharedLeases) {
    let (first, second) = (LeaseHolder::unique(), LeaseHolder::unique());
    release(leases, &first, "kept").await;
    assert!(acquire(leases, &first, "kept", LONG).await);
    release(leases, &second, "kept").await;
    assert!(!acquire(leases, &second, "kept", LONG).await);
}

pub async fn of_concurrent_holders_one_acquires(leases: &SharedLeases) {
    let attempt = |_| {
        let leases = Arc::clone(leases);
        tokio::spawn(async move { acquire(&leases, &LeaseHolder::unique(), "wanted", LONG).await })
    };
    let attempts: Vec<_> = (0..50).map(attempt).collect();
    let acquired = join_all(attempts).await.into_iter();
    let acquired = acquired.filter(|acquired| *acquired.as_ref().expect("no task panics"));
    assert_eq!(acquired.count(), 1);
}
