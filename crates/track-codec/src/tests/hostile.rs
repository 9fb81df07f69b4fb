//! Bytes that were damaged or forged.

use fuzzing::{Seeds, fuzz, mutated};
use proptest::{collection::vec, prelude::*};

use super::samples::{any_sample, drive, id, rows_of};
use crate::{Block, Fault, Head, MAX_ROWS, Rows, Slice, SliceWriter, Tier, checksum::checksum, encode};

fn block(rows: &Rows) -> Vec<u8> {
    encode(rows.as_slice(), rows.names(), Tier::Full).expect("rows in order")
}

fn blocks() -> Seeds {
    let mut any = Rows::new();
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let strategy = vec(any_sample(5_000), 300);
    let tree = strategy.new_tree(&mut runner).expect("samples");
    any.append(&rows_of(&proptest::strategy::ValueTree::current(&tree)));
    any.sort();
    Seeds::of([
        block(&drive(600, 0.005, 1)),
        block(&drive(1, 0.0, 2)),
        block(&drive(40, 0.0, 3)),
        block(&any),
    ])
}

/// Replaces the checksums of a block by those of its bytes, as someone who forges a block would.
fn forge(bytes: &mut [u8]) {
    let Ok(length) = Head::length(bytes) else {
        return;
    };
    if length > bytes.len() {
        return;
    }
    // Page checksums are in the head, so the head is read as far as it goes, with each change.
    for _ in 0..2 {
        let sum = checksum(&bytes[..length - 4]);
        bytes[length - 4..length].copy_from_slice(&sum.to_le_bytes());
        let Ok(head) = Head::read(bytes) else {
            return;
        };
        for page in 0..head.pages() {
            let Some(content) = bytes.get(head.bytes_of(page..page + 1)) else {
                return;
            };
            let new = checksum(content).to_le_bytes();
            let old = head.page_checksum(page).to_le_bytes();
            if new != old
                && let Some(place) = bytes[..length].windows(4).rposition(|window| window == old)
            {
                bytes[place..place + 4].copy_from_slice(&new);
            }
        }
    }
}

fn check_block(bytes: &[u8]) {
    let Ok(block) = Block::open(bytes) else {
        return;
    };
    let Ok(rows) = block.rows() else {
        return;
    };
    assert_eq!(rows.len(), block.head().rows());
    assert!(rows.len() <= MAX_ROWS);
    // Whatever is decoded can be used like any other rows.
    assert_eq!(rows.samples().count(), rows.len());
    let again =
        encode(rows.as_slice(), rows.names(), block.head().tier()).expect("decoded rows are in order");
    let again = Block::open(&again).and_then(|block| block.rows());
    let again = again.expect("a block");
    // Names may get other numbers.
    assert!(again.samples().eq(rows.samples()), "{again:?}, not {rows:?}");
}

#[test]
fn fuzz_damaged_blocks_are_decoded_or_rejected() {
    fuzz("damaged blocks", mutated(blocks()), |bytes| check_block(&bytes));
}

#[test]
fn fuzz_forged_blocks_are_decoded_or_rejected() {
    fuzz("forged blocks", mutated(blocks()), |mut bytes| {
        forge(&mut bytes);
        check_block(&bytes);
    });
}

#[test]
fn fuzz_any_bytes_are_rejected() {
    fuzz("any bytes", vec(any::<u8>(), 0..200), |bytes| {
        assert!(Block::open(&bytes).is_err());
        assert!(Slice::open(&bytes).is_err());
        let mut like_a_block = b"FWTB\x01".to_vec();
        like_a_block.extend_from_slice(&((bytes.len() + 13) as u32).to_le_bytes());
        like_a_block.extend_from_slice(&bytes);
        let sum = checksum(&like_a_block);
        like_a_block.extend_from_slice(&sum.to_le_bytes());
        check_block(&like_a_block);
    });
}

#[test]
fn a_changed_byte_is_detected() {
    let whole = block(&drive(300, 0.005, 4));
    for place in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[place] ^= 0x10;
        let outcome = Block::open(&bytes).and_then(|block| block.rows().map(drop));
        assert!(outcome.is_err(), "byte {place}");
    }
}

#[test]
fn truncated_blocks_are_rejected() {
    let whole = block(&drive(300, 0.005, 5));
    for length in 0..whole.len() {
        assert_eq!(
            Block::open(&whole[..length]).map(drop),
            Err(Fault::Truncated),
            "{length} bytes"
        );
    }
    assert!(Block::open(&[&whole[..], b"more"].concat()).is_ok());
}

#[test]
fn other_formats_and_later_versions_are_named() {
    let whole = block(&drive(1, 0.0, 6));
    let with = |place: usize, byte: u8| {
        let mut bytes = whole.clone();
        bytes[place] = byte;
        Block::open(&bytes).map(drop)
    };
    assert_eq!(with(0, b'G'), Err(Fault::Foreign));
    assert_eq!(with(4, 2), Err(Fault::Version(2)));
}

fn slice() -> Vec<u8> {
    let mut writer = SliceWriter::new();
    for n in 0..3 {
        writer
            .add(id(n), &drive(10, 0.005, n as u64))
            .expect("known names");
    }
    writer.finish()
}

fn check_slice(bytes: &[u8]) {
    let Ok(slice) = Slice::open(bytes) else {
        return;
    };
    assert!(slice.length() <= bytes.len());
    for vehicle in slice.vehicles() {
        if let Ok(rows) = vehicle.rows() {
            assert_eq!(rows.len(), vehicle.len());
            assert_eq!(rows.samples().count(), rows.len());
        }
    }
}

#[test]
fn fuzz_damaged_slices_are_decoded_or_rejected() {
    fuzz("damaged slices", mutated(Seeds::of([slice()])), |bytes| {
        check_slice(&bytes);
    });
}

#[test]
fn fuzz_forged_slices_are_decoded_or_rejected() {
    fuzz("forged slices", mutated(Seeds::of([slice()])), |mut bytes| {
        if bytes.len() > 13 {
            let length = (bytes.len() - 13) as u32;
            let sum = checksum(&bytes[13..]);
            bytes[5..9].copy_from_slice(&length.to_le_bytes());
            bytes[9..13].copy_from_slice(&sum.to_le_bytes());
        }
        check_slice(&bytes);
    });
}
