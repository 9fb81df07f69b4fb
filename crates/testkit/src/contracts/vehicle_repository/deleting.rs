use application::{paging::PageRequest, ports::VehicleFilter};
use domain::vehicle::{Vehicle, VehicleChanges, VehicleType};

use super::{EVERYTHING, Registry, check_not_found, ids};
use crate::builders::a_vehicle;

/// Its deletion is its last change.
pub async fn a_deleted_vehicle_is_found_by_nobody(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    let vehicle = a_vehicle().amr().enabled().register(vehicles).await;
    let stays = a_vehicle().amr().enabled().register(vehicles).await;
    let began = vehicles.now().await.expect("the time");
    let deleted = vehicles
        .delete(&EVERYTHING, vehicle.id, Some(vehicle.version))
        .await
        .expect("it is deleted");
    let ended = vehicles.now().await.expect("the time");
    let expected = Vehicle {
        version: vehicle.version.next(),
        updated_at: deleted.updated_at,
        deleted_at: Some(deleted.updated_at),
        ..vehicle.clone()
    };
    assert_eq!(deleted, expected);
    assert!(
        (began..=ended).contains(&deleted.updated_at),
        "{began} {} {ended}",
        deleted.updated_at
    );

    assert_eq!(
        vehicles
            .find_by_id(&EVERYTHING, vehicle.id)
            .await
            .expect("an answer"),
        None
    );
    let page = vehicles
        .find_all(&EVERYTHING, &VehicleFilter::default(), &PageRequest::start())
        .await
        .expect("a page");
    assert_eq!((ids(&page.items), page.total_count), (vec![stays.id], 1));
    assert_eq!(
        ids(&vehicles
            .find_by_type(&EVERYTHING, VehicleType::Amr)
            .await
            .expect("a list")),
        [stays.id]
    );
    assert_eq!(
        ids(&vehicles.find_enabled_vehicles(&EVERYTHING).await.expect("a list")),
        [stays.id]
    );
}

/// Nor deleted again.
pub async fn a_deleted_vehicle_cannot_be_changed(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    let id = a_vehicle().register(vehicles).await.id;
    let deleted = vehicles
        .delete(&EVERYTHING, id, None)
        .await
        .expect("it is deleted");
    check_not_found(vehicles.delete(&EVERYTHING, id, None).await);
    check_not_found(vehicles.delete(&EVERYTHING, id, Some(deleted.version)).await);
    check_not_found(
        vehicles
            .update(&EVERYTHING, id, Some(deleted.version), VehicleChanges::default())
            .await,
    );
    check_not_found(vehicles.enable(&EVERYTHING, id).await);
}

/// As often as one likes.
pub async fn a_name_is_free_again_after_its_vehicle_was_deleted(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    for _ in 0..3 {
        let vehicle = a_vehicle().named("AMR 1").register(vehicles).await;
        vehicles
            .delete(&EVERYTHING, vehicle.id, None)
            .await
            .expect("it is deleted");
    }
}
