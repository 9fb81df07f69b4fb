//! The contract of `BridgeHeartbeats`.
//!
//! `port_contracts::bridge_heartbeats_contract!(my_heartbeats);` generates a test for each check below. The argument is
//! an async function without arguments that returns an empty [`Bridges`].

use std::time::{Duration, Instant};

use application::ports::{BridgeHeartbeats, MAX_BRIDGES, MAX_HEARTBEAT_BYTES, StoredHeartbeats};
use async_trait::async_trait;
use tokio::time::sleep;

/// A store of heartbeats, to which bridges write.
#[async_trait]
pub trait Bridges: Send + Sync {
    fn heartbeats(&self) -> &dyn BridgeHeartbeats;

    /// Stores the heartbeat of a bridge.
    async fn store(&self, name: &[u8], content: &[u8], expires_in: Option<Duration>);
}

/// Generates a test for each check of the contract; with `all_on`, runs all checks on one subject in the current test.
#[macro_export]
macro_rules! bridge_heartbeats_contract {
    ($($subject:tt)+) => {
        $crate::contract! { bridge_heartbeats, $($subject)+ =>
            without_bridges_there_are_no_heartbeats
            heartbeats_are_read_as_they_were_stored_in_order_of_their_names
            an_expired_heartbeat_is_gone
            long_heartbeats_are_cut
            at_most_a_hundred_heartbeats_are_read
        }
    };
}

/// Time limit of an operation.
const DEADLINE: Duration = Duration::from_secs(20);
/// Lifetime of a heartbeat that does not expire during a test.
const LONG: Duration = Duration::from_secs(600);

async fn read(bridges: &dyn Bridges) -> StoredHeartbeats {
    bridges.heartbeats().read().await.expect("the store is available")
}

pub async fn without_bridges_there_are_no_heartbeats(bridges: &dyn Bridges) {
    assert_eq!(read(bridges).await, StoredHeartbeats::default());
}

pub async fn heartbeats_are_read_as_they_were_stored_in_order_of_their_names(bridges: &dyn Bridges) {
    let stored: [(&[u8], &[u8], Option<Duration>); 5] = [
        (b"hall-2", b"{}", Some(LONG)),
        (b"", b"no name", Some(LONG)),
        (b"hall:1", b"", None),
        (b"\xff\x00*", b"\xfe not UTF-8", Some(LONG)),
        (b"hall-1", b"overwritten", None),
    ];
    for (name, content, expires_in) in stored {
        bridges.store(name, content, expires_in).await;
    }
    bridges.store(b"hall-1", b"{\"robots\": []}", Some(LONG)).await;
    let StoredHeartbeats { heartbeats, is_cut } = read(bridges).await;
    assert!(!is_cut);
    let found: Vec<(&[u8], Option<&[u8]>)> = heartbeats
        .iter()
        .map(|found| (&*found.name, found.content.as_deref()))
        .collect();
    let expected: [(&[u8], &[u8]); 5] = [
        (b"", b"no name"),
        (b"hall-1", b"{\"robots\": []}"),
        (b"hall-2", b"{}"),
        (b"hall:1", b""),
        (b"\xff\x00*", b"\xfe not UTF-8"),
    ];
    assert_eq!(found, expected.map(|(name, content)| (name, Some(content))));
    for heartbeat in &heartbeats {
        match heartbeat.expires_in {
            None => assert_eq!(heartbeat.name, b"hall:1"),
            Some(rest) => assert!(rest <= LONG && rest > LONG - DEADLINE, "{rest:?}"),
        }
    }
}

pub async fn an_expired_heartbeat_is_gone(bridges: &dyn Bridges) {
    bridges
        .store(b"brief", b"{}", Some(Duration::from_millis(300)))
        .await;
    bridges.store(b"long", b"{}", Some(LONG)).await;
    let began = Instant::now();
    loop {
        let found = read(bridges).await.heartbeats;
        let names: Vec<_> = found.iter().map(|heartbeat| &*heartbeat.name).collect();
        if names == [b"long"] {
            return;
        }
        assert_eq!(names, [&b"brief"[..], b"long"]);
        assert!(began.elapsed() < DEADLINE, "it does not expire");
        sleep(Duration::from_millis(20)).await;
    }
}

pub async fn long_heartbeats_are_cut(bridges: &dyn Bridges) {
    let longest = vec![b'x'; MAX_HEARTBEAT_BYTES];
    let longer = vec![b'x'; MAX_HEARTBEAT_BYTES + 1_000];
    bridges.store(b"longest", &longest, Some(LONG)).await;
    bridges.store(b"too long", &longer, Some(LONG)).await;
    let found = read(bridges).await.heartbeats;
    let lengths: Vec<_> = found
        .iter()
        .map(|heartbeat| heartbeat.content.as_ref().map(Vec::len))
        .collect();
    assert_eq!(
        lengths,
        [Some(MAX_HEARTBEAT_BYTES), Some(MAX_HEARTBEAT_BYTES + 1)]
    );
}

pub async fn at_most_a_hundred_heartbeats_are_read(bridges: &dyn Bridges) {
    let name = |number: usize| format!("{number:04}").into_bytes();
    for number in 0..MAX_BRIDGES {
        bridges.store(&name(number), b"{}", Some(LONG)).await;
    }
    let found = read(bridges).await;
    assert_eq!((found.heartbeats.len(), found.is_cut), (MAX_BRIDGES, false));
    for number in MAX_BRIDGES..MAX_BRIDGES + 5 {
        bridges.store(&name(number), b"{}", Some(LONG)).await;
    }
    let found = read(bridges).await;
    assert_eq!((found.heartbeats.len(), found.is_cut), (MAX_BRIDGES, true));
    let last = found.heartbeats.last().expect("there are some");
    assert_eq!(last.name, name(MAX_BRIDGES - 1));
}
