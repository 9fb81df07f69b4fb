use std::collections::BTreeMap;

use adapters_memory::registry::MemoryRegistry;
use application::telemetry::Content;
use domain::vehicle::{ForkliftDetails, RawDraft, VehicleDetails, VehicleDraft};
use rstest::rstest;
use uuid::Uuid;

use super::*;
use crate::publisher::listener::{Listener, RuntimeClock};

fn a_fleet(vehicles: usize) -> Fleet {
    Fleet::new(FleetOptions { vehicles, seed: 1 })
}

#[tokio::test]
async fn a_fleet_is_registered_and_enabled_once() {
    let registry = MemoryRegistry::new();
    let first = enlist(&a_fleet(30), &registry).await.expect("a registry");
    assert_eq!((first.ids.len(), first.changed), (30, 30));
    let again = enlist(&a_fleet(40), &registry).await.expect("a registry");
    assert_eq!((&again.ids[..30], again.changed), (&first.ids[..], 10));

    let enabled = registry
        .find_enabled_vehicles(&AccessScope::All, 100)
        .await
        .expect("a registry");
    let names: HashMap<VehicleId, VehicleName> = enabled
        .into_iter()
        .map(|vehicle| (vehicle.id, vehicle.name))
        .collect();
    for (id, draft) in again.ids.iter().zip(a_fleet(40).vehicles()) {
        assert_eq!(names[id], draft.name, "ids are in the order of the fleet");
    }
}

#[tokio::test]
async fn a_disabled_vehicle_is_enabled_again() {
    let registry = MemoryRegistry::new();
    let ids = enlist(&a_fleet(3), &registry).await.expect("a registry").ids;
    registry
        .disable(&Actor::command_line(), ids[1], None)
        .await
        .expect("it is there");
    assert_eq!(
        enlist(&a_fleet(3), &registry).await.expect("a registry").changed,
        1
    );
    assert_eq!(
        registry
            .find_enabled_vehicles(&AccessScope::All, 100)
            .await
            .expect("a registry")
            .len(),
        3
    );
}

#[tokio::test]
async fn a_name_taken_by_a_vehicle_of_another_type_is_an_error() {
    let registry = MemoryRegistry::new();
    let forklift = VehicleDraft::check(RawDraft {
        name: "Simulated AMR 001".to_owned(),
        manufacturer: "Somebody".to_owned(),
        model: None,
        specification: (1.0, 1.0, 1.0),
        details: Ok(VehicleDetails::Forklift(ForkliftDetails::default())),
    });
    registry
        .create(
            &Actor::command_line(),
            OrganizationId::DEFAULT,
            forklift.expect("a draft"),
        )
        .await
        .expect("a registry");
    let fault = enlist(&a_fleet(1), &registry)
        .await
        .expect_err("the name is taken")
        .to_string();
    assert_eq!(
        fault,
        "vehicle Simulated AMR 001 in the registry has the type FORKLIFT instead of AMR: rename or delete it"
    );
}

/// Drives a fleet for some seconds of paused time. Returns the bus and the vehicles' ids.
async fn driven_for(seconds: u64, vehicles: usize, rate: &str) -> (Arc<Listener>, Vec<VehicleId>) {
    let ids: Vec<VehicleId> = (0..vehicles)
        .map(|_| VehicleId::from_uuid(Uuid::now_v7()))
        .collect();
    let bus = Arc::new(Listener::new());
    let shutdown = CancellationToken::new();
    let stop = shutdown.clone();
    tokio::spawn(async move {
        sleep(Duration::from_secs(seconds)).await;
        stop.cancel();
    });
    let clock = Arc::new(RuntimeClock::start());
    let rate = rate.parse().expect("a rate");
    let driven = drive(
        a_fleet(vehicles),
        ids.clone(),
        Arc::clone(&bus) as _,
        clock,
        rate,
        shutdown,
    )
    .await;
    let driven = driven.expect("stopping is not an error");
    assert_eq!((driven.sent, driven.lost), (bus.reports().len() as u64, 0));
    (bus, ids)
}

#[rstest]
#[case("10", 10.0)]
#[case("1", 1.0)]
#[case("0.5", 0.5)]
#[case("100", 100.0)]
#[tokio::test(start_paused = true)]
async fn every_vehicle_publishes_at_the_rate(#[case] rate: &str, #[case] hz: f64) {
    let (bus, ids) = driven_for(10, 25, rate).await;
    let mut counts: BTreeMap<VehicleId, u32> = BTreeMap::new();
    for report in bus.reports() {
        *counts.entry(report.vehicle_id).or_default() +=
            u32::from(matches!(report.content, Content::Position { .. }));
    }
    assert_eq!(counts.len(), ids.len());
    for (id, count) in counts {
        assert!(
            (f64::from(count) - hz * 10.0).abs() <= 1.0,
            "{id} spoke {count} times in 10 s"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn vehicles_never_publish_all_at_once() {
    let (bus, _) = driven_for(5, 100, "10").await;
    // Ten of a hundred vehicles publish in each tenth of the period, each a position and at most one state.
    assert!(bus.calls().iter().all(|(_, reports)| reports.len() <= 20));
}

#[tokio::test(start_paused = true)]
async fn positions_are_stamped_with_their_publishing_time() {
    let (bus, _) = driven_for(2, 10, "10").await;
    for (at, reports) in bus.calls() {
        for report in reports {
            if let Content::Position { position, .. } = report.content {
                let said_at = position.timestamp.as_unix_ms() - RuntimeClock::BEGINNING_MS;
                assert_eq!(u128::from(said_at.unsigned_abs()), at.as_millis());
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn new_vehicles_publish_only_after_servers_know_them() {
    let (bus, registry) = (Arc::new(Listener::new()), Arc::new(MemoryRegistry::new()));
    let (clock, shutdown) = (Arc::new(RuntimeClock::start()), CancellationToken::new());
    let stop = shutdown.clone();
    tokio::spawn(async move {
        sleep(Duration::from_secs(5)).await;
        stop.cancel();
    });
    let arguments = SimulateArgs {
        vehicles: 3,
        rate: Rate::TEN_HZ,
        seed: 1,
    };
    let running = tokio::spawn(run(arguments, registry, Arc::clone(&bus) as _, clock, shutdown));
    let driven = running
        .await
        .expect("no panic")
        .expect("stopping is not an error");
    assert!(driven.sent > 100);
    assert!(bus.calls().iter().all(|(at, _)| *at >= Duration::from_secs(1)));
}

#[tokio::test]
async fn there_must_be_an_id_for_each_vehicle() {
    let (bus, clock) = (Arc::new(Listener::new()), Arc::new(RuntimeClock::start()));
    let driven = drive(
        a_fleet(2),
        Vec::new(),
        bus,
        clock,
        Rate::TEN_HZ,
        CancellationToken::new(),
    )
    .await;
    assert_eq!(
        driven.expect_err("no ids").to_string(),
        "expected 2 ids, one for each vehicle of the fleet, found 0"
    );
}

#[rstest]
#[case("0")]
#[case("-3")]
#[case("101")]
#[case("NaN")]
#[case("often")]
fn a_rate_is_a_number_of_hz(#[case] text: &str) {
    assert_eq!(text.parse::<Rate>(), Err(InvalidRate));
}
