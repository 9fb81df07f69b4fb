use std::collections::BTreeSet;

use application::ports::{RegisteredVersion, VehicleFilter};
use domain::{
    OrganizationId, VehicleId,
    vehicle::{VehicleChanges, VehicleStatus, VehicleType},
};
use test_builders::a_vehicle;

use super::{PLENTY, Registry, count, first_page, search};
use crate::registry::{
    EVERYTHING, a_group, an_administrator, an_organization, check_not_found, ids, no_group, no_vehicle, read,
};

/// Checks that an unknown vehicle can neither be read nor changed.
pub async fn an_unknown_vehicle_is_not_found(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    assert_eq!(
        vehicles
            .find_by_id(&EVERYTHING, no_vehicle())
            .await
            .expect("the registry answers"),
        None
    );
    check_not_found(
        vehicles
            .update(an_administrator(), no_vehicle(), None, VehicleChanges::default())
            .await,
    );
    check_not_found(vehicles.delete(an_administrator(), no_vehicle(), None).await);
    check_not_found(vehicles.enable(an_administrator(), no_vehicle(), None).await);
    check_not_found(vehicles.disable(an_administrator(), no_vehicle(), None).await);
}

/// Checks that each vehicle is returned once, even if it is requested twice.
pub async fn several_vehicles_are_found_by_their_ids(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    let fleet = [
        a_vehicle().register(vehicles).await,
        a_vehicle().enabled().register(vehicles).await,
        a_vehicle().register(vehicles).await,
    ];
    let all = ids(&fleet);
    let found = async |asked: &[VehicleId]| {
        let mut found = vehicles.find_by_ids(&EVERYTHING, asked).await.expect("a list");
        found.sort_by_key(|vehicle| vehicle.id);
        found
    };
    let asked = [all[2], no_vehicle(), all[0], all[2]];
    assert_eq!(found(&asked).await, [fleet[0].clone(), fleet[2].clone()]);
    assert_eq!(found(&[]).await, []);
    let deleted = vehicles.delete(an_administrator(), all[0], None).await;
    deleted.expect("it is deleted");
    assert_eq!(found(&all).await, fleet[1..]);
}

/// Checks that vehicles must match all given parts of a filter.
pub async fn filters_are_combined(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    let idle_amr = a_vehicle().amr().enabled().register(vehicles).await;
    let moving_amr = a_vehicle()
        .amr()
        .enabled()
        .in_status(VehicleStatus::Moving)
        .register(vehicles)
        .await;
    let disabled_amr = a_vehicle().amr().register(vehicles).await;
    let moving_agv = a_vehicle()
        .agv()
        .enabled()
        .in_status(VehicleStatus::Moving)
        .register(vehicles)
        .await;

    let all = VehicleFilter::default;
    let amr = VehicleFilter {
        kind: Some(VehicleType::Amr),
        ..all()
    };
    let moving = VehicleFilter {
        status: Some(VehicleStatus::Moving),
        ..all()
    };
    let disabled = VehicleFilter {
        enabled: Some(false),
        ..all()
    };
    let cases = [
        (
            all(),
            vec![idle_amr.id, moving_amr.id, disabled_amr.id, moving_agv.id],
        ),
        (amr.clone(), vec![idle_amr.id, moving_amr.id, disabled_amr.id]),
        (moving.clone(), vec![moving_amr.id, moving_agv.id]),
        (disabled, vec![disabled_amr.id]),
        (
            VehicleFilter {
                enabled: Some(true),
                ..all()
            },
            vec![idle_amr.id, moving_amr.id, moving_agv.id],
        ),
        (
            VehicleFilter {
                status: Some(VehicleStatus::Moving),
                ..amr.clone()
            },
            vec![moving_amr.id],
        ),
        (
            VehicleFilter {
                enabled: Some(false),
                ..amr
            },
            vec![disabled_amr.id],
        ),
        (
            VehicleFilter {
                kind: Some(VehicleType::Agv),
                enabled: Some(true),
                status: Some(VehicleStatus::Moving),
                ..search("acme")
            },
            vec![moving_agv.id],
        ),
        (
            VehicleFilter {
                enabled: Some(false),
                ..moving
            },
            vec![],
        ),
        (
            VehicleFilter {
                kind: Some(VehicleType::Oht),
                ..all()
            },
            vec![],
        ),
    ];
    for (filter, expected) in cases {
        let page = first_page(vehicles, &filter).await;
        assert_eq!(ids(&page.items), expected, "{filter:?}");
        assert_eq!(
            count(vehicles, &filter).await,
            expected.len() as u64,
            "{filter:?}"
        );
        assert!(!page.has_more, "{filter:?}");
    }
}

pub async fn vehicles_of_a_type_are_found_in_the_order_of_registration(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    let mut expected = Vec::new();
    for _ in 0..3 {
        expected.push(a_vehicle().forklift().register(vehicles).await);
        a_vehicle().oht().register(vehicles).await;
    }
    assert_eq!(
        vehicles
            .find_by_type(&EVERYTHING, VehicleType::Forklift, PLENTY)
            .await
            .expect("a list"),
        expected
    );
    assert_eq!(
        vehicles
            .find_by_type(&EVERYTHING, VehicleType::Agv, PLENTY)
            .await
            .expect("a list"),
        []
    );
}

pub async fn enabled_vehicles_are_found_in_the_order_of_registration(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    let mut expected = Vec::new();
    for _ in 0..3 {
        expected.push(a_vehicle().enabled().register(vehicles).await);
        a_vehicle().register(vehicles).await;
    }
    assert_eq!(
        vehicles
            .find_enabled_vehicles(&EVERYTHING, PLENTY)
            .await
            .expect("a list"),
        expected
    );
}

/// Checks that a limited list contains the first vehicles in the order of registration.
pub async fn a_list_has_at_most_the_requested_number(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    let mut expected = Vec::new();
    for _ in 0..4 {
        expected.push(a_vehicle().oht().enabled().register(vehicles).await);
    }
    for limit in 0..=5 {
        let expected = &expected[..expected.len().min(limit as usize)];
        let ohts = vehicles.find_by_type(&EVERYTHING, VehicleType::Oht, limit).await;
        assert_eq!(ohts.expect("a list"), expected);
        let enabled = vehicles.find_enabled_vehicles(&EVERYTHING, limit).await;
        assert_eq!(enabled.expect("a list"), expected);
    }
}

/// Checks that the group can be combined with other parts of a filter.
pub async fn a_group_has_its_vehicles(registry: &dyn Registry) {
    let (vehicles, groups) = (registry.vehicles(), registry.groups());
    let hall = a_group(registry, OrganizationId::DEFAULT).await.id;
    let night_shift = a_group(registry, OrganizationId::DEFAULT).await.id;
    let amr = a_vehicle().amr().in_group(hall).in_group(night_shift);
    let amr = amr.register_in_groups(vehicles, groups).await;
    let agv = a_vehicle().agv().in_group(hall);
    let agv = agv.register_in_groups(vehicles, groups).await;
    a_vehicle().amr().register(vehicles).await;

    assert_eq!(amr.group_ids, BTreeSet::from([hall, night_shift]));
    assert_eq!(read(vehicles, amr.id).await, amr);
    let of = |group| VehicleFilter {
        group: Some(group),
        ..VehicleFilter::default()
    };
    let agvs_of_the_hall = VehicleFilter {
        kind: Some(VehicleType::Agv),
        ..of(hall)
    };
    for (filter, expected) in [
        (of(hall), vec![amr.clone(), agv.clone()]),
        (of(night_shift), vec![amr]),
        (agvs_of_the_hall, vec![agv]),
        (of(no_group()), vec![]),
    ] {
        assert_eq!(first_page(vehicles, &filter).await.items, expected, "{filter:?}");
        assert_eq!(count(vehicles, &filter).await, expected.len() as u64);
    }
}

/// Checks that the vehicles of all organisations are loaded, with their groups, and that their versions are read.
pub async fn all_vehicles_that_are_not_deleted_are_loaded(registry: &dyn Registry) {
    let (vehicles, groups) = (registry.vehicles(), registry.groups());
    assert_eq!(vehicles.load_all().await.expect("a list"), []);
    let other = an_organization(registry).await;
    let group = a_group(registry, other).await.id;
    let enabled = a_vehicle().enabled().register(vehicles).await;
    let grouped = a_vehicle().of(other).in_group(group);
    let grouped = grouped.register_in_groups(vehicles, groups).await;
    let deleted = a_vehicle().register(vehicles).await.id;
    vehicles
        .delete(an_administrator(), deleted, None)
        .await
        .expect("it is deleted");

    let mut all = vehicles.load_all().await.expect("a list");
    all.sort_by_key(|vehicle| vehicle.id);
    assert_eq!(all, [enabled, grouped]);
    let mut versions = vehicles.versions().await.expect("a list");
    versions.sort_unstable();
    let expected: Vec<_> = all.iter().map(RegisteredVersion::from).collect();
    assert_eq!(versions, expected);
}
