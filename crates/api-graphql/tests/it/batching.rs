//! Batched loading: the number of calls does not depend on the length of a page.

use std::sync::{Arc, atomic::Ordering};

use api_graphql::GraphqlOptions;
use rstest::rstest;
use serde_json::{Value, json};

use crate::{probe::Probe, stage::Stage};

async fn on(probe: &Arc<Probe>) -> Stage {
    let options = GraphqlOptions {
        max_complexity: 1_000_000,
        ..GraphqlOptions::default()
    };
    Stage::on(options, probe.stores()).await
}

/// Creates vehicles, each of which is a member of one of three groups and of a fourth group that all share. The robot
/// of the first vehicle has sent a position.
async fn a_fleet(stage: &Stage, vehicles: usize) {
    let mut groups = Vec::new();
    for n in 0..4 {
        groups.push(stage.group(&format!("Hall {n}")).await);
    }
    for n in 0..vehicles {
        let id = stage.enabled_forklift(&format!("Lift {n}")).await;
        stage.add_to_group(&groups[n % 3], &id).await;
        stage.add_to_group(&groups[3], &id).await;
        if n == 0 {
            stage.robot_is_at(&id, 1.0);
        }
    }
}

/// Query for all live data of a page, partly through fragments, which Juniper resolves one after another.
const ALL_OF_A_PAGE: &str = "
    query($first: Int) {
        vehicles(pagination: {first: $first}) {
            totalCount
            nodes { id position { x } groups { name } ...Present ... on Forklift { runtimeState { batteryLevel } } }
            edges { node { connectionStatus groups { id } } }
        }
    }
    fragment Present on Vehicle { mapping { redisKey syncStatus } connectionStatus runtimeState { currentSpeed } }";

#[rstest]
#[case(1)]
#[case(10)]
#[case(100)]
#[tokio::test]
async fn a_page_with_all_fields_takes_four_calls(#[case] vehicles: usize) {
    let probe = Arc::new(Probe::default());
    let stage = on(&probe).await;
    a_fleet(&stage, vehicles).await;
    probe.calls();
    let page = stage.data(ALL_OF_A_PAGE, json!({"first": vehicles})).await;
    let calls: Vec<_> = probe.calls().into_iter().collect();
    let once = [
        ("count", 1),
        ("find_all", 1),
        ("find_by_ids of groups", 1),
        ("read of live keys", 1),
    ];
    assert_eq!(calls, once);

    let nodes = page["vehicles"]["nodes"].as_array().expect("a list");
    assert_eq!(nodes.len(), vehicles);
    assert_eq!(nodes[0]["position"], json!({"x": 1.0}));
    assert_eq!(nodes[0]["connectionStatus"], "CONNECTED");
    for (n, node) in nodes.iter().enumerate() {
        let expected = json!([{"name": format!("Hall {}", n % 3)}, {"name": "Hall 3"}]);
        assert_eq!(node["groups"], expected);
        let key = format!("vehicle:{{{}}}", node["id"].as_str().expect("an id"));
        assert_eq!(node["mapping"]["redisKey"], key);
    }
}

#[tokio::test]
async fn fields_that_are_not_selected_are_not_loaded() {
    let probe = Arc::new(Probe::default());
    let stage = on(&probe).await;
    a_fleet(&stage, 2).await;
    probe.calls();
    let lists = "{ vehicles { nodes { name } } vehiclesByType(type: FORKLIFT) { position { x } } }";
    stage.data(lists, json!({})).await;
    let calls: Vec<_> = probe.calls().into_iter().collect();
    assert_eq!(
        calls,
        [("find_all", 1), ("find_by_type", 1), ("read of live keys", 1)]
    );
}

#[rstest]
#[case(1)]
#[case(100)]
#[tokio::test]
async fn the_bridges_of_a_page_take_one_call(#[case] vehicles: usize) {
    let probe = Arc::new(Probe::default());
    let stage = on(&probe).await;
    a_fleet(&stage, vehicles).await;
    probe.calls();
    let query = "query($first: Int) {
        vehicles(pagination: {first: $first}) { nodes { mapping { bridge { status } } } }
        enabledVehicles { mapping { bridge { name } } }
    }";
    let page = stage.data(query, json!({"first": vehicles})).await;
    assert_eq!(probe.calls().get("read of heartbeats"), Some(&1));
    let nodes = page["vehicles"]["nodes"].as_array().expect("a list");
    assert_eq!(*nodes, vec![json!({"mapping": {"bridge": null}}); vehicles]);
}

#[tokio::test]
async fn a_bridge_that_cannot_be_determined_is_unknown_without_an_error() {
    let probe = Arc::new(Probe::default());
    let stage = on(&probe).await;
    stage.enabled_forklift("Lift 1").await;
    probe.is_away.store(true, Ordering::Relaxed);
    let query = "{ enabledVehicles { mapping {
        syncStatus bridge { name status reason since clockOffsetMs }
    } } }";
    let bridge = json!({
        "name": null, "status": "unknown", "reason": "the heartbeats cannot be read", "since": null,
        "clockOffsetMs": null,
    });
    let expected = json!([{"mapping": {"syncStatus": "ERROR", "bridge": bridge}}]);
    assert_eq!(stage.data(query, json!({})).await["enabledVehicles"], expected);
}

#[tokio::test]
async fn mutations_return_data_from_after_the_change() {
    let probe = Arc::new(Probe::default());
    let stage = on(&probe).await;
    let id = stage.enabled_forklift("Lift 1").await;
    let query = "mutation($id: ID!) {
        off: disableVehicle(id: $id) { mapping { redisKey } }
        on: enableVehicle(id: $id) { mapping { vehicleId } groups { id } }
    }";
    let changed = stage.data(query, json!({"id": id})).await;
    let expected = json!({"off": {"mapping": null}, "on": {"mapping": {"vehicleId": id}, "groups": []}});
    assert_eq!(changed, expected);
}

#[tokio::test]
async fn unavailable_data_is_null_with_an_error() {
    let probe = Arc::new(Probe::default());
    let stage = on(&probe).await;
    a_fleet(&stage, 2).await;
    probe.is_away.store(true, Ordering::Relaxed);
    let query = "{ enabledVehicles {
        position { x } runtimeState { batteryLevel } connectionStatus mapping { syncStatus connectionStatus }
    } }";
    let (status, answer) = stage.post(&json!({"query": query})).await;
    assert_eq!(status, 200);
    let mapping = |connection: Value| json!({"syncStatus": "ERROR", "connectionStatus": connection});
    let connected = json!("CONNECTED");
    let expected = json!([
        {"position": {"x": 1.0}, "runtimeState": null, "connectionStatus": connected, "mapping": mapping(connected.clone())},
        {"position": null, "runtimeState": null, "connectionStatus": null, "mapping": mapping(json!(null))},
    ]);
    assert_eq!(answer["data"]["enabledVehicles"], expected);
    let errors = answer["errors"].as_array().expect("errors");
    // The position of the first vehicle is known, so that field has no error.
    let mut paths: Vec<_> = errors.iter().map(|error| error["path"].to_string()).collect();
    paths.sort_unstable();
    assert_eq!(
        paths,
        [
            r#"["enabledVehicles",0,"runtimeState"]"#,
            r#"["enabledVehicles",1,"position"]"#,
            r#"["enabledVehicles",1,"runtimeState"]"#,
        ]
    );
    for error in errors {
        assert_eq!(error["message"], "Redis is unavailable");
        assert_eq!(
            error["extensions"],
            json!({"code": "UNAVAILABLE", "retryAfterMs": 1000})
        );
    }

    let error = stage
        .error(
            "{ vehicles(pagination: {first: 1}) { nodes { groups { id } } } }",
            json!({}),
        )
        .await;
    assert_eq!(error["extensions"]["code"], "UNAVAILABLE");

    // Each item of each list has its own error, with the aliases in its path.
    let query = "{ page: vehicles {
        edges { node { state: runtimeState { batteryLevel } } }
        nodes { ... on Forklift { state: runtimeState { batteryLevel } } }
    } }";
    let (_, answer) = stage.post(&json!({"query": query})).await;
    let errors = answer["errors"].as_array().expect("errors");
    let mut paths: Vec<_> = errors.iter().map(|error| error["path"].to_string()).collect();
    paths.sort_unstable();
    assert_eq!(
        paths,
        [
            r#"["page","edges",0,"node","state"]"#,
            r#"["page","edges",1,"node","state"]"#,
            r#"["page","nodes",0,"state"]"#,
            r#"["page","nodes",1,"state"]"#,
        ]
    );
}
