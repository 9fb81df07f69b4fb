use std::sync::Arc;

use application::{
    Actor, Error, Result,
    paging::{Page, PageRequest},
    ports::{Author, NewUser, PasswordHash, UserRepository},
    users::must_have_home,
};
use async_trait::async_trait;
use diesel::{dsl::exists, prelude::*};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use domain::{AccessScope, User, UserChanges, UserId};
use futures::FutureExt;
use uuid::Uuid;

use super::{
    administrators,
    rows::{Selection, load, page, visible_to},
    writing,
};
use crate::{database::Database, failure::Failure, schema::users};

/// User repository in PostgreSQL.
#[derive(Debug, Clone)]
pub struct PgUserRepository {
    database: Database,
}

impl PgUserRepository {
    /// Creates the repository. The migrations must have been applied.
    #[must_use]
    pub const fn new(database: Database) -> Self {
        Self { database }
    }

    async fn load(&self, selection: Selection) -> Result<Vec<User>> {
        self.database
            .run(|connection| async move { load(connection, selection).await }.boxed())
            .await
    }
}

#[async_trait]
impl UserRepository for PgUserRepository {
    async fn find_by_ids(&self, scope: &AccessScope, ids: &[UserId]) -> Result<Vec<User>> {
        let ids: Vec<Uuid> = ids.iter().map(|id| *id.as_uuid()).collect();
        self.load(visible_to(scope).filter(users::id.eq_any(ids))).await
    }

    async fn find_by_id(&self, scope: &AccessScope, id: UserId) -> Result<Option<User>> {
        let found = self
            .load(visible_to(scope).filter(users::id.eq(*id.as_uuid())))
            .await?;
        Ok(found.into_iter().next())
    }

    async fn find_all(&self, scope: &AccessScope, request: &PageRequest<UserId>) -> Result<Page<User>> {
        let found = self.load(page(visible_to(scope), request)).await?;
        Ok(Page::of(found, request))
    }

    async fn count(&self, scope: &AccessScope) -> Result<u64> {
        let chosen = visible_to(scope);
        let count: i64 = self
            .database
            .run_scan(|connection| async move { Ok(chosen.count().get_result(connection).await?) }.boxed())
            .await?;
        u64::try_from(count).map_err(Error::internal)
    }

    async fn create(&self, by: &Actor, user: NewUser) -> Result<User> {
        must_have_home(by, &user)?;
        let author = Author::from(by);
        self.database
            .run(move |connection| {
                connection
                    .transaction(async move |connection| writing::insert(connection, &author, &user).await)
                    .boxed()
            })
            .await
    }

    async fn create_first(&self, by: &Actor, user: NewUser) -> Result<Option<User>> {
        must_have_home(by, &user)?;
        let author = Author::from(by);
        self.database
            .run(move |connection| {
                connection
                    .transaction(async move |connection| {
                        administrators::lock(connection).await?;
                        if is_any(connection).await? {
                            return Ok(None);
                        }
                        writing::insert(connection, &author, &user).await.map(Some)
                    })
                    .boxed()
            })
            .await
    }

    async fn update(
        &self,
        by: &Actor,
        id: UserId,
        changes: UserChanges,
        password: Option<PasswordHash>,
    ) -> Result<User> {
        let (scope, author) = (Arc::clone(&by.scope), Author::from(by));
        self.database
            .run(move |connection| {
                connection
                    .transaction(async move |connection| {
                        writing::update(connection, &author, &scope, id, changes, password).await
                    })
                    .boxed()
            })
            .await
    }

    async fn delete(&self, by: &Actor, id: UserId) -> Result<()> {
        let (scope, author) = (Arc::clone(&by.scope), Author::from(by));
        self.database
            .run(move |connection| {
                connection
                    .transaction(async move |connection| {
                        writing::delete(connection, &author, &scope, id).await
                    })
                    .boxed()
            })
            .await
    }
}

async fn is_any(connection: &mut AsyncPgConnection) -> Result<bool, Failure> {
    Ok(diesel::select(exists(users::table.select(users::id)))
        .get_result(connection)
        .await?)
}
