//! Errors. Every error is returned as a problem document, wherever it arises.

use std::{sync::Arc, time::Duration};

use actix_web::{http::Method, test::TestRequest};
use application::{Error, Result};
use rstest::rstest;
use serde_json::json;

use crate::stage::{Stage, UNKNOWN_ID, a_forklift, send_to};

#[rstest]
#[case::empty("application/json", "", 400)]
#[case::no_json("application/json", "{", 400)]
#[case::two_values("application/json", "{} {}", 400)]
#[case::another_type("text/plain", "{}", 415)]
#[case::a_form("application/x-www-form-urlencoded", "name=x", 415)]
#[case::no_object("application/json", "[]", 422)]
#[actix_web::test]
async fn an_unreadable_body_is_rejected(
    #[case] content_type: &'static str,
    #[case] body: &'static str,
    #[case] status: u16,
) {
    let stage = Stage::new();
    for (method, path) in [
        (Method::POST, "/api/vehicles"),
        (Method::PUT, &*stage.forklift("Lift 1").await),
        (Method::POST, "/api/groups"),
        (Method::POST, "/api/organizations"),
    ] {
        let answer = stage.ask(method, path).body(content_type, body).send().await;
        answer.faults(status);
    }
}

#[actix_web::test]
async fn a_body_of_ten_megabytes_is_rejected() {
    let stage = Stage::new();
    let body = json!({"name": "x".repeat(10 * 1024 * 1024)}).to_string();
    stage
        .ask(Method::POST, "/api/vehicles")
        .body("application/json", body)
        .send()
        .await
        .faults(413);
}

#[actix_web::test]
async fn a_body_that_is_nested_too_deeply_is_rejected() {
    let deep = "[".repeat(1_000) + &"]".repeat(1_000);
    let stage = Stage::new();
    let answer = stage
        .ask(Method::POST, "/api/vehicles")
        .body("application/json", deep)
        .send()
        .await;
    answer.faults(400);
}

#[actix_web::test]
async fn every_fault_of_a_vehicle_is_reported_at_once() {
    let stage = Stage::new();
    let mut vehicle = a_forklift("x");
    vehicle["name"] = "x".repeat(101).into();
    vehicle["manufacturer"] = "a\u{7}b".into();
    vehicle["specification"]["maxLoad"] = (-1).into();
    vehicle["organizationId"] = "7; DROP TABLE vehicles".into();
    vehicle["details"] = json!({"mastHeight": "high", "guideType": "LASER"});
    assert_eq!(
        stage.post("/api/vehicles", &vehicle).await.faults(422),
        [
            "organizationId must be a UUID such as 0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70",
            "name must have at most 100 characters, not 101",
            "manufacturer must not contain control characters",
            "specification.maxLoad must be at least 0 kg",
            "details.mastHeight must be a number",
            "details.guideType is unknown",
        ]
    );
    let twice = r#"{"name": "a", "name": "b", "specification": {"maxSpeed": 1, "maxSpeed": 2}}"#;
    let answer = stage
        .ask(Method::POST, "/api/vehicles")
        .body("application/json", twice)
        .send()
        .await;
    assert_eq!(
        answer.faults(422),
        [
            "name must not be repeated",
            "specification.maxSpeed must not be repeated"
        ]
    );
}

#[actix_web::test]
async fn sql_in_a_name_is_stored_as_text() {
    let stage = Stage::new();
    let name = "'; DROP TABLE vehicles; --";
    let path = stage.forklift(name).await;
    assert_eq!(stage.get(&path).await.json()["name"], name);
    let found = stage.get("/api/vehicles?search=%27%3B%20DROP").await.json();
    assert_eq!(found["totalCount"], 1);
}

#[rstest]
#[case("7")]
#[case("00000000000070008000000000000404")]
#[case("00000000-0000-7000-8000-00000000040g")]
#[case("%27%20OR%201%3D1")]
#[actix_web::test]
async fn an_invalid_id_is_reported(#[case] id: &str) {
    let stage = Stage::new();
    for (method, path) in [
        (Method::GET, format!("/api/vehicles/{id}")),
        (Method::DELETE, format!("/api/vehicles/{id}")),
        (Method::POST, format!("/api/vehicles/{id}/enable")),
        (Method::GET, format!("/api/vehicles/{id}/position")),
        (Method::GET, format!("/api/groups/{id}")),
        (Method::GET, format!("/api/organizations/{id}")),
    ] {
        let faults = stage.ask(method, &path).send().await.faults(422);
        assert_eq!(
            faults,
            ["id must be a UUID such as 0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70"],
            "{path}"
        );
    }
}

#[rstest]
#[case(Method::PATCH, "/api/vehicles", "GET, HEAD, POST")]
#[case(
    Method::POST,
    "/api/vehicles/00000000-0000-7000-8000-000000000404",
    "GET, HEAD, PUT, DELETE"
)]
#[case(
    Method::GET,
    "/api/vehicles/00000000-0000-7000-8000-000000000404/enable",
    "POST"
)]
#[case(Method::DELETE, "/api/openapi.json", "GET, HEAD")]
#[case(Method::TRACE, "/api/groups", "GET, HEAD, POST")]
#[actix_web::test]
async fn a_405_lists_the_allowed_methods(#[case] method: Method, #[case] path: &str, #[case] allow: &str) {
    let stage = Stage::new();
    let answer = stage.ask(method, path).send().await;
    answer.faults(405);
    assert_eq!(answer.header("allow"), allow);
}

#[actix_web::test]
async fn an_unknown_path_is_not_found() {
    let stage = Stage::new();
    for path in ["/api", "/api/", "/api/boats", "/api/vehicles/x/y/z", "/elsewhere"] {
        stage.get(path).await.faults(404);
    }
    stage
        .get(&format!("/api/vehicles/{UNKNOWN_ID}"))
        .await
        .faults(404);
}

#[actix_web::test]
async fn head_is_get_without_a_body() {
    let stage = Stage::new();
    let path = stage.forklift("Lift 1").await;
    let head = stage.ask(Method::HEAD, &path).send().await;
    let shown = stage.get(&path).await;
    assert_eq!(
        (head.status.as_u16(), head.header("etag")),
        (200, shown.header("etag"))
    );
}

/// A registry whose operations all fail.
struct Away(fn() -> Error);

mod away {
    use application::{
        Actor,
        paging::{Page, PageRequest},
        ports::{Collision, Mode, Registration, VehicleFilter, VehiclePlace, VehicleRepository, VehicleSort},
    };
    use async_trait::async_trait;
    use domain::{
        AccessScope, OrganizationId, VehicleId,
        vehicle::{Vehicle, VehicleChanges, VehicleDraft, VehicleStatus, VehicleType, Version},
    };
    use time::OffsetDateTime;

    use super::{Away, Result};

    #[async_trait]
    impl VehicleRepository for Away {
        async fn find_by_ids(&self, _: &AccessScope, _: &[VehicleId]) -> Result<Vec<Vehicle>> {
            Err(self.0())
        }

        async fn find_by_id(&self, _: &AccessScope, _: VehicleId) -> Result<Option<Vehicle>> {
            Err(self.0())
        }

        async fn find_all(
            &self,
            _: &AccessScope,
            _: &VehicleFilter,
            _: VehicleSort,
            _: &PageRequest<VehiclePlace>,
        ) -> Result<Page<Vehicle>> {
            Err(self.0())
        }

        async fn count(&self, _: &AccessScope, _: &VehicleFilter) -> Result<u64> {
            Err(self.0())
        }

        async fn find_by_type(&self, _: &AccessScope, _: VehicleType, _: u32) -> Result<Vec<Vehicle>> {
            Err(self.0())
        }

        async fn find_enabled_vehicles(&self, _: &AccessScope, _: u32) -> Result<Vec<Vehicle>> {
            Err(self.0())
        }

        async fn create(&self, _: &Actor, _: OrganizationId, _: VehicleDraft) -> Result<Vehicle> {
            Err(self.0())
        }

        async fn create_all(
            &self,
            _: &Actor,
            _: OrganizationId,
            _: Vec<Registration>,
            _: Mode,
        ) -> Result<Result<Vec<Vehicle>, Vec<Collision>>> {
            Err(self.0())
        }

        async fn update(
            &self,
            _: &Actor,
            _: VehicleId,
            _: Option<Version>,
            _: VehicleChanges,
        ) -> Result<Vehicle> {
            Err(self.0())
        }

        async fn delete(&self, _: &Actor, _: VehicleId, _: Option<Version>) -> Result<Vehicle> {
            Err(self.0())
        }

        async fn restore(&self, _: &Actor, _: VehicleId) -> Result<Vehicle> {
            Err(self.0())
        }

        async fn set_enabled(&self, _: &Actor, _: &[VehicleId], _: bool) -> Result<Vec<Vehicle>> {
            Err(self.0())
        }

        async fn delete_all(&self, _: &Actor, _: &[VehicleId]) -> Result<Vec<Vehicle>> {
            Err(self.0())
        }

        async fn record_statuses(&self, _: &[(VehicleId, VehicleStatus)]) -> Result<OffsetDateTime> {
            Err(self.0())
        }

        async fn load_all(&self) -> Result<Vec<Vehicle>> {
            Err(self.0())
        }
    }
}

async fn ask_while(error: fn() -> Error, path: &str) -> crate::stage::Answer {
    let stage = Stage::new();
    let rest = stage.endpoints_to(stage.app_on(Arc::new(Away(error))));
    let request = TestRequest::with_uri(path)
        .insert_header(("x-request-id", "test-1"))
        .insert_header(("authorization", stage.administrator().await.bearer()));
    send_to(&rest, request).await
}

#[actix_web::test]
async fn an_unavailable_registry_returns_503_with_retry_after() {
    let away = || Error::unavailable("database", "connection refused: password=hunter2");
    for path in [
        "/api/vehicles",
        "/api/vehicles/export",
        &format!("/api/vehicles/{UNKNOWN_ID}"),
    ] {
        let answer = ask_while(away, path).await;
        answer.faults(503);
        assert_eq!(answer.header("retry-after"), "1");
        assert!(!answer.text().contains("hunter2"), "{}", answer.text());
    }
}

#[actix_web::test]
async fn a_call_that_was_given_up_returns_503_with_the_limit() {
    let late = || Error::no_answer("database", Duration::from_secs(5));
    let answer = ask_while(late, "/api/vehicles").await;
    answer.faults(503);
    assert_eq!(
        answer.json()["detail"],
        "the database is unavailable: no answer within 5 s"
    );
}

#[actix_web::test]
async fn internal_errors_are_not_disclosed() {
    let answer = ask_while(|| Error::internal("password=hunter2"), "/api/vehicles").await;
    answer.faults(500);
    assert_eq!(answer.json()["detail"], "internal error");
}

#[actix_web::test]
async fn a_panic_returns_500() {
    let answer = ask_while(|| panic!("password=hunter2"), "/api/vehicles").await;
    answer.faults(500);
    assert!(!answer.text().contains("hunter2"));
}

#[rstest]
#[case("/api/vehicles?search=%ff", "search")]
#[case("/api/vehicles?after=%C3", "after")]
#[case("/api/vehicles?groupId=%ff", "groupId")]
#[case("/api/vehicles/export?search=a%E2%82", "search")]
#[case("/api/positions?ids=%ff", "ids")]
#[case("/api/positions?mapId=%80", "mapId")]
#[case("/api/audit?action=%ff", "action")]
#[actix_web::test]
async fn a_parameter_that_is_not_utf_8_is_named(#[case] path: &str, #[case] field: &str) {
    let stage = Stage::new();
    let refused = stage.get(path).await;
    assert_eq!(refused.faults(422), [format!("{field} must be UTF-8")]);
}

#[actix_web::test]
async fn names_are_normalised_to_nfc() {
    let stage = Stage::new();
    let (composed, decomposed) = ("Caf\u{e9}", "Cafe\u{301}");
    for (path, body) in [
        ("/api/vehicles", a_forklift(decomposed)),
        ("/api/groups", json!({"name": decomposed})),
        ("/api/organizations", json!({"name": decomposed})),
    ] {
        let made = stage.post(path, &body).await;
        assert_eq!(made.status, 201, "{path} {}", made.text());
        assert_eq!(made.json()["name"], composed, "{path}");
        let mut same = body;
        same["name"] = composed.into();
        stage.post(path, &same).await.faults(409);
    }
    for search in ["f%C3%A9", "fe%CC%81", "FE%CC%81"] {
        let found = stage.get(&format!("/api/vehicles?search={search}")).await;
        assert_eq!(found.json()["totalCount"], 1, "{search}");
    }
}
