//! The cost of encoding a delivery of 100 vehicles, the frame of each further subscriber, and the frames of further
//! rooms.

mod deliveries;

use std::sync::Arc;

use api_ws::Codec;
use application::live::{Batch, Delivery, EncodedPart, VehicleView};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use deliveries::{AT, NUMBER, delivery_of, view};
use domain::telemetry::{Timestamp, VehiclePosition};

const VEHICLES: u32 = 100;

fn delivery() -> Delivery {
    delivery_of((0..VEHICLES).map(view).collect())
}

/// Returns the next delivery to subscribers in delta mode: the vehicles have moved on.
fn changes() -> Delivery {
    let Delivery { batch, .. } = delivery();
    let moved = batch.views.iter().map(|view| {
        let position = view.position.as_ref().map(|position| VehiclePosition {
            x: position.x + 0.123,
            timestamp: Timestamp::from_unix_ms(1_732_333_333_223).expect("a time"),
            ..position.clone()
        });
        Arc::new(VehicleView {
            position,
            state: None,
            encoded: EncodedPart::default(),
            ..*view.as_ref()
        })
    });
    let moved = moved.collect();
    let bases = batch.views.iter().cloned().map(Some).collect();
    Delivery {
        batch: Arc::new(Batch::new(AT, Vec::new(), moved, Vec::new()).with_bases(bases)),
        number: NUMBER,
    }
}

fn encoding(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("encode 100 vehicles");
    group.throughput(Throughput::Elements(u64::from(VEHICLES)));
    for (name, codec) in [
        ("JSON", Codec::JSON),
        ("MessagePack", Codec::MESSAGE_PACK),
        ("JSON deflate", Codec::JSON_DEFLATE),
        ("MessagePack deflate", Codec::MESSAGE_PACK_DEFLATE),
    ] {
        for (mode, delivery) in [("full", delivery as fn() -> Delivery), ("delta", changes)] {
            group.bench_function(format!("{name} {mode}, the first subscriber"), |bencher| {
                bencher.iter_batched_ref(delivery, |delivery| codec.frame(delivery), BatchSize::SmallInput);
            });
        }
        let shared = delivery();
        group.bench_function(format!("{name}, each further subscriber"), |bencher| {
            bencher.iter(|| codec.frame(&shared));
        });
    }
    group.finish();
}

/// Encodes a vehicle for its first room, and for each further room, which copies the encoded view into its own frame.
fn encoding_for_rooms(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("encode for rooms");
    for vehicles in [1, VEHICLES] {
        let views: Vec<_> = (0..vehicles).map(view).collect();
        let _ = Codec::JSON.frame(&delivery_of(views.clone()));
        group.bench_function(format!("{vehicles} vehicles, the first room"), |bencher| {
            let fresh = || delivery_of((0..vehicles).map(view).collect());
            bencher.iter_batched_ref(
                fresh,
                |delivery| Codec::JSON.frame(delivery),
                BatchSize::SmallInput,
            );
        });
        group.bench_function(format!("{vehicles} vehicles, each further room"), |bencher| {
            let encoded = || delivery_of(views.clone());
            bencher.iter_batched_ref(
                encoded,
                |delivery| Codec::JSON.frame(delivery),
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, encoding, encoding_for_rooms);
criterion_main!(benches);
