use std::{net::IpAddr, time::Duration};

use application::{
    Actor, Error, Origin, Result,
    ports::{
        Author, Credentials, NewSession, PasswordHash, Rotation, Session, SessionRepository, SessionRights,
        SessionTtl, TokenHash,
    },
};
use async_trait::async_trait;
use diesel::prelude::*;
use diesel_async::{AsyncConnection, RunQueryDsl};
use domain::{AuditAction, SessionId, UserId, Username};
use futures::FutureExt;
use time::OffsetDateTime;

use super::{
    ending, opening, places, rights, rotating,
    rows::{Row, is_not_over},
};
use crate::{
    database::Database,
    failure::Failure,
    schema::{sessions, users},
    users::{CredentialsRow, lock, set_password},
};

/// Session repository in PostgreSQL.
#[derive(Debug, Clone)]
pub struct PgSessionRepository {
    database: Database,
}

impl PgSessionRepository {
    /// Creates the repository. The migrations must have been applied.
    #[must_use]
    pub const fn new(database: Database) -> Self {
        Self { database }
    }
}

#[async_trait]
impl SessionRepository for PgSessionRepository {
    async fn credentials(&self, username: &Username) -> Result<Option<Credentials>> {
        let its = users::table
            .filter(users::username_key.eq(username.as_str().to_owned()))
            .select(CredentialsRow::as_select());
        let row: Option<CredentialsRow> = self
            .database
            .run(|connection| async move { Ok(its.first(connection).await.optional()?) }.boxed())
            .await?;
        row.map(Credentials::try_from).transpose()
    }

    async fn credentials_of(&self, user: UserId) -> Result<Option<Credentials>> {
        let its = users::table
            .find(*user.as_uuid())
            .select(CredentialsRow::as_select());
        let row: Option<CredentialsRow> = self
            .database
            .run(|connection| async move { Ok(its.first(connection).await.optional()?) }.boxed())
            .await?;
        row.map(Credentials::try_from).transpose()
    }

    async fn has_logged_in_from(
        &self,
        username: &Username,
        place: IpAddr,
        since: OffsetDateTime,
    ) -> Result<bool> {
        let username = username.clone();
        self.database
            .run(move |connection| {
                async move { places::has_logged_in_from(connection, &username, place, since).await }.boxed()
            })
            .await
    }

    async fn rehash(&self, user: UserId, old: &PasswordHash, new: PasswordHash) -> Result<()> {
        let its = users::table
            .find(*user.as_uuid())
            .filter(users::password_hash.eq(old.expose().to_owned()));
        let better = diesel::update(its).set(users::password_hash.eq(new.expose().to_owned()));
        self.database
            .run(|connection| async move { Ok(better.execute(connection).await.map(drop)?) }.boxed())
            .await
    }

    async fn change_password(&self, by: &Actor, old: &PasswordHash, new: PasswordHash) -> Result<()> {
        let (user, author, old) = (by.user_id, Author::from(by), old.clone());
        self.database
            .run(move |connection| {
                connection
                    .transaction(async move |connection| {
                        let known = lock(connection, user).await?;
                        // Compared again under the lock: the password was checked before the transaction began.
                        let known = known.filter(|known| known.still_allow(&old));
                        let known = known.ok_or_else(Error::password_has_changed)?;
                        set_password(connection, &author, &known.user, &new).await
                    })
                    .boxed()
            })
            .await
    }

    async fn open(
        &self,
        checked: &Credentials,
        origin: &Origin,
        session: NewSession,
    ) -> Result<Option<Session>> {
        let (checked, origin) = (checked.clone(), origin.clone());
        self.database
            .run(move |connection| {
                connection
                    .transaction(async move |connection| {
                        opening::open(connection, &checked, &origin, &session).await
                    })
                    .boxed()
            })
            .await
    }

    async fn rotate(
        &self,
        spent: &TokenHash,
        next: TokenHash,
        ttl: SessionTtl,
        origin: &Origin,
    ) -> Result<Rotation> {
        let (spent, origin) = (*spent, origin.clone());
        self.database
            .run(move |connection| {
                connection
                    .transaction(async move |connection| {
                        rotating::rotate(connection, &spent, &next, ttl, &origin).await
                    })
                    .boxed()
            })
            .await
    }

    async fn rights(&self, session: SessionId) -> Result<Option<SessionRights>> {
        self.database
            .run(move |connection| rights::rights(connection, session).boxed())
            .await
    }

    async fn find_all(&self, user: UserId) -> Result<Vec<Session>> {
        let its = sessions::table
            .filter(sessions::user_id.eq(*user.as_uuid()))
            .filter(is_not_over())
            .order(sessions::id.desc())
            .select(Row::as_select());
        let rows: Vec<Row> = self
            .database
            .run(|connection| async move { Ok(its.load(connection).await?) }.boxed())
            .await?;
        Ok(rows.into_iter().map(Session::from).collect())
    }

    async fn end(&self, by: &Actor, session: SessionId) -> Result<()> {
        let (user, author) = (by.user_id, Author::from(by));
        let action = by.action_of_ending(session);
        self.database
            .run(move |connection| {
                connection
                    .transaction(async move |connection| {
                        let user = ending::lock(connection, user, session).await?;
                        ending::end(connection, &author, &user, session, action).await
                    })
                    .boxed()
            })
            .await
    }

    async fn end_by_token(&self, token: &TokenHash, origin: &Origin) -> Result<Option<UserId>> {
        let (token, origin) = (*token, origin.clone());
        self.database
            .run(move |connection| {
                connection
                    .transaction(async move |connection| {
                        let Some(bearer) = rotating::lock(connection, &token).await? else {
                            return Ok(None);
                        };
                        let (user, by) = (&bearer.user, Author::of_user(&bearer.user, &origin));
                        ending::end(connection, &by, user, bearer.session, AuditAction::LogOut).await?;
                        Ok::<_, Failure>(Some(user.id))
                    })
                    .boxed()
            })
            .await
    }

    async fn forget_ended(&self, age: Duration) -> Result<()> {
        self.database
            .run_bulk(move |connection| async move { ending::forget(connection, age).await }.boxed())
            .await
    }
}
