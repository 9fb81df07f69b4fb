use std::{collections::BTreeMap, task::Waker};

use domain::{
    telemetry::ConnectionStatus,
    vehicle::{VehicleStatus, VehicleType},
};
use uuid::Uuid;

use super::*;
use crate::{
    batch::DeliveryNumber, encoded::EncodedPart, event::LiveEvent, moment::Moment, traced::MessageNumbers,
};

/// The steps of [`Mailbox::poll_turn`] as separate methods, for tests that skip some of them.
impl Mailbox {
    pub(crate) fn poll_walk_turn(&self, cx: &Context<'_>) -> bool {
        self.waker.register(cx.waker());
        self.state.lock().walk_is_next()
    }

    pub(crate) fn poll_roster_turn(&self, cx: &Context<'_>) -> bool {
        self.waker.register(cx.waker());
        self.state.lock().roster_is_next()
    }

    pub(crate) fn poll_take(&self, cx: &Context<'_>) -> Poll<Option<OutgoingMessage>> {
        self.waker.register(cx.waker());
        let mut state = self.state.lock();
        match state.take() {
            Some(outgoing) => Poll::Ready(Some(outgoing)),
            None if state.is_closed => Poll::Ready(None),
            None => Poll::Pending,
        }
    }
}

const AT: Moment = Moment {
    unix_us: 0,
    uptime_us: 0,
};

fn id(n: u128) -> VehicleId {
    VehicleId::from_uuid(Uuid::from_u128(n))
}

fn view(n: u128) -> Arc<VehicleView> {
    Arc::new(VehicleView {
        vehicle_id: id(n),
        kind: VehicleType::Amr,
        position: None,
        state: None,
        status: VehicleStatus::Idle,
        connection: ConnectionStatus::Connected,
        received_at: None,
        messages: MessageNumbers::default(),
        encoded: EncodedPart::default(),
    })
}

fn removal(n: u128) -> Arc<LiveEvent> {
    Arc::new(LiveEvent::VehicleRemoved { vehicle_id: id(n) })
}

fn batch(events: &[Arc<LiveEvent>], views: &[Arc<VehicleView>]) -> Arc<Batch> {
    Arc::new(Batch::new(AT, events.to_vec(), views.to_vec(), Vec::new()))
}

fn take(mailbox: &Mailbox) -> Option<OutgoingMessage> {
    match mailbox.poll_take(&Context::from_waker(Waker::noop())) {
        Poll::Ready(outgoing) => outgoing,
        Poll::Pending => None,
    }
}

fn take_batch(mailbox: &Mailbox) -> Delivery {
    match take(mailbox) {
        Some(OutgoingMessage::Batch(delivery)) => delivery,
        other => panic!("expected a batch, got {other:?}"),
    }
}

#[test]
fn a_waiting_view_gets_the_status_and_connection_of_later_events() {
    let mailbox = Mailbox::default();
    mailbox.put(&batch(&[], &[view(1), view(2)]));
    let vehicle_id = view(1).vehicle_id;
    let changed = LiveEvent::StateChange {
        vehicle_id,
        old: VehicleStatus::Idle,
        new: VehicleStatus::Error,
        at: AT.wall(),
    };
    let lost = LiveEvent::ConnectionChange {
        vehicle_id,
        connection: ConnectionStatus::Timeout,
        reason: "no message received",
        since: AT.wall(),
    };
    mailbox.put(&batch(&[Arc::new(changed), Arc::new(lost)], &[]));
    let delivery = take_batch(&mailbox);
    assert_eq!(delivery.batch.events.len(), 2);
    let [first, second] = &delivery.batch.views[..] else {
        panic!("{:?}", delivery.batch.views);
    };
    assert_eq!(
        (first.status, first.connection),
        (VehicleStatus::Error, ConnectionStatus::Timeout)
    );
    assert_eq!(
        (second.status, second.connection),
        (view(2).status, view(2).connection)
    );
}

#[test]
fn a_fast_subscriber_gets_the_shared_batch() {
    let mailbox = Mailbox::default();
    for tick in 1..4 {
        let batch = batch(&[], &[view(1)]);
        assert_eq!(mailbox.put(&batch), Put::default());
        let delivery = take_batch(&mailbox);
        assert!(Arc::ptr_eq(&delivery.batch, &batch));
        assert_eq!(
            delivery.number,
            DeliveryNumber {
                tick,
                prev: (tick > 1).then(|| tick - 1)
            }
        );
    }
}

#[test]
fn a_slow_subscriber_gets_the_newest_view_of_each_vehicle_in_one_batch() {
    let mailbox = Mailbox::default();
    mailbox.put(&batch(&[], &[view(1)]));
    take_batch(&mailbox);
    let (old, newest, other) = (view(1), view(1), view(2));
    assert_eq!(mailbox.put(&batch(&[], &[old])).conflated, 0);
    assert_eq!(mailbox.put(&batch(&[], &[other])).conflated, 0);
    assert_eq!(mailbox.put(&batch(&[], &[Arc::clone(&newest)])).conflated, 1);
    let delivery = take_batch(&mailbox);
    assert_eq!(
        delivery.number,
        DeliveryNumber {
            tick: 2,
            prev: Some(1)
        }
    );
    assert_eq!(delivery.batch.views.len(), 2);
    assert!(delivery.batch.views.iter().any(|view| Arc::ptr_eq(view, &newest)));
    assert!(take(&mailbox).is_none());
}

#[test]
fn views_that_are_replaced_when_the_subscriber_takes_them_are_counted_with_the_next_delivery() {
    let mailbox = Mailbox::default();
    put_in_parts(&mailbox, 2);
    assert_eq!(mailbox.put(&batch(&[], &[view(2)])).conflated, 0);
    assert_eq!(take_batch(&mailbox).batch.views.len(), 2);
    assert_eq!(mailbox.put(&batch(&[], &[view(2)])).conflated, 1);
    assert_eq!(mailbox.put(&batch(&[], &[view(3)])).conflated, 0);
}

#[test]
fn a_removal_drops_older_views_and_keeps_newer_ones() {
    let mailbox = Mailbox::default();
    mailbox.put(&batch(&[], &[view(1), view(2)]));
    mailbox.put(&batch(&[removal(1), removal(2)], &[]));
    mailbox.put(&batch(&[], &[view(2)]));
    let delivery = take_batch(&mailbox);
    assert_eq!(delivery.batch.events.len(), 2);
    assert_eq!(
        delivery
            .batch
            .views
            .iter()
            .map(|view| view.vehicle_id)
            .collect::<Vec<_>>(),
        [id(2)]
    );
}

fn status_change(n: u128) -> Arc<LiveEvent> {
    Arc::new(LiveEvent::StateChange {
        vehicle_id: id(n),
        old: VehicleStatus::Idle,
        new: VehicleStatus::Error,
        at: AT.wall(),
    })
}

#[test]
fn no_event_of_a_vehicle_follows_its_last_removal() {
    let mailbox = Mailbox::default();
    mailbox.put(&batch(&[], &[view(1)]));
    mailbox.put(&batch(&[removal(1), removal(2)], &[]));
    // The vehicle comes back, changes its status and is removed again.
    mailbox.put(&batch(&[status_change(1), status_change(3)], &[view(1)]));
    mailbox.put(&batch(&[removal(1)], &[]));
    let delivery = take_batch(&mailbox);
    assert_eq!(
        delivery.batch.events,
        [removal(2), status_change(1), status_change(3), removal(1)]
    );
    assert!(delivery.batch.views.is_empty());
}

#[test]
fn a_removal_that_was_taken_is_not_replaced() {
    let mailbox = Mailbox::default();
    let last = MAX_PART as u128;
    let removals: Vec<_> = (0..=last).map(removal).collect();
    mailbox.put(&batch(&removals, &[]));
    mailbox.put(&batch(&[removal(0)], &[]));
    assert_eq!(take_batch(&mailbox).batch.events, removals[1..]);
    mailbox.put(&batch(&[removal(1), removal(0)], &[]));
    assert_eq!(take_batch(&mailbox).batch.events, [removal(1), removal(0)]);
    assert!(take(&mailbox).is_none());
}

#[test]
fn the_backlog_is_bounded_by_the_number_of_vehicles() {
    let mailbox = Mailbox::default();
    for _ in 1..10_000 {
        mailbox.put(&batch(&[], &[view(1), view(2)]));
    }
    assert_eq!(take_batch(&mailbox).batch.views.len(), 2);
}

#[test]
fn the_latest_feed_status_comes_before_everything_else() {
    let mailbox = Mailbox::default();
    mailbox.put(&batch(&[], &[view(1)]));
    for is_up in [false, true] {
        mailbox.put_feed(FeedStatus {
            is_up,
            since: Timestamp::EPOCH,
        });
    }
    assert!(matches!(
        take(&mailbox),
        Some(OutgoingMessage::Feed(FeedStatus { is_up: true, .. }))
    ));
    take_batch(&mailbox);
}

#[test]
fn messages_that_are_no_longer_wanted_are_dropped() {
    let mailbox = Mailbox::default();
    mailbox.put(&batch(&[removal(2)], &[view(1), view(3)]));
    assert_eq!(mailbox.sift(Sift::Begin, 10, |vehicle| vehicle == id(3)), None);
    let delivery = take_batch(&mailbox);
    assert_eq!(
        delivery.batch.events,
        [removal(2)],
        "the subscriber still has the vehicle in its view"
    );
    assert_eq!(
        delivery
            .batch
            .views
            .iter()
            .map(|view| view.vehicle_id)
            .collect::<Vec<_>>(),
        [id(3)]
    );
    mailbox.put(&batch(&[], &[view(1)]));
    assert_eq!(mailbox.sift(Sift::Begin, 10, |_| false), None);
    assert!(!mailbox.has_mail());
}

#[test]
fn the_parts_of_a_delivery_wait_unchanged_until_another_delivery_arrives() {
    let mailbox = Mailbox::default();
    let part = |continues, n| {
        let batch = Batch::new(AT, Vec::new(), vec![view(n)], Vec::new());
        Arc::new(batch.continuing(continues))
    };
    let parts = [part(false, 1), part(true, 2), part(true, 3)];
    parts.iter().for_each(|part| {
        mailbox.put(part);
    });
    assert!(Arc::ptr_eq(&take_batch(&mailbox).batch, &parts[0]));
    assert!(Arc::ptr_eq(&take_batch(&mailbox).batch, &parts[1]));
    mailbox.put(&part(false, 4));
    mailbox.put(&part(true, 5));
    assert_eq!(take_batch(&mailbox).batch.views.len(), 3);
    assert!(!mailbox.has_mail());
}

/// Puts a delivery of `parts` batches, with one view each, of vehicles 1 to `parts`.
fn put_in_parts(mailbox: &Mailbox, parts: u128) {
    for n in 1..=parts {
        let part = Batch::new(AT, Vec::new(), vec![view(n)], Vec::new());
        mailbox.put(&Arc::new(part.continuing(n > 1)));
    }
}

#[test]
fn waiting_parts_are_merged_in_steps_and_in_order() {
    let mailbox = Mailbox::default();
    put_in_parts(&mailbox, 9);
    let newer = [batch(&[], &[view(1)]), batch(&[removal(9)], &[view(2)])];
    newer.iter().for_each(|batch| _ = mailbox.put(batch));
    assert_eq!(mailbox.state.lock().next.len(), 9 + 2 - 2 * MERGED_AT_ONCE);
    let mut seen = BTreeMap::new();
    while mailbox.has_mail() {
        let batch = take_batch(&mailbox).batch;
        batch
            .events
            .iter()
            .for_each(|event| _ = seen.remove(&event.vehicle_id()));
        seen.extend(batch.views.iter().map(|view| (view.vehicle_id, Arc::clone(view))));
    }
    assert_eq!(
        seen.keys().copied().collect::<Vec<_>>(),
        (1..=8).map(id).collect::<Vec<_>>()
    );
    for (n, batch) in (1..).zip(&newer) {
        assert!(
            Arc::ptr_eq(&seen[&id(n)], &batch.views[0]),
            "the newest view of {n} comes last"
        );
    }
}

#[test]
fn waiting_parts_are_merged_in_steps_before_they_are_sifted() {
    let mailbox = Mailbox::default();
    put_in_parts(&mailbox, 2 * MERGED_AT_ONCE as u128);
    let is_even = |vehicle| [2, 4].map(id).contains(&vehicle);
    let mut progress = mailbox.sift(Sift::Begin, 10, is_even);
    assert_eq!(progress, Some(Sift::Begin));
    mailbox.put(&batch(&[], &[view(6)]));
    while let Some(unfinished) = progress {
        progress = mailbox.sift(unfinished, 10, |vehicle| is_even(vehicle) || vehicle == id(6));
    }
    let left: Vec<_> = take_batch(&mailbox)
        .batch
        .views
        .iter()
        .map(|view| view.vehicle_id)
        .collect();
    assert_eq!(left, [2, 4, 6].map(id));
}

#[test]
fn a_restart_keeps_the_removals_of_parts_that_were_not_merged() {
    let mailbox = Mailbox::default();
    put_in_parts(&mailbox, 5);
    let part = Batch::new(AT, vec![removal(7)], Vec::new(), Vec::new());
    mailbox.put(&Arc::new(part.continuing(true)));
    let discarded = mailbox.start_anew();
    assert_eq!(discarded.batches.len(), 6);
    let delivery = take_batch(&mailbox);
    assert_eq!(delivery.batch.events, [removal(7)]);
    assert_eq!(delivery.number.prev, None);
    assert!(delivery.batch.views.is_empty() && !mailbox.has_mail());
}

#[test]
fn a_long_queue_is_sifted_in_steps() {
    let mailbox = Mailbox::default();
    mailbox.put(&batch(&[], &[view(1), view(2), view(3), view(4), view(5)]));
    let is_odd = |vehicle| [1, 3, 5].map(id).contains(&vehicle);
    let mut progress = mailbox.sift(Sift::Begin, 2, is_odd);
    assert_eq!(progress, Some(Sift::From(id(3))));
    while let Some(unfinished) = progress {
        progress = mailbox.sift(unfinished, 2, is_odd);
    }
    let left: Vec<_> = take_batch(&mailbox)
        .batch
        .views
        .iter()
        .map(|view| view.vehicle_id)
        .collect();
    assert_eq!(left, [1, 3, 5].map(id));
}

#[test]
fn steps_of_a_walk_alternate_with_messages_unless_they_come_first() {
    let mailbox = Mailbox::default();
    let cx = Context::from_waker(Waker::noop());
    assert!(!mailbox.poll_walk_turn(&cx), "there is no walk");
    mailbox.set_walk_turn(WalkTurn::Alternate);
    assert!(mailbox.has_mail());
    mailbox.put(&batch(&[], &[view(1)]));
    mailbox.put(&batch(&[removal(2)], &[]));
    assert!(mailbox.poll_walk_turn(&cx));
    assert!(!mailbox.poll_walk_turn(&cx), "a message waits");
    take_batch(&mailbox);
    assert!(mailbox.poll_walk_turn(&cx));
    assert!(mailbox.poll_walk_turn(&cx), "nothing else waits");
    mailbox.put(&batch(&[], &[view(1)]));
    mailbox.set_walk_turn(WalkTurn::First);
    assert!(mailbox.poll_walk_turn(&cx) && mailbox.poll_walk_turn(&cx));
    mailbox.set_walk_turn(WalkTurn::None);
    assert!(!mailbox.poll_walk_turn(&cx));
}

#[test]
fn a_closed_mailbox_returns_its_messages_and_then_ends() {
    let mailbox = Mailbox::default();
    mailbox.put(&batch(&[], &[view(1)]));
    mailbox.close();
    take_batch(&mailbox);
    let ended = mailbox.poll_take(&Context::from_waker(Waker::noop()));
    assert!(matches!(ended, Poll::Ready(None)));
}

#[test]
fn removals_are_kept_once_per_vehicle_and_need_no_resync() {
    let mailbox = Mailbox::default();
    mailbox.put(&batch(&[], &[view(1)]));
    for round in 0..3 {
        for n in 0..MAX_EVENTS as u128 + 2 {
            let put = mailbox.put(&batch(&[removal(n)], &[]));
            assert!(!put.needs_resync, "{n} in round {round}");
        }
    }
    let parts = [take_batch(&mailbox), take_batch(&mailbox)];
    assert_eq!(parts.map(|part| part.batch.events.len()), [MAX_PART, 2]);
}

#[test]
fn a_large_snapshot_is_split_into_consecutive_parts() {
    let mailbox = Mailbox::default();
    let count = MAX_PART as u128 * 2 + 5;
    let views = (0..count).map(view).collect();
    let events = (0..10).map(|n| removal(n + count)).collect();
    mailbox.put(&Arc::new(Batch::snapshot(AT, events, views, Vec::new())));
    let first = take_batch(&mailbox);
    assert_eq!(
        (first.batch.events.len(), first.batch.views.len()),
        (10, MAX_PART - 10)
    );
    mailbox.put(&batch(&[], &[view(count - 1), view(0)]));
    let mut seen = first.batch.views.len();
    let mut tick = first.number.tick;
    while mailbox.has_mail() {
        let part = take_batch(&mailbox);
        assert_eq!(part.number.prev, Some(tick));
        assert!(part.batch.views.len() <= MAX_PART);
        (tick, seen) = (part.number.tick, seen + part.batch.views.len());
    }
    assert_eq!(seen, count as usize + 1, "the first vehicle was delivered twice");
}

#[test]
fn a_restarted_view_keeps_the_removals_and_has_no_previous_delivery() {
    let mailbox = Mailbox::default();
    mailbox.put(&batch(&[], &[view(1)]));
    take_batch(&mailbox);
    mailbox.put(&batch(&[removal(1), removal(2)], &[]));
    mailbox.put(&batch(&[], &[view(3)]));
    drop(mailbox.start_anew());
    mailbox.put(&batch(&[], &[view(2)]));
    let delivery = take_batch(&mailbox);
    assert_eq!(delivery.number, DeliveryNumber { tick: 2, prev: None });
    assert_eq!(delivery.batch.events, [removal(1), removal(2)]);
    assert_eq!(
        delivery.batch.views.len(),
        1,
        "the second vehicle returned after its removal"
    );
    drop(mailbox.start_anew());
    assert!(take(&mailbox).is_none(), "there is no snapshot yet");
    mailbox.put(&batch(&[], &[view(1)]));
    assert_eq!(
        take_batch(&mailbox).number,
        DeliveryNumber { tick: 3, prev: None }
    );
}

#[test]
fn a_cleared_mailbox_is_empty() {
    let mailbox = Mailbox::default();
    mailbox.put(&batch(&[removal(1)], &[view(2)]));
    mailbox.put(&batch(&[removal(3)], &[view(4)]));
    drop(mailbox.clear());
    assert!(take(&mailbox).is_none());
}
