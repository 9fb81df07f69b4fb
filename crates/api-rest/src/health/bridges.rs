//! The bridges that publish the messages of ROS 2 and VDA 5050 robots.

use actix_web::{HttpRequest, HttpResponse, http::header::AUTHORIZATION, web::Data};
use application::health::{Bridge, BridgeState, BridgedRobot, BridgesHealth, CheckHealth};
use observability::http::RequestId;
use serde::Serialize;

use super::response::{ms, respond, rfc3339, word};
use crate::caller::Caller;

/// `GET /health/ros2`: whether bridges send heartbeats and are connected to their robots. Callers with an access token
/// also receive the bridges with the robots that they may see.
pub(crate) async fn ros2(request: HttpRequest, id: RequestId, check: Data<CheckHealth>) -> HttpResponse {
    // Without a token there is no caller. An invalid token is an error, as at any other endpoint.
    let caller = match request.headers().contains_key(AUTHORIZATION) {
        true => match Caller::of(&request).await {
            Ok(caller) => Some(caller),
            Err(problem) => return problem.respond(&id),
        },
        false => None,
    };
    let health = check.bridges().await;
    let visible = caller.map(|Caller(actor)| check.visible_bridges(&health, &actor));
    let body = BridgesBody::new(&health, visible.as_deref());
    respond(health.status, &body)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BridgesBody<'a> {
    status: &'static str,
    since: Option<String>,
    latency_ms: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bridges: Option<Vec<BridgeBody<'a>>>,
}

#[derive(Serialize)]
struct BridgeBody<'a> {
    name: &'a str,
    status: &'static str,
    since: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    robots: Option<Vec<RobotBody<'a>>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RobotBody<'a> {
    vehicle_id: String,
    status: &'static str,
    reason: Option<&'a str>,
    since: Option<String>,
    clock_offset_ms: Option<f64>,
}

impl<'a> BridgesBody<'a> {
    fn new(health: &BridgesHealth, visible: Option<&'a [Bridge]>) -> Self {
        Self {
            status: word(health.status),
            since: rfc3339(health.since),
            latency_ms: ms(health.latency),
            reason: health.reason,
            error: health.error.as_ref().map(ToString::to_string),
            bridges: visible.map(|bridges| bridges.iter().map(BridgeBody::from).collect()),
        }
    }
}

impl<'a> From<&'a Bridge> for BridgeBody<'a> {
    fn from(Bridge { name, state, since }: &'a Bridge) -> Self {
        let (status, error, robots) = match state {
            BridgeState::Alive { robots } => {
                let robots = robots.iter().map(RobotBody::from).collect();
                ("alive", None, Some(robots))
            }
            BridgeState::Invalid { fault } => ("invalid", Some(fault.as_str()), None),
            BridgeState::Lost => ("lost", None, None),
        };
        Self {
            name,
            status,
            since: rfc3339(*since),
            error,
            robots,
        }
    }
}

impl<'a> From<&'a BridgedRobot> for RobotBody<'a> {
    fn from(robot: &'a BridgedRobot) -> Self {
        Self {
            vehicle_id: robot.vehicle_id.to_string(),
            status: robot.status.as_str(),
            reason: robot.reason.as_deref(),
            since: rfc3339(robot.since),
            clock_offset_ms: robot.clock_offset_ms,
        }
    }
}
