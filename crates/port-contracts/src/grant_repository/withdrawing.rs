use domain::{GrantTarget, OrganizationId};
use futures::future::join;
use test_builders::a_user;

use super::{Registry, grant};
use crate::{
    people::{granted, log_in},
    registry::{EVERYTHING, a_group, an_administrator, check_missing},
};

/// Checks that the user's other grants are kept.
pub async fn a_withdrawn_grant_is_deleted(registry: &dyn Registry) {
    let grants = registry.grants();
    let user = a_user().register(registry.users()).await.id;
    let group = a_group(registry, OrganizationId::DEFAULT).await.id;
    let gone = grant(registry, user, GrantTarget::Group(group)).await;
    let stays = grant(registry, user, GrantTarget::Organization(OrganizationId::DEFAULT)).await;
    let (session, _) = log_in(registry, user).await;

    let withdrawn = grants.delete(an_administrator(), gone.id).await;
    assert_eq!(withdrawn.expect("it is withdrawn"), gone);
    let found = grants.find_by_id(&EVERYTHING, gone.id).await;
    assert_eq!(found.expect("the registry answers"), None);
    assert_eq!(grants.count(&EVERYTHING, Some(user)).await.expect("a number"), 1);
    assert_eq!(granted(registry, session.id).await, [stays.target]);
    check_missing("grant", grants.delete(an_administrator(), gone.id).await);
}

/// Checks that each new grant has a new id.
pub async fn a_withdrawn_grant_can_be_granted_again(registry: &dyn Registry) {
    let user = a_user().register(registry.users()).await.id;
    let target = GrantTarget::Organization(OrganizationId::DEFAULT);
    let mut ids = Vec::new();
    for _ in 0..3 {
        let id = grant(registry, user, target).await.id;
        let withdrawn = registry.grants().delete(an_administrator(), id).await;
        withdrawn.expect("it is withdrawn");
        ids.push(id);
    }
    ids.dedup();
    assert_eq!(ids.len(), 3);
}

/// Checks that the other call returns a not-found error.
pub async fn of_two_concurrent_withdrawals_one_succeeds(registry: &dyn Registry) {
    let user = a_user().register(registry.users()).await.id;
    let target = GrantTarget::Organization(OrganizationId::DEFAULT);
    for _ in 0..5 {
        let id = grant(registry, user, target).await.id;
        let delete = || registry.grants().delete(an_administrator(), id);
        let (one, other) = join(delete(), delete()).await;
        let (done, missing) = if one.is_ok() { (one, other) } else { (other, one) };
        done.expect("it is withdrawn");
        check_missing("grant", missing);
    }
}
