//! The contract of `DeadLetters`.
//!
//! `port_contracts::dead_letters_contract!(my_letters);` generates a test for each check below. The argument is an
//! async function without arguments that returns an empty [`Kept`].

mod administering;
mod replaying;

pub use administering::*;
pub use replaying::*;

use application::{
    ports::{DeadLetters, TelemetryBus},
    telemetry::{Channel, DeadLetter, Reason, Rejection},
};
use async_trait::async_trait;
use domain::telemetry::Timestamp;

const RECEIVED_AT: i64 = 1_732_333_333_123;

/// Maximum number of payload bytes that are stored.
const PAYLOAD_CAP: usize = 4096;

/// A stored dead letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptLetter {
    /// Channel of the message.
    pub channel: String,
    /// Start of the message, at most 4,096 bytes.
    pub payload: Vec<u8>,
    /// Length of the whole message.
    pub bytes: usize,
    /// Reason for the rejection.
    pub reason: String,
    /// Time of arrival, in Unix milliseconds.
    pub received_at: i64,
}

/// Dead letters under test, with access to the stored ones.
#[async_trait]
pub trait Kept: Send + Sync {
    fn letters(&self) -> &dyn DeadLetters;

    /// Returns the bus on which replayed letters are published.
    fn bus(&self) -> &dyn TelemetryBus;

    /// Returns all stored letters, oldest first.
    async fn kept(&self) -> Vec<KeptLetter>;
}

/// Generates a test for each check of the contract for one server; with `all_on`, runs all checks on one subject in the
/// current test.
#[macro_export]
macro_rules! dead_letters_contract {
    ($($subject:tt)+) => {
        $crate::contract! { dead_letters, $($subject)+ =>
            an_empty_list_stores_nothing
            a_letter_is_stored_unchanged
            a_long_payload_is_truncated
            two_messages_with_equal_content_are_two_letters
            the_oldest_letters_are_dropped
            letters_are_read_in_both_orders
            each_letter_is_read_once_in_portions
            letters_are_found_by_their_ids
            a_stored_letter_is_equal_to_the_appended_one
            a_removed_letter_does_not_exist
            of_several_removals_one_takes_effect
            replayed_letters_are_published_in_order_and_removed
            of_concurrent_replays_and_removals_one_takes_effect
        }
    };
}

pub async fn an_empty_list_stores_nothing(store: &dyn Kept) {
    dead_letter(store.letters(), &[]).await;
    assert_eq!(store.kept().await, []);
}

pub async fn a_letter_is_stored_unchanged(store: &dyn Kept) {
    let letters = store.letters();
    let binary = b"\x00\xff{\"x\":\xc3\x28}\r\n".to_vec();
    dead_letter(
        letters,
        &[
            (Channel::Position, &binary, Reason::InvalidUtf8),
            (Channel::State, b"", Reason::NotJson),
        ],
    )
    .await;
    let expected = [
        KeptLetter {
            channel: "vehicle:position:update".to_owned(),
            bytes: binary.len(),
            payload: binary,
            reason: "invalid_utf8".to_owned(),
            received_at: RECEIVED_AT,
        },
        KeptLetter {
            channel: "vehicle:state:update".to_owned(),
            payload: Vec::new(),
            bytes: 0,
            reason: "not_json".to_owned(),
            received_at: RECEIVED_AT,
        },
    ];
    assert_eq!(store.kept().await, expected);
}

pub async fn a_long_payload_is_truncated(store: &dyn Kept) {
    let letters = store.letters();
    for length in [PAYLOAD_CAP, PAYLOAD_CAP + 1, 2 * 1024 * 1024] {
        let payload: Vec<u8> = (0..length).map(|index| (index % 251) as u8).collect();
        dead_letter(letters, &[(Channel::Position, &payload, Reason::TooLarge)]).await;
        let last = store.kept().await.pop().expect("the letter");
        assert_eq!(last.bytes, length);
        assert_eq!(last.payload, payload[..PAYLOAD_CAP]);
    }
}

pub async fn two_messages_with_equal_content_are_two_letters(store: &dyn Kept) {
    let letters = store.letters();
    let before = store.kept().await.len();
    let letter = (Channel::Position, &b"twice"[..], Reason::NotJson);
    dead_letter(letters, &[letter, letter]).await;
    dead_letter(letters, &[letter]).await;
    assert_eq!(store.kept().await.len(), before + 3);
}

pub async fn the_oldest_letters_are_dropped(store: &dyn Kept) {
    let letters = store.letters();
    let payloads: Vec<_> = (0..11_000)
        .map(|number| number.to_string().into_bytes())
        .collect();
    let all: Vec<_> = payloads
        .iter()
        .map(|payload| (Channel::Position, &payload[..], Reason::NotJson))
        .collect();
    dead_letter(letters, &all).await;
    let kept = store.kept().await;
    assert!((10_000..=10_200).contains(&kept.len()), "{} letters", kept.len());
    assert_eq!(kept.last().map(|letter| &letter.payload[..]), Some(&b"10999"[..]));
}

/// Checks that two servers that receive the same messages store each of them once. Requires a shared store.
pub async fn two_servers_keep_each_message_once(store: &dyn Kept, neighbour: &dyn DeadLetters) {
    let (first, second) = (store.letters(), neighbour);
    let received: [(Channel, &[u8], Reason); 5] = [
        (Channel::Position, b"a", Reason::NotJson),
        (Channel::Position, b"b", Reason::NotJson),
        (Channel::Position, b"a", Reason::NotJson),
        (Channel::State, b"a", Reason::NotJson),
        (Channel::Position, b"a", Reason::InvalidField),
    ];
    futures::join!(dead_letter(first, &received), dead_letter(second, &received));
    assert_eq!(store.kept().await.len(), 5, "each message once");

    // The second server is slower, and stores the messages in other portions.
    dead_letter(first, &received).await;
    dead_letter(first, &received).await;
    for letter in received.iter().chain(&received) {
        dead_letter(second, &[*letter]).await;
    }
    assert_eq!(store.kept().await.len(), 15, "each message once");
}

/// Checks that two servers store each message once even if they reject it for different reasons, because one of them
/// learns of a change to the registry later, or has another clock. Requires a shared store.
pub async fn two_servers_that_disagree_keep_each_message_once(store: &dyn Kept, neighbour: &dyn DeadLetters) {
    let (first, second) = (store.letters(), neighbour);
    let message = |payload: &'static [u8], reason: Reason| [(Channel::Position, payload, reason)];
    for (letters, payload, reason) in [
        (first, &b"created"[..], Reason::DisabledVehicle),
        (second, &b"created"[..], Reason::UnknownVehicle),
        (second, &b"deleted"[..], Reason::DisabledVehicle),
        (first, &b"deleted"[..], Reason::DeletedVehicle),
        // The first server accepts this message.
        (second, &b"ahead"[..], Reason::InFuture),
    ] {
        dead_letter(letters, &message(payload, reason)).await;
    }
    let kept = store.kept().await;
    let reasons: Vec<_> = kept.iter().map(|letter| letter.reason.as_str()).collect();
    let of_the_first_reports = ["disabled_vehicle", "disabled_vehicle", "in_future"];
    assert_eq!(reasons, of_the_first_reports);

    // A robot sends the same message four times, while its vehicle is created, then disabled and then deleted.
    let [unknown, disabled, deleted] = [
        Reason::UnknownVehicle,
        Reason::DisabledVehicle,
        Reason::DeletedVehicle,
    ];
    let of_first = [unknown, disabled, disabled, deleted];
    let of_second = [unknown, unknown, disabled, disabled];
    let all = |payload: &'static [u8], reasons: [Reason; 4]| {
        reasons.map(|reason| (Channel::Position, payload, reason))
    };
    dead_letter(first, &all(b"first before second", of_first)).await;
    dead_letter(second, &all(b"first before second", of_second)).await;
    assert_eq!(store.kept().await.len(), 3 + 4);
    dead_letter(second, &all(b"second before first", of_second)).await;
    dead_letter(first, &all(b"second before first", of_first)).await;
    assert_eq!(store.kept().await.len(), 3 + 8);
    for (of_first, of_second) in of_first.into_iter().zip(of_second) {
        dead_letter(second, &message(b"in turn", of_second)).await;
        dead_letter(first, &message(b"in turn", of_first)).await;
    }
    assert_eq!(store.kept().await.len(), 3 + 12);
}

async fn dead_letter(letters: &dyn DeadLetters, contents: &[(Channel, &[u8], Reason)]) {
    let contents: Vec<_> = contents
        .iter()
        .map(|&(channel, payload, reason)| {
            let rejection = Rejection::new(reason, "as the test wants it");
            let received_at = Timestamp::from_unix_ms(RECEIVED_AT).expect("a time");
            DeadLetter::new(channel, payload, rejection, received_at)
        })
        .collect();
    letters.append(&contents).await.expect("the store is available");
}
