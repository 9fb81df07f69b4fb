//! The withdrawal of grants, individually or with their target or user, within the transaction of the caller.

use std::collections::BTreeSet;

use application::{
    Error,
    ports::{AuditRecord, Author},
};
use diesel::{dsl::exists, pg::Pg, prelude::*};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::{AccessScope, Grant, GrantTarget, OrganizationId, User, UserId};
use uuid::Uuid;

use super::rows::Row;
use crate::{audit, failure::Failure, outbox, portions::PORTION, schema::grants};

type Selection = grants::BoxedQuery<'static, Pg>;

/// Withdraws all grants on a target that is being deleted. Its row must be locked.
pub(crate) async fn withdraw_all(
    connection: &mut AsyncPgConnection,
    by: &Author,
    target: GrantTarget,
) -> Result<(), Failure> {
    let all = grants::table.into_boxed();
    let its = match target {
        GrantTarget::Organization(id) => all.filter(grants::organization_id.eq(*id.as_uuid())),
        GrantTarget::Group(id) => all.filter(grants::group_id.eq(*id.as_uuid())),
        GrantTarget::Vehicle(id) => all.filter(grants::vehicle_id.eq(*id.as_uuid())),
    };
    withdraw_chosen(connection, by, its).await
}

async fn withdraw_chosen(
    connection: &mut AsyncPgConnection,
    by: &Author,
    chosen: Selection,
) -> Result<(), Failure> {
    let withdrawn = withdraw(connection, by, chosen).await?;
    let users: BTreeSet<UserId> = withdrawn.iter().map(|grant| grant.user_id).collect();
    outbox::note_rights(connection, users).await
}

/// Withdraws the grants on individual vehicles that are being deleted. Their rows must be locked.
pub(crate) async fn withdraw_all_on_vehicles(
    connection: &mut AsyncPgConnection,
    by: &Author,
    ids: &[Uuid],
) -> Result<(), Failure> {
    let its = grants::table.filter(grants::vehicle_id.eq_any(ids.to_vec()));
    withdraw_chosen(connection, by, its.into_boxed()).await
}

/// Withdraws all grants of a user who is being deleted. The user's row must be locked. The caller has to record the
/// change of rights.
pub(crate) async fn withdraw_all_of(
    connection: &mut AsyncPgConnection,
    by: &Author,
    user: &User,
) -> Result<(), Failure> {
    let its = grants::table
        .filter(grants::user_id.eq(*user.id.as_uuid()))
        .into_boxed();
    withdraw(connection, by, its).await.map(drop)
}

/// Withdraws the chosen grants that still exist, and returns them.
pub(super) async fn withdraw(
    connection: &mut AsyncPgConnection,
    by: &Author,
    chosen: Selection,
) -> Result<Vec<Grant>, Failure> {
    let ids: Vec<Uuid> = chosen
        .select(grants::id)
        .order(grants::id)
        .load(connection)
        .await?;
    let mut withdrawn = Vec::with_capacity(ids.len());
    for portion in ids.chunks(PORTION) {
        let grants = delete(connection, portion).await?;
        let records = grants
            .iter()
            .map(|(grant, owner)| AuditRecord::withdrawn(grant, *owner));
        audit::write_down(connection, by, records).await?;
        withdrawn.extend(grants.into_iter().map(|(grant, _)| grant));
    }
    Ok(withdrawn)
}

/// Deletes grants, after locking their rows in the order of their ids. Returns each with the organisation that its
/// target belongs to.
async fn delete(
    connection: &mut AsyncPgConnection,
    ids: &[Uuid],
) -> Result<Vec<(Grant, OrganizationId)>, Failure> {
    // DELETE alone would lock the rows in any order, and two withdrawals could deadlock.
    grants::table
        .filter(grants::id.eq_any(ids))
        .select(grants::id)
        .order(grants::id)
        .for_update()
        .execute(connection)
        .await?;
    let rows: Vec<Row> = diesel::delete(grants::table.filter(grants::id.eq_any(ids)))
        .returning(Row::as_returning())
        .get_results(connection)
        .await?;
    let read = rows.into_iter().map(|row| {
        let owner = row.owner();
        Grant::try_from(row).map(|grant| (grant, owner))
    });
    let read: Result<_, Error> = read.collect();
    Ok(read?)
}

/// Returns `true` if a user has grants on targets of organisations outside a scope. The user's row must be locked.
pub(crate) async fn holds_foreign(
    connection: &mut AsyncPgConnection,
    scope: &AccessScope,
    user: UserId,
) -> Result<bool, Failure> {
    let AccessScope::Restricted { organizations, .. } = scope else {
        return Ok(false);
    };
    let organizations: Vec<Uuid> = organizations.iter().map(|id| *id.as_uuid()).collect();
    let foreign = grants::table
        .filter(grants::user_id.eq(*user.as_uuid()))
        .filter(grants::owner_organization_id.ne_all(organizations));
    Ok(diesel::select(exists(foreign)).get_result(connection).await?)
}
