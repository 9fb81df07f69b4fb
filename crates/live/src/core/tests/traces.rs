//! Traced messages, which belong to the deliveries that show their data, and to no other.

use super::*;
use crate::trace::TraceParent;

/// Applies a message with this span.
fn send_traced(core: &mut Core, n: u128, content: Content, ms: u64, span_id: u64) {
    let report = Report {
        vehicle_id: id(n),
        content,
        trace_parent: None,
    };
    let channel = report.channel();
    let outcome = core.apply(report, at_ms(ms), at_ms(ms)).expect("accepted");
    let span = TraceParent {
        trace_id: 1,
        span_id,
        sampled: true,
    };
    core.carry_trace(outcome.index, channel, span);
    core.tick(at_ms(ms));
}

/// Returns the spans of the traced messages in a delivery.
fn spans(delivery: &Delivery) -> Vec<u64> {
    let traces = delivery.batch.traces.iter();
    traces.map(|message| message.span.span_id).collect()
}

/// Creates vehicles that have sent a position at 1,000 ms, and a subscriber that has received all of them.
fn reporting(vehicles: impl IntoIterator<Item = u128> + Clone) -> (Core, Watcher) {
    let mut core = core_with(vehicles.clone());
    let mut watcher = Watcher::watching(&mut core, &Topic::All);
    for n in vehicles {
        send(&mut core, n, position(0.0, 1_000), 1_000).expect("accepted");
    }
    core.tick(at_ms(1_500));
    while watcher.take().is_some() {}
    // The interval of the next delivery begins here.
    send(&mut core, 1, position(0.0, 2_000), 2_000).expect("accepted");
    assert_eq!(watcher.next_xs(), Some(vec![0.0]));
    (core, watcher)
}

#[test]
fn a_message_that_was_replaced_before_its_delivery_is_not_part_of_it() {
    let (mut core, mut watcher) = reporting([1, 2]);
    send_traced(&mut core, 1, position(1.0, 2_010), 2_010, 11);
    send_traced(&mut core, 2, position(1.0, 2_010), 2_010, 21);
    send(&mut core, 1, position(2.0, 2_020), 2_020).expect("accepted");
    core.tick(at_ms(2_200));
    let delivery = watcher.take().expect("two positions");
    assert_eq!((delivery.batch.views.len(), spans(&delivery)), (2, vec![21]));
    // It is not part of a later delivery either.
    send(&mut core, 1, position(3.0, 2_400), 2_400).expect("accepted");
    let delivery = watcher.take().expect("a position");
    assert!(spans(&delivery).is_empty());
}

#[test]
fn the_last_of_several_traced_messages_is_delivered() {
    let (mut core, mut watcher) = reporting([1]);
    for (x, ms) in [(1.0, 2_010), (2.0, 2_020), (3.0, 2_030)] {
        send_traced(&mut core, 1, position(x, ms), ms, ms);
    }
    core.tick(at_ms(2_200));
    let delivery = watcher.take().expect("a position");
    assert_eq!(spans(&delivery), [2_030]);
}

#[test]
fn a_position_and_a_state_are_delivered_together() {
    let (mut core, mut watcher) = reporting([1]);
    send_traced(&mut core, 1, position(1.0, 2_010), 2_010, 11);
    send_traced(&mut core, 1, state(VehicleStatus::Idle, &[], 2_020), 2_020, 12);
    core.tick(at_ms(2_200));
    let delivery = watcher.take().expect("a view");
    assert_eq!((delivery.batch.views.len(), spans(&delivery)), (1, vec![11, 12]));
}

#[test]
fn messages_that_were_replaced_take_no_places_of_others() {
    let (mut core, mut watcher) = reporting([1, 2]);
    for ms in 2_001..2_085 {
        send_traced(&mut core, 1, position(1.0, ms), ms, ms);
    }
    send_traced(&mut core, 2, position(1.0, 2_085), 2_085, 21);
    core.tick(at_ms(2_200));
    let delivery = watcher.take().expect("two positions");
    assert_eq!(spans(&delivery), [2_084, 21]);
}

#[test]
fn each_part_of_a_large_delivery_has_the_messages_of_its_vehicles() {
    let (mut core, mut watcher) = reporting([1, 2]);
    core.hub.limits.views = 1;
    send_traced(&mut core, 1, position(1.0, 2_010), 2_010, 11);
    send_traced(&mut core, 2, position(1.0, 2_010), 2_010, 21);
    core.tick(at_ms(2_200));
    core.tick(at_ms(2_200));
    for expected in [11, 21] {
        let delivery = watcher.take().expect("a part");
        assert_eq!(
            (delivery.batch.views.len(), spans(&delivery)),
            (1, vec![expected])
        );
    }
}

#[test]
fn a_slow_subscriber_gets_the_messages_that_newer_ones_have_not_replaced() {
    let (mut core, mut watcher) = reporting([1, 2, 3]);
    for n in 1..=3 {
        let span = u64::try_from(n).expect("a small number");
        send_traced(&mut core, n, position(1.0, 2_010), 2_010, span);
    }
    core.tick(at_ms(2_200));
    send(&mut core, 1, position(2.0, 2_300), 2_300).expect("accepted");
    send(&mut core, 2, state(VehicleStatus::Idle, &[], 2_310), 2_310).expect("accepted");
    core.tick(at_ms(2_500));
    let delivery = watcher.take().expect("everything that waited");
    // The position of the second vehicle is still the traced one.
    assert_eq!((delivery.batch.views.len(), spans(&delivery)), (3, vec![2, 3]));
}

#[test]
fn a_subscriber_that_changes_its_interval_gets_the_messages_that_waited() {
    let (mut core, mut watcher) = reporting([1, 2]);
    send_traced(&mut core, 1, position(1.0, 2_010), 2_010, 11);
    send_traced(&mut core, 2, position(1.0, 2_010), 2_010, 21);
    send(&mut core, 2, position(2.0, 2_020), 2_020).expect("accepted");
    core.change_interval(watcher.member, Duration::from_secs(1), at_ms(2_030));
    let delivery = watcher.take_walking(&mut core, at_ms(2_030)).expect("the views");
    assert_eq!(spans(&delivery), [11]);
}
