use std::sync::atomic::Ordering::SeqCst;

use super::*;
use crate::password::workers::tests::Busy;

const USUAL: Rank = Rank::new(1);

/// The lowest cost that argon2 allows.
const CHEAP: Cost = Cost {
    memory_kib: 8,
    passes: 1,
    lanes: 1,
};

fn hasher(max_waiting: usize) -> Argon2Hasher {
    let options = HasherOptions {
        cost: CHEAP,
        threads: NonZeroUsize::MIN,
        max_waiting,
    };
    Argon2Hasher::new(options).expect("a hasher")
}

/// Returns the number of computations so far.
fn work_of(hasher: &Argon2Hasher) -> usize {
    hasher.scheme.computations.load(SeqCst)
}

#[tokio::test]
async fn an_unknown_user_costs_as_much_work_as_a_known_one() {
    let hasher = hasher(1);
    let hash = hasher.hash(&"correct horse".into(), USUAL).await.expect("a hash");
    for hash in [Some(&hash), None] {
        let before = work_of(&hasher);
        let check = hasher.check(&"wrong horse".into(), hash, USUAL).await;
        assert_eq!(check.expect("an answer"), PasswordCheck::Wrong);
        assert_eq!(work_of(&hasher) - before, 1, "{hash:?}");
    }
}

#[test]
fn the_decoy_has_the_cost_of_other_hashes() {
    let hasher = hasher(1);
    assert!(hasher.decoy.expose().starts_with("$argon2id$v=19$m=8,t=1,p=1$"));
}

#[tokio::test]
async fn an_unknown_user_is_rejected_even_with_the_decoy_password() {
    let mut hasher = hasher(1);
    let password = "correct horse".into();
    hasher.decoy = hasher.hash(&password, USUAL).await.expect("a hash");
    let check = hasher.check(&password, None, USUAL).await;
    assert_eq!(check.expect("an answer"), PasswordCheck::Wrong);
}

#[tokio::test]
async fn a_full_queue_is_reported_as_rate_limited() {
    let hasher = hasher(1);
    let busy = Busy::keep(&hasher.workers);
    let waiting = hasher.workers.submit(Rank::FIRST, || ());

    let password = "correct horse".into();
    let refused = [
        hasher.hash(&password, USUAL).await.map(drop),
        hasher.check(&password, None, USUAL).await.map(drop),
    ];
    for refused in refused {
        let Err(Error::RateLimited { what, retry_after }) = refused else {
            panic!("{refused:?}");
        };
        assert_eq!(
            (what, retry_after),
            ("concurrent log-ins and password changes", Duration::from_secs(1))
        );
    }

    busy.go_on().await;
    waiting.done().await.expect("the job is done");
    hasher.hash(&password, USUAL).await.expect("there is room again");
}

#[tokio::test]
async fn a_log_in_that_was_cancelled_in_the_queue_is_not_computed() {
    let hasher = hasher(2);
    let busy = Busy::keep(&hasher.workers);
    let before = work_of(&hasher);
    let password = "correct horse".into();
    let given_up = tokio::time::timeout(Duration::ZERO, hasher.check(&password, None, USUAL)).await;
    assert!(given_up.is_err(), "the check should wait in the queue");

    busy.go_on().await;
    hasher.hash(&password, USUAL).await.expect("a hash");
    assert_eq!(
        work_of(&hasher) - before,
        1,
        "only the second hash should be computed"
    );
}
