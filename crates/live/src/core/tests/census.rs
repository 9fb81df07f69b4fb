//! Counts for metrics.

use super::*;

fn connections(core: &Core, step: usize) -> ConnectionCounts {
    let mut counts = ConnectionCounts::default();
    let mut from = Some(TableCursor::START);
    while let Some(place) = from {
        from = core.count_connections(place, step, &mut counts);
    }
    counts
}

fn slow_subscribers(core: &Core, step: usize) -> usize {
    let (mut sum, mut from) = (0, Some(0));
    while let Some(place) = from {
        let (count, next) = core.count_slow_subscribers(place, step);
        sum += count;
        from = next;
    }
    sum
}

#[test]
fn enabled_vehicles_are_counted_by_connection() {
    let mut core = core_with([1, 2, 3]);
    core.upsert(&vehicle(4, 1, false), at_ms(0));
    send(&mut core, 1, position(1.0, 0), 0).expect("accepted");
    send(&mut core, 2, position(1.0, 4_000), 4_000).expect("accepted");
    core.tick(at_ms(6_000));
    let expected = ConnectionCounts {
        connected: 1,
        timeout: 1,
        disconnected: 1,
    };
    for step in [1, 2, 100] {
        assert_eq!(connections(&core, step), expected, "in steps of {step}");
    }
}

#[test]
fn subscribers_that_have_missed_a_delivery_are_counted_as_slow() {
    let mut core = core_with([1]);
    let mut prompt = Watcher::watching(&mut core, &Topic::All);
    let mut slow = Watcher::watching(&mut core, &Topic::All);
    for ms in [1_000, 1_100, 1_200] {
        send(&mut core, 1, position(ms as f64, ms), ms).expect("accepted");
        prompt.take().expect("a delivery");
    }
    for step in [1, 100] {
        assert_eq!(slow_subscribers(&core, step), 1, "in steps of {step}");
    }
    while slow.take().is_some() {}
    assert_eq!(slow_subscribers(&core, 100), 0);
}
