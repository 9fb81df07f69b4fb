//! The schemas of vehicles: one for each kind, told apart by `type`, so that generated types know which details a vehicle
//! has. The details of a kind are those that `import-export` declares.

use domain::vehicle::VehicleType;
use import_export::vehicle::details::{DetailField, Holds, fields_of};
use serde_json::{Map, Value, json};
use utoipa::openapi::OpenApi;

use crate::schemas::{amount, closed, id, label, named, one_of_kinds, or_null, positive, schema, schemas};

schemas! {
    /// A vehicle to register.
    NewVehicle: "NewVehicle" = new_vehicle();
    /// A partial change of a vehicle.
    VehicleChanges: "VehicleChanges" = changes();
    /// What a vehicle is to do.
    StatusChange: "StatusChange" = closed(&["status"], json!({"status": named("VehicleStatus")}));
}

/// A kind of vehicle.
struct Kind {
    kind: VehicleType,
    /// The beginning of the names of its schemas.
    name: String,
    fields: &'static [DetailField],
}

/// The schema of the values of a field.
fn values(holds: Holds) -> Value {
    match holds {
        Holds::Flag => json!({"type": "boolean"}),
        Holds::Number { description } => json!({"type": "number", "description": description}),
        Holds::Amount => amount(),
        Holds::PositiveNumber => positive(),
        Holds::AutonomyLevel => json!({"type": "integer", "minimum": 0, "maximum": 5}),
        Holds::Label { example } => label(example),
        Holds::GuideType => named("GuideType"),
        Holds::HoistStatus => named("HoistStatus"),
        Holds::Config => json!({
            "type": "object", "additionalProperties": true,
            "description": "Any JSON object of at most 16 KiB when written without white space",
        }),
        Holds::RailSegments => json!({"type": "array", "maxItems": 1000, "items": named("RailSegment")}),
    }
}

impl Kind {
    fn of(kind: VehicleType) -> Self {
        let (first, rest) = kind.as_str().split_at(1);
        Self {
            kind,
            name: format!("{first}{}", rest.to_lowercase()),
            fields: fields_of(kind),
        }
    }

    /// The details that every vehicle of the kind has.
    fn required(&self) -> Vec<&'static str> {
        let required = self.fields.iter().filter(|field| field.is_required);
        required.map(|field| field.name).collect()
    }

    fn all() -> impl Iterator<Item = Self> {
        VehicleType::ALL.iter().map(|kind| Self::of(*kind))
    }

    /// The details, each with the schema that `schema` makes of the values of its field.
    fn details_with(&self, schema: impl Fn(&DetailField) -> Value) -> Value {
        let details = self
            .fields
            .iter()
            .map(|field| (field.name.to_owned(), schema(field)));
        Value::Object(details.collect::<Map<_, _>>())
    }

    /// The details with null for those that may be empty.
    fn clearable_details(&self) -> Value {
        self.details_with(|field| match field.is_required {
            true => values(field.holds),
            false => or_null(values(field.holds)),
        })
    }

    /// The details of a vehicle that is shown: what is not known is left out.
    fn details(&self) -> Value {
        json!({
            "type": "object", "description": format!("Fields of the type {} only; unknown ones are left out", self.kind),
            "required": self.required(), "properties": self.details_with(|field| values(field.holds)),
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
        if !self.required().is_empty() {
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
fn new_vehicle() -> Value {
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
fn changes() -> Value {
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
pub(crate) fn declare(document: &mut OpenApi) {
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
        let name = &kind.name;
        all.extend([
            (format!("{name}Vehicle"), kind.shown(&common)),
            (format!("{name}Details"), kind.details()),
            (format!("New{name}Vehicle"), kind.new_vehicle()),
            (
                format!("New{name}Details"),
                closed(&kind.required(), kind.clearable_details()),
            ),
            (
                format!("{name}DetailsChanges"),
                closed(&[], kind.clearable_details()),
            ),
        ]);
    }
    schemas.extend(all.into_iter().map(|(name, json)| (name, schema(json))));
}
