//! The port, in SQL.

use std::collections::BTreeMap;

use application::{
    Error, Result,
    paging::{Page, PageRequest},
    ports::{VehicleFilter, VehicleRepository},
};
use async_trait::async_trait;
use diesel::{dsl::now, prelude::*, sql_types::Timestamptz};
use diesel_async::{AsyncConnection, RunQueryDsl};
use domain::{
    AccessScope, OrganizationId, VehicleId,
    vehicle::{Vehicle, VehicleChanges, VehicleDraft, VehicleStatus, VehicleType, Version},
};
use futures::{FutureExt, try_join};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    selection::{Selection, count, load, matching, visible_to},
    writing,
};
use crate::{database::Database, schema::vehicles};

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
                    .transaction(async move |connection| {
                        writing::insert(connection, id, organization, draft).await
                    })
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
                        let before = writing::lock(connection, scope, id, expected).await?;
                        let after = changes.apply(&before).map_err(Error::from)?;
                        if after == before {
                            Ok(before)
                        } else {
                            writing::write(connection, &before, after).await
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
                        let vehicle = writing::lock(connection, scope, id, expected).await?;
                        writing::delete(connection, vehicle).await
                    })
                    .boxed()
            })
            .await
    }

    async fn record_statuses(&self, statuses: &[(VehicleId, VehicleStatus)]) -> Result<()> {
        // The last word about a vehicle counts.
        let statuses: BTreeMap<VehicleId, VehicleStatus> = statuses.iter().copied().collect();
        if statuses.is_empty() {
            return Ok(());
        }
        self.database
            .run(move |connection| {
                async move { writing::record_statuses(connection, statuses).await }.boxed()
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
