//! The content of a heartbeat.

use std::collections::BTreeSet;

use domain::{VehicleId, named_enum, telemetry::Timestamp};
use serde::{Deserialize, de::IgnoredAny};
use serde_json::{error::Category, value::RawValue};

use crate::ports::{MAX_HEARTBEAT_BYTES, StoredHeartbeat};

named_enum! {
    /// Whether a bridge receives data from a robot.
    RobotStatus {
        /// Data is arriving.
        Connected = "connected",
        /// There is a connection, but data no longer arrives.
        Silent = "silent",
        /// No data has arrived yet.
        NoData = "no_data",
    }
}

/// A robot, as reported by its bridge.
#[derive(Debug, Clone, PartialEq)]
pub struct BridgedRobot {
    pub vehicle_id: VehicleId,
    pub status: RobotStatus,
    /// Reason for the status, for operators.
    pub reason: Option<String>,
    /// Time since which the robot has had this status, by the clock of the bridge.
    pub since: Timestamp,
    /// Lead of the robot's clock over the bridge's, in milliseconds (negative if the robot's clock is behind); `None`
    /// if it is unknown.
    pub clock_offset_ms: Option<f64>,
}

/// Maximum lifetime of a heartbeat, in seconds. A longer one would delay the detection of a bridge that has stopped.
const MAX_TTL_S: u64 = 15;

/// Maximum number of characters of a reason.
const REASON_CHARS: usize = 200;

/// Maximum number of characters of the description of a fault, which may quote the heartbeat.
const FAULT_CHARS: usize = 300;

/// The fields of a heartbeat, as JSON text that is not parsed yet, so that faults name their field. A `null` is a
/// missing field.
#[derive(Default, Deserialize)]
#[serde(default)]
struct HeartbeatDocument<'a> {
    #[serde(borrow)]
    robots: Option<&'a RawValue>,
}

/// The fields of a robot, like [`HeartbeatDocument`].
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RobotDocument<'a> {
    #[serde(borrow)]
    vehicle_id: Option<&'a RawValue>,
    #[serde(borrow)]
    status: Option<&'a RawValue>,
    #[serde(borrow)]
    reason: Option<&'a RawValue>,
    #[serde(borrow)]
    since: Option<&'a RawValue>,
    #[serde(borrow)]
    clock_offset_ms: Option<&'a RawValue>,
}

/// Parses a stored heartbeat.
///
/// # Errors
/// Returns a description of the first fault, for operators.
pub(super) fn parse(stored: &StoredHeartbeat) -> Result<Vec<BridgedRobot>, String> {
    let whole = robots_in(stored);
    whole.map_err(|fault| shortened(&fault))
}

fn shortened(fault: &str) -> String {
    fault.chars().take(FAULT_CHARS).collect()
}

fn robots_in(stored: &StoredHeartbeat) -> Result<Vec<BridgedRobot>, String> {
    let content = stored.content.as_deref().ok_or("the key is not a string")?;
    match stored.expires_in {
        None => return Err("the key does not expire".to_owned()),
        // The comparison is in whole seconds, because a lifetime may be rounded up.
        Some(rest) if rest.as_secs() > MAX_TTL_S => {
            return Err(format!("the key expires after more than {MAX_TTL_S} s"));
        }
        Some(_) => {}
    }
    if content.len() > MAX_HEARTBEAT_BYTES {
        return Err(format!("must have at most {MAX_HEARTBEAT_BYTES} bytes"));
    }
    let content = std::str::from_utf8(content).map_err(|_| "must be UTF-8")?;
    let document: HeartbeatDocument<'_> = object(content)?;
    let robots = required("robots", document.robots, |robots| {
        serde_json::from_str::<Vec<&RawValue>>(robots).map_err(|_| "must be a list".to_owned())
    })?;
    let mut known = BTreeSet::new();
    let robots = robots.into_iter().enumerate().map(|(index, document)| {
        let document = object(document.get()).map_err(|fault| format!("robots[{index}]: {fault}"))?;
        let robot = robot_of(&document).map_err(|fault| format!("robots[{index}].{fault}"))?;
        if !known.insert(robot.vehicle_id) {
            return Err(format!("robots[{index}].vehicleId: occurs twice"));
        }
        Ok(robot)
    });
    robots.collect()
}

fn robot_of(document: &RobotDocument<'_>) -> Result<BridgedRobot, String> {
    Ok(BridgedRobot {
        vehicle_id: required("vehicleId", document.vehicle_id, id)?,
        status: required("status", document.status, status)?,
        reason: optional("reason", document.reason, reason)?,
        since: required("since", document.since, time)?,
        clock_offset_ms: optional("clockOffsetMs", document.clock_offset_ms, number)?,
    })
}

/// Parses an object.
fn object<'a, T: Deserialize<'a>>(json: &'a str) -> Result<T, String> {
    // A list would be parsed as the values of the fields, in the order of their declaration.
    if !json.trim_ascii_start().starts_with('{') && serde_json::from_str::<IgnoredAny>(json).is_ok() {
        return Err("must be a JSON object".to_owned());
    }
    serde_json::from_str(json).map_err(|error| match error.classify() {
        Category::Data => error.to_string(),
        Category::Syntax | Category::Eof | Category::Io => format!("must be valid JSON: {error}"),
    })
}

fn required<'a, T>(
    name: &str,
    field: Option<&'a RawValue>,
    read: impl FnOnce(&'a str) -> Result<T, String>,
) -> Result<T, String> {
    optional(name, field, read)?.ok_or_else(|| format!("{name}: must be given"))
}

fn optional<'a, T>(
    name: &str,
    field: Option<&'a RawValue>,
    read: impl FnOnce(&'a str) -> Result<T, String>,
) -> Result<Option<T>, String> {
    let value = field.map(|json| read(json.get())).transpose();
    value.map_err(|fault| format!("{name}: {fault}"))
}

fn text(json: &str) -> Result<String, String> {
    serde_json::from_str(json).map_err(|_| "must be a string".to_owned())
}

fn number(json: &str) -> Result<f64, String> {
    serde_json::from_str(json).map_err(|_| "must be a number".to_owned())
}

fn id(json: &str) -> Result<VehicleId, String> {
    text(json)?.parse().map_err(|_| "must be a UUID".to_owned())
}

fn status(json: &str) -> Result<RobotStatus, String> {
    text(json)?
        .parse()
        .map_err(|_| "must be connected, silent or no_data".to_owned())
}

fn reason(json: &str) -> Result<String, String> {
    let reason = text(json)?;
    if reason.chars().count() > REASON_CHARS || reason.chars().any(char::is_control) {
        return Err(format!(
            "must have at most {REASON_CHARS} characters and no control characters"
        ));
    }
    Ok(reason)
}

/// Parses Unix milliseconds like those in robots' messages: `1732333333123.0` is accepted, and seconds are not.
fn time(json: &str) -> Result<Timestamp, String> {
    let time = Timestamp::from_reported_ms(number(json)?).map_err(|fault| fault.to_string())?;
    Ok(time.unwrap_or(Timestamp::EPOCH))
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
    #[case::no_json("", "must be valid JSON: EOF")]
    #[case::another_type("[]", "must be a JSON object")]
    #[case::the_fields_as_a_list("[[]]", "must be a JSON object")]
    #[case::no_robots("{}", "robots: must be given")]
    #[case::null(r#"{"robots":null}"#, "robots: must be given")]
    #[case::no_list(r#"{"robots":{}}"#, "robots: must be a list")]
    #[case::a_robot_as_a_list(
        r#"{"robots":[["ID","silent",null,1,null]]}"#,
        "robots[0]: must be a JSON object"
    )]
    #[case::a_robot_of_another_type(r#"{"robots":[{},7]}"#, "robots[0].vehicleId: must be given")]
    #[case::a_duplicate_key(r#"{"robots":[],"robots":[]}"#, "duplicate field `robots`")]
    #[case::text_behind_it(r#"{"robots":[]}x"#, "must be valid JSON: trailing")]
    #[case::no_number(r#"{"robots":NaN}"#, "must be valid JSON: expected value")]
    fn documents_of_another_shape_are_invalid(#[case] content: &str, #[case] expected: &str) {
        let fault = parse(&stored(content)).expect_err("it is invalid");
        assert!(fault.starts_with(expected), "{fault}");
    }

    #[test]
    fn a_time_may_be_a_whole_float() {
        let robots = parse(&with(&format!(
            r#"{{"vehicleId":"{ID}","status":"silent","since":1732333333123.0}}"#
        )));
        let since = robots.expect("it is valid")[0].since;
        assert_eq!(since.as_unix_ms(), 1_732_333_333_123);
    }

    #[rstest]
    #[case::no_id(
        r#"{"vehicleId":"7","status":"silent","since":1}"#,
        "robots[0].vehicleId: must be a UUID"
    )]
    #[case::a_number_as_id(
        r#"{"vehicleId":7,"status":"silent","since":1}"#,
        "robots[0].vehicleId: must be a string"
    )]
    #[case::unknown_status(
        r#"{"vehicleId":"ID","status":"up","since":1}"#,
        "robots[0].status: must be connected, silent or no_data"
    )]
    #[case::no_time(r#"{"vehicleId":"ID","status":"silent"}"#, "robots[0].since: must be given")]
    #[case::negative_time(r#"{"vehicleId":"ID","status":"silent","since":-1}"#, "robots[0].since: ")]
    #[case::fraction(r#"{"vehicleId":"ID","status":"silent","since":1.5}"#, "robots[0].since: ")]
    #[case::seconds(
        r#"{"vehicleId":"ID","status":"silent","since":1732333333}"#,
        "robots[0].since: "
    )]
    #[case::offset(
        r#"{"vehicleId":"ID","status":"silent","since":1,"clockOffsetMs":"1"}"#,
        "robots[0].clockOffsetMs: must be a number"
    )]
    #[case::control(
        r#"{"vehicleId":"ID","status":"silent","since":1,"reason":"\u0000"}"#,
        "robots[0].reason: must have"
    )]
    #[case::twice(
        r#"{"vehicleId":"ID","status":"silent","since":1},{"vehicleId":"ID","status":"silent","since":1}"#,
        "robots[1].vehicleId: occurs twice"
    )]
    fn faults_of_a_robot_make_the_heartbeat_invalid(#[case] robots: &str, #[case] expected: &str) {
        let fault = parse(&with(&robots.replace("ID", ID))).expect_err("it is invalid");
        assert!(fault.starts_with(expected), "{fault}");
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
        assert_eq!(
            fault(stored(&format!("{blanks}{{}}"))),
            "must have at most 262144 bytes"
        );
    }

    #[test]
    fn the_description_of_a_fault_is_short() {
        let fault = "x".repeat(10_000);
        assert_eq!(shortened(&fault).chars().count(), FAULT_CHARS);
    }
}
