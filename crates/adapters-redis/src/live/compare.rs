//! Comparison of vehicles' keys with their expected content.

use std::{borrow::Cow, time::Duration};

use application::{
    Result,
    ports::{Differences, KeyDifference, KeyFault, KeyPart, LiveRecord, OutdatedKeys, SeriesTime},
};
use deadpool_redis::redis::{Cmd, FromRedisValue as _, RedisResult, Value, cmd};
use domain::{
    cut,
    telemetry::{Timestamp, VehiclePosition},
};

use super::{
    MAP, geo,
    hash::{Fields, SERIES},
    position_hash, state_hash,
    store::RedisLiveStore,
};
use crate::error::{from_redis, is_wrong_type};

/// Maximum difference between numbers that are treated as equal: a rotation that was read back is normalised again.
const ROUNDING: f64 = 1e-6;
/// Maximum difference in metres, per axis, between a position and its place in the geo index, whose grid has steps of
/// 0.60 m in x and 0.28 m in y.
const OFF_THE_MAP_M: f64 = 1.0;
/// Tolerance for lifetimes, which covers the delay of commands and differences between servers.
const EXPIRY_SLACK: Duration = Duration::from_secs(5);
/// Maximum length of a quoted text in a description, in characters.
const QUOTED_CHARS: usize = 60;

/// Relation of a hash to its expected content.
#[derive(Debug, PartialEq, Eq)]
enum Comparison {
    /// The time and the content are the same.
    Equal,
    /// The hash is newer, or belongs to a later series.
    Newer,
    /// The hash is missing, older, different or invalid; with a description.
    Wrong(KeyFault, String),
}

impl Comparison {
    fn missing() -> Self {
        Self::Wrong(KeyFault::Missing, "missing".to_owned())
    }

    fn different(detail: impl Into<String>) -> Self {
        Self::Wrong(KeyFault::Different, detail.into())
    }
}

impl RedisLiveStore {
    pub(super) async fn differing_of(
        &self,
        expected: &[LiveRecord],
        latest: Timestamp,
    ) -> Result<Differences> {
        let places = expected.iter().filter(|record| record.position.is_some());
        let mut on_map = cmd("GEOPOS");
        on_map.arg(MAP);
        for record in places {
            on_map.arg(record.vehicle_id.to_string());
        }
        let questions = expected.iter().flat_map(|record| self.questions_of(record));
        let answers = self.pool.each(questions.chain([on_map]).collect()).await?;
        let mut answers = answers.into_iter();
        let mut findings = Vec::with_capacity(expected.len());
        for record in expected {
            findings.push(self.finding(record, &mut answers, latest)?);
        }
        let mut places = match answers.next() {
            Some(Ok(value)) => Vec::<Option<(f64, f64)>>::from_redis_value(value)
                .unwrap_or_default()
                .into_iter(),
            Some(Err(error)) if !is_wrong_type(&error) => return Err(from_redis(error)),
            _ => Vec::new().into_iter(),
        };
        let mut differences = Differences::default();
        for (record, mut finding) in expected.iter().zip(findings) {
            if let Some(position) = &record.position {
                let found = places.next().flatten();
                // The server that wrote a newer position also added it to the geo index.
                if !finding.is_position_newer {
                    finding.differences.extend(misplacement(position, found));
                }
            }
            if !finding.differences.is_empty() {
                differences.outdated.push(OutdatedKeys {
                    vehicle_id: record.vehicle_id,
                    differences: finding.differences,
                });
            }
            if finding.is_position_newer || finding.is_state_newer {
                differences.newer.push(record.vehicle_id);
            }
        }
        Ok(differences)
    }

    /// Returns the commands that read a record's keys, in the order in which [`Self::finding`] takes the answers.
    fn questions_of(&self, record: &LiveRecord) -> Vec<Cmd> {
        let id = record.vehicle_id;
        let left = |key: &str| {
            let mut left = cmd("PTTL");
            left.arg(key);
            left
        };
        let hash = |key: String, names: &[&str]| {
            let mut content = cmd("HMGET");
            content.arg(&key).arg(names).arg(SERIES);
            [content, left(&key)]
        };
        let mut questions = Vec::with_capacity(6);
        if record.position.is_some() {
            questions.extend(hash(self.style.position(id), &position_hash::FIELDS));
        }
        if record.state.is_some() {
            questions.extend(hash(self.style.state(id), &state_hash::FIELDS));
        }
        let key = self.style.last_update(id);
        let mut last_update = cmd("GET");
        last_update.arg(&key);
        questions.extend([last_update, left(&key)]);
        questions
    }

    /// Evaluates the answers to [`Self::questions_of`] for one record.
    fn finding(
        &self,
        record: &LiveRecord,
        answers: &mut impl Iterator<Item = RedisResult<Value>>,
        latest: Timestamp,
    ) -> Result<Finding> {
        let mut next = || answers.next().expect("every command has a reply");
        let (mut position, mut state) = (None, None);
        let mut differences = Vec::new();
        if let Some(expected) = &record.position {
            let at = SeriesTime {
                series: record.series.positions,
                at: expected.timestamp,
            };
            let texts = position_hash::write(expected);
            let standing = standing(position_hash::FIELDS, "timestamp", &texts, at, next(), latest)?;
            differences.extend(self.fault_of(record, KeyPart::Position, &standing, next())?);
            position = Some(standing);
        }
        if let Some(expected) = &record.state {
            let at = SeriesTime {
                series: record.series.states,
                at: expected.last_update_time,
            };
            let texts = state_hash::write(expected);
            let standing = standing(state_hash::FIELDS, "lastUpdateTime", &texts, at, next(), latest)?;
            differences.extend(self.fault_of(record, KeyPart::State, &standing, next())?);
            state = Some(standing);
        }
        let is_newer = |part: &Option<Comparison>| *part == Some(Comparison::Newer);
        let (is_position_newer, is_state_newer) = (is_newer(&position), is_newer(&state));
        // Another server may have written a later time for a part that this one does not know.
        let is_exact = [position, state]
            .iter()
            .all(|part| *part == Some(Comparison::Equal));
        let last_update = last_update(record.last_update, is_exact, answer(next())?, latest);
        // The program that wrote the newer part also controls the last update and its expiry.
        let last_update = match is_position_newer || is_state_newer {
            true => Comparison::Newer,
            false => last_update,
        };
        differences.extend(self.fault_of(record, KeyPart::LastUpdate, &last_update, next())?);
        Ok(Finding {
            differences,
            is_position_newer,
            is_state_newer,
        })
    }

    /// Returns the fault of a key: that of its content or, if the content is right, that of its expiry. The program
    /// that wrote a newer key controls its expiry.
    fn fault_of(
        &self,
        record: &LiveRecord,
        part: KeyPart,
        standing: &Comparison,
        left: RedisResult<Value>,
    ) -> Result<Option<KeyDifference>> {
        let left = i64::from_redis_value(left.map_err(from_redis)?).unwrap_or(-1);
        Ok(match standing {
            Comparison::Wrong(fault, detail) => Some(KeyDifference::new(part, *fault, detail.clone())),
            Comparison::Newer => None,
            Comparison::Equal => self
                .wrong_expiry(record.expires_in, left)
                .map(|detail| KeyDifference::new(part, KeyFault::Expiry, detail)),
        })
    }

    /// Describes the fault of a remaining lifetime in milliseconds, as `PTTL` returns it; `None` if it is right.
    fn wrong_expiry(&self, expected: Duration, left: i64) -> Option<String> {
        let Ok(left) = u64::try_from(left) else {
            return Some("does not expire".to_owned());
        };
        let left = Duration::from_millis(left);
        // Rejected messages extend `expires_in` as well; the slack avoids a write for each of them.
        let slack = EXPIRY_SLACK.max(self.ttl / 10);
        let is_right = left <= self.ttl + EXPIRY_SLACK && left + slack >= expected;
        (!is_right).then(|| format!("expires in {left:.0?} instead of {expected:.0?}"))
    }
}

/// Result of the comparison for one record, except for its place in the geo index.
struct Finding {
    differences: Vec<KeyDifference>,
    is_position_newer: bool,
    is_state_newer: bool,
}

/// Compares the time of the last update with the expected one. A time after `latest` is different.
fn last_update(expected: Timestamp, is_exact: bool, found: Option<Value>, latest: Timestamp) -> Comparison {
    let Some(value) = found else {
        return Comparison::different("the key is of another type");
    };
    if value == Value::Nil {
        return Comparison::missing();
    }
    let time = time(value).filter(|found| *found <= latest);
    let is_right = match is_exact {
        true => time == Some(expected),
        false => time >= Some(expected),
    };
    match (is_right, time) {
        (true, _) => Comparison::Equal,
        (false, Some(time)) => Comparison::different(format!("{time} instead of {expected}")),
        (false, None) => Comparison::different("not a valid time"),
    }
}

/// Returns the answer to a command; `None` if its key has another type.
fn answer(answer: RedisResult<Value>) -> Result<Option<Value>> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(error) if is_wrong_type(&error) => Ok(None),
        Err(error) => Err(from_redis(error)),
    }
}

/// Parses the time in a key; `None` if it cannot be parsed.
fn time(value: Value) -> Option<Timestamp> {
    let text = Vec::<u8>::from_redis_value(value).ok()?;
    time_in(std::str::from_utf8(&text).ok()?)
}

fn time_in(text: &str) -> Option<Timestamp> {
    let ms: f64 = text.parse().ok()?;
    let is_whole = ms.fract() == 0.0 && ms.abs() <= 9e15;
    Timestamp::from_unix_ms(is_whole.then_some(ms as i64)?).ok()
}

/// Compares a hash with its expected texts. A hash whose time or series is after `latest` is wrong.
fn standing<const N: usize>(
    names: [&'static str; N],
    time_name: &'static str,
    expected: &[String; N],
    at: SeriesTime,
    found: RedisResult<Value>,
    latest: Timestamp,
) -> Result<Comparison> {
    let Some(value) = answer(found)? else {
        return Ok(Comparison::different("not a hash"));
    };
    let fields = match Fields::read(names, value) {
        Ok(Some(fields)) => fields,
        Ok(None) => return Ok(Comparison::missing()),
        Err(fault) => return Ok(Comparison::different(fault.to_string())),
    };
    let Some(found_at) = fields.text(time_name).and_then(time_in) else {
        return Ok(Comparison::different(format!(
            "{time_name} is missing or invalid"
        )));
    };
    if found_at > latest {
        return Ok(Comparison::different(format!("{time_name} is in the future")));
    }
    if fields.series().is_some_and(|series| series > latest) {
        return Ok(Comparison::different("series is in the future"));
    }
    let kept = SeriesTime {
        series: fields.series(),
        at: found_at,
    };
    if !at.overwrites(kept) {
        return Ok(Comparison::Newer);
    }
    if kept.series < at.series {
        return Ok(Comparison::different("the content belongs to an earlier series"));
    }
    let different = names.iter().zip(expected).find_map(|(name, expected)| {
        let found = fields.text(name).unwrap_or_default();
        (!has_same_meaning(name, expected, found)).then_some((name, expected, found))
    });
    Ok(match different {
        Some((name, expected, found)) => Comparison::different(format!(
            "{name} is {} instead of {}",
            quoted(found),
            quoted(expected)
        )),
        None => Comparison::Equal,
    })
}

/// Returns a text for a description.
fn quoted(text: &str) -> Cow<'_, str> {
    match text {
        "" => "missing".into(),
        text => cut(text, QUOTED_CHARS),
    }
}

/// Returns `true` if two texts of a field have the same meaning. Numbers may differ by [`ROUNDING`].
fn has_same_meaning(name: &str, expected: &str, found: &str) -> bool {
    if expected == found {
        return true;
    }
    match name {
        "frame_id" | "map_id" | "status" => false,
        "errorCodes" => {
            let codes = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
            codes(expected).is_some_and(|expected| codes(found) == Some(expected))
        }
        _ => {
            let (Ok(expected), Ok(found)) = (expected.parse::<f64>(), found.parse::<f64>()) else {
                return false;
            };
            let off = (expected - found).abs();
            // 359.9999999° and 0° are neighbours.
            off <= ROUNDING || (name == "heading" && (off - 360.0).abs() <= ROUNDING)
        }
    }
}

/// Returns the difference between a vehicle's place in the geo index and its position; `None` if the vehicle is at its
/// place, or is absent from the index because its position has no place there.
fn misplacement(position: &VehiclePosition, found: Option<(f64, f64)>) -> Option<KeyDifference> {
    let (fault, detail) = match (geo::degrees_of(position.x, position.y), found) {
        (None, None) => return None,
        (Some(_), Some((longitude, latitude))) => {
            let (x, y) = geo::metres_of(longitude, latitude);
            if (x - position.x).abs() <= OFF_THE_MAP_M && (y - position.y).abs() <= OFF_THE_MAP_M {
                return None;
            }
            let (expected_x, expected_y) = (position.x, position.y);
            let detail =
                format!("the vehicle is at {x:.1}, {y:.1} instead of {expected_x:.1}, {expected_y:.1}");
            (KeyFault::Different, detail)
        }
        (Some(_), None) => (KeyFault::Missing, "the vehicle is missing".to_owned()),
        (None, Some(_)) => (
            KeyFault::Different,
            "the vehicle is listed, although its position is outside the range that Redis supports"
                .to_owned(),
        ),
    };
    Some(KeyDifference::new(KeyPart::Map, fault, detail))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("x", "1.5", "1.5", true)]
    #[case("x", "1.5", "1.50", true)]
    #[case("qz", "0.1000000000000001", "0.1", true)]
    #[case("x", "1.5", "1.6", false)]
    #[case("x", "1.5", "abc", false)]
    #[case("x", "1.5", "", false)]
    #[case("x", "1.5", "NaN", false)]
    #[case("temperature", "", "21", false)]
    #[case("heading", "0", "359.9999999", true)]
    #[case("heading", "0", "180", false)]
    #[case("x", "0", "360", false)]
    #[case("frame_id", "1", "1.0", false)]
    #[case("status", "IDLE", "MOVING", false)]
    #[case("errorCodes", r#"["E1","E2"]"#, r#"[ "E1", "E2" ]"#, true)]
    #[case("errorCodes", r#"["E1"]"#, r#"["E2"]"#, false)]
    #[case("errorCodes", "[]", "broken", false)]
    fn texts_are_compared_by_their_meaning(
        #[case] name: &str,
        #[case] expected: &str,
        #[case] found: &str,
        #[case] is_same: bool,
    ) {
        assert_eq!(has_same_meaning(name, expected, found), is_same);
    }
}
