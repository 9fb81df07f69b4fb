//! The port, in SQL.

use application::{
    Error, Result,
    paging::{Page, PageRequest},
    ports::GroupRepository,
};
use async_trait::async_trait;
use diesel::prelude::*;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use domain::{AccessScope, Group, GroupId, GroupName, OrganizationId, VehicleId, vehicle::Vehicle};
use futures::FutureExt;
use uuid::Uuid;

use super::{
    members,
    rows::{Row, Selection, load, visible_to},
};
use crate::{
    database::Database,
    failure::Failure,
    schema::{groups, statement_timestamp},
    vehicles,
};

/// The groups of vehicles in PostgreSQL.
#[derive(Debug, Clone)]
pub struct PgGroupRepository {
    database: Database,
}

impl PgGroupRepository {
    /// The groups in that database, whose migrations are applied.
    #[must_use]
    pub const fn new(database: Database) -> Self {
        Self { database }
    }

    async fn load(&self, selection: Selection) -> Result<Vec<Group>> {
        self.database
            .run(|connection| async move { load(connection, selection).await }.boxed())
            .await
    }
}

#[async_trait]
impl GroupRepository for PgGroupRepository {
    async fn find_by_ids(&self, scope: &AccessScope, ids: &[GroupId]) -> Result<Vec<Group>> {
        let ids: Vec<Uuid> = ids.iter().map(|id| *id.as_uuid()).collect();
        self.load(visible_to(scope).filter(groups::id.eq_any(ids))).await
    }

    async fn find_all(
        &self,
        scope: &AccessScope,
        organization: Option<OrganizationId>,
        page: &PageRequest<GroupId>,
    ) -> Result<Page<Group>> {
        let mut chosen = of_organization(scope, organization);
        if let Some(after) = page.after {
            chosen = chosen.filter(groups::id.gt(*after.as_uuid()));
        }
        // One more than asked for tells whether another page follows.
        let chosen = chosen.order(groups::id).limit(i64::from(page.first) + 1);
        Ok(Page::of(self.load(chosen).await?, page.first))
    }

    async fn count(&self, scope: &AccessScope, organization: Option<OrganizationId>) -> Result<u64> {
        let chosen = of_organization(scope, organization);
        let count: i64 = self
            .database
            .run(|connection| async move { Ok(chosen.count().get_result(connection).await?) }.boxed())
            .await?;
        u64::try_from(count).map_err(Error::internal)
    }

    async fn create(&self, organization: OrganizationId, name: GroupName) -> Result<Group> {
        let row: Row = self
            .database
            .run(move |connection| {
                async move {
                    Ok(diesel::insert_into(groups::table)
                        .values((
                            groups::id.eq(Uuid::now_v7()),
                            groups::organization_id.eq(*organization.as_uuid()),
                            groups::name.eq(name.as_str()),
                        ))
                        .returning(Row::as_returning())
                        .get_result(connection)
                        .await?)
                }
                .boxed()
            })
            .await?;
        row.try_into()
    }

    async fn rename(&self, scope: &AccessScope, id: GroupId, name: GroupName) -> Result<Group> {
        let scope = visible_to(scope);
        self.database
            .run(move |connection| {
                connection
                    .transaction(async move |connection| {
                        lock(connection, id).await?;
                        let group = find(connection, scope, id).await?;
                        if group.name == name {
                            return Ok(group);
                        }
                        let row: Row = diesel::update(groups::table.find(*id.as_uuid()))
                            .set((
                                groups::name.eq(name.as_str()),
                                groups::updated_at.eq(statement_timestamp()),
                            ))
                            .returning(Row::as_returning())
                            .get_result(connection)
                            .await?;
                        Ok::<_, Failure>(row.try_into()?)
                    })
                    .boxed()
            })
            .await
    }

    async fn delete(&self, scope: &AccessScope, id: GroupId) -> Result<Vec<Vehicle>> {
        let scope = visible_to(scope);
        self.database
            .run_bulk(move |connection| {
                connection
                    .transaction(async move |connection| {
                        lock(connection, id).await?;
                        find(connection, scope, id).await?;
                        let members = members::remove_all(connection, id).await?;
                        diesel::delete(groups::table.find(*id.as_uuid()))
                            .execute(connection)
                            .await?;
                        Ok::<_, Failure>(members)
                    })
                    .boxed()
            })
            .await
    }

    async fn add_vehicle(&self, scope: &AccessScope, group: GroupId, vehicle: VehicleId) -> Result<Vehicle> {
        let (group_scope, vehicle_scope) = (visible_to(scope), vehicles::visible_to(scope));
        self.database
            .run(move |connection| {
                connection
                    .transaction(async move |connection| {
                        hold(connection, group).await?;
                        let group = find(connection, group_scope, group).await?;
                        let vehicle = vehicles::lock(connection, vehicle_scope, vehicle, None).await?;
                        members::add(connection, &group, vehicle).await
                    })
                    .boxed()
            })
            .await
    }

    async fn remove_vehicle(
        &self,
        scope: &AccessScope,
        group: GroupId,
        vehicle: VehicleId,
    ) -> Result<Vehicle> {
        let (group_scope, vehicle_scope) = (visible_to(scope), vehicles::visible_to(scope));
        self.database
            .run(move |connection| {
                connection
                    .transaction(async move |connection| {
                        hold(connection, group).await?;
                        let group = find(connection, group_scope, group).await?;
                        let vehicle = vehicles::lock(connection, vehicle_scope, vehicle, None).await?;
                        members::remove(connection, &group, vehicle).await
                    })
                    .boxed()
            })
            .await
    }
}

fn of_organization(scope: &AccessScope, organization: Option<OrganizationId>) -> Selection {
    let chosen = visible_to(scope);
    match organization {
        Some(organization) => chosen.filter(groups::organization_id.eq(*organization.as_uuid())),
        None => chosen,
    }
}

/// Keeps a group from being changed or deleted by others until the end of the transaction, or waits for them.
async fn lock(connection: &mut AsyncPgConnection, id: GroupId) -> Result<(), Failure> {
    let group = groups::table.find(*id.as_uuid()).select(groups::id);
    group.for_update().execute(connection).await?;
    Ok(())
}

/// Keeps a group from being deleted; others may hold it at the same time, so that two vehicles come and go at once.
async fn hold(connection: &mut AsyncPgConnection, id: GroupId) -> Result<(), Failure> {
    let group = groups::table.find(*id.as_uuid()).select(groups::id);
    group.for_key_share().execute(connection).await?;
    Ok(())
}

/// Reads a group that is locked.
async fn find(connection: &mut AsyncPgConnection, scope: Selection, id: GroupId) -> Result<Group, Failure> {
    let found = load(connection, scope.filter(groups::id.eq(*id.as_uuid()))).await?;
    Ok(found.into_iter().next().ok_or_else(Error::group_not_found)?)
}
