//! Parsing of the filter of a subscription.

use application::live::{Area, Filter};
use domain::{telemetry::MapId, vehicle::VehicleStatus};
use serde_json::{Map, Value};

/// Parses the `filter` field of a message; absent and null mean no filter.
///
/// An unknown criterion is an error, unlike an unknown field of a message: ignoring it would deliver more than the
/// client has requested.
///
/// # Errors
/// Returns a message that names the invalid field.
pub(super) fn parse(filter: Option<&Value>) -> Result<Filter, String> {
    let criteria = match filter {
        None | Some(Value::Null) => return Ok(Filter::default()),
        Some(Value::Object(criteria)) => criteria,
        Some(_) => return Err("filter must be an object".to_owned()),
    };
    let known = ["statuses", "moving", "mapId", "bbox"];
    if let Some(unknown) = criteria.keys().find(|name| !known.contains(&name.as_str())) {
        let name: String = unknown.chars().take(64).collect();
        return Err(format!(
            "filter.{name} is unknown; the criteria are {}",
            known.join(", ")
        ));
    }
    Ok(Filter {
        statuses: given(criteria, "statuses").map(statuses).transpose()?,
        is_moving: given(criteria, "moving")
            .map(|moving| moving.as_bool().ok_or("filter.moving must be true or false"))
            .transpose()?,
        map_id: given(criteria, "mapId").map(map_id).transpose()?,
        area: given(criteria, "bbox").map(area).transpose()?,
    })
}

fn given<'a>(criteria: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    criteria.get(name).filter(|value| !value.is_null())
}

fn statuses(value: &Value) -> Result<std::collections::BTreeSet<VehicleStatus>, String> {
    let fault = || "filter.statuses must be a list of one or more statuses".to_owned();
    let list = value
        .as_array()
        .filter(|list| !list.is_empty())
        .ok_or_else(fault)?;
    list.iter()
        .map(|status| {
            let status = status.as_str().ok_or_else(fault)?;
            status.parse().map_err(|fault| format!("filter.statuses {fault}"))
        })
        .collect()
}

fn map_id(value: &Value) -> Result<MapId, String> {
    let map = value.as_str().ok_or("filter.mapId must be a string")?;
    MapId::new(map).map_err(|fault| format!("filter.mapId {fault}"))
}

fn area(value: &Value) -> Result<Area, String> {
    let fault = || "filter.bbox must be [minX, minY, maxX, maxY] in metres".to_owned();
    let edges: Option<Vec<f64>> = value
        .as_array()
        .ok_or_else(fault)?
        .iter()
        .map(Value::as_f64)
        .collect();
    let edges: [f64; 4] = edges.and_then(|edges| edges.try_into().ok()).ok_or_else(fault)?;
    Area::new(edges).map_err(|fault| format!("filter.bbox {fault}"))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[test]
    fn all_criteria_are_read() {
        let filter = parse(Some(&json!({
            "statuses": ["MOVING", "ERROR", "MOVING"], "moving": true, "mapId": "floor-1", "bbox": [-1, 0, 2.5, 3],
        })));
        let expected = Filter {
            statuses: Some([VehicleStatus::Moving, VehicleStatus::Error].into()),
            is_moving: Some(true),
            map_id: MapId::new("floor-1").ok(),
            area: Area::new([-1.0, 0.0, 2.5, 3.0]).ok(),
        };
        assert_eq!(filter, Ok(expected));
    }

    #[rstest]
    #[case(Value::Null)]
    #[case(json!({}))]
    #[case(json!({"statuses": null, "moving": null, "mapId": null, "bbox": null}))]
    fn no_criteria_are_no_filter(#[case] filter: Value) {
        assert_eq!(parse(Some(&filter)), Ok(Filter::default()));
    }

    #[rstest]
    #[case(json!([]), "filter must be an object")]
    #[case(json!({"status": "MOVING"}), "filter.status is unknown; the criteria are statuses, moving, mapId, bbox")]
    #[case(json!({"statuses": []}), "filter.statuses must be a list")]
    #[case(json!({"statuses": "MOVING"}), "filter.statuses must be a list")]
    #[case(json!({"statuses": [7]}), "filter.statuses must be a list")]
    #[case(json!({"statuses": ["FLYING"]}), "filter.statuses must be one of IDLE")]
    #[case(json!({"moving": "yes"}), "filter.moving must be true or false")]
    #[case(json!({"mapId": 7}), "filter.mapId must be a string")]
    #[case(json!({"mapId": ""}), "filter.mapId must")]
    #[case(json!({"bbox": [0, 0, 1]}), "filter.bbox must be [minX, minY, maxX, maxY]")]
    #[case(json!({"bbox": [0, 0, 1, "1"]}), "filter.bbox must be [minX, minY, maxX, maxY]")]
    #[case(json!({"bbox": {"minX": 0}}), "filter.bbox must be [minX, minY, maxX, maxY]")]
    #[case(json!({"bbox": [1, 0, 0, 1]}), "filter.bbox must not have a minimum greater than its maximum")]
    fn errors_name_the_invalid_criterion(#[case] filter: Value, #[case] expected: &str) {
        let fault = parse(Some(&filter)).expect_err("the filter is invalid");
        assert!(fault.contains(expected), "{fault}");
    }
}
