//! Access to the API descriptions, the metrics and the public keys.

use actix_web::test::TestRequest;
use api_rest::{MetricsEndpoint, Rest};
use rstest::rstest;

use crate::{
    endpoints::endpoints,
    stage::{Stage, send_to},
};

async fn status(rest: &Rest, path: &str, authorization: Option<&str>) -> u16 {
    let mut request = TestRequest::with_uri(path).insert_header(("x-request-id", "test-1"));
    if let Some(authorization) = authorization {
        request = request.insert_header(("authorization", authorization));
    }
    send_to(rest, request).await.status.as_u16()
}

#[actix_web::test]
async fn hidden_api_descriptions_are_not_found() {
    let rest = Rest {
        shows_docs: false,
        ..endpoints()
    };
    for path in [
        "/docs",
        "/docs/",
        "/docs/index.html",
        "/api/openapi.json",
        "/api/asyncapi.json",
    ] {
        assert_eq!(status(&rest, path, None).await, 404, "{path}");
    }
}

#[rstest]
#[case(MetricsEndpoint::Open, None, 200)]
#[case(MetricsEndpoint::Closed, None, 404)]
#[case(MetricsEndpoint::Closed, Some("Bearer 0123456789abcdef"), 404)]
#[case(MetricsEndpoint::Token("0123456789abcdef".into()), None, 401)]
#[case(MetricsEndpoint::Token("0123456789abcdef".into()), Some("Bearer 0123456789abcdeg"), 401)]
#[case(MetricsEndpoint::Token("0123456789abcdef".into()), Some("Bearer 0123456789abcde"), 401)]
#[case(MetricsEndpoint::Token("0123456789abcdef".into()), Some("Bearer 0123456789abcdef"), 200)]
#[actix_web::test]
async fn metrics_are_served_as_configured(
    #[case] metrics_endpoint: MetricsEndpoint,
    #[case] authorization: Option<&str>,
    #[case] expected: u16,
) {
    let rest = Rest {
        metrics_endpoint,
        ..endpoints()
    };
    assert_eq!(status(&rest, "/metrics", authorization).await, expected);
}

#[actix_web::test]
async fn the_keys_are_public() {
    let stage = Stage::new();
    let keys = stage
        .ask(actix_web::http::Method::GET, "/.well-known/jwks.json")
        .without_token()
        .send()
        .await;
    assert_eq!(keys.status, 200);
    assert!(keys.json()["keys"].is_array());
}
