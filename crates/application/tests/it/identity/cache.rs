//! The cache of identities: the rights of a session are looked up once, and again when they may have changed.

use std::{collections::BTreeSet, sync::atomic::Ordering, time::Duration};

use application::{
    Actor,
    identity::{LiveSession, SessionChange},
    ports::{GrantRepository, SessionRepository as _, UserRepository},
};
use domain::{AccessScope, GrantId, GrantTarget, GrantTerms, OrganizationId, Role, User, UserChanges};
use tokio::time::timeout;

use super::office::Office;

const A_WHILE: Duration = Duration::from_secs(10);

async fn turn(live_session: &mut LiveSession) -> SessionChange {
    let turn = timeout(A_WHILE, live_session.turn()).await;
    turn.expect("a change in time")
}

impl Office {
    fn lookups(&self) -> usize {
        self.sessions.lookups.lock().len()
    }

    /// Grants access to the default organisation as another server would: this server is not notified.
    async fn grant_elsewhere(&self, user: &User) -> GrantId {
        let target = GrantTarget::Organization(OrganizationId::DEFAULT);
        let granted = GrantRepository::create(
            &*self.registry,
            &Actor::command_line(),
            user.id,
            GrantTerms::to_operate(target),
        )
        .await;
        granted.expect("it is granted").id
    }

    async fn withdraw_elsewhere(&self, id: GrantId) {
        let withdrawn = GrantRepository::delete(&*self.registry, &Actor::command_line(), id).await;
        withdrawn.expect("it is withdrawn");
    }

    async fn disable_elsewhere(&self, user: &User) {
        let changes = UserChanges {
            is_enabled: Some(false),
            ..UserChanges::default()
        };
        let by = Actor::command_line();
        let updated = UserRepository::update(&*self.registry, &by, user.id, changes, None).await;
        updated.expect("it is disabled");
    }
}

fn everything_of_the_default() -> AccessScope {
    AccessScope::of_organization(OrganizationId::DEFAULT)
}

#[tokio::test]
async fn a_session_is_looked_up_once() {
    let office = Office::open();
    let ana = office.create_user("ana", Role::Viewer, None).await;
    let ben = office.create_user("ben", Role::Viewer, None).await;
    let (tokens, theirs) = (office.log_in("ana").await, office.log_in("ben").await);
    for _ in 0..5 {
        office.actor(&tokens).await.expect("the token is valid");
        office.actor(&theirs).await.expect("the token is valid");
    }
    assert_eq!(office.lookups(), 2);
    office.identities.rights_changed(ana.id);
    for _ in 0..5 {
        office.actor(&tokens).await.expect("the token is valid");
        office.actor(&theirs).await.expect("the token is valid");
    }
    assert_eq!(office.lookups(), 3, "ana again");
    office.identities.any_rights_changed();
    office.actor(&tokens).await.expect("the token is valid");
    office.actor(&theirs).await.expect("the token is valid");
    assert_eq!(office.lookups(), 5, "both again");
    office.disable_elsewhere(&ben).await;
    office.actor(&theirs).await.expect("this server was not notified");
    office.identities.rights_changed(ben.id);
    assert!(office.actor(&theirs).await.is_err());
}

#[tokio::test]
async fn a_known_session_is_valid_while_the_store_is_unavailable() {
    let office = Office::open();
    let ana = office.create_user("ana", Role::Viewer, None).await;
    let tokens = office.log_in("ana").await;
    let unknown = office.log_in("ana").await;
    office.actor(&tokens).await.expect("the token is valid");
    office.sessions.is_away.store(true, Ordering::SeqCst);
    office.actor(&tokens).await.expect("it is known");
    let Err(error) = office.actor(&unknown).await else {
        panic!("the store is unavailable");
    };
    assert!(error.is_unavailable());
    office.identities.rights_changed(ana.id);
    let Err(error) = office.actor(&tokens).await else {
        panic!("the cached rights may be outdated");
    };
    assert!(error.is_unavailable());
}

#[tokio::test(start_paused = true)]
async fn a_change_between_lookup_and_start_of_a_live_session_is_not_missed() {
    let office = Office::open();
    let ana = office.create_user("ana", Role::Viewer, None).await;
    let _working = office.work();
    let tokens = office.log_in("ana").await;
    let shown = office.show(&tokens).await.expect("the token is valid");
    office.grant_elsewhere(&ana).await;
    office.identities.rights_changed(ana.id);
    let mut here = shown.live_session(super::from(7));
    assert_eq!(*here.actor().scope, AccessScope::nothing());
    assert_eq!(turn(&mut here).await, SessionChange::RightsChanged);
    assert_eq!(*here.actor().scope, everything_of_the_default());

    let shown = office.show(&tokens).await.expect("the token is valid");
    office.disable_elsewhere(&ana).await;
    office.identities.rights_changed(ana.id);
    let mut late = shown.live_session(super::from(7));
    assert_eq!(turn(&mut late).await, SessionChange::Ended);
    assert_eq!(turn(&mut here).await, SessionChange::Ended);
}

/// A late live session is notified of changes of which other sockets of its session have already been notified. Those
/// sockets are not notified again.
#[tokio::test(start_paused = true)]
async fn a_late_live_session_is_notified_of_earlier_changes() {
    let office = Office::open();
    let ana = office.create_user("ana", Role::Viewer, None).await;
    let _working = office.work();
    let tokens = office.log_in("ana").await;
    let mut here = office.live_session(&tokens).await;
    let shown = office.show(&tokens).await.expect("the token is valid");
    office.grant_elsewhere(&ana).await;
    office.identities.rights_changed(ana.id);
    assert_eq!(turn(&mut here).await, SessionChange::RightsChanged);

    let mut late = shown.live_session(super::from(7));
    assert_eq!(*late.actor().scope, AccessScope::nothing());
    assert_eq!(turn(&mut late).await, SessionChange::RightsChanged);
    assert_eq!(*late.actor().scope, everything_of_the_default());
    assert!(
        timeout(A_WHILE, here.turn()).await.is_err(),
        "the change is known here"
    );
}

#[tokio::test(start_paused = true)]
async fn changed_rights_are_looked_up_again_until_the_store_is_back() {
    let office = Office::open();
    let ana = office.create_user("ana", Role::Viewer, None).await;
    let _working = office.work();
    let mut here = office.live_session(&office.log_in("ana").await).await;
    let mut there = office.live_session(&office.log_in("ana").await).await;
    office.grant_elsewhere(&ana).await;
    office.sessions.is_away.store(true, Ordering::SeqCst);
    office.identities.rights_changed(ana.id);
    assert!(
        timeout(A_WHILE, here.turn()).await.is_err(),
        "the store is unavailable"
    );
    office.sessions.is_away.store(false, Ordering::SeqCst);
    for live_session in [&mut here, &mut there] {
        let turn = timeout(Duration::from_secs(2), live_session.turn()).await;
        assert_eq!(turn, Ok(SessionChange::RightsChanged));
        assert_eq!(*live_session.actor().scope, everything_of_the_default());
    }
}

/// Looking up all live sessions may take a long time, and a disabled user must not keep their rights until then.
#[tokio::test(start_paused = true)]
async fn sessions_of_a_revoked_user_are_looked_up_before_all_others() {
    let office = Office::open();
    office.create_user("ana", Role::Viewer, None).await;
    let ben = office.create_user("ben", Role::Viewer, None).await;
    let (mut others, mut revoked) = (Vec::new(), Vec::new());
    for _ in 0..4 {
        revoked.push(office.live_session(&office.log_in("ben").await).await);
        for _ in 0..4 {
            others.push(office.live_session(&office.log_in("ana").await).await);
        }
    }
    office.identities.any_rights_changed();
    office.disable_elsewhere(&ben).await;
    office.identities.rights_changed(ben.id);
    let before = office.lookups();
    let _working = office.work();
    for live_session in &mut revoked {
        assert_eq!(turn(live_session).await, SessionChange::Ended);
    }
    tokio::time::sleep(A_WHILE).await;
    let looked_up: Vec<_> = office.sessions.lookups.lock()[before..].to_vec();
    let first: BTreeSet<_> = looked_up.iter().take(4).map(|session| Some(*session)).collect();
    let expected: BTreeSet<_> = revoked
        .iter()
        .map(|live_session| live_session.actor().session_id)
        .collect();
    assert_eq!(first, expected);
    assert_eq!(looked_up.len(), revoked.len() + others.len(), "once each");
}

#[tokio::test(start_paused = true)]
async fn ended_live_sessions_are_not_looked_up() {
    let office = Office::open();
    let ana = office.create_user("ana", Role::Viewer, None).await;
    let _working = office.work();
    let tokens = office.log_in("ana").await;
    let [one, other] = [
        office.live_session(&tokens).await,
        office.live_session(&tokens).await,
    ];
    assert_eq!(office.lookups(), 1);
    office.identities.rights_changed(ana.id);
    tokio::time::sleep(A_WHILE).await;
    assert_eq!(office.lookups(), 2, "once for both");
    drop((one, other));
    office.identities.rights_changed(ana.id);
    tokio::time::sleep(A_WHILE).await;
    assert_eq!(office.lookups(), 2);
}

/// The worker does not see a grant that is withdrawn before its lookup, but live sessions that called `catch_up` in the
/// meantime do.
#[tokio::test(start_paused = true)]
async fn live_sessions_are_notified_of_changes_that_the_worker_missed() {
    let office = Office::open();
    let ana = office.create_user("ana", Role::Viewer, None).await;
    let tokens = office.log_in("ana").await;
    let mut here = office.live_session(&tokens).await;
    let mut silent = office.live_session(&tokens).await;
    let grant = office.grant_elsewhere(&ana).await;
    office.identities.rights_changed(ana.id);
    assert_eq!(here.catch_up().await, Some(SessionChange::RightsChanged));
    let mut late = office.live_session(&tokens).await;
    assert_eq!(*late.actor().scope, everything_of_the_default());
    assert!(
        timeout(A_WHILE, here.turn()).await.is_err(),
        "the change is known here"
    );

    office.withdraw_elsewhere(grant).await;
    office.identities.rights_changed(ana.id);
    let _working = office.work();
    for live_session in [&mut here, &mut late] {
        assert_eq!(turn(live_session).await, SessionChange::RightsChanged);
        assert_eq!(*live_session.actor().scope, AccessScope::nothing());
    }
    while timeout(A_WHILE, silent.turn()).await.is_ok() {}
    assert_eq!(*silent.actor().scope, AccessScope::nothing());
}

#[tokio::test]
async fn an_ended_session_is_looked_up_once() {
    let office = Office::open();
    office.create_user("ana", Role::Viewer, None).await;
    let tokens = office.log_in("ana").await;
    let actor = office.actor(&tokens).await.expect("the token is valid");
    let session = actor.session_id.expect("a session");
    office.registry.end(&actor, session).await.expect("it is ended");
    office.identities.rights_changed(actor.user_id);
    let before = office.lookups();
    for _ in 0..5 {
        assert!(office.actor(&tokens).await.is_err());
    }
    assert_eq!(office.lookups() - before, 1);
    office.identities.any_rights_changed();
    assert!(office.actor(&tokens).await.is_err());
    assert_eq!(office.lookups() - before, 1, "an ended session stays ended");
}

/// The deletion of old sessions may take a long time.
#[tokio::test(start_paused = true)]
async fn cleanup_of_sessions_delays_no_notification() {
    let office = Office::open();
    let ana = office.create_user("ana", Role::Viewer, None).await;
    let mut here = office.live_session(&office.log_in("ana").await).await;
    office.sessions.tidies_for_ever.store(true, Ordering::SeqCst);
    let _working = office.work();
    office.sessions.is_tidying.notified().await;
    office.grant_elsewhere(&ana).await;
    office.identities.rights_changed(ana.id);
    assert_eq!(turn(&mut here).await, SessionChange::RightsChanged);
}

/// The worker that reports changes does not run in this test.
#[tokio::test]
async fn catch_up_applies_rights_without_the_worker() {
    let office = Office::open();
    let ana = office.create_user("ana", Role::Viewer, None).await;
    let mut here = office.live_session(&office.log_in("ana").await).await;
    assert_eq!(here.catch_up().await, None);
    office.grant_elsewhere(&ana).await;
    office.identities.rights_changed(ana.id);
    assert_eq!(here.catch_up().await, Some(SessionChange::RightsChanged));
    assert_eq!(*here.actor().scope, everything_of_the_default());
    assert_eq!(here.catch_up().await, None);

    office.disable_elsewhere(&ana).await;
    office.sessions.is_away.store(true, Ordering::SeqCst);
    office.identities.rights_changed(ana.id);
    assert_eq!(here.catch_up().await, None, "the store is unavailable");
    office.sessions.is_away.store(false, Ordering::SeqCst);
    assert_eq!(here.catch_up().await, Some(SessionChange::Ended));
}
