//! Benchmarks of decoding robots' messages.

use adapters_redis::wire::decode;
use application::{Moment, telemetry::Channel};
use bytes::Bytes;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const POSITION: &str = r#"{"vehicleId":"0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70","x":12.345,"y":-6.789,"z":0,
    "rotation":{"x":0,"y":0,"z":0.7071,"w":0.7071},"timestamp":1732333333123}"#;
const ODOMETRY: &str = r#"{"vehicleId":"0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70","msg":{
    "header":{"stamp":{"sec":1732333333,"nanosec":123000000},"frame_id":"map"},"child_frame_id":"base_link",
    "pose":{"pose":{"position":{"x":12.345,"y":-6.789,"z":0.0},"orientation":{"x":0.0,"y":0.0,"z":0.7071,"w":0.7071}},
    "covariance":[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]},
    "twist":{"twist":{"linear":{"x":0.5,"y":0.0,"z":0.0},"angular":{"x":0.0,"y":0.0,"z":0.1}},
    "covariance":[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]}}}"#;

fn decoding(criterion: &mut Criterion) {
    let now = Moment {
        unix_us: 1_732_333_333_200_000,
        uptime_us: 1_000_000,
    };
    let array = format!("[{}]", vec![POSITION; 100].join(","));
    let mut group = criterion.benchmark_group("decode");
    for (name, text, objects) in [
        ("a position", POSITION, 1),
        ("an odometry as rosbridge writes it", ODOMETRY, 1),
        ("an array of 100 positions", &array, 100),
    ] {
        let payload = Bytes::copy_from_slice(text.as_bytes());
        group.throughput(Throughput::Elements(objects));
        group.bench_function(name, |bencher| {
            bencher.iter(|| decode(Channel::Position, payload.clone(), now, 1 << 20));
        });
    }
    group.finish();
}

criterion_group!(benches, decoding);
criterion_main!(benches);
