//! Representations of entities in the audit log. The format is independent of the APIs.

use std::collections::BTreeMap;

use domain::{
    Grant, GrantTarget, Group, Organization, User,
    vehicle::{ConfigObject, RailSegment, Vehicle, VehicleDetails},
};
use serde_json::{Map, Value, json};

use crate::{ports::StoredDeadLetter, telemetry::Rejection};

/// Fields of an entity by name. Entries are kept for years, so names are not changed when an API changes.
pub type Facts = Map<String, Value>;

fn object(value: Value) -> Facts {
    match value {
        Value::Object(fields) => fields,
        _ => Facts::new(),
    }
}

/// Returns the data of a vehicle that users set. Timestamps are omitted, because each entry has its own.
pub(super) fn vehicle(vehicle: &Vehicle) -> Facts {
    let sheet = vehicle.specification;
    object(json!({
        "name": vehicle.name.as_str(),
        "type": vehicle.kind().as_str(),
        "manufacturer": vehicle.manufacturer.as_str(),
        "model": vehicle.model.as_ref().map(|model| model.as_str()),
        "status": vehicle.status.as_str(),
        "isEnabled": vehicle.is_enabled,
        "specification": {
            "maxSpeed": sheet.max_speed(),
            "maxLoad": sheet.max_load(),
            "batteryCapacity": sheet.battery_capacity(),
        },
        "groupIds": vehicle.group_ids.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "details": details(&vehicle.details),
    }))
}

pub(super) fn group(group: &Group) -> Facts {
    object(json!({"name": group.name.as_str()}))
}

pub(super) fn organization(organization: &Organization) -> Facts {
    object(json!({"name": organization.name.as_str()}))
}

pub(super) fn user(user: &User) -> Facts {
    object(json!({
        "username": user.username.as_str(),
        "role": user.role.as_str(),
        "organizationId": user.organization_id.map(|id| id.to_string()),
        "isEnabled": user.is_enabled,
    }))
}

pub(super) fn grant(grant: &Grant) -> Facts {
    let (name, id) = match grant.target {
        GrantTarget::Organization(id) => ("organizationId", id.to_string()),
        GrantTarget::Group(id) => ("groupId", id.to_string()),
        GrantTarget::Vehicle(id) => ("vehicleId", id.to_string()),
    };
    object(json!({"userId": grant.user_id.to_string(), name: id, "role": grant.role.as_str()}))
}

/// Returns the data by which dead letters are identified later, when they no longer exist: the id, channel, rejection
/// and time of a single letter, or the number, the reasons and the first and last ids of several.
pub(super) fn dead_letters(letters: &[&StoredDeadLetter]) -> Facts {
    if let [only] = letters {
        let letter = &only.letter;
        return object(json!({
            "deadLetterId": only.id.to_string(),
            "channel": letter.channel.as_str(),
            "reason": letter.rejection.reason.as_str(),
            "detail": letter.rejection.detail,
            "receivedAt": letter.received_at.as_unix_ms(),
        }));
    }
    let ids = || letters.iter().map(|stored| stored.id);
    object(json!({
        "count": letters.len(),
        "firstId": ids().min().map(|id| id.to_string()),
        "lastId": ids().max().map(|id| id.to_string()),
        "reasons": by_reason(letters.iter().map(|stored| &stored.letter.rejection)),
    }))
}

/// Returns the number of rejections by reason.
pub(super) fn by_reason<'a>(rejections: impl Iterator<Item = &'a Rejection>) -> Value {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for rejection in rejections {
        *counts.entry(rejection.reason.as_str()).or_default() += 1;
    }
    json!(counts)
}

/// Returns the old and the new values of the fields of `after` that differ from those of `before`.
pub(super) fn difference(before: Facts, after: &Facts) -> (Facts, Facts) {
    let changed: Facts = after
        .iter()
        .filter(|(name, value)| before.get(*name) != Some(value))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let was = before
        .into_iter()
        .filter(|(name, _)| changed.contains_key(name))
        .collect();
    (was, changed)
}

/// Returns the details of the vehicle's kind. Fields without a value are omitted.
fn details(details: &VehicleDetails) -> Facts {
    let mut fields = Facts::new();
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            fields.insert(name.to_owned(), value);
        }
    };
    match details {
        VehicleDetails::Amr(amr) => {
            put("lidarEnabled", Some(amr.lidar_enabled.into()));
            put("cameraEnabled", Some(amr.camera_enabled.into()));
            put("ultrasonicEnabled", Some(amr.ultrasonic_enabled.into()));
            put("autonomyLevel", Some(amr.autonomy_level.get().into()));
            put("mapId", amr.map_id.as_ref().map(|id| id.as_str().into()));
            let config = amr.obstacle_avoidance_config.as_ref();
            put("obstacleAvoidanceConfig", config.map(ConfigObject::to_value));
        }
        VehicleDetails::Agv(agv) => {
            put("guideType", Some(agv.guide_type.as_str().into()));
            let config = agv.line_following_config.as_ref();
            put("lineFollowingConfig", config.map(ConfigObject::to_value));
            put(
                "loadType",
                agv.load_type.as_ref().map(|kind| kind.as_str().into()),
            );
            put("maxLoadWeight", agv.max_load_weight().map(Into::into));
        }
        VehicleDetails::Oht(oht) => {
            put("railId", Some(oht.rail_id().as_str().into()));
            put(
                "hoistStatus",
                oht.hoist_status().map(|status| status.as_str().into()),
            );
            put("railPosition", oht.rail_position().map(Into::into));
            let segments: Vec<Value> = oht.rail_segments().iter().map(segment).collect();
            put("railSegments", (!segments.is_empty()).then(|| segments.into()));
        }
        VehicleDetails::Forklift(forklift) => {
            put("mastHeight", forklift.mast_height().map(Into::into));
            put("liftHeight", forklift.lift_height().map(Into::into));
            put("forkLength", forklift.fork_length().map(Into::into));
            put("loadCapacity", forklift.load_capacity().map(Into::into));
        }
    }
    fields
}

fn segment(segment: &RailSegment) -> Value {
    json!({"segmentId": segment.segment_id().as_str(), "start": segment.start(), "end": segment.end()})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_differing_fields_are_recorded() {
        let before = object(json!({"name": "a", "role": "VIEWER", "model": null}));
        let after = object(json!({"name": "b", "role": "VIEWER", "model": "M1"}));
        let (was, is) = difference(before, &after);
        assert_eq!(Value::Object(was), json!({"name": "a", "model": null}));
        assert_eq!(Value::Object(is), json!({"name": "b", "model": "M1"}));
    }
}
