//! Blocks are decoded to what was encoded.

use domain::history::Sample;
use proptest::{collection::vec, prelude::*};
use rstest::rstest;

use super::samples::{any_sample, codes_of, drive, empty, point, rows_of};
use crate::{
    Block, Bounds, Columns, Decoder, Fault, Head, MAX_ROWS, PAGE_ROWS, Row, Rows, Tier, Unencodable, encode,
};

fn encoded(rows: &Rows) -> Vec<u8> {
    encode(rows.as_slice(), rows.names(), Tier::Full).expect("rows in order")
}

fn decoded(bytes: &[u8]) -> Rows {
    let block = Block::open(bytes).expect("a block");
    block.rows().expect("valid pages")
}

fn check_within_a_quantum(kept: &Sample, sample: &Sample) {
    let is_near =
        |kept: f64, value: f64, quantum: f64| (kept - value).abs() <= quantum / 2.0 + value.abs() * 1e-15;
    assert_eq!(
        (kept.at, kept.received_at, kept.status, kept.follows_gap),
        (sample.at, sample.received_at, sample.status, sample.follows_gap)
    );
    assert_eq!(kept.position.is_some(), sample.position.is_some());
    if let (Some(kept), Some(position)) = (&kept.position, &sample.position) {
        assert!(
            is_near(kept.x, position.x, 0.001_001),
            "{kept:?}, not {position:?}"
        );
        assert!(
            is_near(kept.y, position.y, 0.001_001),
            "{kept:?}, not {position:?}"
        );
        assert!(
            is_near(kept.z, position.z, 0.001_001),
            "{kept:?}, not {position:?}"
        );
        let turned = (kept.heading - position.heading).rem_euclid(360.0);
        assert!(
            turned.min(360.0 - turned) <= 0.005_001,
            "{kept:?}, not {position:?}"
        );
        assert_eq!(
            (&kept.map_id, &kept.frame_id),
            (&position.map_id, &position.frame_id)
        );
    }
    assert_eq!(kept.speed.is_some(), sample.speed.is_some());
    let (speed, expected) = (kept.speed.unwrap_or(0.0), sample.speed.unwrap_or(0.0));
    assert!(is_near(speed, expected, 0.001_001), "{kept:?}, not {sample:?}");
    assert_eq!(kept.battery.is_some(), sample.battery.is_some());
    if let (Some(kept), Some(battery)) = (kept.battery, sample.battery) {
        assert!(
            is_near(kept.get(), battery.get(), 0.010_001),
            "{kept:?}, not {battery:?}"
        );
    }
    assert_eq!(kept.condition.is_some(), sample.condition.is_some());
    if let (Some(kept), Some(condition)) = (&kept.condition, &sample.condition) {
        assert_eq!(kept.load.is_some(), condition.load.is_some());
        let (load, expected) = (kept.load.unwrap_or(0.0), condition.load.unwrap_or(0.0));
        assert!(is_near(load, expected, 0.001_001), "{kept:?}, not {condition:?}");
        assert_eq!(kept.error_codes, condition.error_codes);
    }
}

proptest! {
    #[test]
    fn samples_are_decoded_within_half_a_quantum(mut samples in vec(any_sample(100_000), 1..400)) {
        samples.sort_by_key(|sample| sample.at);
        samples.dedup_by_key(|sample| sample.at);
        let bytes = encoded(&rows_of(&samples));
        let rows = decoded(&bytes);
        prop_assert_eq!(rows.len(), samples.len());
        for (kept, sample) in rows.samples().zip(&samples) {
            check_within_a_quantum(&kept, sample);
        }
        // What was stored once does not change when it is stored again.
        let again = decoded(&encoded(&rows));
        prop_assert_eq!(again.as_slice(), rows.as_slice());
    }

    #[test]
    fn a_time_range_reads_its_rows_and_no_others(
        count in 1..1_500_usize,
        from in -1_000..160_000_i64,
        length in -10..160_000_i64,
    ) {
        let all = drive(count, 0.0, 1);
        let start = all.as_slice()[0].at_ms;
        let (from_ms, to_ms) = (start + from, start + from + length);
        let bytes = encoded(&all);
        let block = Block::open(&bytes).expect("a block");
        let mut rows = Rows::new();
        block.read(from_ms..to_ms, &mut Decoder::new(Columns::ALL), &mut rows).expect("valid pages");
        let expected: Vec<Row> = all
            .as_slice()
            .iter()
            .filter(|row| from_ms <= row.at_ms && row.at_ms < to_ms)
            .copied()
            .collect();
        prop_assert_eq!(rows.as_slice(), expected);
        let pages = block.head().pages_between(from_ms..to_ms);
        prop_assert!(pages.len() <= rows.len() / PAGE_ROWS + 2, "{} pages", pages.len());
    }

    #[test]
    fn the_last_row_at_a_time_is_in_the_page_that_is_named(count in 1..1_500_usize, after in -100..160_000_i64) {
        let all = drive(count, 0.0, 2);
        let at_ms = all.as_slice()[0].at_ms + after;
        let expected = all.as_slice().iter().rposition(|row| row.at_ms <= at_ms);
        let head = Head::read(&encoded(&all)).expect("a head");
        prop_assert_eq!(head.page_at(at_ms), expected.map(|index| index / PAGE_ROWS));
    }
}

#[test]
fn the_head_describes_the_block() {
    let rows = drive(1_000, 0.0, 3);
    let bytes = encoded(&rows);
    let length = Head::length(&bytes[..Head::PREFIX]).expect("the start of a block");
    let head = Head::read(&bytes[..length]).expect("the pages are not needed");
    assert_eq!(
        (head.rows(), head.pages()),
        (1_000, 1_000_usize.div_ceil(PAGE_ROWS))
    );
    assert_eq!(head.first_ms(), rows.as_slice()[0].at_ms);
    assert_eq!(head.last_ms(), rows.as_slice()[999].at_ms);
    assert_eq!(head.bounds(), Bounds::of(rows.as_slice()));
    assert_eq!(head.names().places(), rows.names().places());
    assert_eq!(head.block_length(), bytes.len());
    assert_eq!(head.bytes_of(0..1).start, length);
    assert_eq!(head.tier(), Tier::Full);
}

#[test]
fn only_the_requested_columns_are_decoded() {
    let all = drive(300, 0.005, 4);
    let bytes = encoded(&all);
    let mut rows = Rows::new();
    let block = Block::open(&bytes).expect("a block");
    block
        .read(i64::MIN..i64::MAX, &mut Decoder::new(Columns::LINE), &mut rows)
        .expect("valid pages");
    let expected: Vec<Row> = all
        .as_slice()
        .iter()
        .map(|row| Row {
            heading: 0,
            speed: 0,
            battery: 0,
            errors: 0,
            ..*row
        })
        .collect();
    assert_eq!(rows.as_slice(), expected);
}

#[test]
fn a_damaged_page_does_not_affect_the_others() {
    let all = drive(3 * PAGE_ROWS, 0.005, 5);
    let mut bytes = encoded(&all);
    let page = Head::read(&bytes).expect("a head").bytes_of(1..2);
    bytes[page.start] ^= 1;
    let block = Block::open(&bytes).expect("the head is intact");
    let times = |index: usize| all.as_slice()[index].at_ms;
    let mut rows = Rows::new();
    let outcome = block.read(
        times(0)..times(PAGE_ROWS),
        &mut Decoder::new(Columns::ALL),
        &mut rows,
    );
    assert_eq!((outcome, rows.len()), (Ok(()), PAGE_ROWS));
    let outcome = block.read(i64::MIN..i64::MAX, &mut Decoder::new(Columns::ALL), &mut rows);
    assert_eq!((outcome, rows.len()), (Err(Fault::Checksum), PAGE_ROWS));
}

#[test]
fn columns_that_do_not_change_take_next_to_nothing() {
    let mut rows = Rows::new();
    for index in 0..4_096 {
        let mut sample = empty(1_795_000_000_000 + 100 * index);
        sample.position = rows_of_one().sample(0).position;
        sample.condition = rows_of_one().sample(0).condition;
        rows.push(&sample).expect("quantities in range");
    }
    let bytes = encoded(&rows);
    assert!(bytes.len() < 4_096 / 8, "{} bytes for 4,096 rows", bytes.len());
}

fn rows_of_one() -> Rows {
    drive(1, 0.0, 6)
}

#[test]
fn error_codes_are_kept() {
    let mut samples: Vec<Sample> = drive(600, 0.0, 7).samples().collect();
    for (index, sample) in samples.iter_mut().enumerate() {
        let codes: &[&str] = [&[][..], &["E1"], &["E1", "E2"]][index / 100 % 3];
        sample.condition.as_mut().expect("a condition").error_codes = codes_of(codes);
    }
    let kept: Vec<Sample> = decoded(&encoded(&rows_of(&samples))).samples().collect();
    assert_eq!(kept, samples);
}

#[test]
fn only_names_that_rows_refer_to_are_stored() {
    let rows = drive(10, 0.0, 8);
    let mut with_more = rows.clone();
    with_more.append(&rows_of(&[{
        let mut sample = empty(1);
        sample.condition = drive(1, 0.0, 9).sample(0).condition;
        sample.condition.as_mut().expect("a condition").error_codes = codes_of(&["E9"]);
        sample
    }]));
    let bytes = encode(&with_more.as_slice()[..10], with_more.names(), Tier::Full).expect("rows in order");
    assert_eq!(bytes, encoded(&rows));
}

#[test]
fn a_simplified_block_says_so() {
    let rows = drive(10, 0.0, 10);
    let tier = Tier::Simplified {
        max_error_mm: 50,
        original_rows: 1_000_000,
    };
    let bytes = encode(rows.as_slice(), rows.names(), tier).expect("rows in order");
    assert_eq!(Head::read(&bytes).expect("a head").tier(), tier);
}

#[rstest]
#[case(&[], Unencodable::Empty)]
#[case(&[2, 1], Unencodable::Unordered)]
#[case(&[1, 1], Unencodable::Unordered)]
#[case(&[1; MAX_ROWS + 1], Unencodable::TooManyRows)]
fn rows_that_are_no_block_are_refused(#[case] times: &[i64], #[case] expected: Unencodable) {
    let rows: Vec<Row> = times
        .iter()
        .map(|&at_ms| Row {
            at_ms,
            ..Row::default()
        })
        .collect();
    assert_eq!(encode(&rows, &Default::default(), Tier::Full), Err(expected));
}

#[test]
fn a_row_that_refers_to_an_unknown_name_is_refused() {
    let rows = [point(1, 0, 0, 0)];
    assert_eq!(
        encode(&rows, &Default::default(), Tier::Full),
        Err(Unencodable::UnknownName)
    );
}
