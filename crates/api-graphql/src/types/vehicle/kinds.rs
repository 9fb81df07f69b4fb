//! The kinds of vehicle: a type for each.

use domain::vehicle as domain_vehicle;
use domain::vehicle::{AgvDetails, AmrDetails, ForkliftDetails, OhtDetails};
use juniper::{DefaultScalarValue, FieldResult, GraphQLObject, ID, graphql_object};

use super::{Base, VehicleSpecification, VehicleValue};
use crate::{
    context::Context,
    json_scalar::Json,
    types::{
        ConnectionStatus, DateTime, Group, GuideType, HoistStatus, NodeValue, VehiclePosition,
        VehicleRedisMapping, VehicleRuntimeState, VehicleStatus, VehicleType,
    },
};

/// Defines a kind of vehicle: what all have, and its own fields.
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

kind_of_vehicle! {
    /// An autonomous mobile robot: finds its own way.
    Amr(AmrDetails) as "AMR" {
        /// Whether it scans with a lidar.
        pub fn lidar_enabled(&self) -> bool {
            self.details.lidar_enabled
        }

        /// Whether it sees with a camera.
        pub fn camera_enabled(&self) -> bool {
            self.details.camera_enabled
        }

        /// Whether it listens with ultrasonic sensors.
        pub fn ultrasonic_enabled(&self) -> bool {
            self.details.ultrasonic_enabled
        }

        /// How far it finds its way without people: 0 (driven by people) to 5 (needs nobody).
        pub fn autonomy_level(&self) -> i32 {
            i32::from(self.details.autonomy_level.get())
        }

        /// The map that it drives on.
        pub fn map_id(&self) -> Option<&str> {
            self.details.map_id.as_ref().map(domain::telemetry::MapId::as_str)
        }

        /// Settings of its obstacle avoidance, as its maker defines them.
        pub fn obstacle_avoidance_config(&self) -> Option<Json> {
            self.details.obstacle_avoidance_config.as_ref().map(|config| Json(config.to_value()))
        }
    }
}

kind_of_vehicle! {
    /// An automated guided vehicle: follows a line.
    Agv(AgvDetails) as "AGV" {
        /// What it follows.
        pub fn guide_type(&self) -> GuideType {
            self.details.guide_type.into()
        }

        /// Settings of its line following, as its maker defines them.
        pub fn line_following_config(&self) -> Option<Json> {
            self.details.line_following_config.as_ref().map(|config| Json(config.to_value()))
        }

        /// What it carries, such as "pallet".
        pub fn load_type(&self) -> Option<&str> {
            self.details.load_type.as_ref().map(domain_vehicle::Label::as_str)
        }

        /// The heaviest load in kg, at least 0.
        pub fn max_load_weight(&self) -> Option<f64> {
            self.details.max_load_weight()
        }
    }
}

kind_of_vehicle! {
    /// An overhead hoist transport: runs on a rail under the ceiling.
    Oht(OhtDetails) as "OHT" {
        /// The rail's name.
        pub fn rail_id(&self) -> &str {
            self.details.rail_id().as_str()
        }

        /// Where the hoist is.
        pub fn hoist_status(&self) -> Option<HoistStatus> {
            self.details.hoist_status().map(Into::into)
        }

        /// Where the vehicle is on its rail, in metres.
        pub fn rail_position(&self) -> Option<f64> {
            self.details.rail_position()
        }

        /// The stretches of the rail; none when they are not known.
        pub fn rail_segments(&self) -> Option<Vec<RailSegment>> {
            Some(self.details.rail_segments().iter().map(Into::into).collect())
        }
    }
}

kind_of_vehicle! {
    /// An automated forklift truck.
    Forklift(ForkliftDetails) as "Forklift" {
        /// Height of the lowered mast in metres, above 0.
        pub fn mast_height(&self) -> Option<f64> {
            self.details.mast_height()
        }

        /// How high the fork goes, in metres, at least 0.
        pub fn lift_height(&self) -> Option<f64> {
            self.details.lift_height()
        }

        /// Length of the fork in metres, above 0.
        pub fn fork_length(&self) -> Option<f64> {
            self.details.fork_length()
        }

        /// The heaviest load in kg, at least 0.
        pub fn load_capacity(&self) -> Option<f64> {
            self.details.load_capacity()
        }
    }
}

/// A stretch of rail, in metres from the rail's origin.
#[derive(Clone, Debug, GraphQLObject)]
pub struct RailSegment {
    /// The segment's name.
    segment_id: String,
    /// Where it begins.
    start: f64,
    /// Where it ends, after its start.
    end: f64,
}

impl From<&domain_vehicle::RailSegment> for RailSegment {
    fn from(segment: &domain_vehicle::RailSegment) -> Self {
        Self {
            segment_id: segment.segment_id().to_string(),
            start: segment.start(),
            end: segment.end(),
        }
    }
}
