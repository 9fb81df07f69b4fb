//! Cost of encoding a delivery of 100 vehicles, and of the frame that each further subscriber gets.

use std::sync::Arc;

use api_ws::Codec;
use application::{
    Moment,
    live::{Batch, Delivery, DeliveryNumber, EncodedPart, VehicleView},
};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use domain::{
    VehicleId,
    telemetry::{ConnectionStatus, Rotation, Timestamp, VehiclePosition},
    vehicle::{VehicleStatus, VehicleType},
};
use uuid::Uuid;

const VEHICLES: u32 = 100;
const AT: Moment = Moment {
    unix_us: 1_732_333_333_200_000,
    uptime_us: 1_000_000,
};

fn view(n: u32) -> Arc<VehicleView> {
    Arc::new(VehicleView {
        vehicle_id: VehicleId::from_uuid(Uuid::from_u128(u128::from(n))),
        kind: VehicleType::Agv,
        position: Some(VehiclePosition {
            x: f64::from(n) + 0.345,
            y: -6.789,
            z: 0.0,
            rotation: Rotation::IDENTITY,
            timestamp: Timestamp::from_unix_ms(1_732_333_333_123).expect("a time"),
            frame_id: None,
            map_id: None,
        }),
        state: None,
        status: VehicleStatus::Moving,
        connection: ConnectionStatus::Connected,
        received_at: Some(AT),
        encoded: EncodedPart::default(),
    })
}

fn delivery() -> Delivery {
    let views = (0..VEHICLES).map(view).collect();
    Delivery {
        batch: Arc::new(Batch::new(AT, Vec::new(), views, Vec::new())),
        number: DeliveryNumber {
            tick: 7,
            prev: Some(6),
        },
    }
}

/// Returns the next delivery to subscribers in delta mode: the vehicles have moved on.
fn changes() -> Delivery {
    let Delivery { batch, number } = delivery();
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
        number,
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

criterion_group!(benches, encoding);
criterion_main!(benches);
