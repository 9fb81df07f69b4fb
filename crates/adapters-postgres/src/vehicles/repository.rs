//! The port, in SQL.

use std::collections::BTreeMap;

use application::{
    Error, Result,
    paging::{Page, PageRequest},
    ports::{VehicleFilter, VehicleRepository},
};
use async_trait::async_trait;
use diesel::{
    dsl::now,
    prelude::*,
    sql_types::{self, Array, Timestamptz},
};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use domain::{
    AccessScope, OrganizationId, VehicleId,
    vehicle::{Vehicle, VehicleChanges, VehicleDraft, VehicleStatus, VehicleType, Version},
};
use futures::{FutureExt, try_join};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    details,
    rows::{ChangedRow, NewRow},
    selection::{Selection, count, load, matching, visible_to},
};
use crate::{
    database::Database,
    failure::Failure,
    schema::{statement_timestamp, vehicles},
};

/// The registry of vehicles in PostgreSQL.
#[derive(Debug, Clone)]
pub struct PgVehicleRepository {
    database: Database,
}

impl PgVehicleRepository {
    /// The registry in that database, whose migrations are applied.
    #[must_use]
    pub const fn new(database: Database) -> Self {
        Self { database }
    }

    async fn load(&self, selection: Selection) -> Result<Vec<Vehicle>> {
        self.database
            .run(|connection| async move { load(connection, selection).await }.boxed())
            .await
    }
}

#[async_trait]
impl VehicleRepository for PgVehicleRepository {
    async fn find_by_id(&self, scope: &AccessScope, id: VehicleId) -> Result<Option<Vehicle>> {
        let found = self
            .load(visible_to(scope).filter(vehicles::id.eq(*id.as_uuid())))
            .await?;
        Ok(found.into_iter().next())
    }

    async fn find_all(
        &self,
        scope: &AccessScope,
        filter: &VehicleFilter,
        page: &PageRequest<VehicleId>,
    ) -> Result<Page<Vehicle>> {
        let all = matching(scope, filter);
        let mut wanted = matching(scope, filter);
        if let Some(after) = page.after {
            wanted = wanted.filter(vehicles::id.gt(*after.as_uuid()));
        }
        // One more than asked for tells whether another page follows.
        let wanted = wanted.order(vehicles::id).limit(i64::from(page.first) + 1);
        let (mut items, total_count) = self
            .database
            .run(|connection| {
                async move {
                    let connection = &*connection;
                    try_join!(load(connection, wanted), count(connection, all))
                }
                .boxed()
            })
            .await?;
        let first = usize::try_from(page.first).unwrap_or(usize::MAX);
        let has_next = items.len() > first;
        items.truncate(first);
        Ok(Page {
            items,
            has_next,
            total_count,
        })
    }

    async fn find_by_type(&self, scope: &AccessScope, kind: VehicleType) -> Result<Vec<Vehicle>> {
        self.load(matching(
            scope,
            &VehicleFilter {
                kind: Some(kind),
                ..VehicleFilter::default()
            },
        ))
        .await
    }

    async fn find_enabled_vehicles(&self, scope: &AccessScope) -> Result<Vec<Vehicle>> {
        self.load(matching(
            scope,
            &VehicleFilter {
                enabled: Some(true),
                ..VehicleFilter::default()
            },
        ))
        .await
    }

    async fn create(&self, organization: OrganizationId, draft: VehicleDraft) -> Result<Vehicle> {
        let id = VehicleId::from_uuid(Uuid::now_v7());
        self.database
            .run(move |connection| {
                connection
                    .transaction(async move |connection| insert(connection, id, organization, draft).await)
                    .boxed()
            })
            .await
    }

    async fn update(
        &self,
        scope: &AccessScope,
        id: VehicleId,
        expected: Option<Version>,
        changes: VehicleChanges,
    ) -> Result<Vehicle> {
        let scope = visible_to(scope);
        self.database
            .run(move |connection| {
                connection
                    .transaction(async move |connection| {
                        let before = lock(connection, scope, id, expected).await?;
                        let after = changes.apply(&before).map_err(Error::from)?;
                        if after == before {
                            Ok(before)
                        } else {
                            write(connection, &before, after).await
                        }
                    })
                    .boxed()
            })
            .await
    }

    async fn delete(&self, scope: &AccessScope, id: VehicleId, expected: Option<Version>) -> Result<Vehicle> {
        let scope = visible_to(scope);
        self.database
            .run(move |connection| {
                connection
                    .transaction(async move |connection| {
                        let vehicle = lock(connection, scope, id, expected).await?;
                        delete(connection, vehicle).await
                    })
                    .boxed()
            })
            .await
    }

    async fn record_statuses(&self, statuses: &[(VehicleId, VehicleStatus)]) -> Result<()> {
        // The last word about a vehicle counts. Sorted by the map.
        let last: BTreeMap<VehicleId, VehicleStatus> = statuses.iter().copied().collect();
        let (ids, statuses): (Vec<Uuid>, Vec<&str>) = last
            .iter()
            .map(|(id, status)| (*id.as_uuid(), status.as_str()))
            .unzip();
        if ids.is_empty() {
            return Ok(());
        }
        self.database
            .run(move |connection| {
                async move {
                    diesel::sql_query(RECORD_STATUSES)
                        .bind::<Array<sql_types::Uuid>, _>(ids)
                        .bind::<Array<sql_types::Text>, _>(statuses)
                        .execute(connection)
                        .await?;
                    Ok(())
                }
                .boxed()
            })
            .await
    }

    async fn changed_since(&self, since: Option<OffsetDateTime>) -> Result<Vec<Vehicle>> {
        self.load(match since {
            Some(since) => vehicles::table
                .filter(vehicles::updated_at.ge(since))
                .into_boxed(),
            None => visible_to(&AccessScope::All),
        })
        .await
    }

    async fn now(&self) -> Result<OffsetDateTime> {
        self.database
            .run(|connection| {
                async move {
                    Ok(diesel::select(now.into_sql::<Timestamptz>())
                        .get_result(connection)
                        .await?)
                }
                .boxed()
            })
            .await
    }
}

/// The rows are locked in the order of their ids, so that two servers that say the same never wait for each
/// other in a circle; who comes second finds nothing left to change. The time is taken behind the lock.
const RECORD_STATUSES: &str = "
    WITH changed AS MATERIALIZED (
        SELECT vehicles.id, said.status
        FROM vehicles JOIN unnest($1, $2) AS said (id, status) ON said.id = vehicles.id
        WHERE vehicles.is_enabled AND vehicles.deleted_at IS NULL AND vehicles.status <> said.status
        ORDER BY vehicles.id
        FOR UPDATE OF vehicles
    )
    UPDATE vehicles SET status = changed.status, updated_at = clock_timestamp()
    FROM changed WHERE vehicles.id = changed.id";

/// Writes a new vehicle with its details.
async fn insert(
    connection: &mut AsyncPgConnection,
    id: VehicleId,
    organization_id: OrganizationId,
    draft: VehicleDraft,
) -> Result<Vehicle, Failure> {
    let (created_at, updated_at) = diesel::insert_into(vehicles::table)
        .values(NewRow::of(id, organization_id, &draft))
        .returning((vehicles::created_at, vehicles::updated_at))
        .get_result(connection)
        .await?;
    details::store(connection, id, &draft.details).await?;
    let VehicleDraft {
        name,
        manufacturer,
        model,
        specification,
        details,
    } = draft;
    Ok(Vehicle {
        id,
        organization_id,
        name,
        manufacturer,
        model,
        status: VehicleStatus::Idle,
        is_enabled: false,
        specification,
        details,
        version: Version::FIRST,
        created_at,
        updated_at,
        deleted_at: None,
    })
}

/// Locks a vehicle's row until the end of the transaction, and then reads it: what others wrote while we waited
/// is there.
async fn lock(
    connection: &mut AsyncPgConnection,
    scope: Selection,
    id: VehicleId,
    expected: Option<Version>,
) -> Result<Vehicle, Failure> {
    vehicles::table
        .find(*id.as_uuid())
        .select(vehicles::id)
        .for_update()
        .execute(connection)
        .await?;
    let found = load(connection, scope.filter(vehicles::id.eq(*id.as_uuid()))).await?;
    let vehicle = found.into_iter().next().ok_or_else(Error::vehicle_not_found)?;
    match expected {
        Some(version) if version != vehicle.version => Err(Error::VersionMismatch.into()),
        _ => Ok(vehicle),
    }
}

/// Writes a changed vehicle under the next version. The time is the statement's, which is behind the lock; the
/// transaction may have begun before the change that it waited for.
async fn write(
    connection: &mut AsyncPgConnection,
    before: &Vehicle,
    after: Vehicle,
) -> Result<Vehicle, Failure> {
    if after.details != before.details {
        details::store(connection, after.id, &after.details).await?;
    }
    let after = Vehicle {
        version: before.version.next(),
        ..after
    };
    let updated_at = diesel::update(vehicles::table.find(*after.id.as_uuid()))
        .set((
            ChangedRow::from(&after),
            vehicles::updated_at.eq(statement_timestamp()),
        ))
        .returning(vehicles::updated_at)
        .get_result(connection)
        .await?;
    Ok(Vehicle { updated_at, ..after })
}

async fn delete(connection: &mut AsyncPgConnection, vehicle: Vehicle) -> Result<Vehicle, Failure> {
    let version = vehicle.version.next();
    let deleted_at = diesel::update(vehicles::table.find(*vehicle.id.as_uuid()))
        .set((
            vehicles::version.eq(version.as_i64()),
            vehicles::updated_at.eq(statement_timestamp()),
            vehicles::deleted_at.eq(statement_timestamp().nullable()),
        ))
        .returning(vehicles::updated_at)
        .get_result(connection)
        .await?;
    Ok(Vehicle {
        version,
        updated_at: deleted_at,
        deleted_at: Some(deleted_at),
        ..vehicle
    })
}
