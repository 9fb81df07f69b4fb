//! The creation of grants, within the transaction of the caller.

use application::{
    Error,
    grants::must_need_grants,
    ports::{AuditRecord, Author},
};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::{AccessScope, Grant, GrantTarget, GrantTerms, OrganizationId, User, UserId};
use uuid::Uuid;

use super::rows::Row;
use crate::{
    audit,
    failure::Failure,
    groups, organizations, outbox,
    schema::{grants, users},
    users::UserRow,
    vehicles,
};

pub(super) async fn grant(
    connection: &mut AsyncPgConnection,
    by: &Author,
    scope: &AccessScope,
    user: UserId,
    GrantTerms { target, role }: GrantTerms,
) -> Result<Grant, Failure> {
    let user = hold_user(connection, scope, user).await?;
    let owner = hold_target(connection, scope, target).await?;
    // Checked under the lock of the user, whose role cannot change before the commit.
    must_need_grants(&user)?;
    let (mut organization, mut group, mut vehicle) = (None, None, None);
    match target {
        GrantTarget::Organization(id) => organization = Some(*id.as_uuid()),
        GrantTarget::Group(id) => group = Some(*id.as_uuid()),
        GrantTarget::Vehicle(id) => vehicle = Some(*id.as_uuid()),
    }
    let row: Row = diesel::insert_into(grants::table)
        .values((
            grants::id.eq(Uuid::now_v7()),
            grants::user_id.eq(*user.id.as_uuid()),
            grants::organization_id.eq(organization),
            grants::group_id.eq(group),
            grants::vehicle_id.eq(vehicle),
            grants::owner_organization_id.eq(*owner.as_uuid()),
            grants::role.eq(role.as_str()),
        ))
        .returning(Row::as_returning())
        .get_result(connection)
        .await?;
    let grant = Grant::try_from(row)?;
    outbox::note_rights(connection, [user.id]).await?;
    audit::write_down(connection, by, [AuditRecord::granted(&grant, owner)]).await?;
    Ok(grant)
}

/// Locks a user against changes until the end of the transaction, and reads the row: the user must not become an
/// administrator in the meantime.
async fn hold_user(
    connection: &mut AsyncPgConnection,
    scope: &AccessScope,
    id: UserId,
) -> Result<User, Failure> {
    let row: Option<UserRow> = users::table
        .find(*id.as_uuid())
        .select(UserRow::as_select())
        .for_share()
        .first(connection)
        .await
        .optional()?;
    let user = row.map(User::try_from).transpose()?;
    let visible = user.filter(|user| scope.has_user(user));
    Ok(visible.ok_or_else(Error::user_not_found)?)
}

/// Locks a group or a vehicle against deletion until the end of the transaction, and returns the organisation that the
/// target belongs to. An organisation is not locked here; the foreign key of the grant protects it.
async fn hold_target(
    connection: &mut AsyncPgConnection,
    scope: &AccessScope,
    target: GrantTarget,
) -> Result<OrganizationId, Failure> {
    match target {
        GrantTarget::Organization(id) => {
            organizations::must_have(scope, id)?;
            Ok(id)
        }
        GrantTarget::Group(id) => {
            let visible = groups::visible_to(scope);
            Ok(groups::hold(connection, visible, id).await?.organization_id)
        }
        GrantTarget::Vehicle(id) => {
            let visible = vehicles::visible_to(scope);
            Ok(vehicles::lock(connection, visible, id, None)
                .await?
                .organization_id)
        }
    }
}
