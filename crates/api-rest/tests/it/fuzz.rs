//! Fuzzing of query strings.

use actix_web::{
    App,
    body::to_bytes,
    rt::System,
    test::{TestRequest, init_service, try_call_service},
};
use fuzzing::{Seeds, fuzz, mutated};
use observability::http::RequestTelemetry;
use serde_json::Value;

use crate::stage::Stage;

/// Valid queries of every list, by path.
const QUERIES: &[(&str, &[&str])] = &[
    (
        "/api/vehicles",
        &[
            "type=AMR&status=IDLE&enabled=true&groupId=0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70&search=l%C3%B6ft",
            "sort=-name&first=2",
            "sort=createdAt&first=1&after=",
            "enabled=&type=",
        ],
    ),
    (
        "/api/vehicles/export",
        &[
            "format=csv&type=FORKLIFT",
            "format=jsonl&search=lift&status=ERROR",
        ],
    ),
    (
        "/api/groups",
        &[
            "organizationId=00000000-0000-0000-0000-000000000001&first=3",
            "first=1&after=",
        ],
    ),
    (
        "/api/positions",
        &[
            "ids=0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70,00000000-0000-0000-0000-000000000001&type=FORKLIFT",
            "groupId=0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70&mapId=floor-1",
        ],
    ),
    ("/api/users", &["first=1", "first=100&after="]),
    (
        "/api/grants",
        &["userId=0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70&first=1"],
    ),
    (
        "/api/audit",
        &[
            "actorId=0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70&action=vehicle.create&first=1",
            "from=2026-01-31T12:00:00Z&to=2026-01-31T12:00:00%2B01:00&subjectId=0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70",
            "first=1&after=",
        ],
    ),
    (
        "/api/dead-letters",
        &[
            "reason=jump&vehicleId=0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70&first=1",
            "reason=&after=",
        ],
    ),
];

/// Percent-encodes all bytes that a URL may not contain, as clients do.
fn escaped(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        match byte {
            b'%' | b'&' | b'=' | b'+' | b'-' | b'.' | b'_' | b'~' | b':' | b'/' | b'?' | b';' | b','
            | b'[' | b']' => {
                text.push(char::from(*byte));
            }
            byte if byte.is_ascii_alphanumeric() => text.push(char::from(*byte)),
            byte => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}

/// Every query string yields a page, or a problem document that names the invalid parameters.
#[test]
fn fuzz_filters_are_accepted_or_rejected() {
    let system = System::new();
    let stage = Stage::new();
    let (app, bearer, cursors) = system.block_on(async {
        for name in ["Lift 1", "löft 2", "Lift 3"] {
            stage.forklift(name).await;
        }
        let mut cursors = Vec::new();
        for (path, sort) in [
            ("/api/vehicles", "&sort=name"),
            ("/api/vehicles", ""),
            ("/api/users", ""),
            ("/api/audit", ""),
        ] {
            let page = stage.get(&format!("{path}?first=1{sort}")).await.json();
            cursors.extend(page["pageInfo"]["endCursor"].as_str().map(str::to_owned));
        }
        let rest = stage.endpoints_to(stage.app());
        let app = App::new()
            .configure(|server| rest.configure(server))
            .wrap(RequestTelemetry::new(None));
        (
            init_service(app).await,
            stage.administrator().await.bearer(),
            cursors,
        )
    });
    let queries = QUERIES
        .iter()
        .flat_map(|(path, queries)| queries.iter().map(move |query| format!("{path}?{query}")));
    let names = [
        "type=", "status=", "search=", "sort=", "first=", "after=", "format=", "&", "=", "%2B", "AGV",
        "-status",
    ];
    let seeds = Seeds::of(queries).with_words(names).with_words(&cursors);
    fuzz("queries", mutated(seeds), |bytes| {
        // The fuzzer may have changed the path, too.
        let (path, query) = match bytes.iter().position(|byte| *byte == b'?') {
            Some(at) => (&bytes[..at], &bytes[at + 1..]),
            None => (&b"/api/vehicles"[..], &bytes[..]),
        };
        let known = QUERIES.iter().find(|(known, _)| known.as_bytes() == path);
        let url = format!(
            "{}?{}",
            known.map_or("/api/vehicles", |(known, _)| known),
            escaped(query)
        );
        let request = TestRequest::with_uri(&url).insert_header(("authorization", bearer.clone()));
        let (status, body) = system.block_on(async {
            let response = try_call_service(&app, request.to_request())
                .await
                .expect("an answer");
            let status = response.status().as_u16();
            (status, to_bytes(response.into_body()).await)
        });
        let body = body.expect("a whole body");
        match status {
            200 if url.starts_with("/api/vehicles/export") => {}
            200 => {
                let page: Value = serde_json::from_slice(&body).expect("JSON");
                assert!(
                    page["items"].is_array()
                        && (page["totalCount"].is_u64() || page["isIncomplete"].is_boolean()),
                    "{url}: {page}"
                );
            }
            422 => {
                let problem: Value = serde_json::from_slice(&body).expect("JSON");
                let faults = problem["errors"].as_array().expect("what is wrong");
                assert!(!faults.is_empty(), "{url}: {problem}");
            }
            status => panic!("{url}: {status} {}", String::from_utf8_lossy(&body)),
        }
    });
}
