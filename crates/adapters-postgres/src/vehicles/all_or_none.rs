//! Registering several vehicles, all or none of them.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use application::{
    Error,
    ports::{Author, Collision, Registration},
    vehicles::{IMPORT_AGAIN_AFTER, KnownVehicle, Placement, Registrar},
};
use diesel::{
    dsl::sql,
    prelude::*,
    result::{DatabaseErrorKind, Error as QueryError},
    sql_types::{BigInt, Bool},
};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use domain::{OrganizationId, VehicleId, vehicle::Vehicle};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    registering::{new_id, register, registered},
    unreadable::Unreadable,
    writing::plan_checks_once,
};
use crate::{
    failure::{Failure, is_contended},
    portions::PORTION,
    schema::{organizations, vehicles},
};

/// How often it is tried. Somebody else may take a name between our look and our writing; the next look finds it.
const ATTEMPTS: usize = 3;

/// How often, and after which pause, it is tried whether another list is registered by now.
const LOOKS: usize = 10;
const PAUSE: Duration = Duration::from_millis(200);

type Outcome = Result<Vec<Vehicle>, Vec<Collision>>;

/// The vehicles to be registered.
pub(super) struct List {
    pub(super) organization: OrganizationId,
    pub(super) registrations: Vec<Registration>,
}

/// Registers them.
pub(super) async fn create_all(
    connection: &mut AsyncPgConnection,
    by: &Author,
    registrar: Registrar,
    list: &List,
) -> Result<Outcome, Failure> {
    let mut attempt = 1;
    loop {
        match try_all(connection, by, registrar.clone(), list).await {
            Err(Failure::Query(error)) if attempt < ATTEMPTS && may_go_another_time(&error) => attempt += 1,
            outcome => {
                if list.registrations.len() >= PORTION && matches!(outcome, Ok(Ok(_))) {
                    take_stock(connection).await;
                }
                return outcome;
            }
        }
    }
}

/// Finds out whether they could be registered, by looking only: what is written and taken back has to be cleaned up by
/// the database, and keeps others waiting meanwhile.
pub(super) async fn rehearse(
    connection: &mut AsyncPgConnection,
    registrar: Registrar,
    list: &List,
) -> Result<Outcome, Failure> {
    let found: i64 = organizations::table
        .find(*list.organization.as_uuid())
        .count()
        .get_result(connection)
        .await?;
    if found == 0 {
        return Err(Error::organization_not_found().into());
    }
    let now = OffsetDateTime::now_utc();
    let as_registered = |registration: &Registration| {
        let id = registration.id.unwrap_or_else(new_id);
        registered(id, list.organization, registration, None, now)
    };
    Ok(judged(connection, registrar, list)
        .await?
        .map(|_| list.registrations.iter().map(as_registered).collect()))
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
    registrar: Registrar,
    list: &List,
) -> Result<Outcome, Failure> {
    connection
        .transaction(async |connection| {
            lock(connection, list.organization).await?;
            let placements = match judged(connection, registrar, list).await? {
                Ok(placements) => placements,
                Err(collisions) => return Ok(Err(collisions)),
            };
            plan_checks_once(connection).await?;
            let List {
                organization,
                registrations,
            } = list;
            let vehicles = register(connection, by, *organization, registrations, &placements).await?;
            Ok(Ok(vehicles))
        })
        .await
}

/// One list at a time in an organisation, on whichever server: two with the same names in another order would wait for
/// each other. The lock is one that only lists take, so that nobody else waits for it.
async fn lock(connection: &mut AsyncPgConnection, organization: OrganizationId) -> Result<(), Failure> {
    let found = organizations::table
        .find(*organization.as_uuid())
        .select(organizations::id)
        .for_key_share()
        .execute(connection)
        .await?;
    if found == 0 {
        return Err(Error::organization_not_found().into());
    }
    for _ in 0..LOOKS {
        let is_ours: bool = diesel::select(
            sql::<Bool>("pg_try_advisory_xact_lock(")
                .bind::<BigInt, _>(lock_key(organization))
                .sql(")"),
        )
        .get_result(connection)
        .await?;
        if is_ours {
            return Ok(());
        }
        tokio::time::sleep(PAUSE).await;
    }
    let busy = Error::RateLimited {
        what: "imports at once",
        retry_after: IMPORT_AGAIN_AFTER,
    };
    Err(busy.into())
}

/// The advisory lock of an organisation's lists. That two organisations share one by chance does no harm.
fn lock_key(organization: OrganizationId) -> i64 {
    let (high, low) = organization.as_uuid().as_u64_pair();
    (high ^ low).cast_signed()
}

/// The outcome of each of them, or all faults that stand in the way, in portions.
async fn judged(
    connection: &mut AsyncPgConnection,
    mut registrar: Registrar,
    List {
        organization,
        registrations,
    }: &List,
) -> Result<Result<Vec<Placement>, Vec<Collision>>, Failure> {
    for portion in registrations.chunks(PORTION) {
        let names = taken_names(connection, *organization, portion).await?;
        let of_anybody = registrar.may_bring_ids();
        let known = known_ids(connection, *organization, of_anybody, portion).await?;
        for registration in portion {
            let known = registration.id.and_then(|id| known.get(&id).copied());
            registrar.judge(
                registration,
                names.contains(registration.draft.name.as_str()),
                known,
            );
        }
    }
    Ok(registrar.verdict())
}

async fn taken_names(
    connection: &mut AsyncPgConnection,
    organization: OrganizationId,
    registrations: &[Registration],
) -> QueryResult<HashSet<String>> {
    let names = registrations
        .iter()
        .map(|registration| registration.draft.name.as_str());
    let taken: Vec<String> = vehicles::table
        .filter(vehicles::organization_id.eq(*organization.as_uuid()))
        .filter(vehicles::deleted_at.is_null())
        .filter(vehicles::name.eq_any(names))
        .select(vehicles::name)
        .load(connection)
        .await?;
    Ok(taken.into_iter().collect())
}

/// Finds the vehicles under the ids that a file names. Where only the organisation's own make a difference, only these are
/// looked for: how long that takes tells nothing of others.
async fn known_ids(
    connection: &mut AsyncPgConnection,
    organization: OrganizationId,
    of_anybody: bool,
    registrations: &[Registration],
) -> Result<HashMap<VehicleId, KnownVehicle>, Failure> {
    let ids: Vec<Uuid> = registrations
        .iter()
        .filter_map(|registration| registration.id)
        .map(|id| *id.as_uuid())
        .collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let mut known = vehicles::table
        .filter(vehicles::id.eq_any(ids))
        .select((
            vehicles::id,
            vehicles::organization_id,
            vehicles::kind,
            vehicles::deleted_at.is_not_null(),
        ))
        .into_boxed();
    if !of_anybody {
        known = known.filter(vehicles::organization_id.eq(*organization.as_uuid()));
    }
    let known: Vec<(Uuid, Uuid, String, bool)> = known.load(connection).await?;
    let row = |(id, organization, kind, is_deleted): (Uuid, Uuid, String, bool)| {
        let known = KnownVehicle {
            organization: OrganizationId::from_uuid(organization),
            kind: kind.parse().map_err(Unreadable::because)?,
            is_deleted,
        };
        Ok::<_, Unreadable>((VehicleId::from_uuid(id), known))
    };
    let rows: Result<_, Unreadable> = known.into_iter().map(row).collect();
    Ok(rows.map_err(Error::internal)?)
}

/// Somebody has taken a name or an id meanwhile, or waited for us as we did for it.
fn may_go_another_time(error: &QueryError) -> bool {
    match error {
        QueryError::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => true,
        error => is_contended(error),
    }
}
