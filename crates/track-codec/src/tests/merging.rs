//! Overlapping blocks give the same rows as those that were received in order.

use std::collections::BTreeMap;

use domain::history::Sample;
use proptest::{collection::vec, prelude::*};

use super::samples::{any_sample, drive, rows_of};
use crate::{Rows, Slice, SliceWriter, ranges};

proptest! {
    #[test]
    fn unordered_and_repeated_samples_are_merged_like_a_naive_map(
        blocks in vec(vec(any_sample(50), 0..40), 0..6),
    ) {
        let mut expected: BTreeMap<i64, Sample> = BTreeMap::new();
        for sample in blocks.iter().flatten() {
            // Quantities are quantised before they are compared.
            let sample = rows_of(std::slice::from_ref(sample)).sample(0);
            expected
                .entry(sample.at.as_unix_ms())
                .and_modify(|known| known.absorb(sample.clone()))
                .or_insert(sample);
        }
        let blocks: Vec<Rows> = blocks.iter().map(|samples| rows_of(samples)).collect();
        let merged = Rows::merge(&blocks);
        prop_assert_eq!(
            merged.samples().collect::<Vec<_>>(),
            expected.values().cloned().collect::<Vec<_>>()
        );
        // Merging again changes nothing.
        let again = Rows::merge([&merged, &merged]);
        prop_assert_eq!(again.samples().collect::<Vec<_>>(), merged.samples().collect::<Vec<_>>());
    }

    #[test]
    fn rows_that_were_divided_are_merged_to_the_same_rows(
        count in 1..500_usize,
        max_rows in 1..200_usize,
        max_span_ms in 1..60_000_i64,
    ) {
        let all = drive(count, 0.005, 1);
        let divided: Vec<Rows> = ranges(all.as_slice(), max_rows, max_span_ms)
            .map(|range| all.with_rows(all.as_slice()[range].to_vec()))
            .collect();
        for part in &divided {
            let (first, last) = (part.as_slice()[0].at_ms, part.as_slice()[part.len() - 1].at_ms);
            prop_assert!(part.len() <= max_rows && last - first < max_span_ms);
        }
        let merged = Rows::merge(divided.iter().rev());
        prop_assert_eq!(merged.as_slice(), all.as_slice());
    }

    #[test]
    fn a_cut_keeps_the_rows_of_a_range(from in -10..110_i64, length in -10..110_i64) {
        let mut rows = rows_of(&(0..100).map(super::samples::empty).collect::<Vec<_>>());
        rows.cut(from..from + length);
        let times: Vec<i64> = rows.as_slice().iter().map(|row| row.at_ms).collect();
        let expected: Vec<i64> = (0..100).filter(|&ms| from <= ms && ms < from + length).collect();
        prop_assert_eq!(times, expected);
    }
}

#[test]
fn rows_of_a_log_become_those_that_were_written() {
    let all = drive(1_000, 0.005, 2);
    let slices: Vec<Vec<u8>> = all
        .as_slice()
        .chunks(10)
        .map(|second| {
            let mut writer = SliceWriter::new();
            let rows = all.with_rows(second.to_vec());
            writer.add(super::samples::id(1), &rows).expect("known names");
            writer.finish()
        })
        .collect();
    let log = slices.concat();
    let mut read = Vec::new();
    let mut rest = log.as_slice();
    while !rest.is_empty() {
        let slice = Slice::open(rest).expect("a slice");
        read.push(slice.vehicles()[0].rows().expect("valid rows"));
        rest = &rest[slice.length()..];
    }
    assert_eq!(Rows::merge(&read).as_slice(), all.as_slice());
}
