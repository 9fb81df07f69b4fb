//! Who stands behind a session is looked up once, and again when that may have changed.

use std::{sync::atomic::Ordering, time::Duration};

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
    turn.expect("something happens")
}

impl Office {
    fn lookups(&self) -> usize {
        self.sessions.lookups.load(Ordering::SeqCst)
    }

    /// As another server does it: this one is not told.
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
    let ana = office.hire("ana", Role::Viewer, None).await;
    let ben = office.hire("ben", Role::Viewer, None).await;
    let (tokens, theirs) = (office.log_in("ana").await, office.log_in("ben").await);
    for _ in 0..5 {
        office.actor(&tokens).await.expect("it is good");
        office.actor(&theirs).await.expect("it is good");
    }
    assert_eq!(office.lookups(), 2);
    office.identities.rights_changed(ana.id);
    for _ in 0..5 {
        office.actor(&tokens).await.expect("it is good");
        office.actor(&theirs).await.expect("it is good");
    }
    assert_eq!(office.lookups(), 3, "ana again");
    office.identities.any_rights_changed();
    office.actor(&tokens).await.expect("it is good");
    office.actor(&theirs).await.expect("it is good");
    assert_eq!(office.lookups(), 5, "both again");
    office.disable_elsewhere(&ben).await;
    office.actor(&theirs).await.expect("nobody has told this server");
    office.identities.rights_changed(ben.id);
    assert!(office.actor(&theirs).await.is_err());
}

#[tokio::test]
async fn a_session_that_is_known_is_good_while_the_store_is_away() {
    let office = Office::open();
    let ana = office.hire("ana", Role::Viewer, None).await;
    let tokens = office.log_in("ana").await;
    let unknown = office.log_in("ana").await;
    office.actor(&tokens).await.expect("it is good");
    office.sessions.is_away.store(true, Ordering::SeqCst);
    office.actor(&tokens).await.expect("it is known");
    let Err(error) = office.actor(&unknown).await else {
        panic!("nobody can tell");
    };
    assert!(error.is_unavailable());
    office.identities.rights_changed(ana.id);
    let Err(error) = office.actor(&tokens).await else {
        panic!("what is known may be wrong");
    };
    assert!(error.is_unavailable());
}

#[tokio::test(start_paused = true)]
async fn a_change_between_the_look_up_and_the_entrance_is_not_missed() {
    let office = Office::open();
    let ana = office.hire("ana", Role::Viewer, None).await;
    let _working = office.work();
    let tokens = office.log_in("ana").await;
    let shown = office.show(&tokens).await.expect("it is good");
    office.grant_elsewhere(&ana).await;
    office.identities.rights_changed(ana.id);
    let mut here = shown.live_session(super::from(7));
    assert_eq!(*here.actor().scope, AccessScope::nothing());
    assert_eq!(turn(&mut here).await, SessionChange::RightsChanged);
    assert_eq!(*here.actor().scope, everything_of_the_default());

    let shown = office.show(&tokens).await.expect("it is good");
    office.disable_elsewhere(&ana).await;
    office.identities.rights_changed(ana.id);
    let mut late = shown.live_session(super::from(7));
    assert_eq!(turn(&mut late).await, SessionChange::Ended);
    assert_eq!(turn(&mut here).await, SessionChange::Ended);
}

/// What the others of its session were told is not told to them again, but to it.
#[tokio::test(start_paused = true)]
async fn who_enters_late_hears_what_others_of_its_session_have_heard() {
    let office = Office::open();
    let ana = office.hire("ana", Role::Viewer, None).await;
    let _working = office.work();
    let tokens = office.log_in("ana").await;
    let mut here = office.live_session(&tokens).await;
    let shown = office.show(&tokens).await.expect("it is good");
    office.grant_elsewhere(&ana).await;
    office.identities.rights_changed(ana.id);
    assert_eq!(turn(&mut here).await, SessionChange::RightsChanged);

    let mut late = shown.live_session(super::from(7));
    assert_eq!(*late.actor().scope, AccessScope::nothing());
    assert_eq!(turn(&mut late).await, SessionChange::RightsChanged);
    assert_eq!(*late.actor().scope, everything_of_the_default());
    assert!(timeout(A_WHILE, here.turn()).await.is_err(), "that is no news");
}

#[tokio::test(start_paused = true)]
async fn changed_rights_are_looked_up_again_until_the_store_is_back() {
    let office = Office::open();
    let ana = office.hire("ana", Role::Viewer, None).await;
    let _working = office.work();
    let mut here = office.live_session(&office.log_in("ana").await).await;
    let mut there = office.live_session(&office.log_in("ana").await).await;
    office.grant_elsewhere(&ana).await;
    office.sessions.is_away.store(true, Ordering::SeqCst);
    office.identities.rights_changed(ana.id);
    assert!(timeout(A_WHILE, here.turn()).await.is_err(), "nobody can tell");
    office.sessions.is_away.store(false, Ordering::SeqCst);
    for live_session in [&mut here, &mut there] {
        let turn = timeout(Duration::from_secs(2), live_session.turn()).await;
        assert_eq!(turn, Ok(SessionChange::RightsChanged));
        assert_eq!(*live_session.actor().scope, everything_of_the_default());
    }
}

#[tokio::test(start_paused = true)]
async fn who_has_left_is_not_looked_up_again() {
    let office = Office::open();
    let ana = office.hire("ana", Role::Viewer, None).await;
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

/// What is granted and withdrawn again before the worker has looked is no news to it, but to who asked meanwhile.
#[tokio::test(start_paused = true)]
async fn who_has_asked_or_come_before_the_worker_looks_hears_of_it_all_the_same() {
    let office = Office::open();
    let ana = office.hire("ana", Role::Viewer, None).await;
    let tokens = office.log_in("ana").await;
    let mut here = office.live_session(&tokens).await;
    let mut silent = office.live_session(&tokens).await;
    let grant = office.grant_elsewhere(&ana).await;
    office.identities.rights_changed(ana.id);
    assert_eq!(here.catch_up().await, Some(SessionChange::RightsChanged));
    let mut late = office.live_session(&tokens).await;
    assert_eq!(*late.actor().scope, everything_of_the_default());
    assert!(timeout(A_WHILE, here.turn()).await.is_err(), "it knows");

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
async fn the_store_is_asked_once_for_a_session_that_is_over() {
    let office = Office::open();
    office.hire("ana", Role::Viewer, None).await;
    let tokens = office.log_in("ana").await;
    let actor = office.actor(&tokens).await.expect("it is good");
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
    assert_eq!(office.lookups() - before, 1, "what is over stays so");
}

/// Sessions that are over are forgotten meanwhile, which takes its time.
#[tokio::test(start_paused = true)]
async fn nobody_waits_for_the_tidying() {
    let office = Office::open();
    let ana = office.hire("ana", Role::Viewer, None).await;
    let mut here = office.live_session(&office.log_in("ana").await).await;
    office.sessions.tidies_for_ever.store(true, Ordering::SeqCst);
    let _working = office.work();
    office.sessions.is_tidying.notified().await;
    office.grant_elsewhere(&ana).await;
    office.identities.rights_changed(ana.id);
    assert_eq!(turn(&mut here).await, SessionChange::RightsChanged);
}

/// The worker that tells of changes does not run here: who asks does not wait for it.
#[tokio::test]
async fn who_asks_is_judged_by_rights_that_it_was_not_told_of_yet() {
    let office = Office::open();
    let ana = office.hire("ana", Role::Viewer, None).await;
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
    assert_eq!(here.catch_up().await, None, "nobody can tell");
    office.sessions.is_away.store(false, Ordering::SeqCst);
    assert_eq!(here.catch_up().await, Some(SessionChange::Ended));
}
