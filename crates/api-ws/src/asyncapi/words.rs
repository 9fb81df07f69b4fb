//! Texts of which only some are possible, with a name in the document.

use std::borrow::Cow;

use domain::{
    Role,
    telemetry::ConnectionStatus,
    vehicle::{VehicleStatus, VehicleType},
};
use serde_json::{Value, json};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};

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
    /// The id of a vehicle, group, user or session.
    IdWord,
    "Id",
    json!({"description": "A UUID.", "type": "string", "format": "uuid"})
);

word!(
    /// The id that a client gives to a message.
    RequestIdWord,
    "RequestId",
    json!({
        "description": "An id of the client's own, which the answer repeats unchanged.",
        "oneOf": [{"type": "integer"}, {"type": "string", "maxLength": 128}],
    })
);

word!(
    /// A vehicle's status.
    VehicleStatusWord,
    "VehicleStatus",
    one_of(
        "The status of a vehicle.",
        VehicleStatus::ALL.iter().map(|status| status.as_str())
    )
);

word!(
    /// A vehicle's type.
    VehicleTypeWord,
    "VehicleType",
    one_of(
        "The type of a vehicle.",
        VehicleType::ALL.iter().map(|kind| kind.as_str())
    )
);

word!(
    /// Whether a vehicle is heard.
    ConnectionStatusWord,
    "ConnectionStatus",
    one_of(
        "Whether a vehicle is heard: TIMEOUT and DISCONNECTED are degrees of silence.",
        ConnectionStatus::ALL.iter().map(|status| status.as_str())
    )
);

word!(
    /// A user's role.
    RoleWord,
    "Role",
    one_of("The role of a user.", Role::ALL.iter().map(|role| role.as_str()))
);

word!(
    /// How positions are sent.
    ModeWord,
    "Mode",
    one_of("How positions are sent: whole.", ["full"])
);

word!(
    /// Whether the server hears the robots.
    FeedStatusWord,
    "FeedStatus",
    one_of("Whether the server hears the robots.", ["up", "down"])
);
