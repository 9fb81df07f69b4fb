use application::ports::VehicleFilter;
use domain::{
    OrganizationId,
    vehicle::{Vehicle, VehicleChanges, VehicleType},
};
use test_builders::a_vehicle;

use super::{PLENTY, Registry, count, first_page};
use crate::registry::{EVERYTHING, a_group, an_administrator, check_not_found, check_since, ids, now};

/// Checks that the deletion is the vehicle's last change.
pub async fn a_deleted_vehicle_is_not_found(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    let vehicle = a_vehicle().amr().enabled().register(vehicles).await;
    let stays = a_vehicle().amr().enabled().register(vehicles).await;
    let began = now();
    let deleted = vehicles
        .delete(an_administrator(), vehicle.id, Some(vehicle.version))
        .await
        .expect("it is deleted");
    let expected = Vehicle {
        version: vehicle.version.next(),
        updated_at: deleted.updated_at,
        deleted_at: Some(deleted.updated_at),
        ..vehicle.clone()
    };
    assert_eq!(deleted, expected);
    check_since(began, deleted.updated_at);

    let found = vehicles.find_by_id(&EVERYTHING, vehicle.id).await;
    assert_eq!(found.expect("the registry answers"), None);
    let unfiltered = VehicleFilter::default();
    assert_eq!(ids(&first_page(vehicles, &unfiltered).await.items), [stays.id]);
    assert_eq!(count(vehicles, &unfiltered).await, 1);
    let amrs = vehicles.find_by_type(&EVERYTHING, VehicleType::Amr, PLENTY).await;
    assert_eq!(ids(&amrs.expect("a list")), [stays.id]);
    let enabled = vehicles.find_enabled_vehicles(&EVERYTHING, PLENTY).await;
    assert_eq!(ids(&enabled.expect("a list")), [stays.id]);
}

/// Checks that a deleted vehicle can neither be changed nor deleted again.
pub async fn a_deleted_vehicle_cannot_be_changed(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    let id = a_vehicle().register(vehicles).await.id;
    let deleted = vehicles
        .delete(an_administrator(), id, None)
        .await
        .expect("it is deleted");
    check_not_found(vehicles.delete(an_administrator(), id, None).await);
    check_not_found(
        vehicles
            .delete(an_administrator(), id, Some(deleted.version))
            .await,
    );
    check_not_found(
        vehicles
            .update(
                an_administrator(),
                id,
                Some(deleted.version),
                VehicleChanges::default(),
            )
            .await,
    );
    check_not_found(vehicles.enable(an_administrator(), id, None).await);
}

/// Checks that a deleted vehicle has no groups, and is not among the vehicles of any group.
pub async fn a_deleted_vehicle_is_in_no_group(registry: &dyn Registry) {
    let (vehicles, groups) = (registry.vehicles(), registry.groups());
    let [one, other] = [(); 2].map(|()| a_group(registry, OrganizationId::DEFAULT));
    let (one, other) = (one.await.id, other.await.id);
    let grouped = a_vehicle().in_group(one).in_group(other);
    let id = grouped.register_in_groups(vehicles, groups).await.id;
    let stays = a_vehicle()
        .in_group(one)
        .register_in_groups(vehicles, groups)
        .await;

    let deleted = vehicles
        .delete(an_administrator(), id, None)
        .await
        .expect("it is deleted");
    assert!(deleted.group_ids.is_empty());
    for (group, expected) in [(one, vec![stays.id]), (other, vec![])] {
        let of_group = VehicleFilter {
            group: Some(group),
            ..VehicleFilter::default()
        };
        assert_eq!(ids(&first_page(vehicles, &of_group).await.items), expected);
        assert_eq!(count(vehicles, &of_group).await, expected.len() as u64);
    }
    check_not_found(groups.add_vehicle(an_administrator(), one, id).await);
    check_not_found(groups.remove_vehicle(an_administrator(), one, id).await);
    let left = groups.delete(an_administrator(), other).await;
    assert_eq!(left.expect("the group is deleted"), []);
}

/// Checks that the name becomes free each time.
pub async fn a_name_is_free_again_after_its_vehicle_was_deleted(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    for _ in 0..3 {
        let vehicle = a_vehicle().named("AMR 1").register(vehicles).await;
        vehicles
            .delete(an_administrator(), vehicle.id, None)
            .await
            .expect("it is deleted");
    }
}
