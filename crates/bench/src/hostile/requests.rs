//! Single requests that are meant to cost the server much more than their sender.

use std::{fmt::Write as _, net::Ipv4Addr, time::Duration};

use anyhow::Context as _;
use tokio::time::sleep;

use super::{raw::RawRequest, scene::Scene};

/// Time for background work to settle before the server's CPU time is read.
const SETTLING: Duration = Duration::from_millis(300);

/// Number of rows of an import at full force.
pub(super) const IMPORTED: u32 = 100_000;

const COLUMNS: &str =
    "name,type,manufacturer,specification.maxSpeed,specification.maxLoad,specification.batteryCapacity";

/// A request with its name in reports.
#[derive(Debug)]
pub(super) struct HostileRequest {
    pub(super) name: &'static str,
    request: RawRequest,
}

impl HostileRequest {
    pub(super) const fn request(&self) -> &RawRequest {
        &self.request
    }
}

/// Cost of one request.
#[derive(Debug, Clone)]
pub(super) struct Cost {
    pub(super) name: &'static str,
    pub(super) sent: usize,
    pub(super) status: Option<u16>,
    pub(super) answer_bytes: usize,
    pub(super) cpu: Duration,
}

/// Sends each request alone, and measures the response and the server's CPU time.
///
/// # Errors
/// Fails if a request is not answered, or the server has exited.
pub(super) async fn measure_each(scene: &Scene) -> anyhow::Result<Vec<Cost>> {
    let mut costs = Vec::new();
    for HostileRequest { name, request } in all(scene) {
        sleep(SETTLING).await;
        let before = scene.process.cpu_time()?;
        let answer = request.send(scene.address).await.context(name)?;
        // Work may continue after the response, and is counted too.
        sleep(SETTLING).await;
        costs.push(Cost {
            name,
            sent: request.body.len() + request.line.len() + request.headers.len(),
            status: answer.status,
            answer_bytes: answer.bytes,
            cpu: scene.process.cpu_time()? - before,
        });
    }
    Ok(costs)
}

/// Returns an import of many vehicles as CSV, by an ADMIN of one organisation.
pub(super) fn import(scene: &Scene, name: &str, is_rehearsal: bool) -> RawRequest {
    let rows: String = (0..scene.scale.of(IMPORTED))
        .map(|n| format!("{name} {n},FORKLIFT,Acme,2,100,1000\n"))
        .collect();
    RawRequest {
        from: Ipv4Addr::LOCALHOST,
        line: format!("POST /api/vehicles/import?dryRun={is_rehearsal}"),
        headers: format!("Content-Type: text/csv\r\n{}", scene.manager),
        body: format!("{COLUMNS}\n{rows}").into(),
    }
}

/// Returns all requests. Most of them repeat a fault many times, where that is most expensive.
pub(super) fn all(scene: &Scene) -> Vec<HostileRequest> {
    const LOGIN: &str = "POST /api/auth/login";
    let (viewer, admin) = (scene.viewer.as_str(), scene.administrator.as_str());
    let long = |count| "k".repeat(count);
    let list = |item: &str, count| format!("[{}]", vec![item; count].join(","));
    let request = |name, line: &str, authorization: &str, body: String| HostileRequest {
        name,
        request: RawRequest::json(line, authorization, body),
    };
    let bomb = |key: usize, count| format!("{{\"{}\":{}}}", long(key), list(r#"{"a":1,"a":2}"#, count));
    let search = |n| format!("a{n}:vehicles(filter:{{search:\\\"{n}\\\"}}){{totalCount}}");
    let counts: String = (0..99).map(search).collect();
    let introspection: String = (0..100)
        .map(|n| {
            format!("a{n}:__schema{{types{{name description fields{{name description type{{name}}}}}}}}")
        })
        .collect();
    let parameters = (0..8_000).fold(String::from("GET /api/vehicles?"), |mut line, n| {
        // Writing to a string never fails.
        let _ = write!(line, "p{n}=&");
        line
    });
    let record = format!("{{\"{}\":{}}}\n", long(100_000), list("1", 1_000_000));
    let lines = |name, authorization: &str| HostileRequest {
        name,
        request: RawRequest {
            from: Ipv4Addr::LOCALHOST,
            line: "POST /api/vehicles/import?dryRun=true".to_owned(),
            headers: format!("Content-Type: application/x-ndjson\r\n{authorization}"),
            body: record.clone().into(),
        },
    };
    vec![
        request(
            "a long key with 40,000 duplicate keys below it, 960 KB",
            LOGIN,
            "",
            bomb(400_000, 40_000),
        ),
        request(
            "a key of 10,000 characters with 4,000 duplicate keys below it",
            LOGIN,
            "",
            bomb(10_000, 4_000),
        ),
        request(
            "a long key with a list of 260,000 numbers",
            LOGIN,
            "",
            format!("{{\"{}\":{}}}", long(520_000), list("1", 260_000)),
        ),
        request(
            "the same key repeated for 1 MiB",
            LOGIN,
            "",
            format!("{{{}\"a\":1}}", "\"a\":1,".repeat(174_000)),
        ),
        request(
            "the body of the first request, sent as a vehicle by an ADMIN",
            "POST /api/vehicles",
            admin,
            bomb(400_000, 40_000),
        ),
        request(
            "the body of the first request, sent as GraphQL variables",
            "POST /graphql",
            admin,
            {
                format!(
                    "{{\"query\":\"{{__typename}}\",\"variables\":{}}}",
                    bomb(400_000, 40_000)
                )
            },
        ),
        request(
            "60,000 unknown fields of a vehicle",
            "POST /api/vehicles",
            admin,
            {
                let fields: Vec<_> = (0..60_000).map(|n| format!("\"f{n}\":1")).collect();
                format!("{{{}}}", fields.join(","))
            },
        ),
        request("8,000 unknown URL parameters", &parameters, admin, String::new()),
        lines("a line of 2.2 MB imported by a VIEWER", viewer),
        lines("the same line imported by an ADMIN", admin),
        request(
            "the counts of 99 searches",
            "POST /graphql",
            viewer,
            format!("{{\"query\":\"{{{counts}}}\"}}"),
        ),
        request(
            "100 introspections without a token",
            "POST /graphql",
            "",
            format!("{{\"query\":\"{{{introspection}}}\"}}"),
        ),
        request(
            "a document nested 100,000 levels deep",
            "POST /graphql",
            viewer,
            {
                format!(
                    "{{\"query\":\"{}{}\"}}",
                    "{a".repeat(100_000),
                    "}".repeat(100_000)
                )
            },
        ),
        request("JSON nested 400,000 levels deep", LOGIN, "", "[".repeat(400_000)),
    ]
}
