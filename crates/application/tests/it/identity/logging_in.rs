//! Logging in.

use std::sync::atomic::Ordering;

use application::{
    Actor, Error, Origin, Result,
    identity::Urgency,
    ports::{AuditRecord, LogInFailure, SessionRepository as _, UserRepository as _},
    sessions::TokenPair,
};
use domain::{AuditAction, OrganizationId, Role, UserChanges};
use futures::future::{join, join_all};
use tokio::time::Instant;

use super::{
    fakes::FakeHasher,
    office::{ACCESS_TTL, Office, PASSWORD, PER_MINUTE, from, record_of},
};

fn disable() -> UserChanges {
    UserChanges {
        is_enabled: Some(false),
        ..UserChanges::default()
    }
}

#[tokio::test]
async fn a_correct_name_and_password_log_in() {
    let office = Office::open();
    let ana = office
        .create_user("ana", Role::Operator, Some(OrganizationId::DEFAULT))
        .await;
    let tokens = office
        .guess(" ANA ", PASSWORD, &from(7))
        .await
        .expect("it is ana");
    assert_eq!(tokens.user, ana);
    assert_eq!(tokens.expires_in, ACCESS_TTL);
    let actor = office.actor(&tokens).await.expect("the token is valid");
    assert_eq!(actor.user_id, ana.id);
    assert_eq!((&*actor.username, actor.role), ("ana", Role::Operator));
    assert_eq!(actor.organization_id, Some(OrganizationId::DEFAULT));
    let sessions = office.registry.rights(actor.session_id.expect("a session")).await;
    assert_eq!(sessions.expect("an answer").expect("it is not over").user, ana);
    let written = office.written().await;
    assert_eq!(written[0].action, AuditAction::LogIn);
    assert_eq!(written[0].actor_id, Some(ana.id));
    assert_eq!(written[0].address.as_deref(), Some("192.0.2.7"));
}

fn answer(outcome: Result<TokenPair>) -> String {
    match outcome {
        Err(error @ Error::Unauthenticated { .. }) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn failed_log_ins_get_the_same_answer_and_the_log_has_the_reason() {
    let office = Office::open();
    let ana = office
        .create_user("ana", Role::Viewer, Some(OrganizationId::DEFAULT))
        .await;
    let ben = office.create_user("ben", Role::Viewer, None).await;
    let by = Actor::command_line();
    let updated = office.registry.update(&by, ben.id, disable(), None).await;
    updated.expect("it is disabled");
    let mut answers = Vec::new();
    for (name, password, record) in [
        (
            "ana",
            "wrong",
            AuditRecord::log_in_failed(Some(&ana), LogInFailure::WrongPassword),
        ),
        (
            "carl",
            PASSWORD,
            AuditRecord::log_in_failed(None, LogInFailure::UnknownUser),
        ),
        (
            "no name",
            PASSWORD,
            AuditRecord::log_in_failed(None, LogInFailure::UnknownUser),
        ),
        (
            "",
            "",
            AuditRecord::log_in_failed(None, LogInFailure::UnknownUser),
        ),
        (
            "ben",
            PASSWORD,
            AuditRecord::log_in_failed(Some(&ben), LogInFailure::Disabled),
        ),
        (
            "ben",
            "wrong",
            AuditRecord::log_in_failed(Some(&ben), LogInFailure::WrongPassword),
        ),
    ] {
        answers.push(answer(office.guess(name, password, &from(7)).await));
        let entry = office.written().await.remove(0);
        assert_eq!(record_of(&entry), record);
        assert_eq!(entry.actor_id, None);
        match record.subject_id {
            Some(_) => assert_eq!(entry.actor_name, name),
            None => assert!(entry.actor_name.starts_with("unknown:"), "{}", entry.actor_name),
        }
        assert_eq!(entry.address.as_deref(), Some("192.0.2.7"));
    }
    answers.dedup();
    assert_eq!(answers, ["the username or password is incorrect"]);
}

#[tokio::test]
async fn a_password_is_checked_even_if_the_user_does_not_exist() {
    let office = Office::open();
    office.create_user("ana", Role::Viewer, None).await;
    for name in ["ana", "carl", "no name"] {
        answer(office.guess(name, "wrong", &from(7)).await);
    }
    let checks = &office.hasher.checks;
    assert_eq!(checks[0].load(Ordering::SeqCst), 1, "with a hash");
    assert_eq!(checks[1].load(Ordering::SeqCst), 2, "without one");
}

#[tokio::test]
async fn unknown_usernames_are_not_logged() {
    let office = Office::open();
    let mut marks = Vec::new();
    for name in [
        "a-secret-password",
        " a-secret-password ",
        &"ü".repeat(10_000),
        "a\u{7}",
    ] {
        answer(office.guess(name, "wrong", &from(7)).await);
        let entry = office.written().await.remove(0);
        assert!(entry.actor_name.starts_with("unknown:"), "{}", entry.actor_name);
        assert_eq!(entry.actor_name.len(), 40);
        marks.push(entry.actor_name);
    }
    assert_eq!(marks[0], marks[1]);
    marks.dedup();
    assert_eq!(marks.len(), 3);
}

#[tokio::test]
async fn a_hash_of_an_unnormalized_password_is_replaced_by_one_of_its_normal_form() {
    let office = Office::open();
    let ana = office.create_user("ana", Role::Viewer, None).await;
    let (typed, form) = ("cafe\u{301} au lait", "caf\u{e9} au lait");
    let old = FakeHasher::hash_of(typed);
    let aged = office
        .registry
        .rehash(ana.id, &FakeHasher::hash_of(PASSWORD), old)
        .await;
    aged.expect("the memory store is always available");
    let known = async || {
        let found = office.registry.credentials_of(ana.id).await;
        found.expect("an answer").expect("there is one").password
    };
    answer(office.guess("ana", form, &from(7)).await);
    let tokens = office.guess("ana", typed, &from(7)).await;
    tokens.expect("it is the password");
    assert!(FakeHasher::is_hash_of(&known().await, form));
    let tokens = office.guess("ana", form, &from(7)).await;
    tokens.expect("it is the same password");
}

#[tokio::test]
async fn an_outdated_hash_is_replaced_at_log_in() {
    let office = Office::open();
    let ana = office.create_user("ana", Role::Viewer, None).await;
    let (new, old) = (
        FakeHasher::hash_of(PASSWORD),
        FakeHasher::outdated_hash_of(PASSWORD),
    );
    let aged = office.registry.rehash(ana.id, &new, old).await;
    aged.expect("the memory store is always available");
    answer(office.guess("ana", "wrong", &from(7)).await);
    let known = office.registry.credentials_of(ana.id).await;
    let known = known.expect("an answer").expect("there is one");
    assert_eq!(known.password, FakeHasher::outdated_hash_of(PASSWORD));

    office.log_in("ana").await;
    let known = office.registry.credentials_of(ana.id).await;
    let known = known.expect("an answer").expect("there is one");
    assert!(FakeHasher::is_hash_of(&known.password, PASSWORD));
}

#[tokio::test]
async fn concurrent_log_ins_with_an_outdated_hash_all_succeed() {
    let office = Office::open();
    let ana = office.create_user("ana", Role::Viewer, None).await;
    let (new, old) = (
        FakeHasher::hash_of(PASSWORD),
        FakeHasher::outdated_hash_of(PASSWORD),
    );
    let aged = office.registry.rehash(ana.id, &new, old).await;
    aged.expect("the memory store is always available");
    join_all((0..3).map(|_| office.log_in("ana"))).await;
    let sessions = office.sessions.find_all(ana.id).await;
    assert_eq!(sessions.expect("a list").len(), 3);
}

#[tokio::test]
async fn a_user_disabled_during_the_password_check_is_not_logged_in() {
    let office = Office::open();
    let ana = office.create_user("ana", Role::Viewer, None).await;
    let by = Actor::command_line();
    let origin = from(7);
    let (guessed, disabled) = join(
        office.guess("ana", PASSWORD, &origin),
        office.registry.update(&by, ana.id, disable(), None),
    )
    .await;
    let disabled = disabled.expect("it is disabled");
    answer(guessed);
    let entry = office.written().await.remove(0);
    let record = AuditRecord::log_in_failed(Some(&disabled), LogInFailure::Disabled);
    assert_eq!(record_of(&entry), record);
}

#[tokio::test(start_paused = true)]
async fn log_ins_to_an_account_are_limited_per_address() {
    let office = Office::open();
    office.create_user("ana", Role::Viewer, None).await;
    for _ in 0..PER_MINUTE {
        answer(office.guess("ana", "wrong", &from(1)).await);
    }
    for name in ["ana", "ANA", " ana "] {
        let refused = office.guess(name, PASSWORD, &from(1)).await;
        assert!(
            matches!(refused, Err(Error::RateLimited { what: "log-ins", retry_after }) if !retry_after.is_zero()),
            "{refused:?}"
        );
    }
    let checked = office.hasher.checks[0].load(Ordering::SeqCst);
    assert_eq!(checked, PER_MINUTE as usize, "a refused attempt costs no check");
    let owner = office.guess("ana", PASSWORD, &from(2)).await;
    owner.expect("another address is not limited");
    let other = office.guess("ben", PASSWORD, &from(1)).await;
    answer(other);
}

#[tokio::test(start_paused = true)]
async fn log_ins_from_an_address_are_limited_across_accounts() {
    let office = Office::open();
    office.create_user("ana", Role::Viewer, None).await;
    for number in 0..10 * PER_MINUTE {
        answer(office.guess(&format!("user-{number}"), "wrong", &from(1)).await);
    }
    let refused = office.guess("ana", PASSWORD, &from(1)).await;
    assert!(matches!(refused, Err(Error::RateLimited { .. })), "{refused:?}");
    office.log_in("ana").await;
}

#[tokio::test(start_paused = true)]
async fn a_widely_attacked_account_delays_wrong_guesses_and_is_never_locked() {
    let office = Office::open();
    office.create_user("ana", Role::Viewer, None).await;
    office.guess("ana", PASSWORD, &from(1)).await.expect("it is ana");
    let guess = async |name, password, address| {
        let began = Instant::now();
        let outcome = office.guess(name, password, &from(address)).await;
        (outcome.is_ok(), began.elapsed().as_secs())
    };
    for address in 0..29 {
        assert_eq!(guess("ana", "wrong", 100 + address).await, (false, 0));
    }
    for address in 50..53 {
        assert_eq!(guess("ana", "wrong", address).await, (false, 1));
        assert_eq!(
            guess("ana", PASSWORD, address).await,
            (true, 0),
            "the owner logs in at once"
        );
    }
    assert_eq!(
        guess("ana", "wrong", 1).await,
        (false, 1),
        "known addresses are delayed too"
    );
    office.create_user("ben", Role::Viewer, None).await;
    assert_eq!(
        guess("ben", "wrong", 1).await,
        (false, 0),
        "other accounts are not delayed"
    );
}

#[tokio::test(start_paused = true)]
async fn known_origins_rank_before_others_which_rank_by_their_failures() {
    let office = Office::open();
    office.create_user("ana", Role::Viewer, None).await;
    office.create_user("ben", Role::Viewer, None).await;
    let guess = async |name, password, address| {
        let _ = office.guess(name, password, &from(address)).await;
        *office.hasher.ranks.lock().last().expect("it was checked")
    };
    for address in 0..30 {
        assert_eq!(
            guess("ana", "wrong", 100 + address).await,
            Urgency::Usual { failures: 0 }.into()
        );
    }
    assert_eq!(
        guess("ana", "wrong", 100).await,
        Urgency::Crowd { failures: 1 }.into()
    );
    assert_eq!(
        guess("ana", "wrong", 100).await,
        Urgency::Crowd { failures: 2 }.into()
    );
    assert_eq!(
        guess("ana", PASSWORD, 7).await,
        Urgency::Crowd { failures: 0 }.into()
    );
    assert_eq!(guess("ana", PASSWORD, 7).await, Urgency::Known.into());
    assert_eq!(
        guess("ana", "wrong", 100).await,
        Urgency::Crowd { failures: 3 }.into()
    );
    assert_eq!(
        guess("nobody", "wrong", 100).await,
        Urgency::Usual { failures: 4 }.into()
    );
    assert_eq!(
        guess("ben", PASSWORD, 100).await,
        Urgency::Usual { failures: 5 }.into()
    );
    assert_eq!(guess("ben", "wrong", 100).await, Urgency::Known.into());
}

#[tokio::test(start_paused = true)]
async fn an_ipv6_network_counts_as_one_address() {
    let office = Office::open();
    office.create_user("ana", Role::Viewer, None).await;
    let from = |address: &str| Origin {
        address: Some(address.parse().expect("an address")),
        request_id: None,
    };
    for number in 0..PER_MINUTE {
        let address = format!("2001:db8:1:2:{number:x}::{number:x}");
        answer(office.guess("ana", "wrong", &from(&address)).await);
    }
    let refused = office.guess("ana", "wrong", &from("2001:db8:1:2:ffff::1")).await;
    assert!(matches!(refused, Err(Error::RateLimited { .. })), "{refused:?}");
    let neighbour = office.guess("ana", PASSWORD, &from("2001:db8:1:3::1")).await;
    neighbour.expect("another network is not limited");
}

#[tokio::test]
async fn log_in_fails_while_the_store_is_unavailable() {
    let office = Office::open();
    office.create_user("ana", Role::Viewer, None).await;
    office.sessions.is_away.store(true, Ordering::SeqCst);
    let outcome = office.guess("ana", PASSWORD, &from(7)).await;
    assert!(outcome.expect_err("the store is unavailable").is_unavailable());
}
