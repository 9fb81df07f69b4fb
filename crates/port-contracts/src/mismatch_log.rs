//! The contract of `MismatchLog`.
//!
//! `port_contracts::mismatch_log_contract!(my_log);` generates a test for each check below. The argument is an async
//! function without arguments that returns a new log.

use std::sync::Arc;

use application::ports::{MISMATCHES_AT_ONCE, MismatchLog, MismatchPlace, SyncMismatch};
use domain::vehicle::MismatchKind;

use crate::live_stores::{a_vehicle_id, at};

/// Generates a test for each check of the contract; with `all_on`, runs all checks on one subject in the current test.
#[macro_export]
macro_rules! mismatch_log_contract {
    ($($subject:tt)+) => {
        $crate::contract! { mismatch_log, $($subject)+ =>
            mismatches_are_read_in_order_and_once
            a_log_is_read_in_pages
            an_old_log_drops_its_oldest_mismatches
        }
    };
}

/// The log under test.
pub type SharedLog = Arc<dyn MismatchLog>;

fn a_mismatch(number: i64) -> SyncMismatch {
    SyncMismatch {
        vehicle_id: (number % 2 == 0).then(a_vehicle_id),
        kind: MismatchKind::ALL[number as usize % MismatchKind::ALL.len()],
        detail: format!("position: x is \"süd\r\n\" instead of {number}"),
        at: at(1_732_333_333_000 + number),
    }
}

/// Reads a log from a place to its end, and returns the mismatches and the place after them.
async fn rest(log: &SharedLog, mut place: MismatchPlace) -> (Vec<SyncMismatch>, MismatchPlace) {
    let mut all = Vec::new();
    loop {
        let page = log.read_after(&place).await.expect("the store is available");
        assert!(page.mismatches.len() <= MISMATCHES_AT_ONCE);
        if page.next == place {
            return (all, place);
        }
        all.extend(page.mismatches);
        place = page.next;
    }
}

pub async fn mismatches_are_read_in_order_and_once(log: &SharedLog) {
    let (nothing, start) = rest(log, MismatchPlace::default()).await;
    assert_eq!(nothing, []);
    log.append(&[]).await.expect("the store is available");
    let first: Vec<_> = (0..10).map(a_mismatch).collect();
    log.append(&first).await.expect("the store is available");
    let (found, place) = rest(log, start.clone()).await;
    assert_eq!(found, first);
    assert_eq!(rest(log, place.clone()).await, (Vec::new(), place.clone()));
    let second = [a_mismatch(10), a_mismatch(11)];
    log.append(&second).await.expect("the store is available");
    assert_eq!(rest(log, place).await.0, second);
    assert_eq!(rest(log, start).await.0, [&first[..], &second].concat());
}

pub async fn a_log_is_read_in_pages(log: &SharedLog) {
    let many: Vec<_> = (0..2_500).map(a_mismatch).collect();
    log.append(&many).await.expect("the store is available");
    assert_eq!(rest(log, MismatchPlace::default()).await.0, many);
}

pub async fn an_old_log_drops_its_oldest_mismatches(log: &SharedLog) {
    let many: Vec<_> = (0..25_000).map(a_mismatch).collect();
    let (_, early) = {
        log.append(&many[..10]).await.expect("the store is available");
        rest(log, MismatchPlace::default()).await
    };
    log.append(&many[10..]).await.expect("the store is available");
    for place in [MismatchPlace::default(), early] {
        let (found, _) = rest(log, place).await;
        assert!((10_000..12_000).contains(&found.len()), "{}", found.len());
        assert_eq!(found, many[many.len() - found.len()..]);
    }
}
