//! Canaries reach their own subscriber, and nothing else shows them.

use super::*;
use crate::mailbox::Turn;

const CANARY: u128 = 0xca;

fn code(text: &str) -> ErrorCode {
    ErrorCode::new(text).expect("a code")
}

/// Takes the next delivery of a mailbox as a real subscriber does.
fn events(mailbox: &Mailbox, core: &mut Core, id: SubscriberId, now: Moment) -> Option<Vec<Arc<LiveEvent>>> {
    let mut cx = Context::from_waker(Waker::noop());
    loop {
        match mailbox.poll_turn(&mut cx) {
            Poll::Ready(Turn::Walk) => core.advance(id, now),
            Poll::Ready(Turn::Message(OutgoingMessage::Batch(delivery))) => {
                assert!(delivery.batch.views.is_empty());
                return Some(delivery.batch.events.clone());
            }
            Poll::Ready(Turn::Message(_) | Turn::Roster) => {}
            Poll::Ready(Turn::End) | Poll::Pending => return None,
        }
    }
}

#[test]
fn a_canary_reaches_its_subscriber_with_the_next_tick() {
    let mut core = core_with([1]);
    let (member, mailbox) = core.connect_canary(id(CANARY), at_ms(0));
    core.pass_canary(id(CANARY), code("1"), at_ms(10));
    core.tick(at_ms(10));
    assert!(
        events(&mailbox, &mut core, member, at_ms(10)).is_none(),
        "the canary needs a later tick"
    );
    assert_eq!(core.next_tick_us(), Some(at_ms(11).uptime_us));
    core.tick(at_ms(11));
    let expected = LiveEvent::VehicleError {
        vehicle_id: id(CANARY),
        code: code("1"),
    };
    assert_eq!(
        events(&mailbox, &mut core, member, at_ms(11)),
        Some(vec![Arc::new(expected)])
    );
    core.disconnect(member);
    core.pass_canary(id(CANARY), code("2"), at_ms(20));
    core.tick(at_ms(21));
    assert!(events(&mailbox, &mut core, member, at_ms(21)).is_none());
}

#[test]
fn no_client_sees_a_canary_and_nothing_counts_it() {
    let mut core = core_with([1, 2]);
    let mut all = Watcher::watching(&mut core, &Topic::All);
    let before = core.stats();
    let (member, mailbox) = core.connect_canary(id(CANARY), at_ms(0));
    assert_eq!(core.stats(), before);
    assert_eq!(
        core.subscribe(all.member, &Topic::Vehicle(id(CANARY)), at_ms(0)),
        Err(SubscribeError::UnknownVehicle)
    );
    core.pass_canary(id(CANARY), code("1"), at_ms(10));
    core.tick(at_ms(11));
    assert!(all.take().is_none());
    assert!(core.present(id(CANARY), at_ms(11)).is_none());
    assert!(core.vehicle(id(CANARY)).is_none());
    let report = send(&mut core, CANARY, position(1.0, 20), 20);
    assert_eq!(report, Err(Reason::UnknownVehicle));

    // The subscriber of canaries does not see any vehicle either.
    assert!(events(&mailbox, &mut core, member, at_ms(20)).is_some());
    send(&mut core, 1, position(1.0, 30), 30).expect("accepted");
    core.tick(at_ms(1_000));
    assert!(all.take().is_some());
    assert!(events(&mailbox, &mut core, member, at_ms(1_000)).is_none());
    core.disconnect(member);
    assert_eq!(core.stats(), before);
}

#[test]
fn a_subscriber_of_canaries_that_has_missed_some_is_not_counted_as_slow() {
    let mut core = core();
    core.connect_canary(id(CANARY), at_ms(0));
    for ms in [10, 20, 30] {
        core.pass_canary(id(CANARY), code("1"), at_ms(ms));
        core.tick(at_ms(ms + 1));
    }
    assert_eq!(core.count_slow_subscribers(0, 100).0, 0);
}

#[test]
fn servers_with_different_pseudo_vehicles_receive_their_own_canaries() {
    let mut core = core();
    let (first, firsts) = core.connect_canary(id(CANARY), at_ms(0));
    let (second, seconds) = core.connect_canary(id(CANARY + 1), at_ms(0));
    core.pass_canary(id(CANARY + 1), code("1"), at_ms(10));
    core.tick(at_ms(11));
    assert!(events(&firsts, &mut core, first, at_ms(11)).is_none());
    assert!(events(&seconds, &mut core, second, at_ms(11)).is_some());
}
