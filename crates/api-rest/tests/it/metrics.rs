use actix_web::http::StatusCode;
use api_rest::Rest;
use metrics::{counter, with_local_recorder};
use observability::metrics::{MetricsPage, names, recorder};

use crate::endpoints::{endpoints, get};

#[actix_web::test]
async fn counted_events_are_in_the_metrics() {
    let recorder = recorder();
    with_local_recorder(&recorder, || counter!(names::WS_FRAMES_TOTAL).increment(3));
    let endpoints = Rest {
        metrics: MetricsPage::of(&recorder),
        ..endpoints()
    };
    let answer = get(&endpoints, "/metrics").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(
        answer.headers.get("content-type").expect("a type"),
        "text/plain; version=0.0.4; charset=utf-8"
    );
    let page = String::from_utf8(answer.body.to_vec()).expect("text");
    assert!(
        page.lines().any(|line| line == "fleetwatch_ws_frames_total 3"),
        "{page}"
    );
}
