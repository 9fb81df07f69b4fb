//! Reading and removing stored letters.

use application::{
    ports::{DeadLetterId, DeadLetters, LETTERS_AT_ONCE, LetterOrder, StoredDeadLetter},
    telemetry::{Channel, DeadLetter, Reason, Rejection},
};
use domain::{VehicleId, telemetry::Timestamp};
use uuid::Uuid;

use super::{Kept, RECEIVED_AT, dead_letter};

pub async fn letters_are_read_in_both_orders(store: &dyn Kept) {
    let letters = emptied(store).await;
    assert_eq!(read_all(letters, LetterOrder::OldestFirst).await, [""; 0]);
    append(letters, &["a", "b", "c"]).await;
    assert_eq!(read_all(letters, LetterOrder::OldestFirst).await, ["a", "b", "c"]);
    assert_eq!(read_all(letters, LetterOrder::NewestFirst).await, ["c", "b", "a"]);

    let all = portion(letters, LetterOrder::OldestFirst, None).await;
    let middle = Some(all[1].id);
    let behind = portion(letters, LetterOrder::OldestFirst, middle).await;
    assert_eq!(payloads(&behind), ["c"]);
    let before = portion(letters, LetterOrder::NewestFirst, middle).await;
    assert_eq!(payloads(&before), ["a"]);
    for (order, end) in [(LetterOrder::OldestFirst, 2), (LetterOrder::NewestFirst, 0)] {
        assert!(portion(letters, order, Some(all[end].id)).await.is_empty());
    }
}

pub async fn each_letter_is_read_once_in_portions(store: &dyn Kept) {
    let letters = emptied(store).await;
    let contents: Vec<String> = (0..2 * LETTERS_AT_ONCE)
        .map(|number| number.to_string())
        .collect();
    let texts: Vec<&str> = contents.iter().map(String::as_str).collect();
    append(letters, &texts).await;
    assert_eq!(read_all(letters, LetterOrder::OldestFirst).await, texts);
    let reversed: Vec<&str> = texts.iter().rev().copied().collect();
    assert_eq!(read_all(letters, LetterOrder::NewestFirst).await, reversed);
}

pub async fn letters_are_found_by_their_ids(store: &dyn Kept) {
    let letters = emptied(store).await;
    append(letters, &["a", "b"]).await;
    let stored = portion(letters, LetterOrder::OldestFirst, None).await;
    for stored in &stored {
        let found = find(letters, stored.id).await.expect("it exists");
        assert_eq!(
            (found.id, &found.letter.payload),
            (stored.id, &stored.letter.payload)
        );
    }
    for id in [
        DeadLetterId { ms: 0, number: 1 },
        DeadLetterId {
            ms: u64::MAX,
            number: u64::MAX,
        },
    ] {
        assert!(find(letters, id).await.is_none());
    }
    let [first, second] = [0, 1].map(|index| stored[index].id);
    let missing = DeadLetterId { ms: 0, number: 1 };
    let found = letters.find(&[second, missing, first]).await;
    let found: Vec<_> = found
        .expect("the store is available")
        .iter()
        .map(|stored| stored.id)
        .collect();
    assert_eq!(found, [second, first], "in the order of the ids");
    assert!(
        letters
            .find(&[])
            .await
            .expect("the store is available")
            .is_empty()
    );
}

pub async fn a_stored_letter_is_equal_to_the_appended_one(store: &dyn Kept) {
    let letters = emptied(store).await;
    let rejection = Rejection::new(Reason::InvalidField, "x must be a number, not a string");
    let vehicle_id = VehicleId::from_uuid(Uuid::from_u128(7));
    let received_at = Timestamp::from_unix_ms(RECEIVED_AT).expect("a time");
    let appended = DeadLetter {
        vehicle_id: Some(vehicle_id),
        bytes: 9_000,
        ..DeadLetter::new(Channel::State, b"\x00\xff{}", rejection, received_at)
    };
    let append = letters.append(std::slice::from_ref(&appended)).await;
    append.expect("the store is available");
    let stored = portion(letters, LetterOrder::NewestFirst, None).await.remove(0);
    let DeadLetter {
        channel,
        vehicle_id,
        payload,
        bytes,
        rejection,
        received_at,
    } = stored.letter;
    assert_eq!(channel, appended.channel);
    assert_eq!(vehicle_id, appended.vehicle_id);
    assert_eq!((payload, bytes), (appended.payload, appended.bytes));
    assert_eq!(rejection, appended.rejection);
    assert_eq!(received_at, appended.received_at);
}

pub async fn a_removed_letter_does_not_exist(store: &dyn Kept) {
    let letters = emptied(store).await;
    append(letters, &["a", "b", "c"]).await;
    let all = portion(letters, LetterOrder::OldestFirst, None).await;
    let (first, second) = (all[0].id, all[1].id);
    assert_eq!(remove(letters, &[]).await, []);
    assert_eq!(remove(letters, &[second]).await, [second]);
    assert!(find(letters, second).await.is_none());
    assert_eq!(remove(letters, &[second, first]).await, [first]);
    assert_eq!(read_all(letters, LetterOrder::OldestFirst).await, ["c"]);

    append(letters, &["a"]).await;
    assert_eq!(
        read_all(letters, LetterOrder::OldestFirst).await,
        ["c", "a"],
        "an equal letter that is appended later is a new one"
    );
}

pub async fn of_several_removals_one_takes_effect(store: &dyn Kept) {
    let letters = emptied(store).await;
    append(letters, &["a"]).await;
    let id = portion(letters, LetterOrder::OldestFirst, None).await[0].id;
    let removals = (0..8).map(|_| remove(letters, std::slice::from_ref(&id)));
    let removed = futures::future::join_all(removals).await;
    assert_eq!(removed.concat(), [id]);
}

/// Removes all letters, because other checks may have used the same store before.
async fn emptied(store: &dyn Kept) -> &dyn DeadLetters {
    let letters = store.letters();
    empty(letters).await;
    letters
}

pub(super) async fn empty(letters: &dyn DeadLetters) {
    loop {
        let ids: Vec<_> = portion(letters, LetterOrder::OldestFirst, None)
            .await
            .iter()
            .map(|stored| stored.id)
            .collect();
        if ids.is_empty() {
            return;
        }
        remove(letters, &ids).await;
    }
}

pub(super) async fn append(letters: &dyn DeadLetters, payloads: &[&str]) {
    let contents: Vec<_> = payloads
        .iter()
        .map(|payload| (Channel::Position, payload.as_bytes(), Reason::NotJson))
        .collect();
    dead_letter(letters, &contents).await;
}

/// Reads the whole store in portions and returns the payloads.
pub(super) async fn read_all(letters: &dyn DeadLetters, order: LetterOrder) -> Vec<String> {
    let (mut read, mut place) = (Vec::new(), None);
    loop {
        let portion = letters.read(order, place).await.expect("the store is available");
        assert!(portion.letters.len() <= LETTERS_AT_ONCE);
        read.extend(payloads(&portion.letters));
        match portion.next {
            Some(next) => place = Some(next),
            None => return read,
        }
    }
}

pub(super) async fn portion(
    letters: &dyn DeadLetters,
    order: LetterOrder,
    behind: Option<DeadLetterId>,
) -> Vec<StoredDeadLetter> {
    let portion = letters.read(order, behind).await;
    portion.expect("the store is available").letters
}

async fn find(letters: &dyn DeadLetters, id: DeadLetterId) -> Option<StoredDeadLetter> {
    letters.find(&[id]).await.expect("the store is available").pop()
}

pub(super) async fn remove(letters: &dyn DeadLetters, ids: &[DeadLetterId]) -> Vec<DeadLetterId> {
    letters.remove(ids).await.expect("the store is available")
}

fn payloads(letters: &[StoredDeadLetter]) -> Vec<String> {
    letters
        .iter()
        .map(|stored| String::from_utf8_lossy(&stored.letter.payload).into_owned())
        .collect()
}
