//! The representation of a vehicle.

use domain::vehicle::Vehicle;
use import_export::vehicle::details;
use serde::Serialize;
use serde_json::Value;
use time::OffsetDateTime;
use utoipa::ToSchema;

use crate::{listing::pages, schemas::words, time::rfc3339};

/// A vehicle of the registry.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Vehicle)]
pub(crate) struct VehicleDocument {
    /// Its identity, for ever.
    #[schema(format = Uuid)]
    pub(crate) id: String,
    /// Its kind.
    #[schema(value_type = words::VehicleType)]
    pub(crate) r#type: &'static str,
    /// What people call it; unique in its organisation.
    #[schema(example = "AMR 7")]
    pub(crate) name: String,
    /// Who built it.
    #[schema(example = "Acme Robotics")]
    pub(crate) manufacturer: String,
    /// The manufacturer's name of this kind of machine.
    #[schema(required, example = "M1")]
    pub(crate) model: Option<String>,
    /// What it is doing.
    #[schema(value_type = words::VehicleStatus)]
    pub(crate) status: &'static str,
    /// Whether its messages are taken and delivered.
    pub(crate) is_enabled: bool,
    /// What it is able to do.
    pub(crate) specification: SpecificationDocument,
    /// The organisation that it belongs to.
    #[schema(format = Uuid)]
    pub(crate) organization_id: String,
    /// The groups that it is in, sorted.
    #[schema(schema_with = schemas::ids)]
    pub(crate) group_ids: Vec<String>,
    /// What only its kind has.
    #[schema(value_type = Object)]
    pub(crate) details: Value,
    /// Raised by every change that a person makes; what its `ETag` begins with.
    #[schema(minimum = 1)]
    pub(crate) version: i64,
    /// When it was registered.
    #[serde(serialize_with = "rfc3339")]
    pub(crate) created_at: OffsetDateTime,
    /// When it was changed last.
    #[serde(serialize_with = "rfc3339")]
    pub(crate) updated_at: OffsetDateTime,
}

/// What a vehicle is able to do, by its data sheet.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = VehicleSpecification)]
pub(crate) struct SpecificationDocument {
    /// The highest speed in m/s, above 0.
    #[schema(example = 1.5)]
    pub(crate) max_speed: f64,
    /// The heaviest load in kg, at least 0.
    #[schema(example = 100.0)]
    pub(crate) max_load: f64,
    /// The battery's energy in Wh, above 0.
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

/// Parts of the schema that a derive can't say.
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
