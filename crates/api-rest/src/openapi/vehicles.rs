//! Vehicles as schemas: one for each kind, told apart by `type`, so that generated types know which details a vehicle has.

use domain::vehicle::VehicleType;
use serde_json::{Value, json};
use utoipa::openapi::OpenApi;

use super::scalars::{amount, closed, id, label, named, one_of_kinds, or_null, positive, schema};

/// A kind of vehicle: what of its details must be given, and its details.
struct Kind {
    kind: VehicleType,
    /// How the names of its schemas begin.
    name: &'static str,
    required: &'static [&'static str],
    details: Value,
}

/// Settings whose meaning is their maker's.
fn config() -> Value {
    json!({
        "type": "object", "additionalProperties": true,
        "description": "Any JSON object of at most 16 KiB when written without white space",
    })
}

fn flag() -> Value {
    json!({"type": "boolean"})
}

impl Kind {
    fn of(kind: VehicleType) -> Option<Self> {
        let (name, required, details): (_, &[_], _) = match kind {
            VehicleType::Amr => (
                "Amr",
                &[
                    "lidarEnabled",
                    "cameraEnabled",
                    "ultrasonicEnabled",
                    "autonomyLevel",
                ],
                json!({
                    "lidarEnabled": flag(),
                    "cameraEnabled": flag(),
                    "ultrasonicEnabled": flag(),
                    "autonomyLevel": {"type": "integer", "minimum": 0, "maximum": 5},
                    "mapId": label("floor-1"),
                    "obstacleAvoidanceConfig": config(),
                }),
            ),
            VehicleType::Agv => (
                "Agv",
                &["guideType"],
                json!({
                    "guideType": named("GuideType"),
                    "lineFollowingConfig": config(),
                    "loadType": label("pallet"),
                    "maxLoadWeight": amount(),
                }),
            ),
            VehicleType::Oht => (
                "Oht",
                &["railId"],
                json!({
                    "railId": label("bay 1"),
                    "hoistStatus": named("HoistStatus"),
                    "railPosition": {
                        "type": "number", "description": "Metres; in one of railSegments when there are any",
                    },
                    "railSegments": {"type": "array", "maxItems": 1000, "items": named("RailSegment")},
                }),
            ),
            VehicleType::Forklift => (
                "Forklift",
                &[],
                json!({
                    "mastHeight": positive(),
                    "liftHeight": amount(),
                    "forkLength": positive(),
                    "loadCapacity": amount(),
                }),
            ),
            _ => return None,
        };
        Some(Self {
            kind,
            name,
            required,
            details,
        })
    }

    fn all() -> impl Iterator<Item = Self> {
        VehicleType::ALL.iter().filter_map(|kind| Self::of(*kind))
    }

    /// The details with null for those that may be empty.
    fn clearable_details(&self) -> Value {
        let mut details = self.details.clone();
        for (name, field) in details.as_object_mut().into_iter().flatten() {
            if !self.required.contains(&name.as_str()) {
                *field = or_null(field.take());
            }
        }
        details
    }

    /// The details of a vehicle that is shown: what is not known is left out.
    fn details(&self) -> Value {
        json!({
            "type": "object", "description": format!("Fields of the type {} only; unknown ones are left out", self.kind),
            "required": self.required, "properties": self.details,
        })
    }

    /// A vehicle that is shown: the common fields with this kind's details.
    fn shown(&self, common: &Value) -> Value {
        let mut vehicle = common.clone();
        vehicle["description"] = format!("A vehicle of the type {}", self.kind).into();
        vehicle["properties"]["type"] = self.type_only();
        vehicle["properties"]["details"] = named(&format!("{}Details", self.name));
        vehicle
    }

    fn type_only(&self) -> Value {
        json!({"type": "string", "enum": [self.kind.as_str()], "description": "Its kind"})
    }

    /// A vehicle of this kind to register.
    fn new_vehicle(&self) -> Value {
        let mut must = vec!["name", "type", "manufacturer", "specification"];
        if !self.required.is_empty() {
            must.push("details");
        }
        let mut vehicle = closed(
            &must,
            json!({
                "name": label("AMR 7"),
                "type": self.type_only(),
                "manufacturer": label("Acme Robotics"),
                "model": or_null(label("M1")),
                "specification": named("NewVehicleSpecification"),
                "details": named(&format!("New{}Details", self.name)),
                "organizationId": or_null(id()),
            }),
        );
        vehicle["description"] = format!("A vehicle of the type {} to register", self.kind).into();
        vehicle
    }
}

/// The fields of a data sheet.
fn specification() -> Value {
    json!({"maxSpeed": positive(), "maxLoad": amount(), "batteryCapacity": positive()})
}

/// A vehicle to register.
pub(super) fn new_vehicle() -> Value {
    let mut vehicle = one_of_kinds(Kind::all().map(|kind| (kind.kind, format!("New{}Vehicle", kind.name))));
    vehicle["description"] = "A vehicle to register; its details are those of its type".into();
    vehicle["examples"] = json!([{
        "name": "AMR 7", "type": "AMR", "manufacturer": "Acme Robotics", "model": "M1",
        "specification": {"maxSpeed": 1.5, "maxLoad": 100, "batteryCapacity": 960},
        "details": {
            "lidarEnabled": true, "cameraEnabled": false, "ultrasonicEnabled": true, "autonomyLevel": 4,
            "mapId": "floor-1", "obstacleAvoidanceConfig": {"minDistance": 0.4},
        },
    }]);
    vehicle
}

/// A partial change of a vehicle.
pub(super) fn changes() -> Value {
    let details = Kind::all().map(|kind| named(&format!("{}DetailsChanges", kind.name)));
    let mut changes = closed(
        &[],
        json!({
            "name": label("AMR 8"),
            "manufacturer": label("Acme Robotics"),
            "model": or_null(label("M2")),
            "specification": named("VehicleSpecificationChanges"),
            "details": {"description": "Of the vehicle's own type", "anyOf": details.collect::<Vec<_>>()},
        }),
    );
    changes["description"] = "A partial change; null empties a field that may be empty".into();
    changes["examples"] = json!([{"name": "AMR 8", "model": null, "specification": {"maxSpeed": 1.2}}]);
    changes
}

/// Adds the schemas of each kind, and makes a vehicle one of them.
pub(super) fn declare(document: &mut OpenApi) {
    let schemas = &mut document.components.get_or_insert_default().schemas;
    let common = serde_json::to_value(schemas.get("Vehicle")).unwrap_or_default();
    let mut vehicle = one_of_kinds(Kind::all().map(|kind| (kind.kind, format!("{}Vehicle", kind.name))));
    vehicle["description"] = "A vehicle of the registry; its details are those of its type".into();
    let mut all = vec![
        ("Vehicle".to_owned(), vehicle),
        (
            "RailSegment".to_owned(),
            closed(
                &["segmentId", "start", "end"],
                json!({"segmentId": label("a"), "start": {"type": "number"}, "end": {"type": "number"}}),
            ),
        ),
        (
            "NewVehicleSpecification".to_owned(),
            closed(&["maxSpeed", "maxLoad", "batteryCapacity"], specification()),
        ),
        (
            "VehicleSpecificationChanges".to_owned(),
            closed(&[], specification()),
        ),
    ];
    for kind in Kind::all() {
        let name = kind.name;
        all.extend([
            (format!("{name}Vehicle"), kind.shown(&common)),
            (format!("{name}Details"), kind.details()),
            (format!("New{name}Vehicle"), kind.new_vehicle()),
            (
                format!("New{name}Details"),
                closed(kind.required, kind.clearable_details()),
            ),
            (
                format!("{name}DetailsChanges"),
                closed(&[], kind.clearable_details()),
            ),
        ]);
    }
    schemas.extend(all.into_iter().map(|(name, json)| (name, schema(json))));
}
