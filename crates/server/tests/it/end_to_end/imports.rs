//! Imports of vehicles, and the isolation of other clients from the load that one client causes.

use std::time::{Duration, Instant};

use futures::future::{join, join_all};
use serde_json::{Value, json};

use super::{
    endpoints::Answer,
    support::{ADMINISTRATOR, Plant, Program},
};

const HEADER: &str =
    "id,type,name,manufacturer,specification.maxSpeed,specification.maxLoad,specification.batteryCapacity";

fn row(id: &str, name: &str) -> String {
    format!("{id},FORKLIFT,{name},Acme,1,1,1")
}

async fn import(program: &Program, token: &str, query: &str, rows: &[String]) -> Answer {
    let request = program
        .request("POST", &format!("/api/vehicles/import{query}"))
        .header("content-type", "text/csv")
        .bearer_auth(token)
        .body(format!("{HEADER}\n{}\n", rows.join("\n")));
    Answer::to(request).await
}

async fn make(program: &Program, path: &str, body: Value) -> String {
    let (status, made) = program.as_administrator("POST", path, Some(body)).await;
    assert_eq!(status, 201, "{made}");
    made["id"].as_str().expect("an id").to_owned()
}

async fn administrator_of(program: &Program, organization: &str, name: &str) -> String {
    let user = json!({
        "username": name, "password": ADMINISTRATOR.1, "role": "ADMIN", "organizationId": organization,
    });
    make(program, "/api/users", user).await;
    program.log_in(name, ADMINISTRATOR.1).await.access
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_does_not_reveal_ids_of_other_tenants() {
    let plant = Plant::start().await;
    let program = &plant.program;
    let own = make(program, "/api/organizations", json!({"name": "own"})).await;
    let token = administrator_of(program, &own, "chief-of-own").await;
    let foreign = program.create("foreign").await;
    let foreign_deleted = program.create("foreign and deleted").await;
    let path = format!("/api/vehicles/{foreign_deleted}");
    program.as_administrator("DELETE", &path, None).await;
    let free = "0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70".to_owned();
    let mut faults_by_id = Vec::new();
    for query in ["", "?dryRun=true"] {
        for id in [&free, &foreign, &foreign_deleted] {
            let refused = import(program, &token, query, &[row(id, "Lift")]).await;
            assert_eq!(refused.status, 422, "{refused:?}");
            faults_by_id.push(refused.json()["errors"].clone());
        }
    }
    assert_eq!(faults_by_id[0][0]["field"], "id");
    assert!(
        faults_by_id.iter().all(|faults| *faults == faults_by_id[0]),
        "{faults_by_id:?}"
    );

    // A global administrator may import a vehicle with an id. Its organisation can delete it and import it again.
    let everything = program.administrator().await.access.clone();
    let into_own = format!("?organizationId={own}");
    let brought = import(program, &everything, &into_own, &[row(&free, "Lift")]).await;
    assert_eq!(brought.status, 200, "{brought:?}");
    let path = format!("/api/vehicles/{free}");
    let gone = Answer::to(program.request("DELETE", &path).bearer_auth(&token)).await;
    assert_eq!(gone.status, 204);
    let restored = import(program, &token, "", &[row(&free, "Lift 2")]).await;
    assert_eq!(restored.status, 200, "{restored:?}");
    let shown = Answer::to(program.request("GET", &path).bearer_auth(&token)).await;
    assert_eq!(shown.json()["name"], "Lift 2");
    assert_eq!(shown.json()["isEnabled"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_imports_succeed_or_get_a_retry_after() {
    let plant = Plant::start().await;
    let program = &plant.program;
    let token = &program.administrator().await.access.clone();
    for query in ["", "?dryRun=true"] {
        let files = (0..8).map(|number| async move {
            let name = |n| format!("{query} {number} {n}");
            let rows: Vec<String> = (0..3_000).map(|n| row("", &name(n))).collect();
            import(program, token, query, &rows).await
        });
        let answers = join_all(files).await;
        assert!(answers.iter().any(|answer| answer.status == 200), "{answers:?}");
        for answer in answers {
            match answer.status {
                200 => {}
                429 => assert_eq!(answer.header("retry-after"), "5"),
                _ => panic!("{answer:?}"),
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_vehicles_that_swap_names_cause_no_server_error() {
    let plant = Plant::start().await;
    let program = &plant.program;
    let (one, other) = (program.create("one").await, program.create("other").await);
    let rename = async |id: &str, name: &str| {
        let path = format!("/api/vehicles/{id}");
        program
            .as_administrator("PUT", &path, Some(json!({"name": name})))
            .await
    };
    for _ in 0..5 {
        let (a, b) = join(rename(&one, "other"), rename(&other, "one")).await;
        for (status, answer) in [a, b] {
            assert!([200, 409].contains(&status), "{status} {answer}");
        }
    }
}

/// Locks the table of vehicles until the returned future is awaited.
async fn lock_vehicles(plant: &Plant) -> impl Future<Output = ()> {
    let client = plant.database.client().await;
    client
        .batch_execute("BEGIN; LOCK TABLE vehicles IN ACCESS EXCLUSIVE MODE")
        .await
        .expect("it is locked");
    async move {
        client.batch_execute("COMMIT").await.expect("it is free again");
    }
}

fn remaining(answer: &Answer) -> u32 {
    let text = answer.header("ratelimit");
    let numbers = text.strip_prefix("\"api\";r=");
    let (remaining, _) = numbers.and_then(|rest| rest.split_once(";t=")).expect("numbers");
    remaining.parse().expect("a number")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_costs_quota_by_its_duration() {
    let plant = Plant::with(&[("LIMITS__API_PER_SECOND", "1")]).await;
    let program = &plant.program;
    let token = program.administrator().await.access.clone();
    let list = || {
        Answer::to(
            program
                .request("GET", "/api/vehicles?search=x")
                .bearer_auth(&token),
        )
    };
    let before = remaining(&list().await);
    let unlock = lock_vehicles(&plant).await;
    let release = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        unlock.await;
    };
    let (answer, ()) = join(list(), release).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let cost = before - remaining(&answer);
    assert!(cost >= 15, "only {cost} for a search of half a second");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_with_many_slow_counts_does_not_block_others() {
    let plant = Plant::start().await;
    let program = &plant.program;
    let greedy = program.create_user("greedy", "VIEWER", None).await.access;
    let other = program.create_user("other", "VIEWER", None).await.access;
    let aliases: Vec<String> = (0..90)
        .map(|number| format!("c{number}: vehicles(filter: {{search: \"x{number}\"}}) {{ totalCount }}"))
        .collect();
    let query = format!("{{ {} }}", aliases.join(" "));
    let unlock = lock_vehicles(&plant).await;
    let hanging = join_all((0..4).map(|_| program.graphql_as(Some(&greedy), &query, json!({}))));
    let others = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        for _ in 0..10 {
            let began = Instant::now();
            let groups = Answer::to(program.request("GET", "/api/groups").bearer_auth(&other)).await;
            assert_eq!(groups.status, 200, "{groups:?}");
            assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
        }
        unlock.await;
    };
    join(hanging, others).await;
}
