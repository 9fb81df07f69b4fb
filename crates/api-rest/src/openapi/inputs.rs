//! What clients send, as schemas: just what the readers in `documents` take.

use serde_json::{Value, json};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};

use domain::PasswordPolicy;

use super::scalars::{id, label, roles, schemas, username, vehicle_statuses};

fn object(required: &[&str], properties: Value) -> Value {
    json!({"type": "object", "required": required, "properties": properties, "additionalProperties": false})
}

fn or_null(schema: Value) -> Value {
    json!({"oneOf": [schema, {"type": "null"}]})
}

fn positive() -> Value {
    json!({"type": "number", "exclusiveMinimum": 0})
}

fn amount() -> Value {
    json!({"type": "number", "minimum": 0})
}

/// Settings whose meaning is their maker's.
fn config() -> Value {
    json!({"type": "object", "description": "At most 16 KiB when written without white space"})
}

/// The fields of a data sheet.
fn specification() -> Value {
    json!({"maxSpeed": positive(), "maxLoad": amount(), "batteryCapacity": positive()})
}

/// A kind of vehicle: its name, what of its details must be given, and the details.
fn kinds() -> [(&'static str, &'static [&'static str], Value); 4] {
    let segment = object(
        &["segmentId", "start", "end"],
        json!({"segmentId": label("a"), "start": {"type": "number"}, "end": {"type": "number"}}),
    );
    [
        (
            "AMR",
            &[
                "lidarEnabled",
                "cameraEnabled",
                "ultrasonicEnabled",
                "autonomyLevel",
            ],
            json!({
                "lidarEnabled": {"type": "boolean"},
                "cameraEnabled": {"type": "boolean"},
                "ultrasonicEnabled": {"type": "boolean"},
                "autonomyLevel": {"type": "integer", "minimum": 0, "maximum": 5},
                "mapId": or_null(label("floor-1")),
                "obstacleAvoidanceConfig": or_null(config()),
            }),
        ),
        (
            "AGV",
            &["guideType"],
            json!({
                "guideType": {"type": "string", "enum": ["MAGNETIC", "LASER", "WIRE", "VISION"]},
                "lineFollowingConfig": or_null(config()),
                "loadType": or_null(label("pallet")),
                "maxLoadWeight": or_null(amount()),
            }),
        ),
        (
            "OHT",
            &["railId"],
            json!({
                "railId": label("bay 1"),
                "hoistStatus": or_null(json!({"type": "string", "enum": ["UP", "DOWN", "MOVING"]})),
                "railPosition": or_null(json!({"type": "number", "description": "metres; in one of railSegments when there are any"})),
                "railSegments": or_null(json!({"type": "array", "maxItems": 1000, "items": segment})),
            }),
        ),
        (
            "FORKLIFT",
            &[],
            json!({
                "mastHeight": or_null(positive()),
                "liftHeight": or_null(amount()),
                "forkLength": or_null(positive()),
                "loadCapacity": or_null(amount()),
            }),
        ),
    ]
}

fn new_vehicle() -> Value {
    let of_kind = |(kind, required, details): (&str, &[&str], Value)| {
        let mut must = vec!["name", "type", "manufacturer", "specification"];
        if !required.is_empty() {
            must.push("details");
        }
        let mut schema = object(
            &must,
            json!({
                "name": label("AMR 7"),
                "type": {"type": "string", "enum": [kind]},
                "manufacturer": label("Acme Robotics"),
                "model": or_null(label("M1")),
                "specification": object(&["maxSpeed", "maxLoad", "batteryCapacity"], specification()),
                "details": object(required, details),
                "organizationId": or_null(id()),
            }),
        );
        schema["title"] = kind.into();
        schema
    };
    json!({
        "description": "A vehicle to register; its details are those of its type",
        "oneOf": kinds().map(of_kind),
        "examples": [{
            "name": "AMR 7", "type": "AMR", "manufacturer": "Acme Robotics", "model": "M1",
            "specification": {"maxSpeed": 1.5, "maxLoad": 100, "batteryCapacity": 960},
            "details": {
                "lidarEnabled": true, "cameraEnabled": false, "ultrasonicEnabled": true, "autonomyLevel": 4,
                "mapId": "floor-1", "obstacleAvoidanceConfig": {"minDistance": 0.4},
            },
        }],
    })
}

fn changes() -> Value {
    let of_kind = |(kind, _, details): (&str, &[&str], Value)| {
        let mut schema = object(&[], details);
        schema["title"] = kind.into();
        schema
    };
    let mut schema = object(
        &[],
        json!({
            "name": label("AMR 8"),
            "manufacturer": label("Acme Robotics"),
            "model": or_null(label("M2")),
            "specification": object(&[], specification()),
            "details": {
                "description": "Of the vehicle's own type",
                "anyOf": kinds().map(of_kind),
            },
        }),
    );
    schema["description"] = "What is to be changed; null empties what may be empty".into();
    schema["examples"] = json!([{"name": "AMR 8", "model": null, "specification": {"maxSpeed": 1.2}}]);
    schema
}

fn text() -> Value {
    json!({"type": "string"})
}

fn secret() -> Value {
    json!({"type": "string", "writeOnly": true})
}

/// A password that may be one.
fn password() -> Value {
    json!({
        "type": "string", "format": "password", "writeOnly": true,
        "minLength": PasswordPolicy::default().min_chars(), "maxLength": PasswordPolicy::MOST,
        "description": "None of the most common passwords, not the username, and not one character repeated. A setting \
                        of the server may ask for more or fewer characters",
        "examples": ["correct horse battery staple"],
    })
}

fn new_grant() -> Value {
    let to_one = |target: &str| {
        let role = json!({
            "type": ["string", "null"], "enum": ["VIEWER", "OPERATOR", null], "default": "VIEWER",
            "description": "The most that it is to allow, whatever the user's role",
        });
        let fields = json!({"userId": id(), target: id(), "role": role});
        let mut schema = object(&["userId", target], fields);
        schema["title"] = target.into();
        schema
    };
    let to_any = ["organizationId", "groupId", "vehicleId"].map(to_one);
    json!({"description": "Who may see what: exactly one of the three", "oneOf": to_any})
}

schemas! {
    /// A vehicle to register.
    NewVehicle: "NewVehicle" = new_vehicle();
    /// A partial change of a vehicle.
    VehicleChanges: "VehicleChanges" = changes();
    /// What a vehicle is to do.
    StatusChange: "StatusChange" = object(&["status"], json!({"status": vehicle_statuses()}));
    /// A name.
    NameSchema: "Name" = object(&["name"], json!({"name": label("Night shift")}));
    /// Name and password.
    LogInSchema: "LogIn" = object(&["username", "password"], json!({"username": text(), "password": secret()}));
    /// A refresh token.
    RefreshSchema: "Refresh" = object(&["refreshToken"], json!({"refreshToken": secret()}));
    /// A present password and the next.
    PasswordChangeSchema: "PasswordChange" = object(
        &["currentPassword", "newPassword"],
        json!({"currentPassword": secret(), "newPassword": password()}),
    );
    /// A user to make.
    NewUserSchema: "NewUser" = object(
        &["username", "password", "role"],
        json!({
            "username": username(), "password": password(), "role": roles(), "organizationId": or_null(id()),
        }),
    );
    /// A change of a user.
    UserChangesSchema: "UserChanges" = object(
        &[],
        json!({"role": roles(), "isEnabled": {"type": "boolean"}, "password": password()}),
    );
    /// A grant to make.
    NewGrantSchema: "NewGrant" = new_grant();
    /// A group to make.
    NewGroupSchema: "NewGroup" = object(
        &["name"],
        json!({"name": label("Night shift"), "organizationId": or_null(id())}),
    );
}
