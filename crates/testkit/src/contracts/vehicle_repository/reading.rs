use application::{paging::PageRequest, ports::VehicleFilter};
use domain::vehicle::{VehicleChanges, VehicleStatus, VehicleType};

use super::{EVERYTHING, Registry, check_not_found, ids, nobody};
use crate::builders::a_vehicle;

/// Neither to be read nor to be changed.
pub async fn an_unknown_vehicle_is_not_found(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    assert_eq!(
        vehicles
            .find_by_id(&EVERYTHING, nobody())
            .await
            .expect("an answer"),
        None
    );
    check_not_found(
        vehicles
            .update(&EVERYTHING, nobody(), None, VehicleChanges::default())
            .await,
    );
    check_not_found(vehicles.delete(&EVERYTHING, nobody(), None).await);
    check_not_found(vehicles.enable(&EVERYTHING, nobody()).await);
    check_not_found(vehicles.disable(&EVERYTHING, nobody()).await);
}

/// What is found is what every given part of the filter lets through.
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

    let all = VehicleFilter::default();
    let amr = VehicleFilter {
        kind: Some(VehicleType::Amr),
        ..all
    };
    let moving = VehicleFilter {
        status: Some(VehicleStatus::Moving),
        ..all
    };
    let disabled = VehicleFilter {
        enabled: Some(false),
        ..all
    };
    let cases = [
        (
            all,
            vec![idle_amr.id, moving_amr.id, disabled_amr.id, moving_agv.id],
        ),
        (amr, vec![idle_amr.id, moving_amr.id, disabled_amr.id]),
        (moving, vec![moving_amr.id, moving_agv.id]),
        (disabled, vec![disabled_amr.id]),
        (
            VehicleFilter {
                enabled: Some(true),
                ..all
            },
            vec![idle_amr.id, moving_amr.id, moving_agv.id],
        ),
        (
            VehicleFilter {
                status: Some(VehicleStatus::Moving),
                ..amr
            },
            vec![moving_amr.id],
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
                ..all
            },
            vec![],
        ),
    ];
    for (filter, expected) in cases {
        let page = vehicles
            .find_all(&EVERYTHING, &filter, &PageRequest::start())
            .await
            .expect("a page");
        assert_eq!(ids(&page.items), expected, "{filter:?}");
        assert_eq!(page.total_count, expected.len() as u64, "{filter:?}");
        assert!(!page.has_next, "{filter:?}");
    }
}

/// However many there are.
pub async fn a_kind_is_found_in_the_order_of_registration(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    let mut expected = Vec::new();
    for _ in 0..3 {
        expected.push(a_vehicle().forklift().register(vehicles).await);
        a_vehicle().oht().register(vehicles).await;
    }
    assert_eq!(
        vehicles
            .find_by_type(&EVERYTHING, VehicleType::Forklift)
            .await
            .expect("a list"),
        expected
    );
    assert_eq!(
        vehicles
            .find_by_type(&EVERYTHING, VehicleType::Agv)
            .await
            .expect("a list"),
        []
    );
}

/// However many there are.
pub async fn enabled_vehicles_are_found_in_the_order_of_registration(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    let mut expected = Vec::new();
    for _ in 0..3 {
        expected.push(a_vehicle().enabled().register(vehicles).await);
        a_vehicle().register(vehicles).await;
    }
    assert_eq!(
        vehicles.find_enabled_vehicles(&EVERYTHING).await.expect("a list"),
        expected
    );
}

/// Who asks for changes since then misses none.
pub async fn the_time_never_goes_back(registry: &dyn Registry) {
    let mut last = registry.vehicles().now().await.expect("the time");
    for _ in 0..20 {
        let now = registry.vehicles().now().await.expect("the time");
        assert!(now >= last);
        last = now;
    }
}
