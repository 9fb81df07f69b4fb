//! Authentication and authorisation, over HTTP and sockets.

use application::{
    Actor,
    ports::{GrantRepository, SessionRepository as _},
};
use domain::{GrantTarget, GrantTerms, OrganizationId, Role};
use serde_json::{Value, json};
use test_application::staff::{PASSWORD, Staff};

use crate::{inputs::fields, stage::Stage, stores::Stores};

fn code(answer: &Value) -> &str {
    answer["errors"][0]["extensions"]["code"]
        .as_str()
        .unwrap_or_default()
}

#[tokio::test]
async fn only_public_operations_need_no_token() {
    let stage = Stage::new().await;
    let ask = |query: &'static str| {
        let stage = &stage;
        async move { stage.post_as(None, &json!({"query": query})).await }
    };
    for query in [
        "{ vehicles { totalCount } }",
        "{ me { id } }",
        "mutation { deleteVehicle(id: \"00000000-0000-7000-8000-000000000404\") }",
        "mutation { login(username: \"a\", password: \"b\") { tokenType } deleteUser(id: \"1\") }",
    ] {
        let (status, answer) = ask(query).await;
        assert_eq!(
            (status, code(&answer)),
            (401, "UNAUTHENTICATED"),
            "{query}\n{answer}"
        );
        assert_eq!(answer.get("data"), None, "{answer}");
    }
    let (status, answer) = ask("{ __schema { queryType { name } } __typename }").await;
    assert_eq!(status, 200, "{answer}");
}

#[tokio::test]
async fn an_invalid_token_is_rejected_even_for_public_operations() {
    let stage = Stage::new().await;
    let mut member = stage.administrator.clone();
    member.token.truncate(member.token.len() - 2);
    let (status, answer) = stage
        .post_as(Some(&member), &json!({"query": "{ __typename }"}))
        .await;
    assert_eq!((status, code(&answer)), (401, "UNAUTHENTICATED"), "{answer}");
}

#[tokio::test]
async fn tokens_are_issued_refreshed_and_revoked() {
    let stage = Stage::new().await;
    let visitor = |query: &str, variables: Value| {
        let body = json!({"query": query, "variables": variables});
        async { stage.post_as(None, &{ body }).await.1 }
    };
    let log_in = "mutation($username: String!, $password: String!) {
        login(username: $username, password: $password) {
            accessToken refreshToken tokenType expiresIn user { username role }
        }
    }";
    let username = stage.administrator.user.username.as_str();
    let wrong = visitor(log_in, json!({"username": username, "password": "not the one"})).await;
    let unknown = visitor(log_in, json!({"username": "nobody-here", "password": PASSWORD})).await;
    assert_eq!(wrong["errors"][0]["message"], unknown["errors"][0]["message"]);
    assert_eq!(code(&wrong), "UNAUTHENTICATED");

    let mut answer = visitor(log_in, json!({"username": username, "password": PASSWORD})).await;
    let tokens = answer["data"]["login"].take();
    assert_eq!(
        tokens["user"],
        json!({"username": username, "role": "ADMIN"}),
        "{answer}"
    );
    assert_eq!(
        (&tokens["tokenType"], &tokens["expiresIn"]),
        (&json!("Bearer"), &json!(600))
    );
    let mut member = stage.administrator.clone();
    member.token = tokens["accessToken"].as_str().expect("a token").to_owned();
    let (_, me) = stage
        .post_as(Some(&member), &json!({"query": "{ me { username } }"}))
        .await;
    assert_eq!(me["data"]["me"]["username"], username, "{me}");

    let refresh = "mutation($token: String!) { refreshToken(refreshToken: $token) { refreshToken } }";
    let spent = tokens["refreshToken"].clone();
    let next = visitor(refresh, json!({"token": spent})).await;
    let next = next["data"]["refreshToken"]["refreshToken"].clone();
    assert!(next.is_string() && next != spent);
    let out = visitor(
        "mutation($token: String) { logout(refreshToken: $token) }",
        json!({"token": next}),
    )
    .await;
    assert_eq!(out["data"]["logout"], true, "{out}");
    let (status, answer) = stage
        .post_as(Some(&member), &json!({"query": "{ me { id } }"}))
        .await;
    assert_eq!(
        (status, code(&answer)),
        (401, "UNAUTHENTICATED"),
        "the session has ended"
    );
}

#[tokio::test]
async fn an_expensive_operation_costs_more_than_one_request() {
    let stage = a_limited_stage().await;
    // 1 for the request, and 20 for about 2,000 fields.
    let query = json!({"query": "{ vehicles(pagination: {first: 500}) { nodes { id name type } } }"});
    let (status, answer) = stage.post(&query).await;
    assert_eq!(status, 200, "{answer}");
    let (status, answer) = stage.post(&query).await;
    assert_eq!((status, code(&answer)), (429, "RATE_LIMITED"), "{answer}");
    assert!(
        answer["errors"][0]["extensions"]["retryAfterMs"].is_u64(),
        "{answer}"
    );
}

/// Starts a server on which each caller has a quota of 30 requests.
async fn a_limited_stage() -> Stage {
    let registry = std::sync::Arc::new(adapters_memory::registry::MemoryRegistry::new());
    let stores = Stores {
        staff: std::sync::Arc::new(Staff::limited(registry, 1, 30)),
        ..Stores::default()
    };
    Stage::on(Default::default(), stores).await
}

#[tokio::test]
async fn each_request_of_a_batch_costs_one() {
    let stage = a_limited_stage().await;
    let batch = Value::Array(vec![json!({"query": "{ __typename }"}); 10]);
    for number in 0..3 {
        let (status, answer) = stage.post(&batch).await;
        assert_eq!(status, 200, "{number}: {answer}");
    }
    let (status, answer) = stage.post(&batch).await;
    assert_eq!((status, code(&answer)), (429, "RATE_LIMITED"), "{answer}");
}

#[tokio::test]
async fn an_invalid_document_costs_one_call() {
    let stage = a_limited_stage().await;
    let mut client = stage.connect().await;
    let mut codes = Vec::new();
    for number in 0..35 {
        client
            .subscribe(&number.to_string(), "{ nonsense", json!({}))
            .await;
        let message = client.receive().await;
        codes.push(
            message["payload"][0]["extensions"]["code"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
        );
    }
    let charged = codes
        .iter()
        .take_while(|code| *code == "GRAPHQL_PARSE_FAILED")
        .count();
    assert!((25..=34).contains(&charged), "{codes:?}");
    assert_eq!(codes[charged], "RATE_LIMITED", "{codes:?}");
}

#[tokio::test]
async fn a_socket_must_present_a_valid_token() {
    let stage = Stage::new().await;
    for payload in [
        json!({}),
        json!({"authorization": "nonsense"}),
        json!({"authorization": "Bearer nonsense"}),
        json!({"authorization": 7}),
    ] {
        let mut client = stage.open_graphql().await;
        client
            .send_json(json!({"type": "connection_init", "payload": payload}))
            .await;
        assert_eq!(client.close_code().await, Some(4403), "{payload}");
    }
}

#[tokio::test]
async fn a_subscription_follows_the_grants_of_its_user() {
    let stage = Stage::new().await;
    tokio::spawn(std::sync::Arc::clone(&stage.stores.staff.identities).run(stage.shutdown.clone()));
    let id = stage.enabled_forklift("Lift").await;
    stage.robot_is_at(&id, 1.0);
    let viewer = stage.stores.staff.create_user(Role::Viewer, None, &[]).await;
    let mut client = stage.connect_as(&viewer).await;
    let query = "subscription { vehiclePositionUpdated { vehicleId position { x } } }";
    client.subscribe("1", query, json!({})).await;
    // Without a grant there are no positions, so the next message answers a later query.
    client
        .subscribe("2", "{ vehicles { totalCount } }", json!({}))
        .await;
    assert_eq!(client.next("2").await["vehicles"]["totalCount"], 0);
    assert_eq!(client.receive().await, json!({"type": "complete", "id": "2"}));

    let by = Actor::command_line();
    let all = GrantTarget::Organization(OrganizationId::DEFAULT);
    let granted = GrantRepository::create(
        &*stage.stores.registry,
        &by,
        viewer.user.id,
        GrantTerms::to_operate(all),
    )
    .await;
    let granted = granted.expect("the grant is created");
    stage.stores.staff.identities.rights_changed(viewer.user.id);
    let update = client.next("1").await;
    assert_eq!(update["vehiclePositionUpdated"]["vehicleId"], json!(id));

    GrantRepository::delete(&*stage.stores.registry, &by, granted.id)
        .await
        .expect("the grant is revoked");
    stage.stores.staff.identities.rights_changed(viewer.user.id);
    let seen = async {
        loop {
            client
                .subscribe("3", "{ vehicles { totalCount } }", json!({}))
                .await;
            let answer = client.next("3").await;
            assert_eq!(client.receive().await, json!({"type": "complete", "id": "3"}));
            if answer["vehicles"]["totalCount"] == 0 {
                return;
            }
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(10), seen)
        .await
        .expect("the socket has the new rights");
    stage.robot_is_at(&id, 2.0);
    client
        .subscribe("4", "{ vehicles { totalCount } }", json!({}))
        .await;
    assert_eq!(
        client.next("4").await["vehicles"]["totalCount"],
        0,
        "no position is sent"
    );
}

#[tokio::test]
async fn the_end_of_a_session_closes_its_sockets() {
    let stage = Stage::new().await;
    tokio::spawn(std::sync::Arc::clone(&stage.stores.staff.identities).run(stage.shutdown.clone()));
    let viewer = stage.stores.staff.create_user(Role::Viewer, None, &[]).await;
    let mut client = stage.connect_as(&viewer).await;
    let by = Actor {
        user_id: viewer.user.id,
        ..Actor::command_line()
    };
    let ended = stage.stores.registry.end(&by, viewer.session).await;
    ended.expect("the session ends");
    stage.stores.staff.identities.rights_changed(viewer.user.id);
    assert_eq!(client.close_code().await, Some(4403));
}

/// The server knows that the session has ended before the mutation that ended it has been answered.
#[tokio::test]
async fn a_mutation_that_ends_its_own_session_is_answered() {
    let stage = Stage::new().await;
    tokio::spawn(std::sync::Arc::clone(&stage.stores.staff.identities).run(stage.shutdown.clone()));
    let by_password = format!(
        "mutation {{ changePassword(currentPassword: \"{PASSWORD}\", newPassword: \"another horse, another battery\") }}"
    );
    for (mutation, field) in [
        (by_password.as_str(), "changePassword"),
        ("mutation { logout }", "logout"),
    ] {
        let viewer = stage.stores.staff.create_user(Role::Viewer, None, &[]).await;
        let mut client = stage.connect_as(&viewer).await;
        let watching = "subscription { vehiclePositionUpdated { vehicleId } }";
        client.subscribe("0", watching, json!({})).await;
        client.subscribe("1", mutation, json!({})).await;
        assert_eq!(client.next("1").await, json!({field: true}));
        assert_eq!(client.receive().await, json!({"type": "complete", "id": "1"}));
        assert_eq!(client.close_code().await, Some(4403), "{mutation}");
    }
}

/// Each mutation and each request of a batch has the rights that it would have in a separate request.
#[tokio::test]
async fn a_request_that_changes_its_own_rights_continues_with_the_new_ones() {
    let stage = Stage::new().await;
    let one = |query: String| json!({"query": query});
    let group = |name: &str| format!("createGroup(input: {{name: \"{name}\"}}) {{ id }}");
    let me = || one("{ me { role } vehicles { totalCount } }".to_owned());

    let by = stage.stores.staff.administrator().await;
    let demote = format!(
        "updateUser(id: \"{}\", input: {{role: VIEWER}}) {{ role }}",
        by.user.id
    );
    let document = format!(
        "mutation {{ before: {} {demote} after: {} }}",
        group("one"),
        group("two")
    );
    let (status, answer) = stage.post_as(Some(&by), &one(document)).await;
    assert_eq!((status, code(&answer)), (200, "FORBIDDEN"), "{answer}");
    assert_eq!(answer["errors"][0]["path"], json!(["after"]));

    let by = stage.stores.staff.administrator().await;
    let demote = format!(
        "updateUser(id: \"{}\", input: {{role: VIEWER}}) {{ role }}",
        by.user.id
    );
    let batch = json!([
        one(format!("mutation {{ {demote} }}")),
        one(format!("mutation {{ {} }}", group("three"))),
        me()
    ]);
    let (_, answers) = stage.post_as(Some(&by), &batch).await;
    assert_eq!(code(&answers[1]), "FORBIDDEN", "{answers}");
    assert_eq!(answers[2]["data"]["me"]["role"], "VIEWER", "{answers}");

    for ends_it in [
        "logout".to_owned(),
        format!(
            "changePassword(currentPassword: \"{PASSWORD}\", newPassword: \"another horse, another battery\")"
        ),
    ] {
        let by = stage.stores.staff.administrator().await;
        let batch = json!([
            one(format!("mutation {{ {ends_it} }}")),
            me(),
            one(format!("mutation {{ {} }}", group("four")))
        ]);
        let (_, answers) = stage.post_as(Some(&by), &batch).await;
        assert!(answers[0].get("errors").is_none(), "{answers}");
        for answer in [&answers[1], &answers[2]] {
            assert_eq!(code(answer), "UNAUTHENTICATED", "{answers}");
            assert_eq!(answer.get("data"), None, "{answers}");
        }
        let by = stage.stores.staff.administrator().await;
        let document = format!("mutation {{ {ends_it} {} }}", group("five"));
        let (_, answer) = stage.post_as(Some(&by), &one(document)).await;
        assert_eq!(code(&answer), "UNAUTHENTICATED", "{answer}");
    }
    let left = stage.data("{ groups { nodes { name } } }", json!({})).await;
    assert_eq!(left["groups"]["nodes"], json!([{"name": "one"}]), "{left}");
}

#[tokio::test]
async fn users_and_grants_are_managed() {
    let stage = Stage::new().await;
    let created = stage
        .data(
            "mutation($input: CreateUserInput!) { createUser(input: $input) { id username role isEnabled organizationId } }",
            json!({"input": {"username": "ana", "password": PASSWORD, "role": "VIEWER"}}),
        )
        .await;
    let user = &created["createUser"];
    assert_eq!(
        (&user["username"], &user["role"]),
        (&json!("ana"), &json!("VIEWER"))
    );
    let id = user["id"].clone();
    let group = stage.group("Hall").await;
    let granted = stage
        .data(
            "mutation($input: CreateGrantInput!) { createGrant(input: $input) { id userId groupId vehicleId } }",
            json!({"input": {"userId": id, "groupId": group}}),
        )
        .await;
    assert_eq!(granted["createGrant"]["groupId"], json!(group));
    let error = stage
        .error(
            "mutation($input: CreateGrantInput!) { createGrant(input: $input) { id } }",
            json!({"input": {"userId": id}}),
        )
        .await;
    assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT", "{error}");
    for (mutation, expected) in [
        (
            r#"mutation { updateUser(id: "x", input: {password: "short"}) { id } }"#,
            ["id", "password"],
        ),
        (
            r#"mutation { createGrant(input: {userId: "x"}) { id } }"#,
            ["input", "userId"],
        ),
    ] {
        let error = stage.error(mutation, json!({})).await;
        let mut named: Vec<_> = fields(&error).into_iter().map(|(field, _)| field).collect();
        named.sort_unstable();
        assert_eq!(named, expected, "{error}");
    }
    let listed = stage
        .data(
            "query($id: ID!) { grants(userId: $id) { totalCount nodes { groupId } } users { nodes { username } } user(id: $id) { role } }",
            json!({"id": id}),
        )
        .await;
    assert_eq!(listed["grants"]["totalCount"], 1, "{listed}");
    let changed = stage
        .data(
            "mutation($id: ID!) { updateUser(id: $id, input: {role: OPERATOR, isEnabled: false}) { role isEnabled } }",
            json!({"id": id}),
        )
        .await;
    assert_eq!(
        changed["updateUser"],
        json!({"role": "OPERATOR", "isEnabled": false})
    );
    let log = stage
        .data(
            "query($id: ID!) { auditLog(filter: {subjectId: $id}) { totalCount nodes { action actorName before after } } }",
            json!({"id": id}),
        )
        .await;
    let newest = &log["auditLog"]["nodes"][0];
    assert_eq!(newest["action"], "user.update", "{log}");
    assert_eq!(newest["before"], json!({"role": "VIEWER", "isEnabled": true}));
    assert_eq!(newest["after"], json!({"role": "OPERATOR", "isEnabled": false}));
    let gone = stage
        .data("mutation($id: ID!) { deleteUser(id: $id) }", json!({"id": id}))
        .await;
    assert_eq!(gone["deleteUser"], true);
}
