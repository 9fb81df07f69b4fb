//! Groups in PostgreSQL, against the contract of their port.

use application::ports::{EventLog, GroupRepository, Mode, VehicleRepository};
use domain::{GroupName, OrganizationId, vehicle::Version};
use test_builders::{a_vehicle, an_administrator};

use crate::registry::InPostgres;

port_contracts::group_repository_contract!(InPostgres::fresh);

#[tokio::test(flavor = "multi_thread")]
async fn a_group_with_more_vehicles_than_a_portion_can_be_deleted() {
    let registry = InPostgres::fresh().await;
    let list = (0..2_345).map(|_| a_vehicle().registration()).collect();
    let fleet = registry
        .vehicles
        .create_all(an_administrator(), OrganizationId::DEFAULT, list, Mode::Apply)
        .await
        .expect("an answer")
        .expect("no collisions");
    let name = GroupName::new("Everybody").expect("a name");
    let group = registry
        .groups
        .create(an_administrator(), OrganizationId::DEFAULT, name)
        .await
        .expect("a group")
        .id;
    let membership = format!("INSERT INTO group_members SELECT id, '{group}', organization_id FROM vehicles");
    let client = registry.database.client().await;
    client
        .batch_execute(&membership)
        .await
        .expect("all vehicles are members");
    let before = registry.log.position().await.expect("a position");

    let left = registry
        .groups
        .delete(an_administrator(), group)
        .await
        .expect("the group is deleted");
    assert_eq!(left.len(), fleet.len());
    assert!(left.iter().all(|vehicle| vehicle.group_ids.is_empty()));
    assert!(
        left.iter()
            .all(|vehicle| vehicle.version == Version::FIRST.next())
    );
    let position = registry.log.position().await.expect("a position");
    assert_eq!(position.get() - before.get(), fleet.len() as u64);
}
