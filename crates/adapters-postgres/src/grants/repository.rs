use std::sync::Arc;

use application::{
    Actor, Error, Result,
    paging::{Page, PageRequest},
    ports::{Author, GrantRepository},
};
use async_trait::async_trait;
use diesel::prelude::*;
use diesel_async::{AsyncConnection, RunQueryDsl};
use domain::{AccessScope, Grant, GrantId, GrantTerms, UserId};
use futures::FutureExt;
use uuid::Uuid;

use super::{
    granting::grant,
    rows::{Row, Selection, page, visible_to},
    withdrawing::withdraw,
};
use crate::{database::Database, failure::Failure, outbox, schema::grants};

/// Grant repository in PostgreSQL.
#[derive(Debug, Clone)]
pub struct PgGrantRepository {
    database: Database,
}

impl PgGrantRepository {
    /// Creates the repository. The migrations must have been applied.
    #[must_use]
    pub const fn new(database: Database) -> Self {
        Self { database }
    }

    async fn load(&self, selection: Selection) -> Result<Vec<Grant>> {
        let chosen = selection.select(Row::as_select());
        let rows: Vec<Row> = self
            .database
            .run(|connection| async move { Ok(chosen.load(connection).await?) }.boxed())
            .await?;
        rows.into_iter().map(Grant::try_from).collect()
    }
}

#[async_trait]
impl GrantRepository for PgGrantRepository {
    async fn find_by_ids(&self, scope: &AccessScope, ids: &[GrantId]) -> Result<Vec<Grant>> {
        let ids: Vec<Uuid> = ids.iter().map(|id| *id.as_uuid()).collect();
        self.load(visible_to(scope, None).filter(grants::id.eq_any(ids)))
            .await
    }

    async fn find_by_id(&self, scope: &AccessScope, id: GrantId) -> Result<Option<Grant>> {
        let found = self
            .load(visible_to(scope, None).filter(grants::id.eq(*id.as_uuid())))
            .await?;
        Ok(found.into_iter().next())
    }

    async fn find_all(
        &self,
        scope: &AccessScope,
        user: Option<UserId>,
        request: &PageRequest<GrantId>,
    ) -> Result<Page<Grant>> {
        let found = self.load(page(visible_to(scope, user), request)).await?;
        Ok(Page::of(found, request))
    }

    async fn count(&self, scope: &AccessScope, user: Option<UserId>) -> Result<u64> {
        let chosen = visible_to(scope, user);
        let count: i64 = self
            .database
            .run_scan(|connection| async move { Ok(chosen.count().get_result(connection).await?) }.boxed())
            .await?;
        u64::try_from(count).map_err(Error::internal)
    }

    async fn create(&self, by: &Actor, user: UserId, terms: GrantTerms) -> Result<Grant> {
        let (scope, author) = (Arc::clone(&by.scope), Author::from(by));
        self.database
            .run(move |connection| {
                connection
                    .transaction(async move |connection| {
                        grant(connection, &author, &scope, user, terms).await
                    })
                    .boxed()
            })
            .await
    }

    async fn delete(&self, by: &Actor, id: GrantId) -> Result<Grant> {
        let visible = visible_to(&by.scope, None).filter(grants::id.eq(*id.as_uuid()));
        let author = Author::from(by);
        self.database
            .run(move |connection| {
                connection
                    .transaction(async move |connection| {
                        // Visibility can be checked without a lock, because the organisation of a grant never changes.
                        let is_visible: i64 = visible.count().get_result(connection).await?;
                        let its = grants::table.filter(grants::id.eq(*id.as_uuid())).into_boxed();
                        let withdrawn = match is_visible {
                            0 => None,
                            _ => withdraw(connection, &author, its).await?.pop(),
                        };
                        let grant = withdrawn.ok_or_else(Error::grant_not_found)?;
                        outbox::note_rights(connection, [grant.user_id]).await?;
                        Ok::<_, Failure>(grant)
                    })
                    .boxed()
            })
            .await
    }
}
