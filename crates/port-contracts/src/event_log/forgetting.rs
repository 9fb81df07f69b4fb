use std::time::Duration;

use application::{
    ports::{EventLog, NextEvents},
    registry::Sequence,
};
use test_builders::a_vehicle;
use tokio::time::sleep;

use super::{Registry, all_after, next, position};

/// Creates events, and waits until all of them are in the past.
async fn register(registry: &dyn Registry, count: usize) {
    for _ in 0..count {
        a_vehicle().register(registry.vehicles()).await;
    }
    sleep(Duration::from_millis(2)).await;
}

async fn forget_all(log: &dyn EventLog) {
    log.forget_older_than(Duration::ZERO)
        .await
        .expect("the events are deleted");
}

async fn check_lost(log: &dyn EventLog, after: u64) {
    let outcome = log
        .read_after(Sequence::new(after))
        .await
        .expect("the registry answers");
    assert_eq!(outcome, NextEvents::Lost, "after {after}");
}

/// Checks that the newest event is kept, so a reader that has read all others has lost nothing.
pub async fn a_reader_that_is_too_late_has_lost_events(registry: &dyn Registry) {
    let log = registry.log();
    register(registry, 5).await;
    let all = all_after(log, Sequence::START).await;
    forget_all(log).await;
    for after in 0..4 {
        check_lost(log, after).await;
    }
    assert_eq!(next(log, Sequence::new(4)).await, all[4..]);
    assert_eq!(next(log, Sequence::new(5)).await, []);
    forget_all(log).await;
    assert_eq!(next(log, Sequence::new(4)).await, all[4..]);
}

pub async fn numbers_continue_after_events_were_deleted(registry: &dyn Registry) {
    let log = registry.log();
    forget_all(log).await;
    assert_eq!(position(log).await, Sequence::START);
    register(registry, 3).await;
    assert_eq!(position(log).await, Sequence::new(3));
    forget_all(log).await;
    assert_eq!(position(log).await, Sequence::new(3));
    register(registry, 2).await;
    assert_eq!(all_after(log, Sequence::new(3)).await.len(), 2);
    assert_eq!(position(log).await, Sequence::new(5));
}

pub async fn recent_events_are_kept(registry: &dyn Registry) {
    let log = registry.log();
    register(registry, 3).await;
    let an_hour = Duration::from_secs(3_600);
    log.forget_older_than(an_hour)
        .await
        .expect("the call succeeds without effect");
    assert_eq!(all_after(log, Sequence::START).await.len(), 3);
    log.forget_older_than(an_hour)
        .await
        .expect("the call succeeds without effect");
    assert_eq!(all_after(log, Sequence::START).await.len(), 3);
}

/// Checks that a reader ahead of the log has lost events: the numbers that it has read would later denote other events.
pub async fn a_reader_ahead_of_the_log_has_lost_events(registry: &dyn Registry) {
    let log = registry.log();
    check_lost(log, 1).await;
    register(registry, 3).await;
    check_lost(log, 4).await;
    assert_eq!(position(log).await, Sequence::new(3));
    check_lost(log, 4).await;
    check_lost(log, u64::MAX).await;
    assert_eq!(next(log, Sequence::new(3)).await, []);
}
