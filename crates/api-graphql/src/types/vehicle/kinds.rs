//! What the types of all kinds of vehicle share. A kind's type, the input of a new vehicle and the input of a change are in
//! the file of the kind.

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

/// Defines the type of a kind of vehicle: the fields of all kinds, and its own. It names what this module re-exports.
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
            /// Its identity, for ever.
            pub fn id(&self) -> &ID {
                &self.base.id
            }

            /// What people call it; unique in its organisation.
            pub fn name(&self) -> &str {
                &self.base.name
            }

            /// Its kind.
            pub fn r#type(&self) -> VehicleType {
                VehicleType::$name
            }

            /// Who built it.
            pub fn manufacturer(&self) -> &str {
                &self.base.manufacturer
            }

            /// The manufacturer's name of this kind of machine.
            pub fn model(&self) -> Option<&str> {
                self.base.model.as_deref()
            }

            /// What it is doing.
            pub fn status(&self) -> VehicleStatus {
                self.base.status
            }

            /// Whether its messages are taken and delivered.
            pub fn is_enabled(&self) -> bool {
                self.base.is_enabled
            }

            /// When it was registered.
            pub fn created_at(&self) -> &DateTime {
                &self.base.created_at
            }

            /// When it was changed last.
            pub fn updated_at(&self) -> &DateTime {
                &self.base.updated_at
            }

            /// The organisation that it belongs to.
            pub fn organization_id(&self) -> &ID {
                &self.base.organization_id
            }

            /// What it is able to do.
            pub fn specification(&self) -> &VehicleSpecification {
                &self.base.specification
            }

            /// Raised by every change that a person makes.
            pub fn version(&self) -> i32 {
                self.base.version
            }

            /// Where it is; null when that is not known yet.
            pub async fn position(&self) -> FieldResult<Option<VehiclePosition>> {
                self.base.position().await
            }

            /// How it is; null when that is not known yet.
            pub async fn runtime_state(&self) -> FieldResult<Option<VehicleRuntimeState>> {
                self.base.runtime_state().await
            }

            /// Whether it is heard; null when that cannot be told now.
            pub async fn connection_status(&self) -> FieldResult<Option<ConnectionStatus>> {
                self.base.connection_status().await
            }

            /// How it is tied to its live keys; null unless it is enabled.
            pub async fn mapping(&self) -> FieldResult<Option<VehicleRedisMapping>> {
                self.base.mapping().await
            }

            /// The groups that it is in.
            pub async fn groups(&self) -> FieldResult<Vec<Group>> {
                self.base.groups().await
            }

            $($fields)*
        }
    };
}
pub(super) use kind_of_vehicle;

/// Settings, when there are any.
pub(super) fn config(json: Option<Json>) -> Result<Option<ConfigObject>, InvalidConfigObject> {
    json.map(|Json(value)| ConfigObject::new(value)).transpose()
}
