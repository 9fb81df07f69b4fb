use proptest::{collection::vec, prelude::*};

use super::{Slice, SliceWriter};
use crate::{
    Fault, Rows, Unencodable,
    tests::samples::{any_sample, drive, id, point, rows_of},
};

proptest! {
    #[test]
    fn rows_of_vehicles_are_read_as_they_were_added(
        vehicles in vec((0..100_u128, vec(any_sample(10_000), 0..20)), 0..10),
    ) {
        let mut vehicles = vehicles;
        vehicles.dedup_by_key(|(id, _)| *id);
        vehicles.sort_by_key(|(id, _)| *id);
        vehicles.dedup_by_key(|(id, _)| *id);
        let mut writer = SliceWriter::new();
        for (n, samples) in vehicles.iter().rev() {
            writer.add(id(*n), &rows_of(samples)).expect("known names");
        }
        let bytes = writer.finish();
        let slice = Slice::open(&bytes).expect("a slice");
        prop_assert_eq!(slice.length(), bytes.len());
        vehicles.retain(|(_, samples)| !samples.is_empty());
        prop_assert_eq!(slice.vehicles().len(), vehicles.len());
        for (n, samples) in &vehicles {
            let read = slice.vehicle(id(*n)).expect("a vehicle of the slice").rows().expect("valid rows");
            prop_assert_eq!(
                read.samples().collect::<Vec<_>>(),
                rows_of(samples).samples().collect::<Vec<_>>()
            );
        }
        prop_assert!(slice.vehicle(id(1_000)).is_none());
    }
}

#[test]
fn a_slice_whose_writing_was_interrupted_is_recognised() {
    let mut writer = SliceWriter::new();
    writer.add(id(1), &drive(10, 0.005, 1)).expect("known names");
    let whole = writer.finish();
    let log = [&whole[..], &whole[..]].concat();
    for length in whole.len()..log.len() {
        let first = Slice::open(&log[..length]).expect("the first slice is whole");
        let second = Slice::open(&log[first.length()..length]).map(drop);
        assert_eq!(second, Err(Fault::Truncated), "{length} bytes");
    }
}

#[test]
fn an_empty_slice_has_no_vehicles() {
    let writer = SliceWriter::new();
    assert!(writer.is_empty());
    assert!(
        Slice::open(&writer.finish())
            .expect("a slice")
            .vehicles()
            .is_empty()
    );
}

#[test]
fn rows_that_refer_to_an_unknown_name_are_refused() {
    let rows = Rows::new().with_rows(vec![point(1, 0, 0, 0)]);
    assert_eq!(
        SliceWriter::new().add(id(1), &rows),
        Err(Unencodable::UnknownName)
    );
}
