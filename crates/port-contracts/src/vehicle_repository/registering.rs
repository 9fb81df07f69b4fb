use std::collections::BTreeSet;

use application::ports::VehicleFilter;
use domain::{
    OrganizationId,
    vehicle::{
        ConfigObject, ModelName, Vehicle, VehicleDetails, VehicleName, VehicleStatus, VehicleType, Version,
    },
};
use futures::future::join;
use serde_json::json;
use test_builders::{a_vehicle, bare_details, full_details};

use super::{Registry, count};
use crate::registry::{
    EVERYTHING, an_administrator, an_organization, check_missing, check_name_conflict, check_since,
    no_organization, now, read,
};

/// Checks that the vehicle has the fields of the draft and a new id.
pub async fn a_new_vehicle_is_idle_disabled_and_in_its_first_version(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    let draft = a_vehicle().named("AMR 1").draft();
    let began = now();
    let created = vehicles
        .create(an_administrator(), OrganizationId::DEFAULT, draft.clone())
        .await
        .expect("it is registered");

    let expected = Vehicle {
        organization_id: OrganizationId::DEFAULT,
        group_ids: BTreeSet::new(),
        name: draft.name,
        manufacturer: draft.manufacturer,
        model: draft.model,
        status: VehicleStatus::Idle,
        is_enabled: false,
        specification: draft.specification,
        details: draft.details,
        version: Version::FIRST,
        updated_at: created.created_at,
        deleted_at: None,
        ..created.clone()
    };
    assert_eq!(created, expected);
    check_since(began, created.created_at);
    assert_eq!(created.id.as_uuid().get_version_num(), 7);
    assert_eq!(read(vehicles, created.id).await, created);
}

/// Registers vehicles of every type with and without the optional details.
pub async fn every_type_is_read_back_as_it_was_registered(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    for &kind in VehicleType::ALL {
        for details in [bare_details(kind), full_details(kind)] {
            let bare = a_vehicle()
                .with_details(details)
                .without_model()
                .register(vehicles)
                .await;
            assert_eq!(read(vehicles, bare.id).await, bare);
            assert_eq!((bare.kind(), bare.model), (kind, None));
        }
    }
}

/// Stores texts with quotes, SQL, other scripts and emoji.
pub async fn any_text_is_stored_unchanged(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    for text in [
        "O'Reilly's \"AMR\"",
        "'; DROP TABLE vehicles; --",
        "%_\\x00\\n$1 {} ${jndi}",
        "Gabelstapler Süd",
        "e\u{301} is not \u{e9}",
        "搬送車 ７号",
        "עגלה 3",
        "🤖👩\u{200d}🏭 𝔘",
        &"ü".repeat(100),
    ] {
        let VehicleDetails::Amr(amr) = bare_details(VehicleType::Amr) else {
            unreachable!("an AMR's details")
        };
        let config = ConfigObject::new(json!({ text: [text] })).expect("settings");
        let details = VehicleDetails::Amr(domain::vehicle::AmrDetails {
            map_id: Some(domain::telemetry::MapId::new(text).expect("a map")),
            obstacle_avoidance_config: Some(config),
            ..amr
        });
        let mut draft = a_vehicle().named(text).with_details(details).draft();
        draft.model = Some(ModelName::new(text).expect("a model"));
        let created = vehicles
            .create(an_administrator(), OrganizationId::DEFAULT, draft.clone())
            .await
            .expect("it is registered");
        let found = read(vehicles, created.id).await;
        assert_eq!(
            (&found.name, &found.model, &found.details),
            (&draft.name, &draft.model, &draft.details)
        );
    }
}

pub async fn a_vehicle_needs_an_organization_that_exists(registry: &dyn Registry) {
    let outcome = registry
        .vehicles()
        .create(an_administrator(), no_organization(), a_vehicle().draft())
        .await;
    check_missing("organisation", outcome);
}

/// Checks that another organisation may have a vehicle of the same name.
pub async fn a_name_is_unique_in_its_organization(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    let draft = a_vehicle().named("AMR 1").draft();
    let other = an_organization(registry).await;
    vehicles
        .create(an_administrator(), OrganizationId::DEFAULT, draft.clone())
        .await
        .expect("the name is free");
    check_name_conflict(
        vehicles
            .create(an_administrator(), OrganizationId::DEFAULT, draft.clone())
            .await,
    );
    vehicles
        .create(an_administrator(), other, draft.clone())
        .await
        .expect("the name is free in that organisation");
    check_name_conflict(vehicles.create(an_administrator(), other, draft).await);
    assert_eq!(count(vehicles, &VehicleFilter::default()).await, 2);
}

pub async fn names_differ_by_case_accents_and_encoding(registry: &dyn Registry) {
    for name in ["Süd", "süd", "Sud", "S\u{fc}d 1", "SÜD"] {
        let vehicle = a_vehicle().named(name).register(registry.vehicles()).await;
        assert_eq!(vehicle.name, VehicleName::new(name).expect("a name"));
    }
    let draft = a_vehicle().named("Su\u{308}d").draft();
    let same = registry
        .vehicles()
        .create(an_administrator(), OrganizationId::DEFAULT, draft);
    check_name_conflict(same.await);
}

pub async fn of_two_concurrent_vehicles_of_one_name_one_is_registered(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    for name in ["A", "B", "C", "D"] {
        let create = || {
            vehicles.create(
                an_administrator(),
                OrganizationId::DEFAULT,
                a_vehicle().named(name).draft(),
            )
        };
        let (one, other) = join(create(), create()).await;
        let (winner, loser) = if one.is_ok() { (one, other) } else { (other, one) };
        let winner = winner.expect("one of the two is registered");
        check_name_conflict(loser);
        assert!(
            vehicles
                .find_by_id(&EVERYTHING, winner.id)
                .await
                .expect("the registry answers")
                .is_some()
        );
    }
}
