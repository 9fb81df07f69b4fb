//! JSON representation of vehicles.

use domain::vehicle::Vehicle;
use import_export::vehicle::details;
use serde::Serialize;
use serde_json::Value;
use time::OffsetDateTime;
use utoipa::ToSchema;

use crate::{listing::pages, schemas::words, time::rfc3339};

/// A registered vehicle.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Vehicle)]
pub(crate) struct VehicleDocument {
    /// Id of the vehicle. It never changes.
    #[schema(format = Uuid)]
    pub(crate) id: String,
    /// Type of the vehicle.
    #[schema(value_type = words::VehicleType)]
    pub(crate) r#type: &'static str,
    /// Name of the vehicle, unique among the vehicles of its organisation.
    #[schema(example = "AMR 7")]
    pub(crate) name: String,
    /// Manufacturer of the vehicle.
    #[schema(example = "Acme Robotics")]
    pub(crate) manufacturer: String,
    /// Name of the model; null if it is not known.
    #[schema(required, example = "M1")]
    pub(crate) model: Option<String>,
    /// Operational status.
    #[schema(value_type = words::VehicleStatus)]
    pub(crate) status: &'static str,
    /// Whether the vehicle's messages are processed and delivered.
    pub(crate) is_enabled: bool,
    /// Figures from the vehicle's data sheet.
    pub(crate) specification: SpecificationDocument,
    /// Organisation that the vehicle belongs to.
    #[schema(format = Uuid)]
    pub(crate) organization_id: String,
    /// Groups that the vehicle is in, sorted by id.
    #[schema(schema_with = schemas::ids)]
    pub(crate) group_ids: Vec<String>,
    /// Details specific to the type of the vehicle.
    #[schema(value_type = Object)]
    pub(crate) details: Value,
    /// Version of the vehicle. Every change that a user makes increments it. The vehicle's `ETag` begins with it.
    #[schema(minimum = 1)]
    pub(crate) version: i64,
    /// Time of registration.
    #[serde(serialize_with = "rfc3339")]
    pub(crate) created_at: OffsetDateTime,
    /// Time of the last change.
    #[serde(serialize_with = "rfc3339")]
    pub(crate) updated_at: OffsetDateTime,
}

/// Figures from a vehicle's data sheet.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = VehicleSpecification)]
pub(crate) struct SpecificationDocument {
    /// Maximum speed in m/s, greater than 0.
    #[schema(example = 1.5)]
    pub(crate) max_speed: f64,
    /// Maximum load in kg, at least 0.
    #[schema(example = 100.0)]
    pub(crate) max_load: f64,
    /// Capacity of the battery in Wh, greater than 0.
    #[schema(example = 960.0)]
    pub(crate) battery_capacity: f64,
}

impl From<&Vehicle> for VehicleDocument {
    fn from(vehicle: &Vehicle) -> Self {
        let sheet = vehicle.specification;
        Self {
            id: vehicle.id.to_string(),
            r#type: vehicle.kind().as_str(),
            name: vehicle.name.to_string(),
            manufacturer: vehicle.manufacturer.to_string(),
            model: vehicle.model.as_ref().map(ToString::to_string),
            status: vehicle.status.as_str(),
            is_enabled: vehicle.is_enabled,
            specification: SpecificationDocument {
                max_speed: sheet.max_speed(),
                max_load: sheet.max_load(),
                battery_capacity: sheet.battery_capacity(),
            },
            organization_id: vehicle.organization_id.to_string(),
            group_ids: vehicle.group_ids.iter().map(ToString::to_string).collect(),
            details: details::write(&vehicle.details).into(),
            version: vehicle.version.as_i64(),
            created_at: vehicle.created_at,
            updated_at: vehicle.updated_at,
        }
    }
}

/// Parts of the schema that the derive macro cannot express.
mod schemas {
    use utoipa::openapi::{
        KnownFormat, Object, SchemaFormat, Type,
        schema::{Array, ArrayBuilder},
    };

    pub(super) fn ids() -> Array {
        let id = Object::builder()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)));
        ArrayBuilder::new().items(id).build()
    }
}

pages! {
    /// A page of vehicles.
    VehiclePage of VehicleDocument;
}
