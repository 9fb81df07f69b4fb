//! The contract of `PasswordHasher`.
//!
//! `port_contracts::password_hasher_contract!(my_hasher);` generates a test for each check below. The argument is an
//! async function without arguments that returns a hasher for [`AT_ONCE`] concurrent callers.

use application::{
    Error,
    ports::{PasswordCheck, PasswordHash, PasswordHasher, Rank},
};
use futures::future::join_all;

/// Generates a test for each check of the contract.
#[macro_export]
macro_rules! password_hasher_contract {
    ($($subject:tt)+) => {
        $crate::contract! { password_hasher, $($subject)+ =>
            only_the_hashed_password_matches
            a_password_may_be_any_text
            two_hashes_of_one_password_differ
            without_a_hash_every_password_is_wrong
            an_invalid_hash_matches_no_password
            concurrent_callers_get_their_own_results
        }
    };
}

/// Number of concurrent callers.
pub const AT_ONCE: usize = 20;

const RIGHT: PasswordCheck = PasswordCheck::Right { is_outdated: false };

async fn hash_of(hasher: &dyn PasswordHasher, password: &str) -> PasswordHash {
    let hash = hasher.hash(&password.into(), Rank::FIRST).await;
    hash.expect("the hasher accepts the call")
}

async fn check(hasher: &dyn PasswordHasher, password: &str, hash: Option<&PasswordHash>) -> PasswordCheck {
    let checked = hasher.check(&password.into(), hash, Rank::FIRST).await;
    checked.expect("the hasher accepts the call")
}

pub async fn only_the_hashed_password_matches(hasher: &dyn PasswordHasher) {
    let hash = hash_of(hasher, "correct horse").await;
    assert_eq!(check(hasher, "correct horse", Some(&hash)).await, RIGHT);
    for other in [
        "",
        "correct hors",
        "correct horse ",
        "Correct horse",
        "correct\u{a0}horse",
    ] {
        assert_eq!(
            check(hasher, other, Some(&hash)).await,
            PasswordCheck::Wrong,
            "{other:?}"
        );
    }
}

pub async fn a_password_may_be_any_text(hasher: &dyn PasswordHasher) {
    for password in [
        "",
        " ",
        "$",
        "\0",
        "ünïcödé 🔑",
        "$argon2id$v=19$",
        &"long".repeat(10_000),
    ] {
        let hash = hash_of(hasher, password).await;
        assert_eq!(check(hasher, password, Some(&hash)).await, RIGHT, "{password:?}");
        let longer = format!("{password}x");
        assert_eq!(
            check(hasher, &longer, Some(&hash)).await,
            PasswordCheck::Wrong,
            "{password:?}"
        );
    }
}

pub async fn two_hashes_of_one_password_differ(hasher: &dyn PasswordHasher) {
    let one = hash_of(hasher, "correct horse").await;
    let other = hash_of(hasher, "correct horse").await;
    assert_ne!(one, other);
    for hash in [&one, &other] {
        assert_eq!(check(hasher, "correct horse", Some(hash)).await, RIGHT);
    }
}

pub async fn without_a_hash_every_password_is_wrong(hasher: &dyn PasswordHasher) {
    for password in ["", "correct horse"] {
        assert_eq!(check(hasher, password, None).await, PasswordCheck::Wrong);
    }
}

/// Tries passwords with unreadable hashes. The outcome may also be an error, because the registry should not contain
/// such hashes.
pub async fn an_invalid_hash_matches_no_password(hasher: &dyn PasswordHasher) {
    for text in ["", "correct horse", "$", "$$$$$$", "\0"] {
        let hash = PasswordHash::new(text);
        for password in ["", text, "correct horse"] {
            let checked = hasher.check(&password.into(), Some(&hash), Rank::FIRST).await;
            assert!(
                matches!(checked, Ok(PasswordCheck::Wrong) | Err(Error::Internal(_))),
                "{password:?} {text:?}: {checked:?}"
            );
        }
    }
}

pub async fn concurrent_callers_get_their_own_results(hasher: &dyn PasswordHasher) {
    let passwords: Vec<String> = (0..AT_ONCE).map(|number| format!("password {number}")).collect();
    let hashes = join_all(passwords.iter().map(|password| hash_of(hasher, password))).await;
    let checks = passwords.iter().enumerate().map(async |(number, password)| {
        let next = &hashes[(number + 1) % AT_ONCE];
        (
            check(hasher, password, Some(&hashes[number])).await,
            check(hasher, password, Some(next)).await,
        )
    });
    for checked in join_all(checks).await {
        assert_eq!(checked, (RIGHT, PasswordCheck::Wrong));
    }
}
