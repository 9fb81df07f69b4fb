//! Parts that the object types of all vehicle types have in common. Each vehicle type has a file with its object type
//! and its inputs.

use domain::vehicle::{ConfigObject, InvalidConfigObject};
pub(super) use juniper::{DefaultScalarValue, FieldResult, ID, graphql_object};

pub(super) use super::{Base, VehicleSpecification, VehicleValue};
pub(super) use crate::{
    context::Context,
    json_scalar::Json,
    types::{
        ConnectionStatus, DateTime, Group, NodeValue, VehiclePosition, VehicleRedisMapping,
        VehicleRuntimeState, VehicleStatus, VehicleType,
    },
};

/// Defines the object type of a vehicle type: the common fields and its own. This module re-exports the names that the
/// macro uses.
macro_rules! kind_of_vehicle {
    ($(#[$doc:meta])* $name:ident($details:ty) as $graphql:tt { $($fields:tt)* }) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name {
            pub(super) base: Base,
            pub(super) details: $details,
        }

        $(#[$doc])*
        #[graphql_object]
        #[graphql(name = $graphql, impl = [VehicleValue, NodeValue], context = Context, scalar = DefaultScalarValue)]
        impl $name {
            /// Unique, permanent identifier.
            pub fn id(&self) -> &ID {
                &self.base.id
            }

            /// Display name, unique within the organisation.
            pub fn name(&self) -> &str {
                &self.base.name
            }

            /// Type of the vehicle.
            pub fn r#type(&self) -> VehicleType {
                VehicleType::$name
            }

            /// Manufacturer of the vehicle.
            pub fn manufacturer(&self) -> &str {
                &self.base.manufacturer
            }

            /// Manufacturer's model name.
            pub fn model(&self) -> Option<&str> {
                self.base.model.as_deref()
            }

            /// Operational status.
            pub fn status(&self) -> VehicleStatus {
                self.base.status
            }

            /// Whether messages from the robot are accepted and delivered to clients.
            pub fn is_enabled(&self) -> bool {
                self.base.is_enabled
            }

            /// Time of registration.
            pub fn created_at(&self) -> &DateTime {
                &self.base.created_at
            }

            /// Time of the last change.
            pub fn updated_at(&self) -> &DateTime {
                &self.base.updated_at
            }

            /// Organisation that the vehicle belongs to.
            pub fn organization_id(&self) -> &ID {
                &self.base.organization_id
            }

            /// Data sheet figures.
            pub fn specification(&self) -> &VehicleSpecification {
                &self.base.specification
            }

            /// Version number, incremented by every change that a user makes.
            pub fn version(&self) -> i32 {
                self.base.version
            }

            /// Newest known position; null if none is known.
            pub async fn position(&self) -> FieldResult<Option<VehiclePosition>> {
                self.base.position().await
            }

            /// Newest known state; null if none is known.
            pub async fn runtime_state(&self) -> FieldResult<Option<VehicleRuntimeState>> {
                self.base.runtime_state().await
            }

            /// Whether the robot's messages are being received; null if this cannot be determined at the moment.
            pub async fn connection_status(&self) -> FieldResult<Option<ConnectionStatus>> {
                self.base.connection_status().await
            }

            /// Mapping to the vehicle's live keys in Redis; null unless the vehicle is enabled.
            pub async fn mapping(&self) -> FieldResult<Option<VehicleRedisMapping>> {
                self.base.mapping().await
            }

            /// Groups that the vehicle is a member of, except those that the caller may not see.
            pub async fn groups(&self) -> FieldResult<Vec<Group>> {
                self.base.groups().await
            }

            $($fields)*
        }
    };
}
pub(super) use kind_of_vehicle;

pub(super) fn config(json: Option<Json>) -> Result<Option<ConfigObject>, InvalidConfigObject> {
    json.map(|Json(value)| ConfigObject::new(value)).transpose()
}
