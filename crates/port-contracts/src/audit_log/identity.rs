use application::{
    Actor,
    ports::{AuditFilter, AuditRecord},
};
use domain::{AuditAction, GrantTarget, GrantTerms, OrganizationId, Role, User, UserChanges};
use serde_json::{Value, json};
use test_builders::{a_password_hash, a_user, a_vehicle, acting_as, an_administrator, an_origin, lasting};

use super::{Registry, an_actor, check_author, check_done, done_by, record_in};
use crate::{
    people::{A_DAY, a_token, disable, entries, log_in},
    registry::{a_group, an_organization},
};

/// Checks that entries name the user's organisation, if there is one.
pub async fn every_change_of_a_user_is_audited(registry: &dyn Registry) {
    let users = registry.users();
    let organization = an_organization(registry).await;
    for draft in [a_user().draft(), a_user().of(organization).draft()] {
        let by = &an_actor();
        let made = users
            .create(by, draft.clone())
            .await
            .expect("the user is created");
        let promote = UserChanges {
            role: Some(Role::Operator),
            ..UserChanges::default()
        };
        let promoted = users
            .update(by, made.id, promote, None)
            .await
            .expect("it is changed");
        let disabled = users
            .update(by, made.id, disable(), None)
            .await
            .expect("it is changed");
        let password = Some(a_password_hash("second"));
        let renewed = users.update(by, made.id, UserChanges::default(), password).await;
        let renewed = renewed.expect("it is changed");
        users.delete(by, made.id).await.expect("it is deleted");
        let expected = [
            AuditRecord::user_created(&made),
            AuditRecord::user_changed(&made, &promoted, false),
            AuditRecord::user_changed(&promoted, &disabled, false),
            AuditRecord::user_changed(&disabled, &renewed, true),
            AuditRecord::user_deleted(&renewed),
        ];
        assert_eq!(expected[4].organization_id, draft.organization_id);
        let after = |index: usize| expected[index].after.clone().map(Value::Object);
        assert_eq!(after(1), Some(json!({"role": "OPERATOR"})));
        assert_eq!(after(2), Some(json!({"isEnabled": false})));
        assert_eq!(after(3), Some(json!({"password": "changed"})));
        check_done(registry, by, &expected).await;
    }
}

/// Checks that the creation is audited, but not a further attempt, which has no effect.
pub async fn the_first_user_is_audited(registry: &dyn Registry) {
    let by = an_actor();
    let draft = a_user().administrator().draft();
    let made = registry.users().create_first(&by, draft.clone()).await;
    let made = made.expect("the registry answers").expect("there was no user");
    let again = registry.users().create_first(&by, draft).await;
    assert_eq!(again.expect("the registry answers"), None);
    check_done(registry, &by, &[AuditRecord::user_created(&made)]).await;
}

/// Checks that entries name the target's organisation, not the user's.
pub async fn every_grant_is_audited(registry: &dyn Registry) {
    let (grants, by) = (registry.grants(), an_actor());
    let organization = an_organization(registry).await;
    let user = a_user().of(organization).register(registry.users()).await;
    let group = a_group(registry, OrganizationId::DEFAULT).await.id;
    let vehicle = a_vehicle().register(registry.vehicles()).await.id;
    let mut expected = Vec::new();
    for (target, owner) in [
        (GrantTarget::Organization(organization), organization),
        (
            GrantTarget::Organization(OrganizationId::DEFAULT),
            OrganizationId::DEFAULT,
        ),
        (GrantTarget::Group(group), OrganizationId::DEFAULT),
        (GrantTarget::Vehicle(vehicle), OrganizationId::DEFAULT),
    ] {
        let grant = grants
            .create(&by, user.id, GrantTerms::to_operate(target))
            .await
            .expect("it is granted");
        grants.delete(&by, grant.id).await.expect("it is withdrawn");
        expected.push(AuditRecord::granted(&grant, owner));
        expected.push(AuditRecord::withdrawn(&grant, owner));
    }
    let concerned: Vec<_> = expected.iter().map(|record| record.organization_id).collect();
    assert_eq!(concerned[..2], [Some(organization); 2]);
    assert_eq!(concerned[2..], [Some(OrganizationId::DEFAULT); 6]);
    assert_eq!(
        expected[7].before.clone().map(Value::Object),
        Some(json!({"userId": user.id.to_string(), "vehicleId": vehicle.to_string(), "role": "OPERATOR"}))
    );
    check_done(registry, &by, &expected).await;
}

/// Checks that the author of the entry is the actor who deleted the user or the target.
pub async fn a_grant_that_is_deleted_with_its_subject_is_audited(registry: &dyn Registry) {
    let organization = an_organization(registry).await;
    let user = a_user().of(organization).register(registry.users()).await;
    let group = a_group(registry, OrganizationId::DEFAULT).await.id;
    let vehicle = a_vehicle().register(registry.vehicles()).await.id;
    let gone = an_organization(registry).await;
    let mut withdrawn = Vec::new();
    for (target, owner) in [
        (GrantTarget::Group(group), OrganizationId::DEFAULT),
        (GrantTarget::Vehicle(vehicle), OrganizationId::DEFAULT),
        (GrantTarget::Organization(gone), gone),
        (GrantTarget::Organization(organization), organization),
    ] {
        let grant = registry
            .grants()
            .create(an_administrator(), user.id, GrantTerms::to_operate(target))
            .await;
        withdrawn.push(AuditRecord::withdrawn(&grant.expect("it is granted"), owner));
    }
    let [one, two, three, four] = [(); 4].map(|()| an_actor());
    registry
        .groups()
        .delete(&one, group)
        .await
        .expect("it is deleted");
    let deleted = registry.vehicles().delete(&two, vehicle, None).await;
    deleted.expect("it is deleted");
    let deleted = registry.organizations().delete(&three, gone).await;
    deleted.expect("it is deleted");
    registry
        .users()
        .delete(&four, user.id)
        .await
        .expect("it is deleted");
    for (by, expected) in [one, two, three, four].iter().zip(withdrawn) {
        let written: Vec<AuditRecord> = done_by(registry, by).await.iter().map(record_in).collect();
        assert_eq!(written.len(), 2, "{written:?}");
        assert!(written.contains(&expected), "{written:?} {expected:?}");
    }
}

async fn newest(registry: &dyn Registry, by: &Actor) -> AuditRecord {
    let entries = done_by(registry, by).await;
    let entry = entries.last().expect("an entry");
    check_author(entry, by);
    record_in(entry)
}

async fn a_member(registry: &dyn Registry) -> User {
    let organization = an_organization(registry).await;
    a_user().of(organization).register(registry.users()).await
}

/// Checks that entries name the user as the author, with the user's address, and that a log-out and the revocation of
/// another session are different actions.
pub async fn the_start_and_end_of_a_session_are_audited(registry: &dyn Registry) {
    let sessions = registry.sessions();
    let user = a_member(registry).await;
    let (current, token) = log_in(registry, user.id).await;
    let by = acting_as(&user, Some(current.id));
    let logged_in = newest(registry, &by).await;
    assert_eq!(logged_in, AuditRecord::logged_in(&user, &current));
    assert_eq!(
        logged_in.after.map(Value::Object),
        Some(json!({"userId": user.id.to_string(), "userAgent": "a browser"}))
    );
    assert_eq!(logged_in.subject_id, Some(*current.id.as_uuid()));

    let (elsewhere, _) = log_in(registry, user.id).await;
    let ended = |action, session| AuditRecord::session_ended(action, session, user.organization_id);
    sessions.end(&by, elsewhere.id).await.expect("it is ended");
    assert_eq!(
        newest(registry, &by).await,
        ended(AuditAction::RevokeSession, elsewhere.id)
    );
    sessions.end(&by, current.id).await.expect("it is ended");
    assert_eq!(
        newest(registry, &by).await,
        ended(AuditAction::LogOut, current.id)
    );

    let (by_token, token_of_it) = log_in(registry, user.id).await;
    let outcome = sessions.end_by_token(&token_of_it, &an_origin()).await;
    assert_eq!(outcome.expect("the registry answers"), Some(user.id));
    assert_eq!(
        newest(registry, &by).await,
        ended(AuditAction::LogOut, by_token.id)
    );

    let written = done_by(registry, &by).await.len();
    let outcome = sessions.end_by_token(&token, &an_origin()).await;
    assert_eq!(outcome.expect("the registry answers"), None);
    assert_eq!(
        done_by(registry, &by).await.len(),
        written,
        "there was nothing to end"
    );
}

/// Checks that the author is the token's user, since no other author is known. Renewing a session is not audited.
pub async fn a_reused_token_is_audited(registry: &dyn Registry) {
    let user = a_member(registry).await;
    let (session, token) = log_in(registry, user.id).await;
    let by = acting_as(&user, None);
    for expected in [
        AuditAction::LogIn,
        AuditAction::ReuseRefreshToken,
        AuditAction::ReuseRefreshToken,
    ] {
        let rotated = registry
            .sessions()
            .rotate(&token, a_token(), lasting(A_DAY), &an_origin())
            .await;
        rotated.expect("the registry answers");
        assert_eq!(newest(registry, &by).await.action, expected);
    }
    let expected =
        AuditRecord::session_ended(AuditAction::ReuseRefreshToken, session.id, user.organization_id);
    assert_eq!(newest(registry, &by).await, expected);
    assert_eq!(done_by(registry, &by).await.len(), 2);
}

/// Checks that the entry contains neither the password nor any other secret.
pub async fn a_password_change_is_audited_without_the_password(registry: &dyn Registry) {
    let user = a_member(registry).await;
    let (session, token) = log_in(registry, user.id).await;
    let by = acting_as(&user, Some(session.id));
    let (old, new) = (a_password_hash("first"), a_password_hash("second"));
    let changed = registry.sessions().change_password(&by, &old, new.clone()).await;
    changed.expect("it is changed");
    assert_eq!(newest(registry, &by).await, AuditRecord::password_changed(&user));

    let update = registry
        .users()
        .update(an_administrator(), user.id, UserChanges::default(), Some(old));
    update.await.expect("it is changed");
    let all = entries(registry, &AuditFilter::default()).await;
    let all = format!("{all:?}");
    let hash = format!("{:?}", token.as_bytes());
    for secret in ["$test$", "second", &hash] {
        assert!(!all.contains(secret), "{all}");
    }
}

/// Checks that entries name the command line as their author.
pub async fn the_command_line_is_audited_by_its_name(registry: &dyn Registry) {
    let by = Actor::command_line();
    let made = registry.users().create(&by, a_user().draft()).await;
    check_done(
        registry,
        &by,
        &[AuditRecord::user_created(&made.expect("it is created"))],
    )
    .await;
    assert_eq!(done_by(registry, &by).await[0].actor_name, "command-line");
}
