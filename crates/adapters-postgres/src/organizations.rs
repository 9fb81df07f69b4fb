use application::{
    Actor, Error, Result,
    organizations::{OrganizationContents, must_be_deletable},
    paging::{Page, PageRequest},
    ports::{AuditRecord, Author, OrganizationRepository},
};
use async_trait::async_trait;
use diesel::{dsl::exists, pg::Pg, prelude::*};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use domain::{AccessScope, GrantTarget, Organization, OrganizationId, OrganizationName};
use futures::FutureExt;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    audit,
    database::Database,
    failure::Failure,
    grants,
    paging::page_by_id,
    portions::PORTION,
    schema::{groups, organizations, statement_timestamp, users, vehicles},
    vehicles::{check_deferred, plan_checks_once},
};

/// Organisation repository in PostgreSQL.
#[derive(Debug, Clone)]
pub struct PgOrganizationRepository {
    database: Database,
}

impl PgOrganizationRepository {
    /// Creates the repository. The migrations must have been applied.
    #[must_use]
    pub const fn new(database: Database) -> Self {
        Self { database }
    }
}

#[async_trait]
impl OrganizationRepository for PgOrganizationRepository {
    async fn find_by_ids(&self, scope: &AccessScope, ids: &[OrganizationId]) -> Result<Vec<Organization>> {
        let ids: Vec<Uuid> = ids.iter().map(|id| *id.as_uuid()).collect();
        let chosen = visible_to(scope).filter(organizations::id.eq_any(ids));
        self.database
            .run(|connection| async move { load(connection, chosen).await }.boxed())
            .await
    }

    async fn find_by_id(&self, scope: &AccessScope, id: OrganizationId) -> Result<Option<Organization>> {
        let chosen = visible_to(scope).filter(organizations::id.eq(*id.as_uuid()));
        let found = self
            .database
            .run(|connection| async move { load(connection, chosen).await }.boxed())
            .await?;
        Ok(found.into_iter().next())
    }

    async fn find_all(
        &self,
        scope: &AccessScope,
        page: &PageRequest<OrganizationId>,
    ) -> Result<Page<Organization>> {
        let chosen = page_by_id!(visible_to(scope), organizations::id, page, upwards);
        let found = self
            .database
            .run(|connection| async move { load(connection, chosen).await }.boxed())
            .await?;
        Ok(Page::of(found, page))
    }

    async fn count(&self, scope: &AccessScope) -> Result<u64> {
        let chosen = visible_to(scope);
        let count: i64 = self
            .database
            .run_scan(|connection| async move { Ok(chosen.count().get_result(connection).await?) }.boxed())
            .await?;
        u64::try_from(count).map_err(Error::internal)
    }

    async fn create(&self, by: &Actor, name: OrganizationName) -> Result<Organization> {
        let author = Author::from(by);
        self.database
            .run(move |connection| {
                connection
                    .transaction(async move |connection| {
                        let row: Row = diesel::insert_into(organizations::table)
                            .values((
                                organizations::id.eq(Uuid::now_v7()),
                                organizations::name.eq(name.as_str()),
                            ))
                            .returning(Row::as_returning())
                            .get_result(connection)
                            .await?;
                        let organization = row.try_into()?;
                        let record = AuditRecord::organization_created(&organization);
                        audit::write_down(connection, &author, [record]).await?;
                        Ok::<_, Failure>(organization)
                    })
                    .boxed()
            })
            .await
    }

    async fn rename(&self, by: &Actor, id: OrganizationId, name: OrganizationName) -> Result<Organization> {
        self.database
            .retrying(|| {
                let (scope, author) = (visible_to(&by.scope), Author::from(by));
                let name = name.clone();
                self.database.run(move |connection| {
                    connection
                        .transaction(async move |connection| {
                            let before = lock(connection, scope, id).await?;
                            if before.name == name {
                                return Ok(before);
                            }
                            let row: Row = diesel::update(organizations::table.find(*id.as_uuid()))
                                .set((
                                    organizations::name.eq(name.as_str()),
                                    organizations::updated_at.eq(statement_timestamp()),
                                ))
                                .returning(Row::as_returning())
                                .get_result(connection)
                                .await?;
                            let after = row.try_into()?;
                            let record = AuditRecord::organization_changed(&before, &after);
                            audit::write_down(connection, &author, [record]).await?;
                            Ok::<_, Failure>(after)
                        })
                        .boxed()
                })
            })
            .await
    }

    async fn delete(&self, by: &Actor, id: OrganizationId) -> Result<()> {
        let (scope, author) = (visible_to(&by.scope), Author::from(by));
        self.database
            .run_bulk(move |connection| {
                connection
                    .transaction(async move |connection| {
                        let organization = lock(connection, scope, id).await?;
                        must_be_deletable(id, contents_of(connection, id).await?)?;
                        plan_checks_once(connection).await?;
                        forget_deleted_vehicles(connection, id).await?;
                        let record = AuditRecord::organization_deleted(&organization);
                        audit::write_down(connection, &author, [record]).await?;
                        grants::withdraw_all(connection, &author, GrantTarget::Organization(id)).await?;
                        diesel::delete(organizations::table.find(*id.as_uuid()))
                            .execute(connection)
                            .await?;
                        Ok::<_, Failure>(())
                    })
                    .boxed()
            })
            .await
    }
}

/// Rejects an organisation that a caller may not see. Foreign keys check that it exists.
pub(crate) fn must_have(scope: &AccessScope, id: OrganizationId) -> Result<()> {
    match scope.has_organization(id) {
        true => Ok(()),
        false => Err(Error::organization_not_found()),
    }
}

type Selection = organizations::BoxedQuery<'static, Pg>;

/// Selects the organisations that a caller may see.
fn visible_to(scope: &AccessScope) -> Selection {
    match scope {
        AccessScope::All => organizations::table.into_boxed(),
        AccessScope::Restricted {
            organizations: ids, ..
        } => {
            let ids: Vec<Uuid> = ids.iter().map(|id| *id.as_uuid()).collect();
            organizations::table
                .filter(organizations::id.eq_any(ids))
                .into_boxed()
        }
    }
}

async fn load(
    connection: &mut AsyncPgConnection,
    selection: Selection,
) -> Result<Vec<Organization>, Failure> {
    let rows: Vec<Row> = selection.select(Row::as_select()).load(connection).await?;
    let read: Result<_> = rows.into_iter().map(Organization::try_from).collect();
    Ok(read?)
}

/// Locks an organisation until the end of the transaction, and reads it. Transactions that add something to it wait.
async fn lock(
    connection: &mut AsyncPgConnection,
    scope: Selection,
    id: OrganizationId,
) -> Result<Organization, Failure> {
    // The row is locked before it is read, or it might be outdated once the lock is obtained.
    organizations::table
        .find(*id.as_uuid())
        .select(organizations::id)
        .for_update()
        .execute(connection)
        .await?;
    let found = load(connection, scope.filter(organizations::id.eq(*id.as_uuid()))).await?;
    Ok(found
        .into_iter()
        .next()
        .ok_or_else(Error::organization_not_found)?)
}

/// Returns what a locked organisation contains.
async fn contents_of(
    connection: &mut AsyncPgConnection,
    id: OrganizationId,
) -> Result<OrganizationContents, Failure> {
    let its_vehicles = vehicles::table
        .filter(vehicles::organization_id.eq(*id.as_uuid()))
        .filter(vehicles::deleted_at.is_null());
    let its_groups = groups::table.filter(groups::organization_id.eq(*id.as_uuid()));
    let its_users = users::table.filter(users::organization_id.eq(*id.as_uuid()));
    let (has_vehicles, has_groups, has_users): (bool, bool, bool) =
        diesel::select((exists(its_vehicles), exists(its_groups), exists(its_users)))
            .get_result(connection)
            .await?;
    Ok(OrganizationContents {
        has_vehicles,
        has_groups,
        has_users,
    })
}

/// Removes the rows of deleted vehicles in portions, so that neither a statement nor the commit takes a long time.
async fn forget_deleted_vehicles(
    connection: &mut AsyncPgConnection,
    organization: OrganizationId,
) -> Result<(), Failure> {
    let mut last = Uuid::nil();
    loop {
        let portion: Vec<Uuid> = vehicles::table
            .filter(vehicles::organization_id.eq(*organization.as_uuid()))
            .filter(vehicles::id.gt(last))
            .order(vehicles::id)
            .select(vehicles::id)
            .limit(PORTION as i64)
            .load(connection)
            .await?;
        match portion.last() {
            Some(id) => last = *id,
            None => return Ok(()),
        }
        diesel::delete(vehicles::table.filter(vehicles::id.eq_any(portion)))
            .execute(connection)
            .await?;
        // Otherwise the commit would check the deferred constraints of all portions at once.
        check_deferred(connection).await?;
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = organizations)]
struct Row {
    id: Uuid,
    name: String,
    created_at: OffsetDateTime,
    updated_at: OffsetDateTime,
}

impl TryFrom<Row> for Organization {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: OrganizationId::from_uuid(row.id),
            name: OrganizationName::stored(&row.name).map_err(Error::internal)?,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}
