//! Cross-origin requests as browsers send them (<https://fetch.spec.whatwg.org/#http-cors-protocol>).

use reqwest::{Client, Method, Response};

use super::support::Program;

const OURS: &str = "https://plant.example";

async fn ask(program: &Program, method: Method, path: &str, headers: &[(&str, &str)]) -> Response {
    let mut request = Client::new().request(method, program.url(path));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.expect("an answer")
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    let value = response.headers().get(name);
    value.map_or("", |value| value.to_str().expect("ASCII"))
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_an_allowed_origin_may_call_rest_and_graphql() {
    let program = Program::serve(&[("HTTP__CORS_ORIGINS", OURS)]).await;
    for (path, method) in [("/api/vehicles", "PUT"), ("/graphql", "POST")] {
        let preflight = [
            ("origin", OURS),
            ("access-control-request-method", method),
            (
                "access-control-request-headers",
                "authorization,content-type,if-match",
            ),
        ];
        let answer = ask(&program, Method::OPTIONS, path, &preflight).await;
        assert_eq!(answer.status(), 200, "{path}");
        assert_eq!(header(&answer, "access-control-allow-origin"), OURS, "{path}");
        assert!(
            header(&answer, "access-control-allow-methods").contains(method),
            "{answer:?}"
        );
    }
    let bearer = format!("Bearer {}", program.administrator().await.access);
    let headers = [("origin", OURS), ("authorization", &*bearer)];
    let answer = ask(&program, Method::GET, "/api/vehicles", &headers).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(header(&answer, "access-control-allow-origin"), OURS);
    assert!(
        header(&answer, "access-control-expose-headers").contains("etag"),
        "{answer:?}"
    );
}

/// Sends the request headers that common libraries add, and checks the response headers that they read.
#[tokio::test(flavor = "multi_thread")]
async fn pages_may_send_and_read_the_headers_of_client_libraries() {
    let program = Program::serve(&[("HTTP__CORS_ORIGINS", OURS)]).await;
    let sent = [
        "traceparent",
        "tracestate",
        "baggage",
        "sentry-trace",
        "apollographql-client-name",
        "apollographql-client-version",
        "x-apollo-operation-name",
        "apollo-require-preflight",
        "graphql-client-name",
        "graphql-client-version",
        "cache-control",
        "x-requested-with",
        "if-match",
        "if-none-match",
        "authorization",
        "content-type",
        "x-request-id",
        "last-event-id",
    ];
    for path in ["/graphql", "/graphql/stream", "/api/vehicles"] {
        for headers in sent.iter().copied().chain([&*sent.join(",")]) {
            let preflight = [
                ("origin", OURS),
                ("access-control-request-method", "POST"),
                ("access-control-request-headers", headers),
            ];
            let answer = ask(&program, Method::OPTIONS, path, &preflight).await;
            assert_eq!(answer.status(), 200, "{path}: {headers}");
        }
        let answer = ask(&program, Method::GET, path, &[("origin", OURS)]).await;
        let exposed = header(&answer, "access-control-expose-headers").to_lowercase();
        for name in [
            "x-request-id",
            "etag",
            "ratelimit",
            "ratelimit-policy",
            "retry-after",
        ] {
            assert!(
                exposed.split(", ").any(|found| found == name),
                "{name}: {exposed}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_other_origins_may_read_nothing() {
    for origins in ["none", OURS] {
        let program = Program::serve(&[("HTTP__CORS_ORIGINS", origins)]).await;
        let foreign = [
            ("origin", "https://elsewhere.example"),
            ("access-control-request-method", "PUT"),
        ];
        for method in [Method::OPTIONS, Method::GET] {
            let answer = ask(&program, method, "/api/vehicles", &foreign).await;
            assert_eq!(header(&answer, "access-control-allow-origin"), "", "{answer:?}");
        }
    }
}

/// Configures default ports, which browsers omit, and host names in other scripts, which they send in ASCII.
#[tokio::test(flavor = "multi_thread")]
async fn origins_match_with_default_ports_and_in_any_script() {
    let named = "https://plant.example, http://hall.example:80, https://日本.jp";
    let program = Program::serve(&[("HTTP__CORS_ORIGINS", named)]).await;
    for (origin, status) in [
        ("https://plant.example", 200),
        ("https://plant.example:443", 200),
        ("http://hall.example", 200),
        ("http://hall.example:80", 200),
        ("https://xn--wgv71a.jp", 200),
        ("https://plant.example:444", 400),
        ("http://plant.example", 400),
    ] {
        let preflight = [("origin", origin), ("access-control-request-method", "GET")];
        let answer = ask(&program, Method::OPTIONS, "/api/vehicles", &preflight).await;
        assert_eq!(answer.status(), status, "{origin}");
        if status == 200 {
            assert_eq!(header(&answer, "access-control-allow-origin"), origin);
        }
    }
}
