//! The registry in PostgreSQL, as required by the contracts of its ports.

use adapters_postgres::{
    PgAuditLog, PgEventLog, PgGrantRepository, PgGroupRepository, PgOrganizationRepository,
    PgSessionRepository, PgUserRepository, PgVehicleRepository,
};
use application::ports::{
    AuditLog, EventLog, GrantRepository, GroupRepository, OrganizationRepository, SessionRepository,
    UserRepository, VehicleRepository,
};
use port_contracts::registry::Registry;
use test_stores::postgres::TestDatabase;

/// All repositories of a private database.
pub(crate) struct InPostgres {
    pub vehicles: PgVehicleRepository,
    pub groups: PgGroupRepository,
    pub organizations: PgOrganizationRepository,
    pub users: PgUserRepository,
    pub grants: PgGrantRepository,
    pub sessions: PgSessionRepository,
    pub audit: PgAuditLog,
    pub log: PgEventLog,
    pub database: TestDatabase,
}

impl InPostgres {
    pub(crate) async fn fresh() -> Self {
        let database = TestDatabase::create().await;
        let pool = database.database();
        Self {
            vehicles: PgVehicleRepository::new(pool.clone()),
            groups: PgGroupRepository::new(pool.clone()),
            organizations: PgOrganizationRepository::new(pool.clone()),
            users: PgUserRepository::new(pool.clone()),
            grants: PgGrantRepository::new(pool.clone()),
            sessions: PgSessionRepository::new(pool.clone()),
            audit: PgAuditLog::new(pool.clone()),
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

    fn users(&self) -> &dyn UserRepository {
        &self.users
    }

    fn grants(&self) -> &dyn GrantRepository {
        &self.grants
    }

    fn sessions(&self) -> &dyn SessionRepository {
        &self.sessions
    }

    fn audit(&self) -> &dyn AuditLog {
        &self.audit
    }

    fn log(&self) -> &dyn EventLog {
        &self.log
    }
}
