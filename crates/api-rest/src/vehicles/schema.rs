//! Schemas of vehicles: unions of one schema per kind, with `type` as discriminator, so that generated types know the
//! details of each kind. The details are those that `import-export` declares.

use domain::vehicle::VehicleType;
use import_export::vehicle::details::{DetailField, Holds, fields_of};
use serde_json::{Map, Value, json};
use utoipa::openapi::OpenApi;

use crate::schemas::{amount, closed, id, label, named, one_of_kinds, or_null, positive, schema, schemas};

schemas! {
    NewVehicle: "NewVehicle" = new_vehicle();
    VehicleChanges: "VehicleChanges" = changes();
    StatusChange: "StatusChange" = closed(&["status"], json!({"status": named("VehicleStatus")}));
}

/// A kind of vehicle, with the data that its schemas are built from.
struct Kind {
    kind: VehicleType,
    /// Name of the kind in the names of its schemas, such as `Amr` in `NewAmrVehicle`.
    name: String,
    fields: &'static [DetailField],
}

/// Returns the schema of a field's values.
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
            "description": "Any JSON object of at most 16 KiB when serialised without whitespace",
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

    /// Returns the names of the required details.
    fn required(&self) -> Vec<&'static str> {
        let required = self.fields.iter().filter(|field| field.is_required);
        required.map(|field| field.name).collect()
    }

    fn all() -> impl Iterator<Item = Self> {
        VehicleType::ALL.iter().map(|kind| Self::of(*kind))
    }

    /// Returns the properties of the details, each with the schema that `schema` builds for its field.
    fn details_with(&self, schema: impl Fn(&DetailField) -> Value) -> Value {
        let details = self
            .fields
            .iter()
            .map(|field| (field.name.to_owned(), schema(field)));
        Value::Object(details.collect::<Map<_, _>>())
    }

    /// Returns the properties of the details, with null allowed for optional ones.
    fn clearable_details(&self) -> Value {
        self.details_with(|field| match field.is_required {
            true => values(field.holds),
            false => or_null(values(field.holds)),
        })
    }

    /// Returns the schema of the details in responses, where unknown values are omitted.
    fn details(&self) -> Value {
        json!({
            "type": "object", "description": format!("{}-specific details. Unknown values are omitted", self.kind),
            "required": self.required(), "properties": self.details_with(|field| values(field.holds)),
        })
    }

    /// Returns the schema of a vehicle in responses: the common fields with this kind's details.
    fn shown(&self, common: &Value) -> Value {
        let mut vehicle = common.clone();
        vehicle["description"] = format!("A vehicle of the type {}", self.kind).into();
        vehicle["properties"]["type"] = self.type_only();
        vehicle["properties"]["details"] = named(&format!("{}Details", self.name));
        vehicle
    }

    fn type_only(&self) -> Value {
        json!({"type": "string", "enum": [self.kind.as_str()], "description": "Type of the vehicle"})
    }

    /// Returns the schema of a new vehicle of this kind.
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

/// Returns the properties of a data sheet.
fn specification() -> Value {
    json!({"maxSpeed": positive(), "maxLoad": amount(), "batteryCapacity": positive()})
}

/// Returns the schema of a new vehicle: a union by `type`.
fn new_vehicle() -> Value {
    let mut vehicle = one_of_kinds(Kind::all().map(|kind| (kind.kind, format!("New{}Vehicle", kind.name))));
    vehicle["description"] = "A vehicle to register, with the details of its type".into();
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

/// Returns the schema of a partial change to a vehicle.
fn changes() -> Value {
    let details = Kind::all().map(|kind| named(&format!("{}DetailsChanges", kind.name)));
    let mut changes = closed(
        &[],
        json!({
            "name": label("AMR 8"),
            "manufacturer": label("Acme Robotics"),
            "model": or_null(label("M2")),
            "specification": named("VehicleSpecificationChanges"),
            "details": {"description": "Details of the vehicle's type", "anyOf": details.collect::<Vec<_>>()},
        }),
    );
    changes["description"] =
        "A partial change. Missing fields are not changed, and null clears an optional field".into();
    changes["examples"] = json!([{"name": "AMR 8", "model": null, "specification": {"maxSpeed": 1.2}}]);
    changes
}

/// Adds the schemas of each kind, and makes `Vehicle` their union.
pub(crate) fn declare(document: &mut OpenApi) {
    let schemas = &mut document.components.get_or_insert_default().schemas;
    let common = serde_json::to_value(schemas.get("Vehicle")).unwrap_or_default();
    let mut vehicle = one_of_kinds(Kind::all().map(|kind| (kind.kind, format!("{}Vehicle", kind.name))));
    vehicle["description"] = "A registered vehicle, with the details of its type".into();
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
