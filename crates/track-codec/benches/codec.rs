//! The cost of a sample on its way into the history and back.

mod drives;

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use domain::{VehicleId, history::Sample};
use drives::drive;
use track_codec::{
    Block, Columns, Decoder, Head, Rows, Simplifier, Slice, SliceWriter, Thinner, Tier, Tolerance, encode,
    ranges,
};
use uuid::Uuid;

/// Rows of a block.
const BLOCK: usize = 4_096;

/// Rows of a day at 10 Hz.
const DAY: usize = 864_000;

fn rows_of(samples: &[Sample]) -> Rows {
    let mut rows = Rows::new();
    for sample in samples {
        rows.push(sample).expect("quantities in range");
    }
    rows
}

fn blocks_of(rows: &Rows) -> Vec<Vec<u8>> {
    let encoded = |range| encode(&rows.as_slice()[range], rows.names(), Tier::Full).expect("rows in order");
    ranges(rows.as_slice(), BLOCK, i64::MAX).map(encoded).collect()
}

/// Quantises samples, writes them into slices of a second, and reads these.
fn log(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("log");
    let samples = drive(10_000);
    group.throughput(Throughput::Elements(samples.len() as u64));
    group.bench_function("quantise", |bencher| bencher.iter(|| rows_of(&samples)));
    // Of each of 1,000 vehicles, 10 rows.
    let vehicles: Vec<(VehicleId, Rows)> = samples
        .chunks(10)
        .enumerate()
        .map(|(n, samples)| (VehicleId::from_uuid(Uuid::from_u128(n as u128)), rows_of(samples)))
        .collect();
    let write = || {
        let mut writer = SliceWriter::new();
        for (id, rows) in &vehicles {
            writer.add(*id, rows).expect("known names");
        }
        writer.finish()
    };
    group.bench_function("write a slice of 1,000 vehicles", |bencher| bencher.iter(write));
    let slice = write();
    group.bench_function("read it", |bencher| {
        bencher.iter(|| {
            let slice = Slice::open(&slice).expect("a slice");
            for vehicle in slice.vehicles() {
                black_box(vehicle.rows().expect("valid rows"));
            }
        });
    });
    group.finish();
}

fn block(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("block of 4,096 rows");
    let rows = rows_of(&drive(BLOCK));
    group.throughput(Throughput::Elements(BLOCK as u64));
    group.bench_function("encode", |bencher| {
        bencher.iter(|| encode(rows.as_slice(), rows.names(), Tier::Full).expect("rows in order"));
    });
    let bytes = encode(rows.as_slice(), rows.names(), Tier::Full).expect("rows in order");
    for (name, columns) in [("all columns", Columns::ALL), ("line", Columns::LINE)] {
        group.bench_function(format!("decode {name}"), |bencher| {
            bencher.iter(|| {
                let mut decoded = Rows::new();
                let block = Block::open(&bytes).expect("a block");
                block
                    .read(i64::MIN..i64::MAX, &mut Decoder::new(columns), &mut decoded)
                    .expect("valid pages");
                decoded
            });
        });
    }
    group.throughput(Throughput::Elements(1));
    let at_ms = rows.as_slice()[2_000].at_ms;
    let mut decoder = Decoder::new(Columns::ALL);
    group.bench_function("the last row at a time", |bencher| {
        bencher.iter(|| {
            let head = Head::read(&bytes).expect("a head");
            let page = head.page_at(at_ms).expect("a row before");
            let pages = page..page + 1;
            let of_pages = &bytes[head.bytes_of(pages.clone())];
            let mut decoded = Rows::new();
            decoder
                .decode(&head, pages, of_pages, i64::MIN..at_ms + 1, &mut decoded)
                .expect("a valid page");
            decoded.sample(decoded.len() - 1)
        });
    });
    group.finish();
}

fn day(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("day of 864,000 rows");
    group.sample_size(10);
    group.throughput(Throughput::Elements(DAY as u64));
    let rows = rows_of(&drive(DAY));
    let blocks = blocks_of(&rows);
    group.bench_function("simplify to 5 cm", |bencher| {
        bencher.iter(|| {
            let mut simplifier = Simplifier::new(Tolerance {
                distance_mm: 50.0,
                heading: None,
                gap_ms: 5_000,
                keeps_states: true,
            });
            let mut chosen = Vec::new();
            rows.as_slice()
                .iter()
                .for_each(|row| simplifier.push(row, &mut chosen));
            simplifier.finish(&mut chosen);
            chosen
        });
    });
    group.bench_function("decode and choose 2,000 rows", |bencher| {
        bencher.iter(|| {
            let mut thinner = Thinner::new(2_000, 5_000);
            let (mut decoded, mut decoder) = (Rows::new(), Decoder::new(Columns::ALL));
            for bytes in &blocks {
                decoded.clear();
                let block = Block::open(bytes).expect("a block");
                block
                    .read(i64::MIN..i64::MAX, &mut decoder, &mut decoded)
                    .expect("valid pages");
                decoded.as_slice().iter().for_each(|row| thinner.push(row));
            }
            thinner.finish().expect("one map")
        });
    });
    let mut simplifier = Simplifier::new(Tolerance {
        distance_mm: 50.0,
        heading: None,
        gap_ms: 5_000,
        keeps_states: true,
    });
    let mut lines = Vec::new();
    rows.as_slice()
        .iter()
        .for_each(|row| simplifier.push(row, &mut lines));
    simplifier.finish(&mut lines);
    let lines = blocks_of(&rows.with_rows(lines));
    group.bench_function("choose 2,000 rows of the simplified day", |bencher| {
        bencher.iter(|| {
            let mut thinner = Thinner::new(2_000, i64::MAX);
            for bytes in &lines {
                let rows = Block::open(bytes)
                    .and_then(|block| block.rows())
                    .expect("a block");
                rows.as_slice().iter().for_each(|row| thinner.push(row));
            }
            thinner.finish().expect("one map")
        });
    });
    group.finish();
}

criterion_group!(benches, log, block, day);
criterion_main!(benches);
