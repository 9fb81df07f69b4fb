//! Named schemas of enumerated strings and ids.

use std::borrow::Cow;

use application::live::DeliveryMode;
use domain::{
    Role,
    telemetry::{ConnectionStatus, MapId},
    vehicle::{VehicleStatus, VehicleType},
};
use serde_json::{Value, json};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};

use crate::protocol::{MAX_ID_CHARS, mode_word};

macro_rules! word {
    ($(#[$doc:meta])* $word:ident, $name:literal, $schema:expr) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub(crate) struct $word;

        impl PartialSchema for $word {
            fn schema() -> RefOr<Schema> {
                serde_json::from_value($schema).expect("a schema of JSON Schema 2020-12")
            }
        }

        impl ToSchema for $word {
            fn name() -> Cow<'static, str> {
                $name.into()
            }
        }
    };
}

fn one_of<'a>(description: &str, words: impl IntoIterator<Item = &'a str>) -> Value {
    let words: Vec<_> = words.into_iter().collect();
    json!({"description": description, "type": "string", "enum": words})
}

word!(
    /// Id of a vehicle, group, user or session.
    IdWord,
    "Id",
    json!({"description": "A UUID.", "type": "string", "format": "uuid"})
);

word!(
    /// Id that a client gives to a message.
    RequestIdWord,
    "RequestId",
    json!({
        "description": "Id chosen by the client; the answer repeats it unchanged.",
        "oneOf": [{"type": "integer"}, {"type": "string", "maxLength": MAX_ID_CHARS}],
    })
);

word!(
    /// Status of a vehicle.
    VehicleStatusWord,
    "VehicleStatus",
    one_of(
        "The status of a vehicle.",
        VehicleStatus::ALL.iter().map(|status| status.as_str())
    )
);

word!(
    /// Type of a vehicle.
    VehicleTypeWord,
    "VehicleType",
    one_of(
        "The type of a vehicle.",
        VehicleType::ALL.iter().map(|kind| kind.as_str())
    )
);

word!(
    /// Connection status of a vehicle.
    ConnectionStatusWord,
    "ConnectionStatus",
    one_of(
        "Whether messages are arriving from a vehicle: TIMEOUT after a short time without any, DISCONNECTED after a \
         longer time.",
        ConnectionStatus::ALL.iter().map(|status| status.as_str())
    )
);

word!(
    /// Role of a user.
    RoleWord,
    "Role",
    one_of("The role of a user.", Role::ALL.iter().map(|role| role.as_str()))
);

word!(
    /// Delivery mode of positions.
    ModeWord,
    "Mode",
    one_of(
        "Delivery mode of positions: full sends all fields, delta only those that have changed.",
        [DeliveryMode::Full, DeliveryMode::Delta].map(mode_word)
    )
);

word!(
    /// Status of the server's connection to the robots' channels.
    FeedStatusWord,
    "FeedStatus",
    one_of("Whether the server is connected to the robots' channels.", ["up", "down"])
);

word!(
    /// Filter of a subscription.
    FilterWord,
    "Filter",
    json!({
        "description": "Criteria, all of which a vehicle must meet. A criterion that is absent or null is not used.",
        "type": "object",
        "properties": {
            "statuses": {
                "description": "The vehicle has one of these statuses.",
                "type": "array",
                "minItems": 1,
                "items": {"$ref": "#/components/schemas/VehicleStatus"},
            },
            "moving": {
                "description": "Whether the vehicle is moving: its status is MOVING, or its speed is above 0.05 m/s.",
                "type": "boolean",
            },
            "mapId": {"description": "The vehicle's position is on this map.", "type": "string", "minLength": 1, "maxLength": MapId::MAX_CHARS},
            "bbox": {
                "description": "The vehicle's position is in this rectangle: [minX, minY, maxX, maxY] in metres, edges included.",
                "type": "array",
                "minItems": 4,
                "maxItems": 4,
                "items": {"type": "number"},
            },
        },
    })
);
