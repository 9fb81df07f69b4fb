//! The registry in PostgreSQL, against the contract of its port.

use adapters_postgres::PgVehicleRepository;
use application::ports::VehicleRepository;
use async_trait::async_trait;
use domain::OrganizationId;
use testkit::{contracts::vehicle_repository::Registry, postgres::TestDatabase, vehicle_repository_contract};
use uuid::Uuid;

struct InPostgres {
    vehicles: PgVehicleRepository,
    database: TestDatabase,
}

impl InPostgres {
    async fn fresh() -> Self {
        let database = TestDatabase::create().await;
        Self {
            vehicles: PgVehicleRepository::new(database.database()),
            database,
        }
    }
}

#[async_trait]
impl Registry for InPostgres {
    fn vehicles(&self) -> &dyn VehicleRepository {
        &self.vehicles
    }

    async fn add_organization(&self) -> OrganizationId {
        let id = Uuid::now_v7();
        let statement = format!("INSERT INTO organizations (id, name) VALUES ('{id}', 'Another')");
        self.database
            .client()
            .await
            .batch_execute(&statement)
            .await
            .expect("it is added");
        OrganizationId::from_uuid(id)
    }
}

vehicle_repository_contract!(InPostgres::fresh);
