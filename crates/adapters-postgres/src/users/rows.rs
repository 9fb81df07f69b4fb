//! Rows of users, and their visibility.

use application::{
    Error,
    paging::PageRequest,
    ports::{Credentials, PasswordHash},
};
use diesel::{pg::Pg, prelude::*};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::{AccessScope, OrganizationId, User, UserId, Username};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::paging::page_by_id;
use crate::{failure::Failure, schema::users};

/// Query of users, to be narrowed further.
pub(super) type Selection = users::BoxedQuery<'static, Pg>;

/// Selects the users that an administrator may see.
pub(super) fn visible_to(scope: &AccessScope) -> Selection {
    let all = users::table.into_boxed();
    let AccessScope::Restricted { organizations, .. } = scope else {
        return all;
    };
    let organizations: Vec<Uuid> = organizations.iter().map(|id| *id.as_uuid()).collect();
    match organizations[..] {
        // With equality, the index on the organisation returns the users in order.
        [only] => all.filter(users::organization_id.eq(only)),
        _ => all.filter(users::organization_id.eq_any(organizations)),
    }
}

/// Narrows a query to the users of a page, plus one more.
pub(super) fn page(chosen: Selection, request: &PageRequest<UserId>) -> Selection {
    page_by_id!(chosen, users::id, request, upwards)
}

pub(super) async fn load(
    connection: &mut AsyncPgConnection,
    selection: Selection,
) -> Result<Vec<User>, Failure> {
    let rows: Vec<UserRow> = selection.select(UserRow::as_select()).load(connection).await?;
    let read: Result<_, Error> = rows.into_iter().map(User::try_from).collect();
    Ok(read?)
}

/// Row of a user, without the password hash.
#[derive(Queryable, Selectable)]
#[diesel(table_name = users)]
pub(crate) struct UserRow {
    id: Uuid,
    username: String,
    role: String,
    organization_id: Option<Uuid>,
    is_enabled: bool,
    created_at: OffsetDateTime,
    updated_at: OffsetDateTime,
}

impl TryFrom<UserRow> for User {
    type Error = Error;

    fn try_from(row: UserRow) -> Result<Self, Error> {
        Ok(Self {
            id: UserId::from_uuid(row.id),
            username: Username::known(&row.username).map_err(Error::internal)?,
            role: row.role.parse().map_err(Error::internal)?,
            organization_id: row.organization_id.map(OrganizationId::from_uuid),
            is_enabled: row.is_enabled,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = users)]
pub(crate) struct CredentialsRow {
    #[diesel(embed)]
    user: UserRow,
    password_hash: String,
}

impl TryFrom<CredentialsRow> for Credentials {
    type Error = Error;

    fn try_from(row: CredentialsRow) -> Result<Self, Error> {
        Ok(Self {
            user: row.user.try_into()?,
            password: PasswordHash::new(row.password_hash),
        })
    }
}
