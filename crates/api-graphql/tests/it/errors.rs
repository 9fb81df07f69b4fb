//! Errors of the server.

use std::sync::Arc;

use api_graphql::GraphqlOptions;
use application::{
    Actor, Error, Result,
    paging::{Page, PageRequest},
    ports::{Collision, Mode, Registration, VehicleFilter, VehiclePlace, VehicleRepository, VehicleSort},
};
use async_trait::async_trait;
use domain::{
    AccessScope, OrganizationId, VehicleId,
    vehicle::{Vehicle, VehicleChanges, VehicleDraft, VehicleStatus, VehicleType, Version},
};
use serde_json::json;
use time::OffsetDateTime;

use crate::{
    stage::{Stage, UNKNOWN_ID},
    stores::Stores,
};

/// Registry whose methods fail in different ways.
struct Broken;

fn away<T>() -> Result<T> {
    Err(Error::unavailable(
        "database",
        "password authentication failed for user \"secret\"",
    ))
}

#[async_trait]
impl VehicleRepository for Broken {
    async fn find_by_ids(&self, _: &AccessScope, _: &[VehicleId]) -> Result<Vec<Vehicle>> {
        away()
    }

    async fn find_by_id(&self, _: &AccessScope, _: VehicleId) -> Result<Option<Vehicle>> {
        panic!("an invariant does not hold");
    }

    async fn find_all(
        &self,
        _: &AccessScope,
        _: &VehicleFilter,
        _: VehicleSort,
        _: &PageRequest<VehiclePlace>,
    ) -> Result<Page<Vehicle>> {
        Ok(Page::of(Vec::new(), &PageRequest::<VehiclePlace>::start()))
    }

    async fn count(&self, _: &AccessScope, _: &VehicleFilter) -> Result<u64> {
        away()
    }

    async fn find_by_type(&self, _: &AccessScope, kind: VehicleType, limit: u32) -> Result<Vec<Vehicle>> {
        match kind {
            VehicleType::Amr => Err(Error::internal("a row cannot be read: secret")),
            _ => Err(Error::TooMany {
                what: "vehicles",
                limit,
            }),
        }
    }

    async fn find_enabled_vehicles(&self, _: &AccessScope, _: u32) -> Result<Vec<Vehicle>> {
        away()
    }

    async fn create_all(
        &self,
        _: &Actor,
        _: OrganizationId,
        _: Vec<Registration>,
        _: Mode,
    ) -> Result<Result<Vec<Vehicle>, Vec<Collision>>> {
        away()
    }

    async fn create(&self, _: &Actor, _: OrganizationId, _: VehicleDraft) -> Result<Vehicle> {
        away()
    }

    async fn update(
        &self,
        _: &Actor,
        _: VehicleId,
        _: Option<Version>,
        _: VehicleChanges,
    ) -> Result<Vehicle> {
        Err(Error::VersionMismatch {
            current: Version::FIRST,
        })
    }

    async fn delete(&self, _: &Actor, _: VehicleId, _: Option<Version>) -> Result<Vehicle> {
        away()
    }

    async fn restore(&self, _: &Actor, _: VehicleId) -> Result<Vehicle> {
        away()
    }

    async fn set_enabled(&self, _: &Actor, _: &[VehicleId], _: bool) -> Result<Vec<Vehicle>> {
        away()
    }

    async fn delete_all(&self, _: &Actor, _: &[VehicleId]) -> Result<Vec<Vehicle>> {
        away()
    }

    async fn record_statuses(&self, _: &[(VehicleId, VehicleStatus)]) -> Result<OffsetDateTime> {
        away()
    }

    async fn load_all(&self) -> Result<Vec<Vehicle>> {
        away()
    }
}

async fn broken() -> Stage {
    let stores = Stores::default().with(|ports| ports.vehicles = Arc::new(Broken));
    Stage::on(GraphqlOptions::default(), stores).await
}

#[tokio::test]
async fn a_panic_is_an_internal_error_and_does_not_stop_the_server() {
    let stage = broken().await;
    for _ in 0..2 {
        let query = format!("{{ vehicle(id: \"{UNKNOWN_ID}\") {{ id }} }}");
        let (status, answer) = stage.post(&json!({"query": query})).await;
        assert_eq!(status, 500);
        let error = &answer["errors"][0];
        assert_eq!(error["message"], "internal error");
        assert_eq!(error["extensions"]["code"], "INTERNAL");
        assert!(
            error["extensions"]["requestId"]
                .as_str()
                .is_some_and(|id| !id.is_empty())
        );
    }
}

#[tokio::test]
async fn an_internal_error_reveals_only_its_request_id() {
    let error = broken()
        .await
        .error("{ vehiclesByType(type: AMR) { id } }", json!({}))
        .await;
    assert_eq!(error["message"], "internal error");
    let extensions = error["extensions"].as_object().expect("an object");
    assert_eq!(extensions.keys().collect::<Vec<_>>(), ["code", "requestId"]);
    assert!(!error.to_string().contains("secret"));
}

#[tokio::test]
async fn an_unavailable_dependency_is_reported() {
    let error = broken()
        .await
        .error("{ enabledVehicles { id } }", json!({}))
        .await;
    assert_eq!(error["message"], "the database is unavailable");
    assert_eq!(
        error["extensions"],
        json!({"code": "UNAVAILABLE", "retryAfterMs": 1000})
    );
}

#[tokio::test]
async fn an_outdated_version_is_a_conflict() {
    let query = format!("mutation {{ enableVehicle(id: \"{UNKNOWN_ID}\") {{ id }} }}");
    let error = broken().await.error(&query, json!({})).await;
    assert_eq!(error["extensions"], json!({"code": "CONFLICT", "version": 1}));
}

#[tokio::test]
async fn a_list_that_is_too_long_is_too_complex() {
    let error = broken()
        .await
        .error("{ vehiclesByType(type: AGV) { id } }", json!({}))
        .await;
    assert_eq!(
        error["message"],
        "there are more than 10001 vehicles: request them in pages"
    );
    assert_eq!(error["extensions"], json!({"code": "QUERY_TOO_COMPLEX"}));
}

#[tokio::test]
async fn a_list_is_only_counted_if_the_total_is_selected() {
    let stage = broken().await;
    let page = stage.data("{ vehicles { nodes { id } } }", json!({})).await;
    assert_eq!(page, json!({"vehicles": {"nodes": []}}));
    let error = stage.error("{ vehicles { totalCount } }", json!({})).await;
    assert_eq!(
        (&error["path"], &error["extensions"]["code"]),
        (&json!(["vehicles", "totalCount"]), &json!("UNAVAILABLE"))
    );
}

/// Juniper would panic, because it looks up the type of a default value without having checked that it exists.
#[tokio::test]
async fn a_variable_of_an_unknown_type_is_rejected() {
    let stage = Stage::new().await;
    let query = "query($x: Nothing = 1) { __typename } query Other($y: [Nowhere!]! = []) { __typename }";
    for member in [Some(&stage.administrator), None] {
        let (status, answer) = stage.post_as(member, &json!({"query": query})).await;
        assert_eq!(status, 200, "{answer}");
        let error = &answer["errors"][0];
        assert_eq!(
            error["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED",
            "{answer}"
        );
        assert_eq!(error["message"], "Unknown type \"Nothing\"", "{answer}");
    }
    let mut client = stage.connect().await;
    client.subscribe("1", query, json!({})).await;
    let message = client.receive().await;
    assert_eq!(
        (&message["type"], &message["id"]),
        (&json!("error"), &json!("1")),
        "{message}"
    );
}
