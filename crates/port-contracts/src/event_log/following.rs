use std::{
    collections::HashMap,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use application::{
    ports::{EVENTS_AT_ONCE, EventLog, Mode},
    registry::{RegistryChange, RegistryEvent, Sequence},
};
use domain::{
    OrganizationId, VehicleId,
    vehicle::{VehicleChanges, Version},
};
use futures::future::{join, join_all};
use test_builders::a_vehicle;
use tokio::time::sleep;

use super::{Registry, all_after, next, position, vehicle_of};
use crate::registry::{a_group, an_administrator, rename};

async fn register(registry: &dyn Registry, count: usize) -> Vec<VehicleId> {
    let list = (0..count).map(|_| a_vehicle().registration()).collect();
    let created = registry
        .vehicles()
        .create_all(an_administrator(), OrganizationId::DEFAULT, list, Mode::Apply)
        .await;
    let created = created
        .expect("the registry answers")
        .expect("they are registered");
    created.iter().map(|vehicle| vehicle.id).collect()
}

/// Checks that events are numbered without gaps, even if they are read in several portions.
pub async fn numbers_have_no_gaps(registry: &dyn Registry) {
    let fleet = register(registry, 2 * EVENTS_AT_ONCE + 345).await;
    let (mut last, mut logged) = (Sequence::START, Vec::new());
    for expected in [EVENTS_AT_ONCE, EVENTS_AT_ONCE, 345, 0] {
        let events = next(registry.log(), last).await;
        assert_eq!(events.len(), expected);
        for event in events {
            assert_eq!(event.sequence, last.next());
            last = event.sequence;
            logged.push(vehicle_of(&event).1.id);
        }
    }
    assert_eq!(logged, fleet);
    assert_eq!(last.get(), fleet.len() as u64);
}

/// Checks that the position does not depend on whether the newest event was read.
pub async fn the_position_is_that_of_the_newest_event(registry: &dyn Registry) {
    let log = registry.log();
    register(registry, EVENTS_AT_ONCE + 5).await;
    let newest = EVENTS_AT_ONCE as u64 + 5;
    assert_eq!(position(log).await, Sequence::new(newest));
    assert_eq!(position(log).await, Sequence::new(newest));
    assert_eq!(next(log, Sequence::new(newest)).await, []);

    let later = a_vehicle().register(registry.vehicles()).await;
    let events = next(log, Sequence::new(newest)).await;
    let logged: Vec<_> = events
        .iter()
        .map(|event| (event.sequence.get(), vehicle_of(event).1.id))
        .collect();
    assert_eq!(logged, [(newest + 1, later.id)]);
}

pub async fn two_readers_read_the_same_events(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    let id = a_vehicle().register(vehicles).await.id;
    let (mut eager, mut last) = (Vec::new(), Sequence::START);
    for round in 0..10 {
        let renamed = vehicles
            .update(an_administrator(), id, None, rename(&format!("{round}")))
            .await;
        renamed.expect("it is renamed");
        let events = next(registry.log(), last).await;
        last = events.last().expect("there are new events").sequence;
        eager.extend(events);
    }
    assert_eq!(all_after(registry.log(), Sequence::START).await, eager);
    assert_eq!(eager.len(), 11);
}

/// Checks that concurrent readers read the same events, even if none of the events was read before.
pub async fn concurrent_readers_read_the_same_events(registry: &dyn Registry) {
    for round in 1..=5 {
        register(registry, 300).await;
        let readers = (0..4).map(|_| all_after(registry.log(), Sequence::START));
        let received = join_all(readers).await;
        for events in &received {
            assert_eq!(events.len(), round * 300);
            assert_eq!(events, &received[0]);
        }
    }
}

/// Reads all events until the writers are done, and then once more.
async fn follow(log: &dyn EventLog, is_done: &AtomicBool) -> Vec<RegistryEvent> {
    let mut received: Vec<RegistryEvent> = Vec::new();
    loop {
        let is_last = is_done.load(Ordering::Acquire);
        let last = received.last().map_or(Sequence::START, |event| event.sequence);
        received.extend(all_after(log, last).await);
        if is_last {
            return received;
        }
        sleep(Duration::from_millis(1)).await;
    }
}

/// Checks that the changes of each vehicle are read in their order, regardless of the order of the commits.
pub async fn a_reader_follows_many_writers_and_misses_nothing(registry: &dyn Registry) {
    let (vehicles, groups) = (registry.vehicles(), registry.groups());
    let group = a_group(registry, OrganizationId::DEFAULT).await.id;
    let fleet = register(registry, 4).await;
    let fleet = &fleet;
    let writers = (0..8).map(|writer| async move {
        for step in 0..15 {
            let id = fleet[(writer + step) % fleet.len()];
            let name = format!("{writer} {step}");
            let outcome = match (writer + step) % 4 {
                0 => groups.add_vehicle(an_administrator(), group, id).await.map(drop),
                1 => vehicles
                    .update(an_administrator(), id, None, rename(&name))
                    .await
                    .map(drop),
                2 => vehicles
                    .update(an_administrator(), id, None, VehicleChanges::enable())
                    .await
                    .map(drop),
                _ => vehicles
                    .create(an_administrator(), OrganizationId::DEFAULT, a_vehicle().draft())
                    .await
                    .map(drop),
            };
            outcome.expect("it is changed");
        }
    });
    let is_done = AtomicBool::new(false);
    let writing = async {
        join_all(writers).await;
        is_done.store(true, Ordering::Release);
    };
    let reading = join_all((0..2).map(|_| follow(registry.log(), &is_done)));
    let ((), received) = join(writing, reading).await;

    assert_eq!(received[0], received[1]);
    let mut versions: HashMap<VehicleId, Version> = HashMap::new();
    for event in &received[0] {
        let (change, vehicle) = vehicle_of(event);
        let version = vehicle.version;
        let before = versions.insert(vehicle.id, version);
        match change {
            RegistryChange::Added => assert_eq!((before, version), (None, Version::FIRST)),
            _ => assert_eq!(before.map(Version::next), Some(version)),
        }
    }
    let all = vehicles.load_all().await.expect("a list");
    assert_eq!(versions.len(), all.len());
    for vehicle in all {
        assert_eq!(versions[&vehicle.id], vehicle.version);
    }
}
