//! Tests of operations on many vehicles, which must release the lock repeatedly.

use std::sync::atomic::{AtomicU64, Ordering};

use ::live::{Topic, record::Series};
use domain::{
    telemetry::{Rotation, VehiclePosition},
    vehicle::Version,
};
use test_builders::live_rules;
use time::OffsetDateTime;
use uuid::Uuid;

use super::*;
use crate::{
    ports::BrokenParts,
    registry::{Happened, RegistryChange, RegistryEvent, Sequence},
};

const VEHICLES: u128 = 500;

/// Number of subscribers. With so many rooms and followers of the registry, a change of [`VEHICLES`] vehicles takes far
/// longer than [`TURN`].
const SUBSCRIBERS: u64 = 500;

/// A clock that counts how often it is read, which is once per hold of the lock.
#[derive(Default)]
struct CountingClock(AtomicU64);

impl Clock for CountingClock {
    fn now(&self) -> Moment {
        self.0.fetch_add(1, Ordering::Relaxed);
        Moment {
            unix_us: 1_732_333_333_000_000,
            uptime_us: 1_000_000,
        }
    }
}

fn vehicle(number: u128, version: Version) -> Vehicle {
    Vehicle {
        id: VehicleId::from_uuid(Uuid::from_u128(number)),
        version,
        ..test_builders::a_vehicle()
            .named(&format!("vehicle {number} of version {version}"))
            .forklift()
            .enabled()
            .build()
    }
}

fn record(vehicle: &Vehicle, at: Timestamp) -> LiveRecord {
    LiveRecord {
        vehicle_id: vehicle.id,
        position: Some(VehiclePosition {
            x: 1.0,
            y: 2.0,
            z: 0.0,
            rotation: Rotation::IDENTITY,
            timestamp: at,
            frame_id: None,
            map_id: None,
        }),
        state: None,
        last_update: at,
        series: Series::default(),
        broken: BrokenParts::default(),
        expires_in: Duration::from_secs(60),
    }
}

#[test]
fn changes_of_many_vehicles_release_the_lock_repeatedly() {
    let clock = Arc::new(CountingClock::default());
    let live = Live::new(live_rules(), clock.clone(), None);
    let subscribers: Vec<_> = (0..SUBSCRIBERS)
        .map(|number| {
            // Different intervals, so each subscriber has its own room.
            let subscriber = live.connect(AccessScope::All, Duration::from_millis(number));
            subscriber.subscribe(&Topic::All).expect("a topic of all");
            subscriber.follow_registry();
            subscriber
        })
        .collect();
    let is_released = |operation: &dyn Fn()| {
        let before = clock.0.load(Ordering::Relaxed);
        operation();
        clock.0.load(Ordering::Relaxed) - before > 3
    };
    let first: Vec<_> = (0..VEHICLES)
        .map(|number| vehicle(number, Version::FIRST))
        .collect();
    assert!(is_released(&|| live.upsert_all(&first)));

    let at = Timestamp::from_unix_ms(1_732_333_333_000).expect("a time");
    assert!(is_released(&|| {
        live.restore(first.iter().map(|vehicle| record(vehicle, at)).collect());
    }));

    let events: Vec<_> = (0..VEHICLES)
        .map(|number| {
            let vehicle = vehicle(number, Version::FIRST.next());
            RegistryEvent {
                sequence: Sequence::START.next(),
                at: OffsetDateTime::UNIX_EPOCH,
                happened: Happened::ToVehicle {
                    change: RegistryChange::Changed {
                        old_status: vehicle.status,
                    },
                    vehicle: Box::new(vehicle),
                },
            }
        })
        .collect();
    assert!(is_released(&|| live.follow(&events)));
    let last = first.last().expect("there are vehicles").id;
    let last = live.read(|core, _| core.vehicle(last)).expect("it exists");
    assert_eq!(last.version, Version::FIRST.next());

    assert!(is_released(&|| live.take_over(&[])));
    assert_eq!(live.stats().vehicles, 0);
    drop(subscribers);
}

#[test]
fn queries_of_many_vehicles_release_the_lock_repeatedly() {
    let clock = Arc::new(CountingClock::default());
    let live = Live::new(live_rules(), clock.clone(), None);
    let all: Vec<_> = (0..=2 * AT_ONCE as u128)
        .map(|number| vehicle(number, Version::FIRST))
        .collect();
    live.upsert_all(&all);
    let ids: Vec<_> = all.iter().map(|vehicle| vehicle.id).collect();
    let scope = AccessScope::of_vehicles(ids.iter().copied().step_by(2));
    let before = clock.0.load(Ordering::Relaxed);
    let visible = live.are_visible(&scope, &ids);
    assert_eq!(clock.0.load(Ordering::Relaxed) - before, 3);
    let expected: Vec<_> = (0..ids.len()).map(|place| place % 2 == 0).collect();
    assert_eq!(visible, expected);
}

#[test]
fn a_vehicle_that_has_changed_in_the_meantime_is_not_removed() {
    let live = Live::new(live_rules(), Arc::new(CountingClock::default()), None);
    let [unchanged, changed] = [1, 2].map(|number| vehicle(number, Version::FIRST));
    live.upsert_all(&[unchanged.clone(), changed.clone()]);
    let suspects = [&unchanged, &changed].map(|vehicle| (vehicle.id, vehicle.version));
    live.upsert_all(&[vehicle(2, Version::FIRST.next()), vehicle(3, Version::FIRST)]);
    assert_eq!(live.remove_unregistered(&suspects), [unchanged.id]);
    assert_eq!(live.stats().vehicles, 2);
}
