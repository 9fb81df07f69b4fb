use application::Error;
use domain::{OrganizationId, Role, UserChanges, UserId};
use futures::future::{join, join_all};
use test_builders::{a_password_hash, a_user};

use super::Registry;
use crate::{
    people::{count_entries, disable, enable, log_in, sessions_of, user},
    registry::{EVERYTHING, an_administrator, check_conflict},
};

fn demote() -> UserChanges {
    UserChanges {
        role: Some(Role::Operator),
        ..UserChanges::default()
    }
}

async fn an_administrator_of_everything(registry: &dyn Registry) -> UserId {
    a_user().administrator().register(registry.users()).await.id
}

/// Checks that no call can demote, disable or delete the administrator, and that the user is unchanged.
async fn check_stays(registry: &dyn Registry, id: UserId) {
    let (users, by) = (registry.users(), an_administrator());
    let (before, written) = (user(registry, id).await, count_entries(registry).await);
    let (session, _) = log_in(registry, id).await;
    let both = UserChanges {
        role: Some(Role::Viewer),
        is_enabled: Some(false),
    };
    check_conflict("role", users.update(by, id, demote(), None).await);
    check_conflict("role", users.update(by, id, both, None).await);
    let password = Some(a_password_hash("other"));
    check_conflict("isEnabled", users.update(by, id, disable(), password).await);
    check_conflict("id", users.delete(by, id).await);
    assert_eq!(user(registry, id).await, before);
    assert!(sessions_of(registry, id).await.contains(&session.id));
    assert_eq!(count_entries(registry).await, written + 1, "the log-in");
}

/// Checks that disabled administrators are not counted.
pub async fn the_last_global_administrator_cannot_be_removed(registry: &dyn Registry) {
    let (users, by) = (registry.users(), an_administrator());
    let [one, other] = [
        an_administrator_of_everything(registry).await,
        an_administrator_of_everything(registry).await,
    ];
    users
        .update(by, one, disable(), None)
        .await
        .expect("another administrator remains");
    check_stays(registry, other).await;
    users
        .update(by, one, enable(), None)
        .await
        .expect("it is enabled");
    users
        .update(by, other, demote(), None)
        .await
        .expect("another administrator remains");
    check_stays(registry, one).await;
    users
        .delete(by, other)
        .await
        .expect("it is not the last administrator");
    check_stays(registry, one).await;

    let third = an_administrator_of_everything(registry).await;
    users
        .delete(by, one)
        .await
        .expect("another administrator remains");
    check_stays(registry, third).await;
    let new_password = Some(a_password_hash("new"));
    let changed = users
        .update(by, third, UserChanges::default(), new_password)
        .await;
    changed.expect("the user stays an administrator");
}

/// Checks that an administrator of an organisation can be disabled, and is not treated as a global one.
pub async fn the_administrator_of_an_organization_is_not_protected(registry: &dyn Registry) {
    let (users, by) = (registry.users(), an_administrator());
    let of_one = a_user().administrator().of(OrganizationId::DEFAULT);
    let id = of_one.register(users).await.id;
    users
        .update(by, id, disable(), None)
        .await
        .expect("it is not protected");
    users
        .update(by, id, enable(), None)
        .await
        .expect("it is not protected");

    let last = an_administrator_of_everything(registry).await;
    check_stays(registry, last).await;
    users
        .update(by, id, demote(), None)
        .await
        .expect("it is not protected");
    users.delete(by, id).await.expect("it is not protected");
}

async fn administrators(registry: &dyn Registry) -> usize {
    let request = application::paging::PageRequest::forward(500, None);
    let page = registry.users().find_all(&EVERYTHING, &request).await;
    let users = page.expect("a page").items;
    users.iter().filter(|user| user.can_administer_all()).count()
}

/// Tries demoting, disabling and deleting.
pub async fn of_two_administrators_removing_each_other_one_remains(registry: &dyn Registry) {
    let (users, by) = (registry.users(), an_administrator());
    let mut one = an_administrator_of_everything(registry).await;
    for round in 0..6 {
        let other = an_administrator_of_everything(registry).await;
        let remove = async |id| match round % 3 {
            0 => users.update(by, id, demote(), None).await.map(drop),
            1 => users.update(by, id, disable(), None).await.map(drop),
            _ => users.delete(by, id).await,
        };
        let (first, second) = join(remove(one), remove(other)).await;
        let (stays, refused) = match (&first, &second) {
            (Ok(()), _) => (other, second),
            _ => (one, first),
        };
        assert!(matches!(refused, Err(Error::Conflict { .. })), "{refused:?}");
        assert_eq!(administrators(registry).await, 1);
        one = stays;
    }
}

pub async fn of_administrators_removing_all_others_at_once_one_remains(registry: &dyn Registry) {
    let (users, by) = (registry.users(), an_administrator());
    let all = join_all((0..6).map(|_| an_administrator_of_everything(registry))).await;
    let removals = all.iter().flat_map(|id| {
        let others = all.iter().filter(move |other| *other != id);
        others.map(|other| users.update(by, *other, demote(), None))
    });
    let outcomes = join_all(removals).await;
    assert!(outcomes.iter().any(Result::is_err));
    assert_eq!(administrators(registry).await, 1);
}
