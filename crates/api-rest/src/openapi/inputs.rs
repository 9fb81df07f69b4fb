//! What clients send, as schemas: just what the readers in `documents` take.

use serde_json::{Value, json};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};

use domain::PasswordPolicy;

use super::{
    scalars::{closed, id, label, named, or_null, schemas, username},
    vehicles,
};

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
        let mut role = or_null(named("GrantRole"));
        role["default"] = domain::GrantRole::default().as_str().into();
        role["description"] = "The most that it allows, whatever the role of the user".into();
        let fields = json!({"userId": id(), target: id(), "role": role});
        let mut schema = closed(&["userId", target], fields);
        schema["title"] = target.into();
        schema
    };
    let to_any = ["organizationId", "groupId", "vehicleId"].map(to_one);
    json!({"description": "Who may see what: exactly one of the three", "oneOf": to_any})
}

schemas! {
    /// A vehicle to register.
    NewVehicle: "NewVehicle" = vehicles::new_vehicle();
    /// A partial change of a vehicle.
    VehicleChanges: "VehicleChanges" = vehicles::changes();
    /// What a vehicle is to do.
    StatusChange: "StatusChange" = closed(&["status"], json!({"status": named("VehicleStatus")}));
    /// A name.
    NameSchema: "Name" = closed(&["name"], json!({"name": label("Night shift")}));
    /// Name and password.
    LogInSchema: "LogIn" = closed(&["username", "password"], json!({"username": text(), "password": secret()}));
    /// A refresh token.
    RefreshSchema: "Refresh" = closed(&["refreshToken"], json!({"refreshToken": secret()}));
    /// A present password and the next.
    PasswordChangeSchema: "PasswordChange" = closed(
        &["currentPassword", "newPassword"],
        json!({"currentPassword": secret(), "newPassword": password()}),
    );
    /// A user to make.
    NewUserSchema: "NewUser" = closed(
        &["username", "password", "role"],
        json!({
            "username": username(), "password": password(), "role": named("Role"), "organizationId": or_null(id()),
        }),
    );
    /// A change of a user.
    UserChangesSchema: "UserChanges" = closed(
        &[],
        json!({"role": named("Role"), "isEnabled": {"type": "boolean"}, "password": password()}),
    );
    /// A grant to make.
    NewGrantSchema: "NewGrant" = new_grant();
    /// A group to make.
    NewGroupSchema: "NewGroup" = closed(
        &["name"],
        json!({"name": label("Night shift"), "organizationId": or_null(id())}),
    );
}
