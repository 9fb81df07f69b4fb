//! Client messages as the AsyncAPI document describes them.
//!
//! `Request::parse` reads each field separately, so that an error can name the invalid field and repeat the message's
//! id. A test keeps the two in sync.

use utoipa::ToSchema;

use crate::asyncapi::words::{FilterWord, IdWord, ModeWord, RequestIdWord, VehicleTypeWord};

/// A message from a client.
#[derive(ToSchema)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[expect(dead_code, reason = "only described; `Request::parse` reads the messages")]
pub(crate) enum ClientMessage {
    /// Subscribes to one vehicle. Its current state is sent, even if another subscription covers the vehicle.
    SubscribeVehicle {
        /// Repeated in the answer.
        id: Option<RequestIdWord>,
        vehicle_id: IdWord,
    },
    /// Ends the subscription to a vehicle.
    UnsubscribeVehicle {
        /// Repeated in the answer.
        id: Option<RequestIdWord>,
        vehicle_id: IdWord,
    },
    /// Subscribes to all vehicles, or to those that meet a filter. If the message is sent again with another filter,
    /// that filter replaces the previous one, and only the difference is sent.
    SubscribeAll {
        /// Repeated in the answer.
        id: Option<RequestIdWord>,
        filter: Option<FilterWord>,
    },
    /// Ends the subscription to all vehicles.
    UnsubscribeAll {
        /// Repeated in the answer.
        id: Option<RequestIdWord>,
    },
    /// Subscribes to all vehicles of a type.
    SubscribeType {
        /// Repeated in the answer.
        id: Option<RequestIdWord>,
        vehicle_type: VehicleTypeWord,
        filter: Option<FilterWord>,
    },
    /// Ends the subscription to a type.
    UnsubscribeType {
        /// Repeated in the answer.
        id: Option<RequestIdWord>,
        vehicle_type: VehicleTypeWord,
    },
    /// Subscribes to all vehicles in a group, including those that join it later.
    SubscribeGroup {
        /// Repeated in the answer.
        id: Option<RequestIdWord>,
        group_id: IdWord,
        filter: Option<FilterWord>,
    },
    /// Ends the subscription to a group.
    UnsubscribeGroup {
        /// Repeated in the answer.
        id: Option<RequestIdWord>,
        group_id: IdWord,
    },
    /// Subscribes to the registry: the existing vehicles, including disabled ones, and changes to them.
    SubscribeRegistry {
        /// Repeated in the answer.
        id: Option<RequestIdWord>,
    },
    /// Ends the subscription to the registry.
    UnsubscribeRegistry {
        /// Repeated in the answer.
        id: Option<RequestIdWord>,
    },
    /// Changes the settings of the socket. Absent fields keep their values.
    Configure {
        /// Repeated in the answer.
        id: Option<RequestIdWord>,
        /// Interval between the updates of a vehicle, in milliseconds; 0 sends each update at once.
        #[schema(value_type = u64, maximum = 10_000, required = false)]
        interval_ms: Option<u64>,
        #[schema(value_type = ModeWord, required = false)]
        mode: Option<ModeWord>,
    },
    /// Replaces the access token with another token for the same user.
    Auth {
        /// Repeated in the answer.
        id: Option<RequestIdWord>,
        /// The access token, without `Bearer`.
        token: String,
    },
    /// Requests the server time.
    Ping {
        /// Repeated in the answer.
        id: Option<RequestIdWord>,
    },
}
