use actix_web::http::StatusCode;

use crate::doors::{doors, get};

#[actix_web::test]
async fn a_server_that_knows_no_vehicles_yet_wants_no_requests() {
    let answer = get(&doors(), "/health/ready").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.json()["reason"], "the vehicles are not loaded yet");
}

#[actix_web::test]
async fn a_server_that_shuts_down_wants_no_more_requests_but_is_alive() {
    let doors = doors();
    doors.readiness.shut_down();
    let answer = get(&doors, "/health/ready").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.json()["reason"], "the server is shutting down");
    assert_eq!(get(&doors, "/health/live").await.status, StatusCode::OK);
}
