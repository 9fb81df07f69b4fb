//! Calls of every operation while the database is unavailable.

use std::time::Duration;

use adapters_postgres::{
    Database, PgAuditLog, PgEventLog, PgGrantRepository, PgGroupRepository, PgOrganizationRepository,
    PgSessionRepository, PgUserRepository, PgVehicleRepository,
};
use application::{
    Error, Result,
    paging::PageRequest,
    ports::{
        AuditFilter, AuditLog, AuditRecord, Author, Credentials, Dependency, EventLog, GrantRepository,
        GroupRepository, LogInFailure, Mode, NewSession, OrganizationRepository, SessionRepository,
        UserRepository, VehicleFilter, VehicleRepository, VehicleSort,
    },
    registry::Sequence,
    sessions::RefreshToken,
};
use domain::{
    AccessScope, GrantId, GrantTarget, GrantTerms, GroupId, GroupName, OrganizationId, OrganizationName,
    SessionId, User, UserChanges, UserId, VehicleId,
    vehicle::{VehicleStatus, VehicleType},
};
use test_builders::{a_password_hash, a_user, a_vehicle, an_administrator, an_origin, lasting};
use time::OffsetDateTime;
use uuid::Uuid;

const ALL: AccessScope = AccessScope::All;

pub(crate) fn check_unavailable<T: std::fmt::Debug>(outcome: Result<T>) {
    assert!(
        matches!(
            outcome,
            Err(Error::Unavailable {
                dependency: "database",
                ..
            })
        ),
        "{outcome:?}"
    );
}

/// Checks that every operation fails with the same error.
pub(crate) async fn check_everything_is_unavailable(database: &Database) {
    check_unavailable(database.check().await);
    check_vehicles_are_unavailable(&PgVehicleRepository::new(database.clone())).await;
    check_groups_are_unavailable(&PgGroupRepository::new(database.clone())).await;
    check_organizations_are_unavailable(&PgOrganizationRepository::new(database.clone())).await;
    check_users_are_unavailable(&PgUserRepository::new(database.clone())).await;
    check_grants_are_unavailable(&PgGrantRepository::new(database.clone())).await;
    check_sessions_are_unavailable(&PgSessionRepository::new(database.clone())).await;
    check_logs_are_unavailable(
        &PgEventLog::new(database.clone()),
        &PgAuditLog::new(database.clone()),
    )
    .await;
}

async fn check_vehicles_are_unavailable(vehicles: &PgVehicleRepository) {
    let (by, id) = (an_administrator(), a_vehicle().build().id);
    check_unavailable(vehicles.find_by_id(&ALL, id).await);
    let (all, sort) = (VehicleFilter::default(), VehicleSort::default());
    check_unavailable(vehicles.find_all(&ALL, &all, sort, &PageRequest::start()).await);
    check_unavailable(vehicles.count(&ALL, &all).await);
    check_unavailable(vehicles.find_by_type(&ALL, VehicleType::Amr, 1).await);
    check_unavailable(vehicles.find_enabled_vehicles(&ALL, 1).await);
    let draft = a_vehicle().draft();
    check_unavailable(vehicles.create(by, OrganizationId::DEFAULT, draft).await);
    let list = vec![a_vehicle().registration()];
    let created = vehicles.create_all(by, OrganizationId::DEFAULT, list, Mode::Apply);
    check_unavailable(created.await);
    check_unavailable(vehicles.enable(by, id, None).await);
    check_unavailable(vehicles.delete(by, id, None).await);
    check_unavailable(vehicles.record_statuses(&[(id, VehicleStatus::Moving)]).await);
    check_unavailable(vehicles.load_all().await);
}

async fn check_groups_are_unavailable(groups: &PgGroupRepository) {
    let (by, group) = (an_administrator(), GroupId::from_uuid(Uuid::now_v7()));
    let vehicle = VehicleId::from_uuid(Uuid::now_v7());
    let name = GroupName::new("a").expect("a name");
    check_unavailable(groups.find_by_id(&ALL, group).await);
    check_unavailable(groups.find_all(&ALL, None, &PageRequest::start()).await);
    check_unavailable(groups.count(&ALL, None).await);
    check_unavailable(groups.create(by, OrganizationId::DEFAULT, name.clone()).await);
    check_unavailable(groups.rename(by, group, name).await);
    check_unavailable(groups.delete(by, group).await);
    check_unavailable(groups.add_vehicle(by, group, vehicle).await);
    check_unavailable(groups.remove_vehicle(by, group, vehicle).await);
}

async fn check_organizations_are_unavailable(organizations: &PgOrganizationRepository) {
    let (by, id) = (an_administrator(), OrganizationId::DEFAULT);
    let name = OrganizationName::new("a").expect("a name");
    check_unavailable(organizations.find_by_id(&ALL, id).await);
    check_unavailable(organizations.find_all(&ALL, &PageRequest::start()).await);
    check_unavailable(organizations.count(&ALL).await);
    check_unavailable(organizations.create(by, name.clone()).await);
    check_unavailable(organizations.rename(by, id, name).await);
    check_unavailable(organizations.delete(by, id).await);
}

async fn check_users_are_unavailable(users: &PgUserRepository) {
    let (by, id) = (an_administrator(), UserId::from_uuid(Uuid::now_v7()));
    check_unavailable(users.find_by_id(&ALL, id).await);
    check_unavailable(users.find_all(&ALL, &PageRequest::start()).await);
    check_unavailable(users.count(&ALL).await);
    check_unavailable(users.create(by, a_user().draft()).await);
    check_unavailable(users.create_first(by, a_user().draft()).await);
    check_unavailable(users.update(by, id, UserChanges::default(), None).await);
    check_unavailable(users.delete(by, id).await);
}

async fn check_grants_are_unavailable(grants: &PgGrantRepository) {
    let (by, id) = (an_administrator(), GrantId::from_uuid(Uuid::now_v7()));
    let user = UserId::from_uuid(Uuid::now_v7());
    check_unavailable(grants.find_by_id(&ALL, id).await);
    check_unavailable(grants.find_all(&ALL, Some(user), &PageRequest::start()).await);
    check_unavailable(grants.count(&ALL, None).await);
    let target = GrantTarget::Organization(OrganizationId::DEFAULT);
    check_unavailable(grants.create(by, user, GrantTerms::to_operate(target)).await);
    check_unavailable(grants.delete(by, id).await);
}

async fn check_sessions_are_unavailable(sessions: &PgSessionRepository) {
    let (origin, ttl) = (an_origin(), Duration::from_secs(60));
    let checked = checked_credentials();
    let (user, id) = (checked.user.id, SessionId::from_uuid(Uuid::now_v7()));
    let [token, next] = [(); 2].map(|()| RefreshToken::random().hash());
    let (old, new) = (a_password_hash("old"), a_password_hash("new"));
    check_unavailable(sessions.credentials(&checked.user.username).await);
    check_unavailable(sessions.credentials_of(user).await);
    check_unavailable(sessions.rehash(user, &old, new.clone()).await);
    check_unavailable(sessions.change_password(an_administrator(), &old, new).await);
    let session = NewSession {
        token,
        ttl: lasting(ttl),
        user_agent: None,
    };
    check_unavailable(sessions.open(&checked, &origin, session).await);
    check_unavailable(sessions.rotate(&token, next, lasting(ttl), &origin).await);
    check_unavailable(sessions.rights(id).await);
    check_unavailable(sessions.find_all(user).await);
    check_unavailable(sessions.end(an_administrator(), id).await);
    check_unavailable(sessions.end_by_token(&token, &origin).await);
    check_unavailable(sessions.forget_ended(ttl).await);
}

/// Returns a user whose password was checked before the database became unavailable.
fn checked_credentials() -> Credentials {
    let draft = a_user().draft();
    let user = User {
        id: UserId::from_uuid(Uuid::now_v7()),
        username: draft.username,
        role: draft.role,
        organization_id: None,
        is_enabled: true,
        created_at: OffsetDateTime::UNIX_EPOCH,
        updated_at: OffsetDateTime::UNIX_EPOCH,
    };
    Credentials {
        user,
        password: draft.password,
    }
}

async fn check_logs_are_unavailable(events: &PgEventLog, audit: &PgAuditLog) {
    check_unavailable(events.position().await);
    check_unavailable(events.read_after(Sequence::START).await);
    check_unavailable(events.forget_older_than(Duration::ZERO).await);
    let author = Author::from(an_administrator());
    let record = AuditRecord::log_in_failed(None, LogInFailure::UnknownUser);
    check_unavailable(audit.record(&author, record).await);
    let all = AuditFilter::default();
    check_unavailable(audit.find_all(&ALL, &all, &PageRequest::start()).await);
    check_unavailable(audit.count(&ALL, &all).await);
}
