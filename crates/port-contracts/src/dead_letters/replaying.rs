//! Replays: publishing and removing a letter in one step.

use application::{
    ports::{DeadLetterId, DeadLetters, LetterOrder, LetterReplay, TelemetryBus},
    telemetry::{Content, Inbound, Report},
};
use domain::VehicleId;
use futures::future::join_all;

use super::{
    Kept,
    administering::{append, empty, portion, read_all, remove},
};
use crate::{
    live_stores::{a_state, a_vehicle_id},
    telemetry_bus::{a_feed, messages},
};

pub async fn replayed_letters_are_published_in_order_and_removed(store: &dyn Kept) {
    check_replays(store.letters(), store.bus()).await;
}

pub async fn of_concurrent_replays_and_removals_one_takes_effect(store: &dyn Kept) {
    check_concurrent_replays(store.letters(), store.bus()).await;
}

/// Checks that replayed letters are published in the given order and removed, and that others are not published.
pub async fn check_replays(letters: &dyn DeadLetters, bus: &dyn TelemetryBus) {
    empty(letters).await;
    append(letters, &["a", "b", "c", "d"]).await;
    let stored = portion(letters, LetterOrder::OldestFirst, None).await;
    let [a, b, c, d] = [0, 1, 2, 3].map(|index| stored[index].id);
    assert_eq!(remove(letters, &[d]).await, [d]);
    let mut feed = a_feed(bus).await;
    let vehicle = a_vehicle_id();
    let replays = [
        replay_of(b, vehicle, &[1, 2]),
        replay_of(d, vehicle, &[3]),
        replay_of(a, vehicle, &[4]),
    ];
    assert_eq!(replay(letters, &replays).await, [b, a]);
    assert_eq!(replay(letters, &replays).await, []);
    assert_eq!(replay(letters, &[]).await, []);
    assert_eq!(read_all(letters, LetterOrder::OldestFirst).await, ["c"]);
    assert_eq!(replay(letters, &[replay_of(c, vehicle, &[5])]).await, [c]);
    assert_eq!(times(&messages(&mut feed, 4).await), [1, 2, 4, 5]);
}

/// Checks that a letter which several callers replay or remove at the same time is replayed or removed once.
pub async fn check_concurrent_replays(letters: &dyn DeadLetters, bus: &dyn TelemetryBus) {
    const CALLERS: usize = 8;
    const ROUNDS: i64 = 16;

    empty(letters).await;
    let (mut feed, vehicle) = (a_feed(bus).await, a_vehicle_id());
    let mut published = Vec::new();
    for round in 1..=ROUNDS {
        append(letters, &["wanted"]).await;
        let id = portion(letters, LetterOrder::OldestFirst, None).await[0].id;
        let wanted = [replay_of(id, vehicle, &[round])];
        let replays = join_all((0..CALLERS).map(|_| replay(letters, &wanted)));
        let removals = join_all((0..CALLERS).map(|_| remove(letters, std::slice::from_ref(&id))));
        let (replayed, removed) = futures::join!(replays, removals);
        let (replayed, removed) = (replayed.concat(), removed.concat());
        assert_eq!([&replayed[..], &removed[..]].concat(), [id]);
        if !replayed.is_empty() {
            published.push(round);
        }
    }
    // A letter that was published twice would arrive before this one.
    append(letters, &["last"]).await;
    let id = portion(letters, LetterOrder::OldestFirst, None).await[0].id;
    let last = [replay_of(id, vehicle, &[ROUNDS + 1])];
    assert_eq!(replay(letters, &last).await, [id]);
    published.push(ROUNDS + 1);
    let received = messages(&mut feed, published.len()).await;
    assert_eq!(times(&received), published);
}

/// Returns the replay of a letter whose message has reports of these times.
fn replay_of(id: DeadLetterId, vehicle_id: VehicleId, times: &[i64]) -> LetterReplay {
    let report = |&time: &i64| Report {
        vehicle_id,
        content: Content::State(a_state(time)),
        trace_parent: None,
    };
    LetterReplay {
        id,
        reports: times.iter().map(report).collect(),
    }
}

/// Returns the times of the reports in messages.
fn times(messages: &[Inbound]) -> Vec<i64> {
    let reports = messages
        .iter()
        .flat_map(|message| &message.items)
        .map(|item| item.report.as_ref().expect("a published report is parsed"));
    let time = |report: &Report| match &report.content {
        Content::State(state) => state.last_update_time.as_unix_ms(),
        other => panic!("not a state: {other:?}"),
    };
    reports.map(time).collect()
}

async fn replay(letters: &dyn DeadLetters, replays: &[LetterReplay]) -> Vec<DeadLetterId> {
    letters.replay(replays).await.expect("the store is available")
}
