//! Organisations in PostgreSQL, against the contract of their port.

use application::ports::{Mode, OrganizationRepository, VehicleRepository};
use domain::OrganizationName;
use test_builders::{a_vehicle, an_administrator};

use crate::registry::InPostgres;

port_contracts::organization_repository_contract!(InPostgres::fresh);

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_with_more_deleted_vehicles_than_a_portion_can_be_deleted() {
    let registry = InPostgres::fresh().await;
    let name = OrganizationName::new("Large").expect("a name");
    let id = registry
        .organizations
        .create(an_administrator(), name)
        .await
        .expect("an organisation")
        .id;
    let list = (0..2_345).map(|_| a_vehicle().registration()).collect();
    let created = registry
        .vehicles
        .create_all(an_administrator(), id, list, Mode::Apply)
        .await;
    created.expect("an answer").expect("no collisions");
    let client = registry.database.client().await;
    let deleted = client
        .execute("UPDATE vehicles SET deleted_at = now()", &[])
        .await;
    assert_eq!(deleted.expect("a number of rows"), 2_345);

    let outcome = registry.organizations.delete(an_administrator(), id).await;
    outcome.expect("the organisation is deleted");
    let rows = client
        .query("SELECT FROM amr_details", &[])
        .await
        .expect("a list");
    assert_eq!(rows.len(), 0);
}
