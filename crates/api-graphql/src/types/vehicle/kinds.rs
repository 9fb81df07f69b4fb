//! Vehicles: the interface, and a type for each kind.

use domain::vehicle as domain_vehicle;
use domain::vehicle::{AgvDetails, AmrDetails, ForkliftDetails, OhtDetails, VehicleDetails};
use juniper::{DefaultScalarValue, GraphQLInterface, GraphQLObject, ID, graphql_object};

use super::{DateTime, GuideType, HoistStatus, Json, VehicleStatus, VehicleType};
use crate::context::Context;

/// What a vehicle is able to do, by its data sheet.
#[derive(Clone, Debug, GraphQLObject)]
pub struct VehicleSpecification {
    /// The highest speed in m/s, above 0.
    max_speed: f64,
    /// The heaviest load in kg, at least 0.
    max_load: f64,
    /// The battery's energy in Wh, above 0.
    battery_capacity: f64,
}

/// A vehicle of the registry.
#[derive(GraphQLInterface)]
#[graphql(enum = VehicleValue, for = [Amr, Agv, Oht, Forklift], context = Context, scalar = DefaultScalarValue)]
pub struct Vehicle {
    /// Its identity, for ever.
    pub id: ID,
    /// What people call it; unique in its organisation.
    pub name: String,
    /// Its kind.
    pub r#type: VehicleType,
    /// Who built it.
    pub manufacturer: String,
    /// The manufacturer's name of this kind of machine.
    pub model: Option<String>,
    /// What it is doing.
    pub status: VehicleStatus,
    /// Whether its messages are taken and delivered.
    pub is_enabled: bool,
    /// What it is able to do.
    pub specification: VehicleSpecification,
    /// Raised by every change that a person makes.
    pub version: i32,
    /// When it was registered.
    pub created_at: DateTime,
    /// When it was changed last.
    pub updated_at: DateTime,
}

/// What vehicles of all kinds have.
#[derive(Clone, Debug)]
struct Base {
    id: ID,
    name: String,
    manufacturer: String,
    model: Option<String>,
    status: VehicleStatus,
    is_enabled: bool,
    specification: VehicleSpecification,
    version: i32,
    created_at: DateTime,
    updated_at: DateTime,
}

impl From<domain_vehicle::Vehicle> for VehicleValue {
    fn from(vehicle: domain_vehicle::Vehicle) -> Self {
        let sheet = vehicle.specification;
        let base = Base {
            id: ID::new(vehicle.id.to_string()),
            name: vehicle.name.to_string(),
            manufacturer: vehicle.manufacturer.to_string(),
            model: vehicle.model.map(|model| model.to_string()),
            status: vehicle.status.into(),
            is_enabled: vehicle.is_enabled,
            specification: VehicleSpecification {
                max_speed: sheet.max_speed(),
                max_load: sheet.max_load(),
                battery_capacity: sheet.battery_capacity(),
            },
            version: i32::try_from(vehicle.version.as_i64()).unwrap_or(i32::MAX),
            created_at: vehicle.created_at.into(),
            updated_at: vehicle.updated_at.into(),
        };
        match vehicle.details {
            VehicleDetails::Amr(details) => Amr { base, details }.into(),
            VehicleDetails::Agv(details) => Agv { base, details }.into(),
            VehicleDetails::Oht(details) => Oht { base, details }.into(),
            VehicleDetails::Forklift(details) => Forklift { base, details }.into(),
        }
    }
}

/// Defines a kind of vehicle: what all have, and its own fields.
macro_rules! kind_of_vehicle {
    ($(#[$doc:meta])* $name:ident($details:ty) as $graphql:tt { $($fields:tt)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $name {
            base: Base,
            details: $details,
        }

        $(#[$doc])*
        #[graphql_object]
        #[graphql(name = $graphql, impl = VehicleValue, context = Context, scalar = DefaultScalarValue)]
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

            /// What it is able to do.
            pub fn specification(&self) -> &VehicleSpecification {
                &self.base.specification
            }

            /// Raised by every change that a person makes.
            pub fn version(&self) -> i32 {
                self.base.version
            }

            /// When it was registered.
            pub fn created_at(&self) -> &DateTime {
                &self.base.created_at
            }

            /// When it was changed last.
            pub fn updated_at(&self) -> &DateTime {
                &self.base.updated_at
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
