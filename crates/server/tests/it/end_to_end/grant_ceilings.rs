//! Role ceilings of grants, and changes of the users who hold grants.

use serde_json::{Value, json};

use super::support::{Program, Tokens};

/// Two organisations. A vehicle of the lender is granted to a user of the borrower.
struct Scene {
    program: Program,
    lender: Tokens,
    borrower: Tokens,
    vehicle: String,
    user: Tokens,
}

impl Scene {
    async fn set(role: &str, ceiling: Option<&str>) -> (Self, String) {
        let program = Program::serve(&[]).await;
        let lending = made(&program, "/api/organizations", json!({"name": "Lender"})).await;
        let borrowing = made(&program, "/api/organizations", json!({"name": "Borrower"})).await;
        let lender = program.create_user("lena", "ADMIN", Some(&lending)).await;
        let borrower = program.create_user("boris", "ADMIN", Some(&borrowing)).await;
        let user = program.create_user("uma", role, Some(&borrowing)).await;
        let body = json!({
            "type": "FORKLIFT", "name": "Lift", "manufacturer": "Acme", "details": {}, "organizationId": lending,
            "specification": {"maxSpeed": 1, "maxLoad": 1, "batteryCapacity": 1},
        });
        let vehicle = made(&program, "/api/vehicles", body).await;
        let grant = json!({"userId": user.user, "vehicleId": vehicle, "role": ceiling});
        let grant = made(&program, "/api/grants", grant).await;
        let scene = Self {
            program,
            lender,
            borrower,
            vehicle,
            user,
        };
        (scene, grant)
    }

    async fn ask(&self, who: &Tokens, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        self.program.rest(method, path, Some(&who.access), body).await
    }

    /// Enables, disables, changes and reads the vehicle as the user. Returns the four statuses.
    async fn statuses(&self) -> [u16; 4] {
        let path = format!("/api/vehicles/{}", self.vehicle);
        let enable = self
            .ask(&self.user, "POST", &format!("{path}/enable"), None)
            .await;
        let disable = self
            .ask(&self.user, "POST", &format!("{path}/disable"), None)
            .await;
        let status = json!({"status": "MAINTENANCE"});
        let set = self
            .ask(&self.user, "PATCH", &format!("{path}/status"), Some(status))
            .await;
        let look = self.ask(&self.user, "GET", &path, None).await;
        [enable.0, disable.0, set.0, look.0]
    }
}

async fn made(program: &Program, path: &str, body: Value) -> String {
    let (status, made) = program.as_administrator("POST", path, Some(body)).await;
    assert_eq!(status, 201, "{made}");
    made["id"].as_str().expect("an id").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_allows_the_lower_of_its_role_and_the_users() {
    for (role, ceiling, expected) in [
        ("OPERATOR", Some("OPERATOR"), [200, 200, 200, 200]),
        ("OPERATOR", Some("VIEWER"), [403, 403, 403, 200]),
        ("OPERATOR", None, [403, 403, 403, 200]),
        ("VIEWER", Some("OPERATOR"), [403, 403, 403, 200]),
    ] {
        let (scene, grant) = Scene::set(role, ceiling).await;
        assert_eq!(scene.statuses().await, expected, "{role} {ceiling:?}");
        let (_, page) = scene.program.as_administrator("GET", "/api/grants", None).await;
        assert_eq!(page["items"][0]["id"], *grant);
        assert_eq!(page["items"][0]["role"], ceiling.unwrap_or("VIEWER"));
        // GraphQL reports and allows the same.
        let asked = scene
            .program
            .graphql("{ grants { nodes { role } } }", json!({}))
            .await;
        assert_eq!(
            asked["data"]["grants"]["nodes"][0]["role"],
            ceiling.unwrap_or("VIEWER")
        );
        let enable = "mutation($id: ID!) { enableVehicle(id: $id) { id } }";
        let id = json!({"id": scene.vehicle});
        let answer = scene
            .program
            .graphql_as(Some(&scene.user.access), enable, id)
            .await;
        match expected[0] {
            200 => assert_eq!(answer["data"]["enableVehicle"]["id"], *scene.vehicle),
            _ => assert_eq!(answer["errors"][0]["extensions"]["code"], "FORBIDDEN", "{answer}"),
        }
    }
}

/// Checks that a bulk change has no effect if one of the vehicles may only be read.
#[tokio::test(flavor = "multi_thread")]
async fn a_bulk_change_needs_permission_for_all_vehicles() {
    let (scene, _) = Scene::set("OPERATOR", Some("VIEWER")).await;
    let body = json!({
        "type": "FORKLIFT", "name": "Own", "manufacturer": "Acme", "details": {},
        "specification": {"maxSpeed": 1, "maxLoad": 1, "batteryCapacity": 1},
    });
    let (status, own) = scene
        .ask(&scene.borrower, "POST", "/api/vehicles", Some(body))
        .await;
    assert_eq!(status, 201, "{own}");
    let grant = json!({"userId": scene.user.user, "vehicleId": own["id"], "role": "OPERATOR"});
    made(&scene.program, "/api/grants", grant).await;
    for field in ["enableVehicles", "disableVehicles"] {
        let change = format!("mutation($ids: [ID!]!) {{ {field}(ids: $ids) {{ vehicles {{ id }} }} }}");
        let operate = async |ids: Value| {
            let variables = json!({"ids": ids});
            scene
                .program
                .graphql_as(Some(&scene.user.access), &change, variables)
                .await
        };
        let answer = operate(json!([own["id"], scene.vehicle])).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "FORBIDDEN", "{answer}");
        let path = format!("/api/vehicles/{}", own["id"].as_str().expect("an id"));
        let (_, now) = scene.ask(&scene.user, "GET", &path, None).await;
        assert_eq!(now["isEnabled"], field == "disableVehicles", "{field}");
        let answer = operate(json!([own["id"]])).await;
        assert_eq!(answer["data"][field]["vehicles"], json!([{"id": own["id"]}]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_grant_roles_are_rejected() {
    let (scene, grant) = Scene::set("OPERATOR", None).await;
    let path = format!("/api/grants/{grant}");
    assert_eq!(scene.ask(&scene.lender, "DELETE", &path, None).await.0, 204);
    for role in [json!("ADMIN"), json!("viewer"), json!(7), json!("")] {
        let body = json!({"userId": scene.user.user, "vehicleId": scene.vehicle, "role": role});
        let (status, problem) = scene
            .program
            .as_administrator("POST", "/api/grants", Some(body))
            .await;
        assert_eq!(
            (status, &problem["errors"][0]["field"]),
            (422, &json!("role")),
            "{problem}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_cannot_raise_grants_of_other_organizations() {
    let (scene, grant) = Scene::set("VIEWER", Some("OPERATOR")).await;
    let path = format!("/api/users/{}", scene.user.user);
    let password = "another long password";
    for change in [
        json!({"role": "OPERATOR"}),
        json!({"role": "ADMIN"}),
        json!({"password": password}),
        json!({"isEnabled": false, "password": password}),
    ] {
        let (status, problem) = scene
            .ask(&scene.borrower, "PATCH", &path, Some(change.clone()))
            .await;
        assert_eq!(status, 403, "{change}: {problem}");
        let detail = problem["detail"].as_str().expect("a reason");
        assert!(
            detail.contains("holds grants outside your organisation"),
            "{detail}"
        );
        let input = match change {
            Value::Object(fields) => fields
                .iter()
                .map(|(name, value)| match name.as_str() {
                    "role" => format!("role: {}", value.as_str().expect("a role")),
                    _ => format!("{name}: {value}"),
                })
                .collect::<Vec<_>>()
                .join(", "),
            _ => unreachable!(),
        };
        let mutation = format!("mutation($id: ID!) {{ updateUser(id: $id, input: {{{input}}}) {{ id }} }}");
        let id = json!({"id": scene.user.user});
        let answer = scene
            .program
            .graphql_as(Some(&scene.borrower.access), &mutation, id)
            .await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "FORBIDDEN", "{answer}");
    }
    assert_eq!(scene.statuses().await, [403, 403, 403, 200]);
    let log_in = json!({"username": "uma", "password": password});
    let (status, _) = scene
        .program
        .rest("POST", "/api/auth/login", None, Some(log_in))
        .await;
    assert_eq!(status, 401);

    // The user's administrator may disable the user, but not enable them again.
    let disable = json!({"isEnabled": false});
    assert_eq!(
        scene.ask(&scene.borrower, "PATCH", &path, Some(disable)).await.0,
        200
    );
    let enable = || Some(json!({"isEnabled": true}));
    assert_eq!(scene.ask(&scene.borrower, "PATCH", &path, enable()).await.0, 403);
    // A global ADMIN may, and so may the user's administrator once the user holds no foreign grants.
    assert_eq!(
        scene.program.as_administrator("PATCH", &path, enable()).await.0,
        200
    );
    let grant = format!("/api/grants/{grant}");
    assert_eq!(scene.ask(&scene.borrower, "DELETE", &grant, None).await.0, 404);
    assert_eq!(scene.ask(&scene.lender, "DELETE", &grant, None).await.0, 204);
    let promote = json!({"role": "OPERATOR", "password": password});
    assert_eq!(
        scene.ask(&scene.borrower, "PATCH", &path, Some(promote)).await.0,
        200
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn administrators_of_a_vehicle_see_and_delete_its_grants() {
    let (scene, grant) = Scene::set("OPERATOR", Some("OPERATOR")).await;
    let (status, page) = scene.ask(&scene.lender, "GET", "/api/grants", None).await;
    assert_eq!((status, &page["totalCount"]), (200, &json!(1)), "{page}");
    assert_eq!(page["items"][0]["id"], *grant);
    assert_eq!(page["items"][0]["userId"], *scene.user.user);
    let of_user = format!("/api/grants?userId={}", scene.user.user);
    assert_eq!(
        scene.ask(&scene.lender, "GET", &of_user, None).await.1["totalCount"],
        1
    );
    // The user's own administrator sees no grants of other organisations' vehicles.
    let (status, page) = scene.ask(&scene.borrower, "GET", &of_user, None).await;
    assert_eq!((status, &page["totalCount"]), (200, &json!(0)), "{page}");
    let (_, log) = scene
        .ask(&scene.lender, "GET", "/api/audit?action=grant.create", None)
        .await;
    assert_eq!(log["items"][0]["subjectId"], *grant, "{log}");
    let (_, log) = scene
        .ask(&scene.borrower, "GET", "/api/audit?action=grant.create", None)
        .await;
    assert_eq!(log["totalCount"], 0, "{log}");
    // Nor does the vehicle's administrator see the user.
    let user = format!("/api/users/{}", scene.user.user);
    assert_eq!(scene.ask(&scene.lender, "GET", &user, None).await.0, 404);

    let path = format!("/api/grants/{grant}");
    assert_eq!(scene.ask(&scene.lender, "DELETE", &path, None).await.0, 204);
    assert_eq!(scene.statuses().await, [404; 4]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_role_applies_to_existing_tokens() {
    let (scene, _) = Scene::set("OPERATOR", Some("OPERATOR")).await;
    assert_eq!(scene.statuses().await, [200; 4]);
    let path = format!("/api/users/{}", scene.user.user);
    let demote = json!({"role": "VIEWER"});
    assert_eq!(
        scene
            .program
            .as_administrator("PATCH", &path, Some(demote))
            .await
            .0,
        200
    );
    assert_eq!(scene.statuses().await, [403, 403, 403, 200]);
    // A change of the ceiling applies to existing tokens as well.
    let promote = json!({"role": "OPERATOR"});
    assert_eq!(
        scene
            .program
            .as_administrator("PATCH", &path, Some(promote))
            .await
            .0,
        200
    );
    let (_, page) = scene.ask(&scene.lender, "GET", "/api/grants", None).await;
    let grant = page["items"][0]["id"].as_str().expect("an id").to_owned();
    assert_eq!(
        scene
            .ask(&scene.lender, "DELETE", &format!("/api/grants/{grant}"), None)
            .await
            .0,
        204
    );
    let weaker = json!({"userId": scene.user.user, "vehicleId": scene.vehicle, "role": "VIEWER"});
    made(&scene.program, "/api/grants", weaker).await;
    assert_eq!(scene.statuses().await, [403, 403, 403, 200]);
}
