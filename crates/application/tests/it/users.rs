//! Users and grants, managed by administrators of different scopes.

use application::{
    Error, Result,
    audit::AuditQuery,
    identity::SessionChange,
    paging::PageQuery,
    ports::AuditFilter,
    users::{UserDraft, UserUpdate},
};
use domain::{
    AccessScope, GrantId, GrantTarget, GrantTerms, Operation, OrganizationId, PasswordPolicy, Role, User,
    UserChanges, UserId, Violations,
};
use rstest::rstest;
use uuid::Uuid;

use crate::{
    identity::{Office, acting_as, from},
    stage::{Stage, an_administrator},
};

fn a_draft(name: &str, organization: Option<OrganizationId>) -> Result<UserDraft, Violations> {
    UserDraft::new(
        name,
        "long enough for all".into(),
        Role::Operator,
        organization,
        PasswordPolicy::default(),
    )
}

fn become_a(role: Role) -> Result<UserUpdate, Violations> {
    Ok(UserUpdate {
        changes: UserChanges {
            role: Some(role),
            is_enabled: None,
        },
        password: None,
    })
}

fn check_forbidden<T: std::fmt::Debug>(expected: Operation, outcome: Result<T>) {
    assert!(
        matches!(outcome, Err(Error::Forbidden { operation }) if operation == expected),
        "{outcome:?}"
    );
}

fn check_missing<T: std::fmt::Debug>(expected: &str, outcome: Result<T>) {
    assert!(
        matches!(outcome, Err(Error::NotFound { what }) if what == expected),
        "{outcome:?}"
    );
}

fn check_conflict<T: std::fmt::Debug>(expected: &str, outcome: Result<T>) {
    assert!(
        matches!(outcome, Err(Error::Conflict { field, .. }) if field == expected),
        "{outcome:?}"
    );
}

fn unknown_user() -> UserId {
    UserId::from_uuid(Uuid::from_u128(404))
}

/// Creates an organisation in addition to the default one.
async fn another_organization(stage: &Stage) -> OrganizationId {
    let name = domain::OrganizationName::new("Other").expect("a name");
    let made = stage
        .app
        .organizations
        .create(&an_administrator(), Ok(name))
        .await;
    made.expect("it is new").id
}

#[rstest]
#[case(Role::Operator, Some(OrganizationId::DEFAULT))]
#[case(Role::Operator, None)]
#[case(Role::Viewer, Some(OrganizationId::DEFAULT))]
#[case(Role::Viewer, None)]
#[tokio::test]
async fn only_administrators_manage_and_see_users(
    #[case] role: Role,
    #[case] organization: Option<OrganizationId>,
) {
    let office = Office::open();
    let ana = office.create_user("ana", role, organization).await;
    let by = &acting_as(&ana);
    let manage = Operation::ManageUsers;
    check_forbidden(manage, office.app.users.create(by, a_draft("ben", None)).await);
    check_forbidden(
        manage,
        office.app.users.update(by, ana.id, become_a(Role::Admin)).await,
    );
    check_forbidden(manage, office.app.users.delete(by, ana.id).await);
    let target = GrantTarget::Organization(OrganizationId::DEFAULT);
    check_forbidden(
        manage,
        office
            .app
            .grants
            .create(by, Ok((ana.id, GrantTerms::to_operate(target))))
            .await,
    );
    let grant = GrantId::from_uuid(Uuid::from_u128(404));
    check_forbidden(manage, office.app.grants.delete(by, grant).await);
    let wrong = Err(Violations::of("userId", "must be an id"));
    check_forbidden(manage, office.app.grants.create(by, wrong).await);

    let (read, page) = (Operation::ReadUsers, PageQuery::default());
    check_forbidden(read, office.app.users.get(by, ana.id).await);
    check_forbidden(read, office.app.users.list(by, &page).await);
    check_forbidden(read, office.app.users.count(by).await);
    check_forbidden(read, office.app.grants.list(by, None, &page).await);
    check_forbidden(read, office.app.grants.count(by, Some(ana.id)).await);
    let everything = AuditQuery::default();
    check_forbidden(Operation::ReadAudit, office.app.audit.list(by, &everything).await);
    check_forbidden(
        Operation::ReadAudit,
        office.app.audit.count(by, &everything.filter).await,
    );

    let oneself = office.app.users.get_oneself(by).await;
    assert_eq!(oneself.expect("oneself may be seen"), ana);
}

#[tokio::test]
async fn an_organizations_administrator_manages_only_its_users() {
    let stage = Stage::new();
    let office = Office::beside(&stage);
    let theirs = another_organization(&stage).await;
    let chief = office
        .create_user("chief", Role::Admin, Some(OrganizationId::DEFAULT))
        .await;
    let foreign = office.create_user("foreign", Role::Viewer, Some(theirs)).await;
    let root = office.create_user("root", Role::Admin, None).await;
    let by = &acting_as(&chief);

    for wanted in [None, Some(OrganizationId::DEFAULT)] {
        let name = if wanted.is_some() { "ana" } else { "ben" };
        let made = office.app.users.create(by, a_draft(name, wanted)).await;
        let made = made.expect("a user of the own organisation");
        assert_eq!(made.organization_id, Some(OrganizationId::DEFAULT));
        let promoted = office.app.users.update(by, made.id, become_a(Role::Admin)).await;
        assert_eq!(
            promoted.expect("a user of the own organisation").role,
            Role::Admin
        );
    }
    let elsewhere = office.app.users.create(by, a_draft("carl", Some(theirs))).await;
    check_missing("organisation", elsewhere);

    let target = GrantTarget::Organization(OrganizationId::DEFAULT);
    for hidden in [foreign.id, root.id, unknown_user()] {
        let found = office.app.users.get(by, hidden).await;
        assert_eq!(found.expect("an answer"), None);
        check_missing(
            "user",
            office.app.users.update(by, hidden, become_a(Role::Viewer)).await,
        );
        let wrong = Err(Violations::of("role", "must be one"));
        check_missing("user", office.app.users.update(by, hidden, wrong).await);
        check_missing("user", office.app.users.delete(by, hidden).await);
        check_missing(
            "user",
            office
                .app
                .grants
                .create(by, Ok((hidden, GrantTerms::to_operate(target))))
                .await,
        );
    }
    let seen = office.app.users.list(by, &PageQuery::default()).await;
    let names: Vec<String> = seen.expect("a page").into_items().iter().map(name_of).collect();
    assert_eq!(names, ["chief", "ben", "ana"]);
    assert_eq!(office.app.users.count(by).await.expect("a number"), 3);
}

fn name_of(user: &User) -> String {
    user.username.to_string()
}

#[tokio::test]
async fn a_global_administrator_assigns_users_to_organizations() {
    let stage = Stage::new();
    let office = Office::beside(&stage);
    let theirs = another_organization(&stage).await;
    let by = &acting_as(&office.create_user("root", Role::Admin, None).await);
    for (name, organization) in [("ana", None), ("ben", Some(theirs))] {
        let made = office.app.users.create(by, a_draft(name, organization)).await;
        assert_eq!(made.expect("the user is created").organization_id, organization);
        let tokens = office.guess(name, "long enough for all", &from(7)).await;
        tokens.expect("it may log in at once");
    }
    let taken = office.app.users.create(by, a_draft("ANA", None)).await;
    check_conflict("username", taken);
}

#[tokio::test]
async fn every_fault_of_a_new_user_is_reported() {
    let office = Office::open();
    let by = &acting_as(&office.create_user("root", Role::Admin, None).await);
    for (name, password, expected) in [
        ("a b", "short", vec!["username", "password"]),
        ("", "long enough for all", vec!["username"]),
        ("long-enough-name", "LONG-enough-name", vec!["password"]),
    ] {
        let draft = UserDraft::new(
            name,
            password.into(),
            Role::Viewer,
            None,
            PasswordPolicy::default(),
        );
        let made = office.app.users.create(by, draft).await;
        let Err(Error::Invalid(faults)) = made else {
            panic!("{made:?}");
        };
        let fields: Vec<_> = faults.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(fields, expected);
    }
}

#[tokio::test]
async fn a_password_set_by_an_administrator_takes_effect_at_once() {
    let office = Office::open();
    let by = &acting_as(&office.create_user("root", Role::Admin, None).await);
    let ana = office.create_user("ana", Role::Viewer, None).await;
    let tokens = office.log_in("ana").await;
    office.actor(&tokens).await.expect("the token is valid");
    let update = |password: &str| {
        Ok(UserUpdate {
            changes: UserChanges::default(),
            password: Some(password.into()),
        })
    };
    let short = office.app.users.update(by, ana.id, update("short")).await;
    assert!(matches!(short, Err(Error::Invalid(_))), "{short:?}");
    office.actor(&tokens).await.expect("nothing has changed");
    office
        .app
        .users
        .update(by, ana.id, update("another good one"))
        .await
        .expect("it is changed");
    assert!(office.actor(&tokens).await.is_err());
    let tokens = office.guess("ana", "another good one", &from(7)).await;
    tokens.expect("the new password is valid");
}

#[tokio::test]
async fn the_last_global_administrator_cannot_be_removed() {
    let office = Office::open();
    let root = office.create_user("root", Role::Admin, None).await;
    let by = &acting_as(&root);
    let users = &office.app.users;
    check_conflict("role", users.update(by, root.id, become_a(Role::Viewer)).await);
    check_conflict("id", users.delete(by, root.id).await);
    office.create_user("second", Role::Admin, None).await;
    users.delete(by, root.id).await.expect("there is another one");
    let oneself = office.app.users.get_oneself(by).await;
    check_missing("user", oneself);
}

#[tokio::test(start_paused = true)]
async fn a_deleted_user_is_logged_out_at_once() {
    let office = Office::open();
    let by = &acting_as(&office.create_user("root", Role::Admin, None).await);
    let ana = office.create_user("ana", Role::Viewer, None).await;
    let _working = office.work();
    let tokens = office.log_in("ana").await;
    let mut here = office.live_session(&tokens).await;
    office.app.users.delete(by, ana.id).await.expect("it is deleted");
    assert!(office.actor(&tokens).await.is_err());
    assert_eq!(here.turn().await, SessionChange::Ended);
}

#[tokio::test]
async fn a_grant_takes_effect_at_once_until_it_is_withdrawn() {
    let stage = Stage::new();
    let office = Office::beside(&stage);
    let by = &acting_as(&office.create_user("root", Role::Admin, None).await);
    let ana = office.create_user("ana", Role::Viewer, None).await;
    let vehicle = stage.forklift("Lift 1", true).await.id;
    let tokens = office.log_in("ana").await;
    let scope = async || (*office.actor(&tokens).await.expect("the token is valid").scope).clone();
    assert_eq!(scope().await, AccessScope::nothing());
    let target = GrantTarget::Vehicle(vehicle);
    let grants = &office.app.grants;
    let grant = grants
        .create(by, Ok((ana.id, GrantTerms::to_operate(target))))
        .await
        .expect("it is granted");
    assert_eq!(scope().await, AccessScope::of_vehicles([vehicle]));
    check_conflict(
        "userId",
        grants
            .create(by, Ok((ana.id, GrantTerms::to_operate(target))))
            .await,
    );
    let page = PageQuery::default();
    let seen = office.app.grants.list(by, Some(ana.id), &page).await;
    assert_eq!(seen.expect("a page").into_items(), std::slice::from_ref(&grant));
    grants.delete(by, grant.id).await.expect("it is withdrawn");
    assert_eq!(scope().await, AccessScope::nothing());
    check_missing("grant", grants.delete(by, grant.id).await);
}

#[tokio::test]
async fn the_first_administrator_is_created_once() {
    let office = Office::open();
    let users = &office.app.users;
    assert!(UserDraft::of_first_administrator("a b", "short".into(), PasswordPolicy::default()).is_err());
    let draft =
        UserDraft::of_first_administrator("root", "long enough for all".into(), PasswordPolicy::default())
            .expect("a valid draft");
    let first = users
        .create_first_administrator(draft.clone())
        .await
        .expect("an answer");
    assert!(first.expect("there was none").can_administer_all());
    assert_eq!(
        users.create_first_administrator(draft).await.expect("an answer"),
        None
    );
    let tokens = office.guess("root", "long enough for all", &from(7)).await;
    tokens.expect("it may log in");
    let entry = office.written().await.remove(1);
    assert_eq!((entry.actor_name.as_str(), entry.address), ("command-line", None));
}

#[tokio::test]
async fn an_administrator_reads_the_audit_log_of_its_scope() {
    let stage = Stage::new();
    let office = Office::beside(&stage);
    let theirs = another_organization(&stage).await;
    let root = office.create_user("root", Role::Admin, None).await;
    let chief = office.create_user("chief", Role::Admin, Some(theirs)).await;
    stage.forklift("Lift 1", true).await;
    let of = |first, after| AuditQuery {
        filter: AuditFilter::default(),
        page: PageQuery::forward(Some(first), after),
    };
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = office
            .app
            .audit
            .list(&acting_as(&root), &of(2, after))
            .await
            .expect("a page");
        after = page.end_cursor().map(str::to_owned);
        let has_next = page.has_next;
        seen.extend(page.into_items());
        if !has_next {
            break;
        }
    }
    assert_eq!(seen, office.written().await);
    assert_eq!(seen.len(), 4);
    let page = office
        .app
        .audit
        .list(&acting_as(&chief), &of(50, None))
        .await
        .expect("a page");
    let actions: Vec<&str> = page
        .into_items()
        .iter()
        .map(|entry| entry.action.as_str())
        .collect();
    assert_eq!(actions, ["user.create", "organization.create"]);
    let count = office
        .app
        .audit
        .count(&acting_as(&chief), &AuditFilter::default())
        .await;
    assert_eq!(count.expect("a number"), 2);
}
