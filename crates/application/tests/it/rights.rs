//! Streams apply changes to their readers' rights.

use std::time::Duration;

use application::{
    Actor, Error,
    identity::{LiveSession, SessionChange},
    live_queries::{LiveQueries, News, PositionUpdate},
    ports::{GrantRepository, UserRepository, VehicleRepository},
    sessions::TokenPair,
};
use domain::{
    AccessScope, GrantId, GrantTarget, GrantTerms, OrganizationId, Role, User, UserChanges, VehicleId,
    vehicle::{Vehicle, VehicleChanges, VehicleStatus},
};
use futures::{FutureExt as _, StreamExt as _, stream::BoxStream};

use crate::{
    identity::Office,
    stage::{Stage, until},
};

const DEADLINE: Duration = Duration::from_secs(10);

/// A logged-in user on a server with running workers. The user's grants are changed as if by another server.
struct Scene {
    stage: Stage,
    office: Office,
    user: User,
    tokens: TokenPair,
    _workers: tokio_util::sync::DropGuard,
}

impl Scene {
    async fn set() -> Self {
        let stage = Stage::new();
        let office = Office::within(&stage);
        let workers = stage.work(stage.store.clone()).await;
        let user = office.create_user("ana", Role::Viewer, None).await;
        let tokens = office.log_in("ana").await;
        Self {
            stage,
            office,
            user,
            tokens,
            _workers: workers,
        }
    }

    async fn live_session(&self) -> LiveSession {
        self.office.live_session(&self.tokens).await
    }

    async fn grant(&self, target: GrantTarget) -> GrantId {
        let by = Actor::command_line();
        let granted = GrantRepository::create(
            &*self.stage.repository,
            &by,
            self.user.id,
            GrantTerms::to_operate(target),
        )
        .await;
        granted.expect("it is granted").id
    }

    async fn withdraw(&self, id: GrantId) {
        let by = Actor::command_line();
        let withdrawn = GrantRepository::delete(&*self.stage.repository, &by, id).await;
        withdrawn.expect("it is withdrawn");
    }

    async fn disable_user(&self) {
        let changes = UserChanges {
            is_enabled: Some(false),
            ..UserChanges::default()
        };
        let by = Actor::command_line();
        let updated = UserRepository::update(&*self.stage.repository, &by, self.user.id, changes, None).await;
        updated.expect("it is disabled");
    }

    async fn positions(
        &self,
        who: &LiveSession,
        id: Option<VehicleId>,
    ) -> BoxStream<'static, PositionUpdate> {
        let stream = self
            .stage
            .app
            .live_queries
            .stream_positions(who.actor(), who.rights(), id)
            .await;
        stream.expect("a stream")
    }

    /// Returns `true` if this server shows a vehicle to the user.
    async fn sees(&self, vehicle: &Vehicle) -> bool {
        let actor = self.office.actor(&self.tokens).await;
        actor.expect("the token is valid").scope.shows(vehicle)
    }

    fn watch(&self) -> &LiveQueries {
        &self.stage.app.live_queries
    }
}

async fn next(updates: &mut BoxStream<'static, PositionUpdate>) -> Option<(VehicleId, f64)> {
    let update = tokio::time::timeout(DEADLINE, updates.next()).await;
    let update = update.expect("an update in time");
    update.map(|update| (update.vehicle_id, update.position.x))
}

async fn next_news<T>(news: &mut News<T>) -> Option<T> {
    let next = tokio::time::timeout(DEADLINE, news.next()).await;
    let next = next.expect("an update in time");
    next.map(|news| news.expect("no news was lost"))
}

#[tokio::test]
async fn a_grant_on_another_server_reaches_live_sessions_here() {
    let scene = Scene::set().await;
    let mut here = scene.live_session().await;
    let grant = scene
        .grant(GrantTarget::Organization(OrganizationId::DEFAULT))
        .await;
    assert_eq!(here.turn().await, SessionChange::RightsChanged);
    assert!(here.actor().scope.has_organization(OrganizationId::DEFAULT));
    scene.withdraw(grant).await;
    assert_eq!(here.turn().await, SessionChange::RightsChanged);
    assert!(!here.actor().scope.has_organization(OrganizationId::DEFAULT));
    scene.disable_user().await;
    assert_eq!(here.turn().await, SessionChange::Ended);
}

#[tokio::test]
async fn a_stream_of_positions_follows_changes_of_rights() {
    let scene = Scene::set().await;
    let (one, other) = (
        scene.stage.enabled_forklift("one").await,
        scene.stage.enabled_forklift("other").await,
    );
    assert!(scene.stage.robot_is_at(one.id, 1.0));
    assert!(scene.stage.robot_is_at(other.id, 2.0));
    let here = scene.live_session().await;
    let mut updates = scene.positions(&here, None).await;
    assert!(updates.next().now_or_never().is_none(), "nothing is granted");

    let grant = scene.grant(GrantTarget::Vehicle(one.id)).await;
    assert_eq!(next(&mut updates).await, Some((one.id, 1.0)));
    scene.grant(GrantTarget::Vehicle(other.id)).await;
    assert_eq!(next(&mut updates).await, Some((other.id, 2.0)));
    scene.withdraw(grant).await;
    until(|| async { !scene.sees(&one).await }).await;
    // Polls the stream, so that it applies the change.
    assert!(updates.next().now_or_never().is_none());
    assert!(scene.stage.robot_is_at(one.id, 1.5));
    assert!(scene.stage.robot_is_at(other.id, 2.5));
    assert_eq!(next(&mut updates).await, Some((other.id, 2.5)));

    scene.disable_user().await;
    assert_eq!(next(&mut updates).await, None, "the session has ended");
}

/// The stream always has a waiting update when it is polled.
#[tokio::test]
async fn a_slowly_read_stream_returns_no_withdrawn_vehicles() {
    let scene = Scene::set().await;
    let mut vehicles = Vec::new();
    let mut grants = Vec::new();
    for name in ["one", "two", "three", "four"] {
        let vehicle = scene.stage.enabled_forklift(name).await;
        grants.push(scene.grant(GrantTarget::Vehicle(vehicle.id)).await);
        vehicles.push(vehicle);
    }
    let mut here = scene.live_session().await;
    let mut updates = scene.positions(&here, None).await;
    let all_are_at = |x| {
        assert!(
            vehicles
                .iter()
                .all(|vehicle| scene.stage.robot_is_at(vehicle.id, x))
        )
    };
    all_are_at(1.0);
    assert!(next(&mut updates).await.is_some(), "the others wait");
    for grant in &grants[1..] {
        scene.withdraw(*grant).await;
    }
    while vehicles[1..]
        .iter()
        .any(|vehicle| here.actor().scope.shows(vehicle))
    {
        assert_eq!(here.turn().await, SessionChange::RightsChanged);
    }
    all_are_at(1.5);
    while let Some(update) = updates.next().now_or_never() {
        let update = update.expect("the session lasts");
        assert_eq!(update.vehicle_id, vehicles[0].id, "the others were withdrawn");
    }
}

#[tokio::test]
async fn a_stream_of_one_vehicle_returns_nothing_after_a_withdrawal() {
    let scene = Scene::set().await;
    let vehicle = scene.stage.enabled_forklift("one").await.id;
    let grant = scene.grant(GrantTarget::Vehicle(vehicle)).await;
    let here = scene.live_session().await;
    let mut updates = scene.positions(&here, Some(vehicle)).await;
    assert!(scene.stage.robot_is_at(vehicle, 1.0));
    assert_eq!(next(&mut updates).await, Some((vehicle, 1.0)));
    scene.withdraw(grant).await;
    let mut here = here;
    assert_eq!(here.turn().await, SessionChange::RightsChanged);
    assert!(updates.next().now_or_never().is_none());
    assert!(scene.stage.robot_is_at(vehicle, 2.0));
    assert!(
        tokio::time::timeout(Duration::from_millis(100), updates.next())
            .await
            .is_err()
    );
    let again = scene
        .stage
        .app
        .live_queries
        .stream_positions(here.actor(), here.rights(), Some(vehicle))
        .await;
    assert!(matches!(again, Err(Error::NotFound { what: "vehicle" })));
}

#[tokio::test]
async fn news_of_the_registry_follows_changes_of_rights() {
    let scene = Scene::set().await;
    let hidden = scene.stage.forklift("hidden", true).await.id;
    let mut here = scene.live_session().await;
    let watch = scene.watch();
    let mut added = watch.watch_added(here.actor(), here.rights());
    let mut changes = watch
        .watch_statuses(here.actor(), here.rights(), None)
        .await
        .expect("a stream");
    let maintain = async |id, status| {
        let (by, changes) = (Actor::command_line(), VehicleChanges::status(status));
        let changed = VehicleRepository::update(&*scene.stage.repository, &by, id, None, changes).await;
        changed.expect("it exists");
    };
    maintain(hidden, VehicleStatus::Maintenance).await;
    scene.stage.forklift("hidden too", false).await;
    scene
        .grant(GrantTarget::Organization(OrganizationId::DEFAULT))
        .await;
    assert_eq!(here.turn().await, SessionChange::RightsChanged);
    assert!(added.next().now_or_never().is_none());
    assert!(changes.next().now_or_never().is_none());

    let seen = scene.stage.forklift("seen", false).await;
    maintain(hidden, VehicleStatus::Idle).await;
    let news = next_news(&mut added).await;
    assert_eq!(news.expect("the stream continues").id, seen.id);
    let (news, _) = next_news(&mut changes).await.expect("the stream continues");
    assert_eq!((news.vehicle_id, news.new), (hidden, VehicleStatus::Idle));
    scene.disable_user().await;
    assert!(next_news(&mut added).await.is_none(), "the session has ended");
    assert!(next_news(&mut changes).await.is_none(), "the session has ended");
}

#[tokio::test]
async fn news_after_a_withdrawal_is_not_delivered() {
    let scene = Scene::set().await;
    let grant = scene
        .grant(GrantTarget::Organization(OrganizationId::DEFAULT))
        .await;
    let known = scene.stage.forklift("known", true).await.id;
    let mut here = scene.live_session().await;
    let watch = scene.watch();
    let mut added = watch.watch_added(here.actor(), here.rights());
    let mut changes = watch
        .watch_statuses(here.actor(), here.rights(), None)
        .await
        .expect("a stream");
    scene.withdraw(grant).await;
    assert_eq!(here.turn().await, SessionChange::RightsChanged);
    let hidden = scene.stage.forklift("hidden", false).await.id;
    let (by, maintenance) = (
        Actor::command_line(),
        VehicleChanges::status(VehicleStatus::Maintenance),
    );
    let changed = VehicleRepository::update(&*scene.stage.repository, &by, known, None, maintenance).await;
    changed.expect("it exists");
    until(|| async { scene.stage.live.is_visible(&AccessScope::All, hidden) }).await;
    assert!(added.next().now_or_never().is_none());
    assert!(changes.next().now_or_never().is_none());
}

/// The grants on a vehicle are deleted with it, but their users must still be notified of the deletion.
#[tokio::test(flavor = "multi_thread")]
async fn a_user_with_a_grant_is_notified_of_the_vehicles_deletion() {
    let scene = Scene::set().await;
    for round in 0..20 {
        let vehicle = scene.stage.forklift(&format!("Lift {round}"), true).await;
        scene.grant(GrantTarget::Vehicle(vehicle.id)).await;
        scene.stage.app.changes().vehicles_changed(&[]);
        until(|| async { scene.sees(&vehicle).await }).await;
        let here = scene.live_session().await;
        let vehicle = vehicle.id;
        let mut removed = scene
            .watch()
            .watch_removed(here.actor(), here.rights(), vehicle)
            .await
            .expect("it exists");
        let by = Actor::command_line();
        let deleted = VehicleRepository::delete(&*scene.stage.repository, &by, vehicle, None).await;
        deleted.expect("it is deleted");
        scene.stage.app.changes().vehicles_changed(&[]);
        assert_eq!(next_news(&mut removed).await, Some(vehicle));
        drop(here);
    }
}
