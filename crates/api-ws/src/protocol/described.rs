//! The messages of clients as the AsyncAPI document describes them.
//!
//! They are read by hand, so that a fault is answered with its field and the message's id; a test holds the two
//! together.

use utoipa::ToSchema;

use crate::asyncapi::words::{IdWord, ModeWord, RequestIdWord, VehicleTypeWord};

/// A message of a client.
#[derive(ToSchema)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[expect(dead_code, reason = "the types are described, and read by `Request::parse`")]
pub(crate) enum ClientMessage {
    /// Subscribes to one vehicle. Its current state follows, also when another subscription covers it.
    SubscribeVehicle {
        /// Repeated in the answer.
        id: Option<RequestIdWord>,
        vehicle_id: IdWord,
    },
    /// Takes back `subscribeVehicle`.
    UnsubscribeVehicle {
        /// Repeated in the answer.
        id: Option<RequestIdWord>,
        vehicle_id: IdWord,
    },
    /// Subscribes to all vehicles.
    SubscribeAll {
        /// Repeated in the answer.
        id: Option<RequestIdWord>,
    },
    /// Takes back `subscribeAll`.
    UnsubscribeAll {
        /// Repeated in the answer.
        id: Option<RequestIdWord>,
    },
    /// Subscribes to all vehicles of a type.
    SubscribeType {
        /// Repeated in the answer.
        id: Option<RequestIdWord>,
        vehicle_type: VehicleTypeWord,
    },
    /// Takes back `subscribeType`.
    UnsubscribeType {
        /// Repeated in the answer.
        id: Option<RequestIdWord>,
        vehicle_type: VehicleTypeWord,
    },
    /// Subscribes to which vehicles there are, the disabled ones included.
    SubscribeRegistry {
        /// Repeated in the answer.
        id: Option<RequestIdWord>,
    },
    /// Takes back `subscribeRegistry`.
    UnsubscribeRegistry {
        /// Repeated in the answer.
        id: Option<RequestIdWord>,
    },
    /// Changes the settings of the socket.
    Configure {
        /// Repeated in the answer.
        id: Option<RequestIdWord>,
        /// The interval in which a vehicle's position is sent at most once; 0 sends at once.
        #[schema(value_type = u64, maximum = 10_000, required = false)]
        interval_ms: Option<u64>,
        #[schema(value_type = ModeWord, required = false)]
        mode: Option<ModeWord>,
    },
    /// Goes on with another access token of the same user.
    Auth {
        /// Repeated in the answer.
        id: Option<RequestIdWord>,
        token: String,
    },
    /// Asks for the server's time.
    Ping {
        /// Repeated in the answer.
        id: Option<RequestIdWord>,
    },
}
