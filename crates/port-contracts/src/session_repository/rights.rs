use application::ports::SessionRights;
use domain::{GrantTarget, GrantTerms, OrganizationId, Role, UserChanges};
use test_builders::{a_user, a_vehicle, acting_as};

use super::Registry;
use crate::{
    people::{disable, granted, log_in, no_session, rights},
    registry::{a_group, an_administrator},
};

/// Checks that the rights consist of the user's current role and grants.
pub async fn rights_are_current(registry: &dyn Registry) {
    let (users, grants, by) = (registry.users(), registry.grants(), an_administrator());
    let user = a_user().of(OrganizationId::DEFAULT).register(users).await;
    let other = a_user().register(users).await;
    let (session, _) = log_in(registry, user.id).await;
    let expected = SessionRights {
        session: session.id,
        user: user.clone(),
        grants: Vec::new(),
    };
    assert_eq!(rights(registry, session.id).await, Some(expected.clone()));

    let group = a_group(registry, OrganizationId::DEFAULT).await.id;
    let vehicle = a_vehicle().register(registry.vehicles()).await.id;
    let targets = [
        GrantTarget::Organization(OrganizationId::DEFAULT),
        GrantTarget::Group(group),
        GrantTarget::Vehicle(vehicle),
    ];
    for target in targets {
        grants
            .create(by, user.id, GrantTerms::to_operate(target))
            .await
            .expect("it is granted");
    }
    let target = GrantTarget::Group(group);
    grants
        .create(by, other.id, GrantTerms::to_operate(target))
        .await
        .expect("it is granted");
    assert_eq!(granted(registry, session.id).await, targets);

    let promote = UserChanges {
        role: Some(Role::Operator),
        ..UserChanges::default()
    };
    let user = users.update(by, user.id, promote, None).await;
    let now = rights(registry, session.id).await.expect("the session is active");
    assert_eq!(now.user, user.expect("it is promoted"));
    assert_eq!(now.grants.len(), 3);
}

/// Looks up a session that its user ended, and one whose user was disabled.
pub async fn an_ended_session_has_no_rights(registry: &dyn Registry) {
    assert_eq!(rights(registry, no_session()).await, None);
    let user = a_user().register(registry.users()).await;
    let (session, _) = log_in(registry, user.id).await;
    let by = acting_as(&user, Some(session.id));
    registry
        .sessions()
        .end(&by, session.id)
        .await
        .expect("it is ended");
    assert_eq!(rights(registry, session.id).await, None);

    let (session, _) = log_in(registry, user.id).await;
    let update = registry
        .users()
        .update(an_administrator(), user.id, disable(), None);
    update.await.expect("it is disabled");
    assert_eq!(rights(registry, session.id).await, None);
}
