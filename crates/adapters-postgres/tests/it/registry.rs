//! The registry in PostgreSQL, as the contracts of its ports want it.

use adapters_postgres::{PgEventLog, PgGroupRepository, PgOrganizationRepository, PgVehicleRepository};
use application::ports::{EventLog, GroupRepository, OrganizationRepository, VehicleRepository};
use testkit::{contracts::registry::Registry, postgres::TestDatabase};

/// All that is in a database of its own.
pub struct InPostgres {
    pub vehicles: PgVehicleRepository,
    pub groups: PgGroupRepository,
    pub organizations: PgOrganizationRepository,
    pub log: PgEventLog,
    pub database: TestDatabase,
}

impl InPostgres {
    pub async fn fresh() -> Self {
        let database = TestDatabase::create().await;
        let pool = database.database();
        Self {
            vehicles: PgVehicleRepository::new(pool.clone()),
            groups: PgGroupRepository::new(pool.clone()),
            organizations: PgOrganizationRepository::new(pool.clone()),
            log: PgEventLog::new(pool),
            database,
        }
    }
}

impl Registry for InPostgres {
    fn vehicles(&self) -> &dyn VehicleRepository {
        &self.vehicles
    }

    fn groups(&self) -> &dyn GroupRepository {
        &self.groups
    }

    fn organizations(&self) -> &dyn OrganizationRepository {
        &self.organizations
    }

    fn log(&self) -> &dyn EventLog {
        &self.log
    }
}
