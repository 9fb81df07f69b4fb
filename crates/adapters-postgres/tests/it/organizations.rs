//! The organisations in PostgreSQL, against the contract of their port.

use application::ports::{Mode, OrganizationRepository, VehicleRepository};
use domain::OrganizationName;
use test_builders::{a_vehicle, an_administrator};

use crate::registry::InPostgres;

port_contracts::organization_repository_contract!(InPostgres::fresh);

#[tokio::test(flavor = "multi_thread")]
async fn more_deleted_vehicles_than_one_statement_takes_are_forgotten() {
    let registry = InPostgres::fresh().await;
    let name = OrganizationName::new("Large").expect("a name");
    let id = registry
        .organizations
        .create(an_administrator(), name)
        .await
        .expect("it is made")
        .id;
    let list = (0..2_345).map(|_| a_vehicle().registration()).collect();
    let created = registry
        .vehicles
        .create_all(an_administrator(), id, list, Mode::Apply)
        .await;
    created.expect("an answer").expect("they are registered");
    let client = registry.database.client().await;
    let deleted = client
        .execute("UPDATE vehicles SET deleted_at = now()", &[])
        .await;
    assert_eq!(deleted.expect("they are deleted"), 2_345);

    let outcome = registry.organizations.delete(an_administrator(), id).await;
    outcome.expect("it is deleted");
    let rows = client
        .query("SELECT FROM amr_details", &[])
        .await
        .expect("a list");
    assert_eq!(rows.len(), 0);
}
