//! The content of a heartbeat.

use std::collections::BTreeSet;

use domain::{VehicleId, named_enum, telemetry::Timestamp};
use serde::Deserialize;

use crate::ports::{MAX_HEARTBEAT_BYTES, StoredHeartbeat};

named_enum! {
    /// Whether a bridge receives data of a robot.
    RobotStatus {
        /// Data arrives.
        Connected = "connected",
        /// There is a connection, but data no longer arrives.
        Silent = "silent",
        /// No data has arrived yet.
        NoData = "no_data",
    }
}

/// A robot, as its bridge reports it.
#[derive(Debug, Clone, PartialEq)]
pub struct BridgedRobot {
    pub vehicle_id: VehicleId,
    pub status: RobotStatus,
    /// Reason for the status, for operators.
    pub reason: Option<String>,
    /// Time since which the robot has had this status, by the clock of the bridge.
    pub since: Timestamp,
    /// Time by which the robot's clock is ahead of that of the bridge, in milliseconds; `None` if it is unknown.
    pub clock_offset_ms: Option<f64>,
}

/// Maximum lifetime of a heartbeat, in seconds. A longer one would hide the end of its bridge.
const MAX_TTL_S: u64 = 15;

/// Maximum number of characters of a reason.
const REASON_CHARS: usize = 200;

/// Maximum number of characters of the description of a fault, which may quote the heartbeat.
const FAULT_CHARS: usize = 300;

#[derive(Deserialize)]
struct HeartbeatDocument {
    robots: Vec<RobotDocument>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RobotDocument {
    vehicle_id: String,
    status: String,
    reason: Option<String>,
    since: i64,
    clock_offset_ms: Option<f64>,
}

/// Parses a stored heartbeat.
///
/// # Errors
/// Returns a description of the first fault, for operators.
pub(super) fn parse(stored: &StoredHeartbeat) -> Result<Vec<BridgedRobot>, String> {
    let whole = robots_in(stored);
    whole.map_err(|fault| fault.chars().take(FAULT_CHARS).collect())
}

fn robots_in(stored: &StoredHeartbeat) -> Result<Vec<BridgedRobot>, String> {
    let content = stored.content.as_deref().ok_or("the key is not a string")?;
    match stored.expires_in {
        None => return Err("the key does not expire".to_owned()),
        // Compared in whole seconds: a lifetime may be rounded up.
        Some(rest) if rest.as_secs() > MAX_TTL_S => {
            return Err(format!("the key expires after more than {MAX_TTL_S} s"));
        }
        Some(_) => {}
    }
    if content.len() > MAX_HEARTBEAT_BYTES {
        return Err(format!("more than {MAX_HEARTBEAT_BYTES} bytes"));
    }
    let HeartbeatDocument { robots } = serde_json::from_slice(content).map_err(|error| error.to_string())?;
    let mut known = BTreeSet::new();
    let robots = robots.into_iter().enumerate().map(|(index, document)| {
        let robot = robot_of(document).map_err(|fault| format!("robots[{index}].{fault}"))?;
        if !known.insert(robot.vehicle_id) {
            return Err(format!("robots[{index}].vehicleId: occurs twice"));
        }
        Ok(robot)
    });
    robots.collect()
}

fn robot_of(document: RobotDocument) -> Result<BridgedRobot, String> {
    let RobotDocument {
        vehicle_id,
        status,
        reason,
        since,
        clock_offset_ms,
    } = document;
    if let Some(reason) = &reason
        && (reason.chars().count() > REASON_CHARS || reason.chars().any(char::is_control))
    {
        return Err(format!(
            "reason: must have at most {REASON_CHARS} characters and no control characters"
        ));
    }
    Ok(BridgedRobot {
        vehicle_id: vehicle_id
            .parse()
            .map_err(|_| "vehicleId: must be a UUID".to_owned())?,
        status: status
            .parse()
            .map_err(|_| "status: must be connected, silent or no_data".to_owned())?,
        reason,
        since: Timestamp::from_unix_ms(since).map_err(|error| format!("since: {error}"))?,
        clock_offset_ms,
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rstest::rstest;

    use super::*;

    const ID: &str = "0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70";

    fn stored(content: &str) -> StoredHeartbeat {
        StoredHeartbeat {
            name: b"hall-1".to_vec(),
            content: Some(content.as_bytes().to_vec()),
            expires_in: Some(Duration::from_secs(15)),
        }
    }

    fn with(robot: &str) -> StoredHeartbeat {
        stored(&format!(r#"{{"robots":[{robot}]}}"#))
    }

    #[test]
    fn a_heartbeat_lists_robots() {
        let content = format!(
            r#"{{"version":2,"robots":[
                {{"vehicleId":"{ID}","status":"silent","reason":"no Odometry for 3 s","since":1732333333123,
                  "clockOffsetMs":-12.5,"more":[]}}]}}"#
        );
        let expected = BridgedRobot {
            vehicle_id: ID.parse().expect("an id"),
            status: RobotStatus::Silent,
            reason: Some("no Odometry for 3 s".to_owned()),
            since: Timestamp::from_unix_ms(1_732_333_333_123).expect("a time"),
            clock_offset_ms: Some(-12.5),
        };
        assert_eq!(parse(&stored(&content)), Ok(vec![expected]));
        assert_eq!(parse(&stored(r#"{"robots":[]}"#)), Ok(Vec::new()));
        let robots = parse(&with(&format!(
            r#"{{"vehicleId":"{ID}","status":"no_data","since":0}}"#
        )));
        let robots = robots.expect("optional fields may be missing");
        assert_eq!((&robots[0].reason, robots[0].clock_offset_ms), (&None, None));
    }

    #[rstest]
    #[case::no_json("", "EOF")]
    #[case::another_type("[]", "invalid")]
    #[case::no_robots("{}", "missing field `robots`")]
    #[case::a_duplicate_key(r#"{"robots":[],"robots":[]}"#, "duplicate field")]
    #[case::text_behind_it(r#"{"robots":[]}x"#, "trailing")]
    #[case::no_number(r#"{"robots":NaN}"#, "expected value")]
    fn documents_of_another_shape_are_invalid(#[case] content: &str, #[case] expected: &str) {
        let fault = parse(&stored(content)).expect_err("it is invalid");
        assert!(fault.contains(expected), "{fault}");
    }

    #[rstest]
    #[case::no_id(r#"{"vehicleId":"7","status":"silent","since":1}"#, "robots[0].vehicleId")]
    #[case::unknown_status(r#"{"vehicleId":"ID","status":"up","since":1}"#, "robots[0].status")]
    #[case::negative_time(r#"{"vehicleId":"ID","status":"silent","since":-1}"#, "robots[0].since")]
    #[case::fraction(r#"{"vehicleId":"ID","status":"silent","since":1.5}"#, "invalid type")]
    #[case::offset(
        r#"{"vehicleId":"ID","status":"silent","since":1,"clockOffsetMs":"1"}"#,
        "invalid type"
    )]
    #[case::control(
        r#"{"vehicleId":"ID","status":"silent","since":1,"reason":"\u0000"}"#,
        "robots[0].reason"
    )]
    #[case::twice(
        r#"{"vehicleId":"ID","status":"silent","since":1},{"vehicleId":"ID","status":"silent","since":1}"#,
        "robots[1].vehicleId: occurs twice"
    )]
    fn faults_of_a_robot_make_the_heartbeat_invalid(#[case] robots: &str, #[case] expected: &str) {
        let fault = parse(&with(&robots.replace("ID", ID))).expect_err("it is invalid");
        assert!(fault.contains(expected), "{fault}");
    }

    #[test]
    fn a_heartbeat_must_expire_and_be_a_short_string() {
        let sound = stored(r#"{"robots":[]}"#);
        let fault = |changed: StoredHeartbeat| parse(&changed).expect_err("it is invalid");
        let forever = StoredHeartbeat {
            expires_in: None,
            ..sound.clone()
        };
        assert_eq!(fault(forever), "the key does not expire");
        let late = StoredHeartbeat {
            expires_in: Some(Duration::from_secs(16)),
            ..sound.clone()
        };
        assert_eq!(fault(late), "the key expires after more than 15 s");
        let list = StoredHeartbeat {
            content: None,
            ..sound
        };
        assert_eq!(fault(list), "the key is not a string");
        let blanks = " ".repeat(MAX_HEARTBEAT_BYTES);
        assert_eq!(fault(stored(&format!("{blanks}{{}}"))), "more than 262144 bytes");
    }

    #[test]
    fn the_description_of_a_fault_is_short() {
        let content = format!(r#"{{"robots":"{}"}}"#, "x".repeat(10_000));
        let fault = parse(&stored(&content)).expect_err("it is invalid");
        assert_eq!(fault.chars().count(), FAULT_CHARS);
    }
}
