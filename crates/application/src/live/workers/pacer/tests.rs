use bytes::Bytes;
use domain::telemetry::{Percentage, Rotation, Timestamp, VehiclePosition};
use uuid::Uuid;

use super::*;
use crate::telemetry::{Reason, Rejection, Report};

fn at_ms(ms: u64) -> Moment {
    Moment {
        unix_us: ms * 1_000,
        uptime_us: ms * 1_000,
    }
}

fn pacer(per_second: u32) -> Pacer {
    Pacer::new(NonZero::new(per_second).expect("not 0"))
}

fn position(vehicle: u128, x: f64) -> Item {
    let position = VehiclePosition {
        x,
        y: 0.0,
        z: 0.0,
        rotation: Rotation::IDENTITY,
        timestamp: Timestamp::EPOCH,
        frame_id: None,
        map_id: None,
    };
    let content = Content::Position {
        position,
        speed: None,
    };
    item_of(vehicle, content)
}

fn battery(vehicle: u128) -> Item {
    let level = Percentage::new(50.0).expect("a percentage");
    item_of(
        vehicle,
        Content::Battery {
            level,
            at: Timestamp::EPOCH,
        },
    )
}

fn item_of(vehicle: u128, content: Content) -> Item {
    Item::understood(
        Bytes::new(),
        Report {
            vehicle_id: VehicleId::from_uuid(Uuid::from_u128(vehicle)),
            content,
            trace_parent: None,
        },
    )
}

fn message(items: Vec<Item>, now: Moment) -> Vec<Inbound> {
    vec![Inbound {
        channel: Channel::Position,
        received_at: now,
        items,
    }]
}

fn places(messages: &[Inbound]) -> Vec<f64> {
    let items = messages.iter().flat_map(|message| &message.items);
    items
        .filter_map(|item| match &item.report.as_ref().ok()?.content {
            Content::Position { position, .. } => Some(position.x),
            _ => None,
        })
        .collect()
}

#[test]
fn above_the_limit_the_newest_message_waits_and_the_others_are_counted() {
    let mut pacer = pacer(10);
    let items = (0..100).map(|n| position(1, f64::from(n))).collect();
    let paces = pacer.admit(message(items, at_ms(0)), at_ms(0));
    assert_eq!(
        places(&paces.messages),
        (0..10).map(f64::from).collect::<Vec<_>>()
    );
    assert_eq!(paces.given_up[0], (Some(Channel::Position), 89));
    assert_eq!(pacer.next(at_ms(0)), Some(Duration::from_millis(100)));
    assert!(pacer.release(at_ms(99)).is_empty());
    assert_eq!(places(&pacer.release(at_ms(100))), [99.0]);
    assert_eq!(pacer.next(at_ms(100)), None);
}

#[test]
fn a_steady_flood_passes_at_the_limit() {
    let mut pacer = pacer(200);
    let mut passed = 0;
    for ms in 0..10_000 {
        let paces = pacer.admit(message(vec![position(1, 0.0)], at_ms(ms)), at_ms(ms));
        passed += places(&paces.messages).len() + places(&pacer.release(at_ms(ms))).len();
    }
    assert!((2_190..=2_210).contains(&passed), "{passed}");
}

#[test]
fn a_slot_taken_by_a_newer_message_releases_no_waiting_one() {
    let mut pacer = pacer(1);
    pacer.admit(message(vec![position(1, 0.0)], at_ms(0)), at_ms(0));
    pacer.admit(message(vec![position(1, 1.0)], at_ms(500)), at_ms(500));
    // The timer is late: the first position takes the slot for which the one before it waited.
    let items = vec![position(1, 2.0), position(1, 3.0)];
    let paces = pacer.admit(message(items, at_ms(1_000)), at_ms(1_000));
    assert_eq!(places(&paces.messages), [2.0]);
    assert!(pacer.release(at_ms(1_000)).is_empty());
    assert_eq!(pacer.next(at_ms(1_000)), Some(Duration::from_secs(1)));
    assert_eq!(pacer.due.len(), 1);
    assert_eq!(places(&pacer.release(at_ms(2_000))), [3.0]);
    assert_eq!(pacer.next(at_ms(2_000)), None);
}

#[test]
fn vehicles_do_not_use_each_others_slots() {
    let mut pacer = pacer(10);
    let items = (0..1_000).map(|n| position(1, f64::from(n))).collect();
    pacer.admit(message(items, at_ms(0)), at_ms(0));
    let paces = pacer.admit(message(vec![position(2, 7.0)], at_ms(1)), at_ms(1));
    assert_eq!(places(&paces.messages), [7.0]);
}

#[test]
fn waiting_messages_of_different_kinds_are_released_in_turn() {
    let mut pacer = pacer(10);
    let items = (0..10).map(|n| position(1, f64::from(n)));
    pacer.admit(message(items.collect(), at_ms(0)), at_ms(0));
    pacer.admit(message(vec![battery(1)], at_ms(1)), at_ms(1));
    for ms in 2..50 {
        pacer.admit(message(vec![position(1, ms as f64)], at_ms(ms)), at_ms(ms));
    }
    let first = pacer.release(at_ms(100));
    assert!(
        places(&first).is_empty() && first.len() == 1,
        "the battery came first"
    );
    assert_eq!(places(&pacer.release(at_ms(200))), [49.0]);
}

#[test]
fn a_waiting_message_replaced_by_a_passing_one_is_counted() {
    let mut pacer = pacer(10);
    let items = (0..11).map(|n| position(1, f64::from(n))).collect();
    pacer.admit(message(items, at_ms(0)), at_ms(0));
    // The timer is late: the newer message passes, and the older one must not follow it.
    let paces = pacer.admit(message(vec![position(1, 20.0)], at_ms(150)), at_ms(150));
    assert_eq!(places(&paces.messages), [20.0]);
    assert_eq!(paces.given_up[0].1, 1);
    assert!(pacer.release(at_ms(1_000)).is_empty());
}

#[test]
fn parts_without_a_vehicle_id_share_one_limit() {
    let mut pacer = pacer(10);
    let fault = || Item::rejected(Bytes::new(), None, Rejection::new(Reason::NotJson, "broken"));
    let items = (0..20_000).map(|_| fault()).collect();
    let paces = pacer.admit(message(items, at_ms(0)), at_ms(0));
    assert_eq!(paces.messages[0].items.len(), 5_000);
    assert_eq!(paces.given_up[0].1, 15_000);
}

#[test]
fn silent_vehicles_are_forgotten() {
    let mut pacer = pacer(10);
    let items = (0..1_000).map(|n| position(n, 0.0)).collect();
    pacer.admit(message(items, at_ms(0)), at_ms(0));
    pacer.admit(Vec::new(), at_ms(2_000));
    assert!(pacer.vehicles.is_empty());
}

#[test]
fn a_waiting_part_does_not_keep_its_message_in_memory() {
    let mut pacer = pacer(1);
    let payload = Bytes::from(vec![b' '; 1 << 20]);
    let part = |x| Item {
        source: payload.slice(10..200),
        ..position(1, x)
    };
    let paces = pacer.admit(message(vec![part(1.0), part(2.0)], at_ms(0)), at_ms(0));
    drop(paces);
    assert!(payload.is_unique());
    assert_eq!(places(&pacer.release(at_ms(1_000))), [2.0]);
}
