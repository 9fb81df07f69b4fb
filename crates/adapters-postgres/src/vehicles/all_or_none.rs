//! Registration of several vehicles (all of them, or none), and its rehearsal.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use application::{
    Error,
    ports::{Author, Collision, Registration},
    vehicles::{IMPORT_AGAIN_AFTER, IdHolder, KnownVehicle, Placement, Registrar},
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
    schema::{grants, groups, organizations, sessions, users, vehicles},
};

/// Maximum number of attempts. A name that another transaction takes after the check is found by the next check.
const ATTEMPTS: usize = 3;

/// Maximum number of attempts to obtain the lock of an organisation's lists.
const LOOKS: usize = 10;
/// Pause between two of these attempts.
const PAUSE: Duration = Duration::from_millis(200);

type Outcome = Result<Vec<Vehicle>, Vec<Collision>>;

pub(super) struct List {
    pub(super) organization: OrganizationId,
    pub(super) registrations: Vec<Registration>,
}

/// Registers all vehicles of a list, or returns the collisions that prevent it.
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
                    analyze(connection).await;
                }
                return outcome;
            }
        }
    }
}

/// Checks whether a list could be registered, without writing: the database would have to clean up rows that are rolled
/// back, and they would block other transactions in the meantime.
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

/// Updates the planner's statistics. Until the database does so automatically, after about a minute, pages of a large
/// fleet that was just registered would be slow. A failure is only logged, because the vehicles are already registered.
async fn analyze(connection: &mut AsyncPgConnection) {
    const ANALYZE: &str = "ANALYZE vehicles, amr_details, agv_details, oht_details, forklift_details";
    if let Err(error) = connection.batch_execute(ANALYZE).await {
        tracing::debug!(
            error = &error as &dyn std::error::Error,
            "ANALYZE failed after the registration"
        );
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
            // Under the lock, no other list can take a name; a single registration still can.
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

/// Waits until no server is registering another list in the organisation: two lists with the same names in different
/// orders would deadlock. Only lists take this lock, so no other change waits for it.
async fn lock(connection: &mut AsyncPgConnection, organization: OrganizationId) -> Result<(), Failure> {
    // Prevents deletion of the organisation; other transactions may hold this lock too.
    let found = organizations::table
        .find(*organization.as_uuid())
        .select(organizations::id)
        .for_key_share()
        .execute(connection)
        .await?;
    if found == 0 {
        return Err(Error::organization_not_found().into());
    }
    // The lock is polled rather than awaited in the database, where a timeout would abort the transaction.
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
        what: "concurrent imports",
        retry_after: IMPORT_AGAIN_AFTER,
    };
    Err(busy.into())
}

/// Returns the key of the advisory lock of an organisation's lists. If the keys of two organisations collide, their
/// lists merely wait for each other.
fn lock_key(organization: OrganizationId) -> i64 {
    let (high, low) = organization.as_uuid().as_u64_pair();
    (high ^ low).cast_signed()
}

/// Checks a list in portions. Returns a placement for each vehicle, or the collisions that prevent the registration.
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
        let of_all_organizations = registrar.may_bring_ids();
        let known = id_holders(connection, *organization, of_all_organizations, portion).await?;
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

/// Finds the holders of the ids in a list. Unless those of all organisations matter, only the organisation's vehicles
/// are searched, so that the duration reveals nothing about other organisations.
async fn id_holders(
    connection: &mut AsyncPgConnection,
    organization: OrganizationId,
    of_all_organizations: bool,
    registrations: &[Registration],
) -> Result<HashMap<VehicleId, IdHolder>, Failure> {
    let ids: Vec<Uuid> = registrations
        .iter()
        .filter_map(|registration| registration.id)
        .map(|id| *id.as_uuid())
        .collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let mut known = vehicles::table
        .filter(vehicles::id.eq_any(&ids))
        .select((
            vehicles::id,
            vehicles::organization_id,
            vehicles::kind,
            vehicles::deleted_at.is_not_null(),
        ))
        .into_boxed();
    let mut holders = HashMap::new();
    if of_all_organizations {
        let others = organizations::table
            .filter(organizations::id.eq_any(&ids))
            .select(organizations::id)
            .union_all(groups::table.filter(groups::id.eq_any(&ids)).select(groups::id))
            .union_all(users::table.filter(users::id.eq_any(&ids)).select(users::id))
            .union_all(grants::table.filter(grants::id.eq_any(&ids)).select(grants::id))
            .union_all(
                sessions::table
                    .filter(sessions::id.eq_any(&ids))
                    .select(sessions::id),
            );
        let others: Vec<Uuid> = others.load(connection).await?;
        holders.extend(
            others
                .into_iter()
                .map(|id| (VehicleId::from_uuid(id), IdHolder::Other)),
        );
    } else {
        known = known.filter(vehicles::organization_id.eq(*organization.as_uuid()));
    }
    let known: Vec<(Uuid, Uuid, String, bool)> = known.load(connection).await?;
    let row = |(id, organization, kind, is_deleted): (Uuid, Uuid, String, bool)| {
        let known = KnownVehicle {
            organization: OrganizationId::from_uuid(organization),
            kind: kind.parse().map_err(Unreadable::because)?,
            is_deleted,
        };
        Ok::<_, Unreadable>((VehicleId::from_uuid(id), IdHolder::Vehicle(known)))
    };
    for known in known {
        let (id, holder) = row(known).map_err(Error::internal)?;
        holders.insert(id, holder);
    }
    Ok(holders)
}

/// Returns `true` if another transaction has taken a name or an id in the meantime, or caused a deadlock.
fn may_go_another_time(error: &QueryError) -> bool {
    match error {
        QueryError::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => true,
        error => is_contended(error),
    }
}
