use std::num::NonZeroUsize;

use adapters_auth::{Argon2Hasher, Cost, HasherOptions};
use application::{
    Error,
    ports::{PasswordCheck, PasswordHash, PasswordHasher as _, Rank},
};
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, Version};
use rstest::rstest;

const USUAL: Rank = Rank::new(1);

/// The lowest cost that argon2 allows.
pub(crate) const CHEAP: Cost = Cost {
    memory_kib: 8,
    passes: 1,
    lanes: 1,
};

const UP_TO_DATE: PasswordCheck = PasswordCheck::Right { is_outdated: false };
const OUTDATED: PasswordCheck = PasswordCheck::Right { is_outdated: true };

pub(crate) fn hasher(cost: Cost) -> Argon2Hasher {
    let options = HasherOptions {
        cost,
        threads: NonZeroUsize::MIN,
        ..HasherOptions::default()
    };
    Argon2Hasher::new(options).expect("a hasher")
}

async fn check(hasher: &Argon2Hasher, password: &str, hash: Option<&PasswordHash>) -> PasswordCheck {
    hasher
        .check(&password.into(), hash, USUAL)
        .await
        .expect("an answer")
}

#[tokio::test]
async fn a_hash_contains_its_parameters() {
    let hash = hasher(Cost::default()).hash(&"correct horse".into(), USUAL).await;
    let hash = hash.expect("a hash");
    let (how, salt_and_output) = hash.expose().split_at("$argon2id$v=19$m=19456,t=2,p=1$".len());
    assert_eq!(how, "$argon2id$v=19$m=19456,t=2,p=1$");
    // 16 bytes of salt, 32 of output.
    let lengths: Vec<_> = salt_and_output.split('$').map(str::len).collect();
    assert_eq!(lengths, [22, 43]);
}

#[rstest]
#[case::of_more_memory(Cost { memory_kib: 16, ..CHEAP })]
#[case::of_more_passes(Cost { passes: 2, ..CHEAP })]
#[case::of_more_lanes(Cost { memory_kib: 16, lanes: 2, ..CHEAP })]
#[tokio::test]
async fn a_hash_with_another_cost_matches_but_is_outdated(#[case] cost: Cost) {
    let (now, then) = (hasher(CHEAP), hasher(cost));
    for (made_by, checked_by) in [(&now, &then), (&then, &now)] {
        let hash = made_by
            .hash(&"correct horse".into(), USUAL)
            .await
            .expect("a hash");
        assert_eq!(check(checked_by, "correct horse", Some(&hash)).await, OUTDATED);
        assert_eq!(
            check(checked_by, "wrong horse", Some(&hash)).await,
            PasswordCheck::Wrong
        );
    }
}

#[rstest]
#[case::as_now(Algorithm::Argon2id, Version::V0x13, 16, UP_TO_DATE)]
#[case::argon2i(Algorithm::Argon2i, Version::V0x13, 16, OUTDATED)]
#[case::argon2d(Algorithm::Argon2d, Version::V0x13, 16, OUTDATED)]
#[case::its_first_version(Algorithm::Argon2id, Version::V0x10, 16, OUTDATED)]
#[case::less_salt(Algorithm::Argon2id, Version::V0x13, 12, OUTDATED)]
#[tokio::test]
async fn a_hash_with_other_parameters_matches_but_is_outdated(
    #[case] algorithm: Algorithm,
    #[case] version: Version,
    #[case] salt_bytes: usize,
    #[case] expected: PasswordCheck,
) {
    let params = Params::new(CHEAP.memory_kib, CHEAP.passes, CHEAP.lanes, Some(32)).expect("a cost");
    let hash = Argon2::new(algorithm, version, params)
        .hash_password_with_salt(b"correct horse", &[7; 16][..salt_bytes])
        .expect("a hash");
    let hash = PasswordHash::new(hash.to_string());
    assert_eq!(
        check(&hasher(CHEAP), "correct horse", Some(&hash)).await,
        expected
    );
}

/// Hashes from the tests of the reference implementation (<https://github.com/P-H-C/phc-winner-argon2>).
#[rstest]
#[case("$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4")]
#[case("$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8")]
#[case("$argon2i$m=256,t=2,p=1$c29tZXNhbHQ$/U3YPXYsSb3q9XxHvc0MLxur+GP960kN9j7emXX8zwY")]
#[tokio::test]
async fn a_hash_by_another_program_matches_but_is_outdated(#[case] hash: &str) {
    let hasher = hasher(Cost {
        memory_kib: 256,
        passes: 2,
        lanes: 1,
    });
    let hash = PasswordHash::new(hash);
    assert_eq!(check(&hasher, "password", Some(&hash)).await, OUTDATED);
    assert_eq!(
        check(&hasher, "passwort", Some(&hash)).await,
        PasswordCheck::Wrong
    );
}

#[rstest]
#[case::nothing("")]
#[case::plain_text("correct horse")]
#[case::bcrypt("$2b$12$GhvMmNVjRW29ulnudl.LbuAnUtN/LRfe1JsBm1Xu6LE3059z5Tr8m")]
#[case::scrypt("$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E")]
#[case::no_output("$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ")]
#[case::no_salt("$argon2id$v=19$m=8,t=1,p=1")]
#[case::impossible_cost("$argon2id$v=19$m=1,t=0,p=9$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4")]
#[case::absurd_memory(
    "$argon2id$v=19$m=4294967295,t=1,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"
)]
#[case::absurd_passes(
    "$argon2id$v=19$m=8,t=4294967295,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"
)]
#[case::another_version("$argon2id$v=20$m=8,t=1,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4")]
#[case::a_key_of_its_own(
    "$argon2id$v=19$m=8,t=1,p=1,x=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"
)]
#[case::cut("$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$nf65EOgL rQMR")]
#[tokio::test]
async fn an_unreadable_hash_is_an_internal_error_that_does_not_show_it(#[case] hash: &str) {
    let fault = hasher(CHEAP)
        .check(&"correct horse".into(), Some(&PasswordHash::new(hash)), USUAL)
        .await
        .expect_err("no hash");
    assert!(matches!(fault, Error::Internal(_)), "{fault:?}");
    assert_eq!(fault.to_string(), "internal error");
    for shown in [
        format!("{fault:?}"),
        format!("{:?}", std::error::Error::source(&fault)),
    ] {
        assert!(hash.is_empty() || !shown.contains(hash), "{shown}");
        assert!(!shown.contains("correct horse"), "{shown}");
    }
}

#[test]
fn an_invalid_cost_is_refused() {
    for cost in [
        Cost {
            memory_kib: 7,
            ..CHEAP
        },
        Cost { passes: 0, ..CHEAP },
        Cost { lanes: 0, ..CHEAP },
        Cost { lanes: 2, ..CHEAP },
    ] {
        let options = HasherOptions {
            cost,
            ..HasherOptions::default()
        };
        assert!(Argon2Hasher::new(options).is_err(), "{cost:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_passwords_are_checked_concurrently() {
    let options = HasherOptions {
        cost: CHEAP,
        threads: NonZeroUsize::new(3).expect("some"),
        max_waiting: 100,
    };
    let hasher = Argon2Hasher::new(options).expect("a hasher");
    let hash = hasher.hash(&"correct horse".into(), USUAL).await.expect("a hash");
    let checks = (0..100).map(|number| {
        let (hasher, hash) = (&hasher, &hash);
        async move {
            let password = if number % 2 == 0 {
                "correct horse"
            } else {
                "wrong horse"
            };
            check(hasher, password, Some(hash)).await
        }
    });
    let right = futures::future::join_all(checks).await;
    assert_eq!(right.iter().filter(|check| **check == UP_TO_DATE).count(), 50);
}
