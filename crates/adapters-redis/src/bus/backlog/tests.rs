use application::{Moment, telemetry::Channel};
use bytes::Bytes;
use rstest::rstest;

use super::{lanes::FEW, turn::OVERHEAD, *};

const NOW: Moment = Moment {
    unix_us: 1_732_333_333_500_000,
    uptime_us: 7,
};
const MAX: usize = 1 << 20;

fn message(payload: impl Into<Bytes>) -> Message {
    Message::new(Channel::Position, payload.into(), NOW, MAX)
}

fn of_vehicle(vehicle: usize, bytes: usize) -> Message {
    let text = format!(r#"{{"vehicleId":"vehicle {vehicle}","filler":""#);
    let filler = "x".repeat(bytes.saturating_sub(text.len() + 2));
    message(format!(r#"{text}{filler}"}}"#))
}

/// Returns an array of about half a megabyte.
fn flood(vehicle: &str) -> Message {
    let element = format!(r#"{{"vehicleId":"{vehicle}","x":1}}"#);
    message(format!("[{}]", vec![element; MAX / 64].join(",")))
}

/// Checks the bookkeeping.
fn check(backlog: &Backlog) {
    let undivided = backlog.undivided.iter().map(cost_of).sum::<usize>();
    assert_eq!(backlog.undivided_cost, undivided);
    assert_eq!(
        backlog.lanes.check() + undivided + backlog.in_flight,
        backlog.cost
    );
    assert!(backlog.undivided.is_empty() || backlog.lanes.is_empty());
    assert!(backlog.cost <= backlog.budget);
}

/// Returns the number of messages that are waiting.
fn waiting(backlog: &Backlog) -> usize {
    backlog.undivided.len() + backlog.lanes.waiting()
}

/// Returns the raw parts of messages.
fn sources(taken: Vec<Inbound>) -> Vec<Bytes> {
    let items = taken.into_iter().flat_map(|message| message.items);
    items.map(|item| item.source).collect()
}

fn items(taken: &[Inbound]) -> usize {
    taken.iter().map(|message| message.items.len()).sum()
}

#[test]
fn messages_of_one_publisher_stay_in_order() {
    let mut backlog = Backlog::new(MAX);
    for number in 0..50 {
        backlog.push(message(format!("{{{number}")));
    }
    let expected: Vec<_> = (0..50).map(|number| Bytes::from(format!("{{{number}"))).collect();
    assert_eq!(sources(backlog.take()), expected);
    assert!(backlog.is_empty());
    check(&backlog);
}

#[test]
fn few_messages_are_decoded_in_the_order_of_their_arrival() {
    let mut backlog = Backlog::new(MAX);
    let messages: Vec<_> = (0..200).map(|number| of_vehicle(number % 3, 200)).collect();
    for message in messages.iter().cloned() {
        backlog.push(message);
        check(&backlog);
    }
    assert_eq!(backlog.lanes.len(), 0);
    let expected: Vec<_> = messages.iter().map(|message| message.payload().clone()).collect();
    assert_eq!(sources(backlog.take()), expected);
    assert!(backlog.is_empty());
}

#[rstest]
#[case("many messages", 3_000, 100)]
#[case("a long message", 40, 40_000)]
fn many_or_long_messages_are_divided_by_publisher(
    #[case] what: &str,
    #[case] messages: usize,
    #[case] bytes: usize,
) {
    let mut backlog = Backlog::new(MAX);
    let mut expected = Vec::new();
    for number in 0..messages {
        let text = format!(r#"{{"vehicleId":"vehicle {}","number":{number}}}"#, number % 2);
        let payload = Bytes::from(text + &" ".repeat(if number < 10 { 0 } else { bytes }));
        expected.push(payload.clone());
        backlog.push(message(payload));
    }
    assert_eq!(backlog.lanes.len(), 2, "{what}");
    check(&backlog);
    let mut taken = Vec::new();
    while !backlog.is_empty() {
        taken.extend(sources(backlog.take()));
        check(&backlog);
    }
    // A stable sort keeps the order within each publisher.
    let publisher = |source: &Bytes| source[..25].to_vec();
    taken.sort_by_key(publisher);
    expected.sort_by_key(publisher);
    assert_eq!(taken, expected, "{what}");
    // Now that all lanes are gone, the next messages no longer need any.
    backlog.push(of_vehicle(0, 200));
    assert_eq!(backlog.lanes.len(), 0, "{what}");
}

#[test]
fn a_flood_delays_another_publisher_by_a_turn() {
    let mut backlog = Backlog::new(MAX);
    for _ in 0..20 {
        backlog.push(flood("attacker"));
    }
    assert!(items(&backlog.take()) < 3_000, "a part of the first message");
    backlog.push(message(r#"{"vehicleId":"innocent"}"#));
    let taken = backlog.take();
    let is_delivered = taken
        .iter()
        .flat_map(|message| &message.items)
        .any(|item| item.source.starts_with(br#"{"vehicleId":"innocent"#));
    assert!(is_delivered, "after {} others", items(&taken));
}

#[test]
fn blanks_are_part_of_a_turn() {
    let mut backlog = Backlog::new(MAX);
    for _ in 0..20 {
        backlog.push(message(format!("[{}]", " ".repeat(MAX - 2))));
    }
    assert!(backlog.take().is_empty());
    assert_eq!(waiting(&backlog), 19);
}

#[test]
fn messages_behind_blanks_do_not_wait_for_another_message() {
    let mut backlog = Backlog::new(MAX);
    for _ in 0..10 {
        backlog.push(message(format!("[{}]", " ".repeat(20 << 10))));
    }
    assert!(backlog.take().is_empty());
    assert_eq!(waiting(&backlog), 6);
    assert!(!backlog.is_empty());
}

#[test]
fn a_flood_loses_its_surplus_and_other_publishers_lose_nothing() {
    let mut backlog = Backlog::new(MAX);
    for vehicle in 0..100 {
        backlog.push(of_vehicle(vehicle, 200));
    }
    for _ in 0..300 {
        backlog.push(flood("attacker"));
    }
    let dropped = backlog.take_dropped();
    assert!((200..300).contains(&dropped), "{dropped}");
    check(&backlog);
    let mut delivered = 0;
    while delivered < 100 {
        let taken = backlog.take();
        delivered += taken
            .iter()
            .flat_map(|message| &message.items)
            .filter(|item| item.source.starts_with(br#"{"vehicleId":"vehicle "#))
            .count();
    }
}

#[test]
fn a_flood_that_has_stopped_loses_messages_before_other_publishers() {
    let mut backlog = Backlog::new(MAX);
    for _ in 0..12 {
        backlog.push(message(format!("[{}]", " ".repeat(MAX - 2))));
    }
    for _ in 0..10 {
        backlog.push(flood("attacker"));
    }
    while waiting(&backlog) > 10 {
        backlog.take();
    }
    for vehicle in 0..481 {
        let messages = if vehicle == 0 { 100 } else { 40 };
        for _ in 0..messages {
            backlog.push(of_vehicle(vehicle, 1_000));
        }
    }
    assert_eq!(backlog.lanes.waiting_in_light_lanes(), 100 + 480 * 40);
    assert!(backlog.take_dropped() > 0);
    check(&backlog);
}

#[test]
fn only_floods_are_dropped_at_once() {
    let mut backlog = Backlog::new(MAX);
    backlog.push(of_vehicle(1, 200));
    backlog.push(flood("attacker"));
    backlog.push(flood("attacker"));
    backlog.drop_heavy();
    assert_eq!(backlog.take_dropped(), 2);
    check(&backlog);
    assert_eq!(items(&backlog.take()), 1);
    assert!(backlog.is_empty());
}

#[test]
fn a_million_small_messages_are_bounded_too() {
    let mut backlog = Backlog::new(MAX);
    for number in 0..200_000 {
        backlog.push(of_vehicle(number, 60));
    }
    let dropped = backlog.take_dropped();
    assert!(dropped > 100_000, "{dropped}");
    // At most half of the lanes are empty.
    assert!(backlog.lanes.len() <= 2 * BUDGET / OVERHEAD);
    check(&backlog);
    let mut left = 0;
    while !backlog.is_empty() {
        left += backlog.take().len() as u64;
    }
    assert_eq!(left + dropped, 200_000);
    assert_eq!(backlog.lanes.len(), 0);
    check(&backlog);
}

#[test]
fn many_publishers_of_large_messages_are_bounded_and_leave_room_for_others() {
    let mut backlog = Backlog::new(MAX);
    backlog.push(of_vehicle(0, 200));
    for number in 1..5_000 {
        backlog.push(of_vehicle(number, 60_000));
    }
    let dropped = backlog.take_dropped();
    assert!(dropped > 4_000, "{dropped}");
    assert!(backlog.lanes.len() <= FEW, "{}", backlog.lanes.len());
    check(&backlog);
    let is_delivered = std::iter::from_fn(|| Some(backlog.take()).filter(|taken| !taken.is_empty()))
        .flatten()
        .flat_map(|message| message.items)
        .any(|item| item.source.starts_with(br#"{"vehicleId":"vehicle 0""#));
    assert!(is_delivered);
}

#[test]
fn a_backlog_of_heavy_lanes_is_decoded_without_pauses() {
    let mut backlog = Backlog::new(MAX);
    for gateway in 0..20 {
        backlog.push(flood(&format!("gateway {gateway}")));
        backlog.push(flood(&format!("gateway {gateway}")));
    }
    let cost = backlog.cost;
    let mut slices = 0;
    while !backlog.is_empty() {
        assert!(!backlog.take().is_empty(), "each call decodes something");
        check(&backlog);
        slices += 1;
    }
    assert!(slices <= cost / SLICE + 1, "{slices} of {cost}");
}

#[test]
fn only_the_start_of_an_oversized_message_is_kept() {
    let mut backlog = Backlog::new(1_024);
    backlog.push(Message::new(
        Channel::State,
        Bytes::from(vec![b' '; 64 << 20]),
        NOW,
        1_024,
    ));
    assert!(backlog.cost < 8_192);
    let taken = backlog.take();
    assert_eq!(taken[0].items[0].bytes, 64 << 20);
}

/// Decodes everything that is left, without other threads.
fn drain(backlog: &mut Backlog) -> Vec<Bytes> {
    let mut drained = Vec::new();
    while !backlog.is_empty() {
        drained.extend(sources(backlog.take()));
    }
    drained
}

fn accept(backlog: &mut Backlog, job: Job) -> Vec<Bytes> {
    let decoded = sources(backlog.accept(job.decode()));
    check(backlog);
    decoded
}

/// Returns a message that is not short. It has one part.
fn long(vehicle: &str, number: usize) -> Message {
    let start = format!(r#"[{{"vehicleId":"{vehicle}","number":{number}}}"#);
    message(start + &" ".repeat(SHORT) + "]")
}

fn is_of(vehicle: &str) -> impl Fn(&Bytes) -> bool {
    let start = format!(r#"{{"vehicleId":"{vehicle}""#);
    move |source| source.starts_with(start.as_bytes())
}

#[test]
fn few_messages_are_no_job_for_another_thread() {
    let mut backlog = Backlog::new(MAX);
    for number in 0..100 {
        backlog.push(of_vehicle(number, 200));
    }
    assert!(backlog.next_job().is_none());
    assert_eq!(items(&backlog.take()), 100);
}

#[test]
fn jobs_without_lanes_are_decoded_in_the_order_of_arrival() {
    let mut backlog = Backlog::new(MAX);
    let expected: Vec<_> = (0..1_000)
        .map(|number| of_vehicle(number % 7, 200))
        .inspect(|message| backlog.push(message.clone()))
        .map(|message| message.payload().clone())
        .collect();
    let mut jobs = Vec::new();
    while let Some(job) = backlog.next_job() {
        jobs.push(job);
        check(&backlog);
    }
    assert!(jobs.len() > 3, "{}", jobs.len());
    // These messages are not worth another job, and wait until none is in flight.
    assert!(waiting(&backlog) > 0);
    let mut decoded = Vec::new();
    for job in jobs {
        decoded.extend(accept(&mut backlog, job));
    }
    decoded.extend(drain(&mut backlog));
    assert_eq!(decoded, expected);
}

#[test]
fn a_lane_has_one_turn_in_flight_at_most() {
    let mut backlog = Backlog::new(MAX);
    for number in 0..6 {
        for vehicle in ["a", "b"] {
            backlog.push(long(vehicle, number));
        }
    }
    let (first, second) = (backlog.next_job(), backlog.next_job());
    assert!(backlog.next_job().is_none(), "both lanes have a turn in flight");
    backlog.push(long("a", 6));
    check(&backlog);
    let [first, second] = [first, second].map(|job| job.expect("a job"));
    let mut decoded = accept(&mut backlog, first);
    assert!(decoded.len() == 1 && is_of("a")(&decoded[0]), "{decoded:?}");
    // The lane has a turn again, alongside that of the other.
    let third = backlog.next_job().expect("a job");
    decoded.extend(accept(&mut backlog, second));
    decoded.extend(accept(&mut backlog, third));
    decoded.extend(drain(&mut backlog));
    for (vehicle, messages) in [("a", 7), ("b", 6)] {
        let of_vehicle: Vec<_> = decoded.iter().filter(|source| is_of(vehicle)(source)).collect();
        assert!(
            of_vehicle.is_sorted() && of_vehicle.len() == messages,
            "{of_vehicle:?}"
        );
    }
}

#[test]
fn the_rest_of_an_array_in_flight_precedes_newer_messages() {
    let mut backlog = Backlog::new(MAX);
    backlog.push(flood("a"));
    let job = backlog.next_job().expect("a job");
    backlog.push(of_vehicle(0, 300));
    backlog.push(message(r#"{"vehicleId":"a","x":2}"#));
    let first = accept(&mut backlog, job);
    assert!(!first.is_empty() && first.iter().all(is_of("a")));
    let rest: Vec<_> = drain(&mut backlog).into_iter().filter(is_of("a")).collect();
    let (newest, rest) = rest.split_last().expect("messages");
    assert_eq!(newest, r#"{"vehicleId":"a","x":2}"#);
    // The last part of the flood is the rejection of its surplus.
    assert!(rest.len() > 1_000 && rest[..rest.len() - 1].iter().all(|source| source == &first[0]));
}

#[test]
fn a_flood_is_decoded_by_one_thread_at_a_time() {
    let mut backlog = Backlog::new(MAX);
    backlog.push(flood("attacker"));
    backlog.push(flood("accomplice"));
    let jobs = [(); 2].map(|()| backlog.next_job().expect("a job of each"));
    assert!(backlog.next_job().is_none());
    for _ in 0..3 {
        backlog.push(of_vehicle(0, 30_000));
    }
    let other = backlog.next_job().expect("a job of the light lane");
    for (job, name) in jobs.into_iter().zip(["attacker", "accomplice"]) {
        assert!(accept(&mut backlog, job).iter().all(is_of(name)));
    }
    assert!(accept(&mut backlog, other).iter().all(is_of("vehicle 0")));
}

#[test]
fn messages_in_flight_count_in_the_budget() {
    let mut backlog = Backlog::new(MAX);
    let mut pushed = 0_usize;
    let mut fill = |backlog: &mut Backlog| {
        for _ in 0..6_000 {
            backlog.push(of_vehicle(pushed, 9_000));
            pushed += 1;
        }
        check(backlog);
        pushed
    };
    fill(&mut backlog);
    let jobs: Vec<_> = std::iter::from_fn(|| backlog.next_job()).collect();
    // Half of the budget is left for messages that may be dropped.
    let half = backlog.budget / 2;
    assert!(
        (half..half + 2 * JOB).contains(&backlog.in_flight),
        "{}",
        backlog.in_flight
    );
    let pushed = fill(&mut backlog);
    let decoded: usize = jobs.into_iter().map(|job| accept(&mut backlog, job).len()).sum();
    assert_eq!(backlog.in_flight, 0);
    let left = drain(&mut backlog).len();
    assert_eq!(decoded + left + backlog.take_dropped() as usize, pushed);
}

#[test]
fn the_rest_of_a_flood_in_flight_is_dropped_with_its_lane() {
    let mut backlog = Backlog::new(MAX);
    for _ in 0..2 {
        backlog.push(flood("attacker"));
    }
    backlog.push(of_vehicle(1, 200));
    let job = backlog.next_job().expect("a job");
    backlog.drop_heavy();
    check(&backlog);
    assert_eq!(backlog.take_dropped(), 1, "the other one is in flight");
    // Messages that arrive later are not affected.
    backlog.push(message(r#"{"vehicleId":"attacker","x":2}"#));
    assert!(!accept(&mut backlog, job).is_empty());
    assert_eq!(backlog.take_dropped(), 1);
    assert_eq!(drain(&mut backlog).len(), 2);
    assert_eq!(backlog.take_dropped(), 0);
}
