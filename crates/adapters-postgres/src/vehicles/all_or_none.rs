//! Registering several vehicles, all or none of them.

use std::collections::HashSet;

use application::{
    Error,
    audit::Author,
    ports::{Collision, Mode, Registration},
};
use diesel::{
    prelude::*,
    result::{DatabaseErrorKind, Error as QueryError},
};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use domain::{OrganizationId, vehicle::Vehicle};
use uuid::Uuid;

use super::{
    registering::register,
    writing::{PORTION, plan_checks_once},
};
use crate::{
    failure::{Failure, VEHICLE_ID_IS_TAKEN, VEHICLE_NAME_IS_TAKEN},
    schema::{organizations, vehicles},
};

/// How often it is tried. Somebody else may take a name between our look and our writing; the next look finds it.
const ATTEMPTS: usize = 3;

type Outcome = Result<Vec<Vehicle>, Vec<Collision>>;

pub(super) async fn create_all(
    connection: &mut AsyncPgConnection,
    by: &Author,
    organization: OrganizationId,
    registrations: &[Registration],
    mode: Mode,
) -> Result<Outcome, Failure> {
    let mut attempt = 1;
    loop {
        match try_all(connection, by, organization, registrations, mode).await {
            Err(Failure::Query(error)) if attempt < ATTEMPTS && is_collision(&error) => attempt += 1,
            outcome => {
                if mode == Mode::Apply && registrations.len() >= PORTION && matches!(outcome, Ok(Ok(_))) {
                    take_stock(connection).await;
                }
                return outcome;
            }
        }
    }
}

/// Who asks for pages of a large fleet that was just registered must not wait until the database finds out by itself, in
/// a minute or so, how many vehicles there are. They are registered in any case.
async fn take_stock(connection: &mut AsyncPgConnection) {
    const ANALYZE: &str = "ANALYZE vehicles, amr_details, agv_details, oht_details, forklift_details";
    if let Err(error) = connection.batch_execute(ANALYZE).await {
        tracing::debug!(%error, "the database has not taken stock of what was registered");
    }
}

async fn try_all(
    connection: &mut AsyncPgConnection,
    by: &Author,
    organization: OrganizationId,
    registrations: &[Registration],
    mode: Mode,
) -> Result<Outcome, Failure> {
    let mut rehearsed = None;
    let outcome = connection
        .transaction(async |connection| {
            lock(connection, organization).await?;
            let collisions = collisions(connection, organization, registrations).await?;
            if !collisions.is_empty() {
                return Ok(Err(collisions));
            }
            plan_checks_once(connection).await?;
            let vehicles = register(connection, by, organization, registrations).await?;
            match mode {
                Mode::Apply => Ok(Ok(vehicles)),
                Mode::Rehearse => {
                    rehearsed = Some(vehicles);
                    Err(Failure::Query(QueryError::RollbackTransaction))
                }
            }
        })
        .await;
    match rehearsed {
        Some(vehicles) => Ok(Ok(vehicles)),
        None => outcome,
    }
}

/// One at a time in an organisation: two lists with the same names in another order would wait for each other.
async fn lock(connection: &mut AsyncPgConnection, organization: OrganizationId) -> Result<(), Failure> {
    let found = organizations::table
        .find(*organization.as_uuid())
        .select(organizations::id)
        .for_no_key_update()
        .execute(connection)
        .await?;
    match found {
        0 => Err(Error::organization_not_found().into()),
        _ => Ok(()),
    }
}

/// Every name and id that is taken, by what is there or by an earlier one of the same list.
async fn collisions(
    connection: &mut AsyncPgConnection,
    organization: OrganizationId,
    registrations: &[Registration],
) -> Result<Vec<Collision>, Failure> {
    let (mut names, mut ids) = (HashSet::new(), HashSet::new());
    for portion in registrations.chunks(PORTION) {
        names.extend(taken_names(connection, organization, portion).await?);
        ids.extend(taken_ids(connection, portion).await?);
    }
    let mut collisions = Vec::new();
    let mut collide = |index, field, message: &str| {
        collisions.push(Collision {
            index,
            field,
            message: message.to_owned(),
        });
    };
    for (index, Registration { id, draft, .. }) in registrations.iter().enumerate() {
        if let Some(id) = id
            && !ids.insert(*id.as_uuid())
        {
            collide(index, "id", VEHICLE_ID_IS_TAKEN);
        }
        if !names.insert(draft.name.to_string()) {
            collide(index, "name", VEHICLE_NAME_IS_TAKEN);
        }
    }
    Ok(collisions)
}

async fn taken_names(
    connection: &mut AsyncPgConnection,
    organization: OrganizationId,
    registrations: &[Registration],
) -> QueryResult<Vec<String>> {
    let names = registrations
        .iter()
        .map(|registration| registration.draft.name.as_str());
    vehicles::table
        .filter(vehicles::organization_id.eq(*organization.as_uuid()))
        .filter(vehicles::deleted_at.is_null())
        .filter(vehicles::name.eq_any(names))
        .select(vehicles::name)
        .load(connection)
        .await
}

async fn taken_ids(
    connection: &mut AsyncPgConnection,
    registrations: &[Registration],
) -> QueryResult<Vec<Uuid>> {
    let ids = registrations.iter().filter_map(|registration| registration.id);
    vehicles::table
        .filter(vehicles::id.eq_any(ids.map(|id| *id.as_uuid())))
        .select(vehicles::id)
        .load(connection)
        .await
}

fn is_collision(error: &QueryError) -> bool {
    matches!(
        error,
        QueryError::DatabaseError(DatabaseErrorKind::UniqueViolation, _)
    )
}
