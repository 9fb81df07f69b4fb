use application::{
    Actor, Error, Result,
    paging::{Page, PageRequest},
    ports::{AuditRecord, Author, GroupRepository},
};
use async_trait::async_trait;
use diesel::prelude::*;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use domain::{
    AccessScope, GrantTarget, Group, GroupId, GroupName, OrganizationId, VehicleId, vehicle::Vehicle,
};
use futures::FutureExt;
use uuid::Uuid;

use super::{
    members,
    rows::{Row, Selection, load, visible_to},
};
use crate::{
    audit,
    database::Database,
    failure::Failure,
    grants,
    organizations::must_have,
    paging::page_by_id,
    schema::{groups, statement_timestamp},
    vehicles,
};

/// Group repository in PostgreSQL.
#[derive(Debug, Clone)]
pub struct PgGroupRepository {
    database: Database,
}

impl PgGroupRepository {
    /// Creates the repository. The migrations must have been applied.
    #[must_use]
    pub const fn new(database: Database) -> Self {
        Self { database }
    }

    async fn load(&self, selection: Selection) -> Result<Vec<Group>> {
        self.database
            .run(|connection| async move { load(connection, selection).await }.boxed())
            .await
    }

    /// Adds a vehicle to a group if it is to be a member, and otherwise removes it.
    async fn change_membership(
        &self,
        by: &Actor,
        group: GroupId,
        vehicle: VehicleId,
        is_member: bool,
    ) -> Result<Vehicle> {
        let (group_scope, vehicle_scope) = (visible_to(&by.scope), vehicles::visible_to(&by.scope));
        let author = Author::from(by);
        self.database
            .run(move |connection| {
                connection
                    .transaction(async move |connection| {
                        let group = hold(connection, group_scope, group).await?;
                        let vehicle = vehicles::lock(connection, vehicle_scope, vehicle, None).await?;
                        match is_member {
                            true => members::add(connection, &author, &group, vehicle).await,
                            false => members::remove(connection, &author, &group, vehicle).await,
                        }
                    })
                    .boxed()
            })
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
        let chosen = of_organization(scope, organization);
        let chosen = page_by_id!(chosen, groups::id, page, upwards);
        Ok(Page::of(self.load(chosen).await?, page))
    }

    async fn count(&self, scope: &AccessScope, organization: Option<OrganizationId>) -> Result<u64> {
        let chosen = of_organization(scope, organization);
        let count: i64 = self
            .database
            .run_scan(|connection| async move { Ok(chosen.count().get_result(connection).await?) }.boxed())
            .await?;
        u64::try_from(count).map_err(Error::internal)
    }

    async fn create(&self, by: &Actor, organization: OrganizationId, name: GroupName) -> Result<Group> {
        must_have(&by.scope, organization)?;
        let author = Author::from(by);
        self.database
            .run(move |connection| {
                connection
                    .transaction(async move |connection| {
                        let row: Row = diesel::insert_into(groups::table)
                            .values((
                                groups::id.eq(Uuid::now_v7()),
                                groups::organization_id.eq(*organization.as_uuid()),
                                groups::name.eq(name.as_str()),
                            ))
                            .returning(Row::as_returning())
                            .get_result(connection)
                            .await?;
                        let group = row.try_into()?;
                        audit::write_down(connection, &author, [AuditRecord::group_created(&group)]).await?;
                        Ok::<_, Failure>(group)
                    })
                    .boxed()
            })
            .await
    }

    async fn rename(&self, by: &Actor, id: GroupId, name: GroupName) -> Result<Group> {
        self.database
            .retrying(|| {
                let (scope, author) = (visible_to(&by.scope), Author::from(by));
                let name = name.clone();
                self.database.run(move |connection| {
                    connection
                        .transaction(async move |connection| {
                            lock(connection, id).await?;
                            let before = find(connection, scope, id).await?;
                            if before.name == name {
                                return Ok(before);
                            }
                            let row: Row = diesel::update(groups::table.find(*id.as_uuid()))
                                .set((
                                    groups::name.eq(name.as_str()),
                                    groups::updated_at.eq(statement_timestamp()),
                                ))
                                .returning(Row::as_returning())
                                .get_result(connection)
                                .await?;
                            let after = row.try_into()?;
                            let record = AuditRecord::group_changed(&before, &after);
                            audit::write_down(connection, &author, [record]).await?;
                            Ok::<_, Failure>(after)
                        })
                        .boxed()
                })
            })
            .await
    }

    async fn delete(&self, by: &Actor, id: GroupId) -> Result<Vec<Vehicle>> {
        let (scope, author) = (visible_to(&by.scope), Author::from(by));
        self.database
            .run_bulk(move |connection| {
                connection
                    .transaction(async move |connection| {
                        lock(connection, id).await?;
                        let group = find(connection, scope, id).await?;
                        // The group, its vehicles, then its grants: the lock order of all transactions.
                        let members = members::remove_all(connection, &author, id).await?;
                        audit::write_down(connection, &author, [AuditRecord::group_deleted(&group)]).await?;
                        grants::withdraw_all(connection, &author, GrantTarget::Group(id)).await?;
                        diesel::delete(groups::table.find(*id.as_uuid()))
                            .execute(connection)
                            .await?;
                        Ok::<_, Failure>(members)
                    })
                    .boxed()
            })
            .await
    }

    async fn add_vehicle(&self, by: &Actor, group: GroupId, vehicle: VehicleId) -> Result<Vehicle> {
        self.change_membership(by, group, vehicle, true).await
    }

    async fn remove_vehicle(&self, by: &Actor, group: GroupId, vehicle: VehicleId) -> Result<Vehicle> {
        self.change_membership(by, group, vehicle, false).await
    }
}

fn of_organization(scope: &AccessScope, organization: Option<OrganizationId>) -> Selection {
    let chosen = visible_to(scope);
    match organization {
        Some(organization) => chosen.filter(groups::organization_id.eq(*organization.as_uuid())),
        None => chosen,
    }
}

/// Locks a group against changes and deletion until the end of the transaction.
async fn lock(connection: &mut AsyncPgConnection, id: GroupId) -> Result<(), Failure> {
    let group = groups::table.find(*id.as_uuid()).select(groups::id);
    group.for_update().execute(connection).await?;
    Ok(())
}

/// Locks a group against deletion, and reads it. The lock is shared, so that several vehicles can join and leave
/// concurrently.
pub(crate) async fn hold(
    connection: &mut AsyncPgConnection,
    scope: Selection,
    id: GroupId,
) -> Result<Group, Failure> {
    // The row is locked before it is read, or it might be outdated once the lock is obtained.
    let group = groups::table.find(*id.as_uuid()).select(groups::id);
    group.for_key_share().execute(connection).await?;
    find(connection, scope, id).await
}

/// Reads a locked group.
async fn find(connection: &mut AsyncPgConnection, scope: Selection, id: GroupId) -> Result<Group, Failure> {
    let found = load(connection, scope.filter(groups::id.eq(*id.as_uuid()))).await?;
    Ok(found.into_iter().next().ok_or_else(Error::group_not_found)?)
}
